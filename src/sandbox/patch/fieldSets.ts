import { isJsonObject, jsonEqual, omit } from '../schema/kubeObject.js';
import type { FieldSet, JsonObject } from '../schema/kubeObject.js';
import { keyValue } from '../schema/schema.js';
import type { ListSchema, Schema } from '../schema/schema.js';
import { ownValue } from '../../model/ownValue.js';

/** Sets of field paths, in the FieldsV1 form of `metadata.managedFields`, and how values give rise to them. */

const leaf: FieldSet = {};
/** Fields without owners. */
const unowned = new Set([
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
  'managedFields',
]);

/** A container and what it holds: `[step, value, schema]`; undefined for values that are owned as one. */
function childrenOf(value: unknown, schema: Schema): [string, unknown, Schema][] | undefined {
  if (schema.type === 'list') {
    if (!Array.isArray(value) || (schema.keys === undefined && !schema.set)) return undefined;
    return (value as readonly unknown[]).map((item) => [itemStep(item, schema), item, schema.items]);
  }
  if (!isJsonObject(value)) return undefined;
  if (schema.type === 'map' && !schema.atomic) {
    return Object.entries(value).map(([key, each]) => [`f:${key}`, each, schema.values]);
  }
  if (schema.type === 'object' && !schema.atomic) {
    return Object.entries(value).map(([key, each]) => [`f:${key}`, each, schema.fields.get(key) ?? anySchema]);
  }
  return undefined;
}

const anySchema: Schema = { type: 'any', presence: 'keep' };

function itemStep(item: unknown, schema: ListSchema): string {
  if (schema.keys === undefined || !isJsonObject(item)) return `v:${JSON.stringify(item)}`;
  const values = [...schema.keys].sort().map((key) => [key, keyValue(item, key, schema)] as const);
  return `k:${JSON.stringify(Object.fromEntries(values.filter(([, value]) => value !== undefined)))}`;
}

/** Struct fields carry no mark of their own; maps, keyed lists and their items do: `.`. */
function isMarked(schema: Schema): boolean {
  return schema.type === 'map' || schema.type === 'list' || (schema.type === 'object' && schema.marked === true);
}

function isStruct(schema: Schema): boolean {
  return schema.type === 'object' && !isMarked(schema);
}

function isAtomic(schema: Schema): boolean {
  return schema.type === 'object' && schema.atomic;
}

