import { isJsonObject, jsonEqual, omit } from '../schema/kubeObject.js';
import { badRequest, patchRejected } from '../schema/status.js';
import { ownValue } from '../../model/ownValue.js';

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from: string | undefined;
  readonly value: unknown;
}

function operationsOf(patch: unknown): Operation[] {
  if (!Array.isArray(patch)) {
    throw badRequest('error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  }
  return (patch as readonly unknown[]).map((entry) => {
    if (!isJsonObject(entry) || typeof entry['op'] !== 'string' || typeof entry['path'] !== 'string')
      throw patchRejected();
    const from = entry['from'];
    return {
      op: entry['op'],
      path: entry['path'],
      from: typeof from === 'string' ? from : undefined,
      value: entry['value'],
    };
  });
}

/**
 * Applies a JSON Patch (RFC 6902). The document is not changed; what the patch does not touch is shared with it.
 * @throws {StatusError} 422 for an operation that does not fit the document, 400 for a patch that is not a list
 */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  return operationsOf(patch).reduce((current, operation) => applyOperation(current, operation), document);
}

function applyOperation(document: unknown, operation: Operation): unknown {
  const path = stepsOf(operation.path);
  switch (operation.op) {
    case 'add':
      return add(document, path, operation.value);
    case 'replace':
      at(document, path);
      return path.length === 0
        ? operation.value
        : edit(document, path, (parent, key) => replaceIn(parent, key, operation.value));
    case 'remove':
      return remove(document, path);
    case 'test':
      if (!jsonEqual(lookUp(document, path) ?? null, operation.value ?? null)) throw patchRejected();
      return document;
    case 'copy':
      return add(document, path, at(document, fromOf(operation)));
    case 'move': {
      const from = fromOf(operation);
      return add(remove(document, from), path, at(document, from));
    }
    default:
      throw patchRejected();
  }
}

function fromOf(operation: Operation): string[] {
  if (operation.from === undefined) throw patchRejected();
  return stepsOf(operation.from);
}

function stepsOf(pointer: string): string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) throw patchRejected();
  return pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

type Container = readonly unknown[] | Readonly<Record<string, unknown>>;

function containerOf(value: unknown): Container {
  if (Array.isArray(value)) return value as readonly unknown[];
  if (isJsonObject(value)) return value;
  throw patchRejected();
}

function indexOf(step: string, most: number): number {
  const index = /^(0|[1-9]\d*)$/.test(step) ? Number(step) : Number.NaN;
  if (Number.isNaN(index) || index > most || index < 0) throw patchRejected();
  return index;
}

function isList(value: Container): value is readonly unknown[] {
  return Array.isArray(value);
}

/** The value at a path that must exist. */
function at(document: unknown, path: readonly string[]): unknown {
  let current = document;
  for (const step of path) {
    const container = containerOf(current);
    if (isList(container)) current = container[indexOf(step, container.length - 1)];
    else if (Object.hasOwn(container, step)) current = container[step];
    else throw patchRejected();
  }
  return current;
}

/** The value at a path, undefined when its last step is missing. */
function lookUp(document: unknown, path: readonly string[]): unknown {
  const last = path.at(-1);
  if (last === undefined) return document;
  const container = containerOf(at(document, path.slice(0, -1)));
  return isList(container) ? container[indexOf(last, container.length - 1)] : ownValue(container, last);
}

/** A copy of the document in which the container that holds the path's last step is edited. */
function edit(
  document: unknown,
  path: readonly string[],
  change: (parent: Container, key: string) => unknown,
): unknown {
  const [step, ...rest] = path;
  if (step === undefined) throw patchRejected();
  const container = containerOf(document);
  if (rest.length === 0) return change(container, step);
  return replaceIn(container, step, edit(at(container, [step]), rest, change));
}

function replaceIn(container: Container, step: string, value: unknown): unknown {
  if (!isList(container)) return { ...container, [step]: value };
  return container.with(indexOf(step, container.length - 1), value);
}

function add(document: unknown, path: readonly string[], value: unknown): unknown {
  if (path.length === 0) return value;
  return edit(document, path, (parent, key) => {
    if (!isList(parent)) return { ...parent, [key]: value };
    const index = key === '-' ? parent.length : indexOf(key, parent.length);
    return parent.toSpliced(index, 0, value);
  });
}

function remove(document: unknown, path: readonly string[]): unknown {
  at(document, path);
  return edit(document, path, (parent, key) => {
    if (isList(parent)) return parent.toSpliced(indexOf(key, parent.length - 1), 1);
    return omit(parent, key);
  });
}
