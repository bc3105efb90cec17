import { isJsonObject, valueAt } from '../kubeObject.js';

type Step = (value: unknown) => readonly unknown[];

/**
 * Reads the part of JSONPath that printer columns use: `.a.b`, `['a']`, `[0]`, `[*]` and `[?(@.type=='Ready')]`.
 * @returns gives the values at the path, in order
 * @throws {Error} one sentence for a path that is none of these
 */
export function jsonPathValues(path: string): (object: unknown) => readonly unknown[] {
  const steps: Step[] = [];
  let rest = path.trim();
  while (rest !== '') {
    const [read, step] = stepOf(rest) ?? [];
    if (read === undefined || step === undefined) {
      throw new Error(
        `unsupported JSONPath ${JSON.stringify(path.slice(0, 100))} at ${JSON.stringify(rest.slice(0, 40))}`,
      );
    }
    steps.push(step);
    rest = rest.slice(read);
  }
  return (object) => steps.reduce<readonly unknown[]>((values, step) => values.flatMap(step), [object]);
}

/** The first step of a path and its length. */
function stepOf(path: string): [length: number, step: Step] | undefined {
  const field = /^\.((?:\\.|[^.[\\])+)/.exec(path) ?? /^\['([^']+)'\]/.exec(path);
  if (field !== null) {
    const name = (field[1] ?? '').replace(/\\(.)/g, '$1');
    return [field[0].length, (value) => present(valueAt(value, name))];
  }
  const index = /^\[(\d+|\*)\]/.exec(path);
  if (index !== null) {
    const which = index[1] ?? '';
    return [index[0].length, (value) => (which === '*' ? itemsOf(value) : present(itemsOf(value)[Number(which)]))];
  }
  const filter = /^\[\?\(@((?:\.[^.=[\]]+)+?)\s*==\s*(['"])(.*?)\2\)\]/.exec(path);
  if (filter === null) return undefined;
  const [text, fields = '', , wanted] = filter;
  const names = fields.slice(1).trim().split('.');
  return [text.length, (value) => itemsOf(value).filter((item) => valueAt(item, ...names) === wanted)];
}

function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  return isJsonObject(value) ? Object.values(value) : [];
}

function present(value: unknown): readonly unknown[] {
  return value === undefined ? [] : [value];
}