function sorted(entries: [string, FieldSet][]): FieldSet {
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

function isEmptyContainer(value: unknown): boolean {
  return isJsonObject(value) && Object.keys(value).length === 0;
}

/** The part of an object that can be owned: without kind, apiVersion and the fields without owners. */
function ownable(object: JsonObject): JsonObject {
  const rest = omit(object, 'kind', 'apiVersion', 'metadata');
  const metadata = object['metadata'];
  const kept = isJsonObject(metadata) ? Object.entries(metadata).filter(([key]) => !unowned.has(key)) : [];
  return kept.length === 0 ? rest : { ...rest, metadata: Object.fromEntries(kept) };
}

/**
 * Every field that an object sets. With `marks`, containers are part of the set themselves, as they are for an Update;
 * an Apply owns only list items besides leaves.
 */
export function fieldsOf(object: JsonObject, schema: Schema, marks: boolean): FieldSet {
  return collect(ownable(object), schema, marks, false);
}

function collect(value: unknown, schema: Schema, marks: boolean, item: boolean): FieldSet {
  const children = childrenOf(value, schema);
  if (children === undefined) return leaf;
  const entries: [string, FieldSet][] = [];
  if (item || (marks && isMarked(schema))) entries.push(['.', leaf]);
  for (const [step, child, childSchema] of children) {
    // An empty struct sets nothing, except in an item of a list; an empty map is itself a leaf.
    if (isStruct(childSchema) && isEmptyContainer(child)) {
      if (item) entries.push([step, leaf]);
      continue;
    }
    const set = collect(child, childSchema, marks, step.startsWith('k:'));
    if (isStruct(childSchema) && !isAtomic(childSchema) && !step.startsWith('k:') && isEmpty(set)) continue;
    entries.push([step, set]);
  }
  return sorted(entries);
}

/** The fields of `after` that are new or differ from `before`. */
export function changedFields(before: JsonObject, after: JsonObject, schema: Schema): FieldSet {
  return difference(ownable(before), ownable(after), schema) ?? leaf;
}

function difference(before: unknown, after: unknown, schema: Schema): FieldSet | undefined {
  if (before === after) return undefined;
  const children = childrenOf(after, schema);
  // A list that is written as null is there, without items.
  const earlier = before === null ? [] : childrenOf(before, schema);
  if (children === undefined || earlier === undefined) return jsonEqual(before, after) ? undefined : leaf;
  const old = new Map(earlier.map(([step, value]) => [step, value]));
  const entries: [string, FieldSet][] = [];
  for (const [step, value, childSchema] of children) {
    if (!old.has(step)) {
      const set = collect(value, childSchema, true, step.startsWith('k:'));
      if (isStruct(childSchema) && !isAtomic(childSchema) && !step.startsWith('k:') && isEmpty(set)) continue;
      entries.push([step, set]);
      continue;
    }
    const inner = difference(old.get(step), value, childSchema);
    if (inner !== undefined) entries.push([step, inner]);
  }
  return entries.length === 0 ? undefined : sorted(entries);
}

export function isEmpty(set: FieldSet): boolean {
  return Object.keys(set).length === 0;
}

/** The members of either; a leaf in one and a container in the other become the container with its mark. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  const entries = new Map(Object.entries(a));
  for (const [step, set] of Object.entries(b)) {
    const other = entries.get(step);
    entries.set(
      step,
      other === undefined ? set : isEmpty(other) || isEmpty(set) ? markedUnion(other, set) : union(other, set),
    );
  }
  return sorted([...entries]);
}

function markedUnion(a: FieldSet, b: FieldSet): FieldSet {
  return isEmpty(a) ? b : a;
}

/** A leaf is the container itself, as the mark in a container is. */
function membersOf(set: FieldSet): FieldSet {
  return isEmpty(set) ? { '.': leaf } : set;
}

/** The members of `a` that are not in `b`. */
export function subtract(a: FieldSet, b: FieldSet): FieldSet {
  const entries: [string, FieldSet][] = [];
  for (const [step, set] of Object.entries(a)) {
    const other = ownValue(b, step);
    // A leaf of `a` that is a container of `b` goes, with its mark or without.
    const rest = other === undefined ? set : subtract(set, membersOf(other));
    if (other === undefined || !isEmpty(rest)) entries.push([step, rest]);
  }
  return Object.fromEntries(entries);
}

/** The members of `a` that are also in `b`. */
export function intersect(a: FieldSet, b: FieldSet): FieldSet {
  const entries: [string, FieldSet][] = [];
  for (const [step, set] of Object.entries(a)) {
    const other = ownValue(b, step);
    if (other === undefined) continue;
    if (isEmpty(set)) {
      if (Object.hasOwn(membersOf(other), '.')) entries.push([step, leaf]);
      continue;
    }
    const common = intersect(set, membersOf(other));
    if (!isEmpty(common)) entries.push([step, common]);
  }
  return Object.fromEntries(entries);
}

/** The leaves as paths in the form of conflict messages: `.spec.ports[port=80,protocol="TCP"].name`. */
export function pathsOf(set: FieldSet, prefix = ''): string[] {
  return Object.entries(set).flatMap(([step, inner]) => {
    if (step === '.') return [];
    const path = `${prefix}${shownStep(step)}`;
    const below = pathsOf(inner, path);
    return below.length === 0 ? [path] : below;
  });
}

function shownStep(step: string): string {
  if (step.startsWith('f:')) return `.${step.slice(2)}`;
  if (step.startsWith('v:')) return `[=${step.slice(2)}]`;
  const keys: unknown = JSON.parse(step.slice(2));
  return isJsonObject(keys)
    ? `[${Object.entries(keys)
        .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
        .join(',')}]`
    : '';
}

/** The object without the fields of a set. */
export function withoutFields(object: JsonObject, set: FieldSet, schema: Schema): JsonObject {
  const result = drop(object, set, schema);
  return isJsonObject(result) ? result : object;
}

function drop(value: unknown, set: FieldSet, schema: Schema): unknown {
  const children = childrenOf(value, schema);
  if (children === undefined) return value;
  const keep = children.flatMap(([step, child, childSchema]): [string, unknown][] => {
    const below = ownValue(set, step);
    if (below === undefined) return [[step, child]];
    if (isEmpty(below)) return [];
    const rest = drop(child, below, childSchema);
    const gone = Object.hasOwn(below, '.') && (isEmptyContainer(rest) || step.startsWith('k:'));
    return gone || (childSchema.type !== 'list' && isMarked(childSchema) && isEmptyContainer(rest))
      ? []
      : [[step, rest]];
  });
  if (schema.type === 'list') return keep.map(([, item]) => item);
  return Object.fromEntries(keep.map(([step, item]) => [step.slice(2), item]));
}
