const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING: ReadonlySet<number> = new Set([0x7b, 0x5b]);
const CLOSING: ReadonlySet<number> = new Set([0x7d, 0x5d]);

/**
 * The JSON objects and lists that stand one after another in a text, with nothing but white space between them: what
 * `kubectl get … -o json` adds to one file in several runs, and kubectl itself reads.
 * @returns undefined for anything else
 */
export function parseJsonValues(text: string): unknown[] | undefined {
  const values: unknown[] = [];
  for (let start = nextNonSpace(text, 0); start < text.length;) {
    if (!OPENING.has(text.charCodeAt(start))) return undefined;
    const end = endOfValue(text, start);
    if (end === undefined) return undefined;
    try {
      values.push(JSON.parse(text.slice(start, end)));
    } catch {
      return undefined;
    }
    start = nextNonSpace(text, end);
  }
  return values.length === 0 ? undefined : values;
}

function nextNonSpace(text: string, from: number): number {
  const pattern = /\S/g;
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}

/** Behind the bracket that closes the one at `start`; undefined: there is none. */
function endOfValue(text: string, start: number): number | undefined {
  let depth = 0;
  let isInString = false;
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (isInString) {
      if (code === BACKSLASH) i++;
      else if (code === QUOTE) isInString = false;
    } else if (code === QUOTE) isInString = true;
    else if (OPENING.has(code)) depth++;
    else if (CLOSING.has(code) && --depth === 0) return i + 1;
  }
  return undefined;
}
