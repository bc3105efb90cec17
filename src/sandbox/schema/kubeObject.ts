import { ownValue } from '../../model/ownValue.js';

/** The objects of the API as the stand-in keeps them: plain JSON, never changed once stored, shared between versions. */

export type JsonObject = Readonly<Record<string, unknown>>;

/** One entry of `metadata.managedFields`: who owns which fields since when. */
export interface ManagedFieldsEntry {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly time: string;
  readonly fieldsType: 'FieldsV1';
  readonly fieldsV1: FieldSet;
  readonly subresource?: string;
}

/** A set of field paths as a tree: `f:name` for a field, `k:{…}` for an item of a keyed list, `v:…` for one of a set. */
export interface FieldSet {
  readonly [step: string]: FieldSet;
}

export interface ObjectMeta {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly managedFields?: readonly ManagedFieldsEntry[];
  readonly [field: string]: unknown;
}

export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Equality of JSON values; an object's order of keys does not count, a list's order does. */
export function jsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => jsonEqual(item, b[index]));
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && jsonEqual(ownValue(a, key), ownValue(b, key)));
}

/** The value at a path of field names, or undefined. */
export function valueAt(object: unknown, ...path: readonly string[]): unknown {
  let current = object;
  for (const step of path) {
    if (!isJsonObject(current)) return undefined;
    current = ownValue(current, step);
  }
  return current;
}

/** The text at a path, or '' when there is none. */
export function textAt(object: unknown, ...path: readonly string[]): string {
  const value = valueAt(object, ...path);
  return typeof value === 'string' ? value : '';
}

/** The list at a path, or an empty one. */
export function listAt(object: unknown, ...path: readonly string[]): readonly unknown[] {
  const value = valueAt(object, ...path);
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

/** A copy of the object without some fields. */
export function omit<T extends object, K extends string>(object: T, ...fields: readonly K[]): Omit<T, K> {
  const dropped: ReadonlySet<string> = new Set(fields);
  return Object.fromEntries(Object.entries(object).filter(([key]) => !dropped.has(key))) as Omit<T, K>;
}

/** Any JSON object as an object of the API: one without metadata gets an empty one. */
export function toKubeObject(object: JsonObject): KubeObject {
  return isKubeObject(object) ? object : { ...object, metadata: {} };
}

function isKubeObject(object: JsonObject): object is KubeObject {
  return isJsonObject(object['metadata']);
}
