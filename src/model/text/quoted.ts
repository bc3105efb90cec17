/**
 * Foreign text for use in a message, an Event, a log line: in double quotes, control characters escaped, cut
 * after `most` characters. Annotation values may be 256 KiB long.
 */
export function quoted(text: string, most = 60): string {
  // A character is at most two code units, so that a long text is not taken apart as a whole.
  const characters = [...text.slice(0, 2 * most + 2)];
  return JSON.stringify(characters.length <= most ? text : `${characters.slice(0, most).join('')}…`);
}

/** The same for a value of foreign JSON or YAML, whatever it is. */
export function quotedValue(value: unknown, most = 60): string {
  if (value === undefined) return 'nothing';
  return quoted(typeof value === 'string' ? value : textOf(value), most);
}

function textOf(value: unknown): string {
  // NaN and the infinities are no JSON.
  if (typeof value === 'number') return String(value);
  try {
    return JSON.stringify(value);
  } catch {
    // JSON.parse needs no stack for a nested value, JSON.stringify does.
    return 'a value that is nested too deeply';
  }
}
