import type { FuzzCase } from './fuzzCase.js';

type Json = string | number | boolean | null | undefined | Json[] | { [key: string]: Json };

/**
 * The smallest input found that still fails: parts are taken away, greatest first, as long as the failure stays.
 * @param fails whether an input shows the same failure
 * @param mostTries how many inputs may be tried
 */
export function shrink(input: FuzzCase, fails: (candidate: FuzzCase) => boolean, mostTries = 4000): FuzzCase {
  let smallest = structuredClone(input);
  let tries = 0;
  for (let progress = true; progress && tries < mostTries;) {
    progress = false;
    for (const edit of edits(smallest as unknown as Json)) {
      if (tries++ >= mostTries) break;
      const candidate = structuredClone(smallest) as unknown as Json;
      edit(candidate);
      if (!isCase(candidate) || !fails(candidate)) continue;
      smallest = candidate;
      progress = true;
      break;
    }
  }
  return smallest;
}

function isCase(value: unknown): value is FuzzCase {
  const { service, slices, nodes, settings } = value as Partial<Record<keyof FuzzCase, unknown>>;
  return [service, settings].every((each) => typeof each === 'object') && [slices, nodes].every(Array.isArray);
}

/** Without these an object is another one, and the failure mostly another too. */
const KEPT: ReadonlySet<string> = new Set(['addressType', 'metadata', 'name', 'service']);

type Edit = (root: Json) => void;
type Step = string | number;

function at(root: Json, path: readonly Step[]): Record<Step, Json> {
  let value = root as Record<Step, Json>;
  for (const step of path) value = value[step] as Record<Step, Json>;
  return value;
}

/** Parts that may go, from the whole lists down to single fields. */
function* edits(root: Json, path: readonly Step[] = []): Generator<Edit> {
  const children: Step[] = [];
  if (Array.isArray(root)) {
    for (let size = Math.floor(root.length / 2); size >= 1; size = Math.floor(size / 2)) {
      for (let from = 0; from + size <= root.length; from += size) {
        yield (copy) => void (at(copy, path) as unknown as Json[]).splice(from, size);
      }
    }
    children.push(...root.keys());
  } else if (typeof root === 'object' && root !== null) {
    for (const key of Object.keys(root)) {
      if (path.length > 0 && !KEPT.has(key)) yield (copy) => void Reflect.deleteProperty(at(copy, path), key);
      children.push(key);
    }
  } else if (typeof root === 'string' && root.length > 100) {
    yield (copy) => {
      at(copy, path.slice(0, -1))[path.at(-1)!] = root.slice(0, root.length / 2);
    };
  }
  for (const step of children) yield* edits((root as Record<Step, Json>)[step], [...path, step]);
}
