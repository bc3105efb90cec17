import { isJsonObject, omit } from './kubeObject.js';
import type { JsonObject } from './kubeObject.js';
import { ownValue, setOwnValue } from '../../model/ownValue.js';

/**
 * The shape of a kind, in the terms of the Go types behind the real API. One schema serves decoding (types, zero values,
 * unknown fields), field ownership (`managedFields`), server-side apply and strategic merge.
 */
export type Schema = (ScalarSchema | ObjectSchema | MapSchema | ListSchema) & {
  /** A field of a custom resource: null and values of another type stay, for the validation by its definition to report. */
  readonly custom?: boolean;
};

/**
 * How a zero value is stored: `omit` drops it (Go's omitempty), `keep` keeps it (a pointer in Go), `always` writes it
 * even when the field is absent (no omitempty).
 */
export type Presence = 'omit' | 'keep' | 'always';

export interface ScalarSchema {
  readonly type: 'string' | 'integer' | 'boolean' | 'time' | 'microTime' | 'intOrString' | 'any';
  readonly presence: Presence;
}

export interface ObjectSchema {
  readonly type: 'object';
  readonly presence: Presence;
  readonly fields: ReadonlyMap<string, Schema>;
  /** An open object also keeps fields that the schema does not name. */
  readonly open: boolean;
  /** Owned and applied as one value. */
  readonly atomic: boolean;
  /** Has an owner itself besides its fields, as pointers to structs and objects of custom resources have. */
  readonly marked?: boolean;
}

export interface MapSchema {
  readonly type: 'map';
  readonly presence: Presence;
  readonly values: Schema;
  readonly atomic: boolean;
}

export interface ListSchema {
  readonly type: 'list';
  readonly presence: Presence;
  readonly items: Schema;
  /** Fields that identify an item; absent for lists that are one value. */
  readonly keys: readonly string[] | undefined;
  /** Values of key fields that an item may leave out, as the OpenAPI schema of the real API states them. */
  readonly keyDefaults: Readonly<Record<string, string>>;
  /** A list of scalars that is a set. */
  readonly set: boolean;
  /** The one field by which a strategic merge patch finds items; absent: the patch replaces the list. */
  readonly mergeKey: string | undefined;
}

function scalar(type: ScalarSchema['type'], presence: Presence = 'omit'): ScalarSchema {
  return { type, presence };
}

export const text = scalar('string');
export const integer = scalar('integer');
export const flag = scalar('boolean');
export const time = scalar('time');
export const microTime = scalar('microTime');
export const intOrString = scalar('intOrString', 'keep');
export const anything = scalar('any', 'keep');

/** A pointer in Go: an explicit zero value stays. */
export function kept<T extends Schema>(schema: T): T {
  return { ...schema, presence: 'keep' };
}

/** No omitempty in Go: written even when absent. */
export function always<T extends Schema>(schema: T): T {
  return { ...schema, presence: 'always' };
}

export function object(
  fields: Readonly<Record<string, Schema>>,
  more: { open?: boolean; atomic?: boolean; marked?: boolean } = {},
): ObjectSchema {
  return {
    type: 'object',
    presence: 'keep',
    fields: new Map(Object.entries(fields)),
    open: more.open ?? false,
    atomic: more.atomic ?? false,
    ...(more.marked === undefined ? {} : { marked: more.marked }),
  };
}

export function mapOf(values: Schema, more: { atomic?: boolean } = {}): MapSchema {
  return { type: 'map', presence: 'omit', values, atomic: more.atomic ?? false };
}

export function listOf(
  items: Schema,
  more: {
    keys?: readonly string[];
    keyDefaults?: Readonly<Record<string, string>>;
    mergeKey?: string;
    set?: boolean;
  } = {},
): ListSchema {
  return {
    type: 'list',
    presence: 'omit',
    items,
    keys: more.keys,
    keyDefaults: more.keyDefaults ?? {},
    set: more.set ?? false,
    mergeKey: more.mergeKey ?? (more.keys?.length === 1 ? more.keys[0] : undefined),
  };
}

/** The value of a key field of an item, with the default that stands for a missing one. */
export function keyValue(item: JsonObject, key: string, schema: ListSchema): unknown {
  return ownValue(item, key) ?? ownValue(schema.keyDefaults, key);
}

/** A value that does not fit the Go type it must go into; the message is the one of Go's decoder. */
export class DecodeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DecodeError';
  }
}

interface Decoding {
  readonly kind: string;
  /** Paths of fields that are in no schema. */
  readonly unknown: string[];
  /** Whether absent fields that are always written are filled in. */
  readonly fill: boolean;
}

/**
 * The object as the API server would give it back: unknown fields dropped, zero values dropped or written as the Go
 * types have it, times in the server's form. Parts that need no change are the same references. Without `fill`, absent
 * fields stay absent, as an applied configuration needs it.
 * @throws {DecodeError} for a value of the wrong type
 */
export function decode(
  value: JsonObject,
  schema: ObjectSchema,
  kind: string,
  fill = true,
): { object: JsonObject; unknown: string[] } {
  const decoding: Decoding = { kind, unknown: [], fill };
  return { object: decodeObject(value, schema, '', decoding), unknown: decoding.unknown };
}

function isZero(value: unknown, schema: Schema): boolean {
  if (value === null || value === undefined) return true;
  if (schema.type === 'list') return Array.isArray(value) && value.length === 0;
  if (schema.type === 'map') return isJsonObject(value) && Object.keys(value).length === 0;
  return schema.type !== 'object' && (value === '' || value === 0 || value === false);
}

function zeroOf(schema: Schema): unknown {
  if (schema.type === 'string') return '';
  if (schema.type === 'integer' || schema.type === 'intOrString') return 0;
  if (schema.type === 'boolean') return false;
  return schema.type === 'object' ? decodeObject({}, schema, '', { kind: '', unknown: [], fill: true }) : null;
}

function decodeObject(value: JsonObject, schema: ObjectSchema, path: string, decoding: Decoding): JsonObject {
  let copy: Record<string, unknown> | undefined;
  for (const [key, before] of Object.entries(value)) {
    const field = schema.fields.get(key);
    const at = path === '' ? key : `${path}.${key}`;
    if (field === undefined) {
      if (schema.open) continue;
      decoding.unknown.push(at);
      copy = omit(copy ?? value, key);
      continue;
    }
    if (before === null && field.custom === true) continue;
    const after = before === null || before === undefined ? null : decodeValue(before, field, at, decoding);
    if (after === null ? field.presence !== 'always' : field.presence === 'omit' && isZero(after, field)) {
      copy = omit(copy ?? value, key);
    } else if (after === null || (field.presence === 'always' && isZero(after, field))) {
      const zero = zeroOf(field);
      if (zero !== before) {
        copy ??= { ...value };
        setOwnValue(copy, key, zero);
      }
    } else if (after !== before) {
      copy ??= { ...value };
      setOwnValue(copy, key, after);
    }
  }
  if (!decoding.fill) return copy ?? value;
  for (const [key, field] of schema.fields) {
    if (field.presence === 'always' && !Object.hasOwn(copy ?? value, key)) {
      copy ??= { ...value };
      setOwnValue(copy, key, zeroOf(field));
    }
  }
  return copy ?? value;
}

function decodeValue(value: unknown, schema: Schema, path: string, decoding: Decoding): unknown {
  if (schema.custom === true && !isContainerOf(schema, value)) return value;
  switch (schema.type) {
    case 'any':
      return value;
    case 'string':
      if (typeof value !== 'string') throw mismatch(value, 'string', path, decoding);
      return value;
    case 'boolean':
      if (typeof value !== 'boolean') throw mismatch(value, 'bool', path, decoding);
      return value;
    case 'integer':
      if (typeof value !== 'number') throw mismatch(value, 'int32', path, decoding);
      if (!Number.isSafeInteger(value)) throw mismatch(value, 'int32', path, decoding, `number ${value}`);
      return value;
    case 'intOrString':
      if (typeof value !== 'string' && !Number.isSafeInteger(value))
        throw mismatch(value, 'intstr.IntOrString', path, decoding);
      return value;
    case 'time':
      if (typeof value !== 'string') throw mismatch(value, 'v1.Time', path, decoding);
      return serverTime(value);
    case 'microTime':
      if (typeof value !== 'string') throw mismatch(value, 'v1.MicroTime', path, decoding);
      return microTimeOf(value);
    case 'object':
      if (!isJsonObject(value)) throw mismatch(value, 'struct', path, decoding);
      return decodeObject(value, schema, path, decoding);
    case 'map': {
      if (!isJsonObject(value)) throw mismatch(value, 'map[string]string', path, decoding);
      let copy: Record<string, unknown> | undefined;
      for (const [key, before] of Object.entries(value)) {
        const after =
          before === null && schema.values.custom !== true
            ? zeroOf(schema.values)
            : decodeValue(before, schema.values, `${path}.${key}`, decoding);
        if (after !== before) {
          copy ??= { ...value };
          setOwnValue(copy, key, after);
        }
      }
      return copy ?? value;
    }
    case 'list': {
      if (!Array.isArray(value)) throw mismatch(value, 'slice', path, decoding);
      let copy: unknown[] | undefined;
      const list = value as readonly unknown[];
      list.forEach((before, index) => {
        const after =
          before === null && schema.items.custom !== true
            ? zeroOf(schema.items)
            : decodeValue(before, schema.items, `${path}[${index}]`, decoding);
        if (after !== before) {
          copy ??= [...list];
          copy[index] = after;
        }
      });
      return copy ?? value;
    }
  }
}

/** Whether a value has the form of an object, map or list that the schema describes. */
function isContainerOf({ type }: Schema, value: unknown): boolean {
  return type === 'list' ? Array.isArray(value) : type !== 'any' && isJsonObject(value);
}

function mismatch(value: unknown, goType: string, path: string, decoding: Decoding, found?: string): DecodeError {
  const name =
    found ??
    (Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value === 'boolean' ? 'bool' : typeof value);
  const field = path.replace(/\[\d+\]/g, '');
  return new DecodeError(
    `json: cannot unmarshal ${name} into Go struct field ${decoding.kind}.${field} of type ${goType}`,
  );
}

const timeForm = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

function serverTime(value: string): string {
  const ms = timeForm.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(ms)) {
    throw new DecodeError(
      `parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(value)} as "2006"`,
    );
  }
  return secondsTime(ms);
}

const microForm = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d{6})?(.*)$/;

/** MicroTime is stricter than Time: exactly six digits of the second, as Go's layout `.000000` has it. */
function microTimeOf(value: string): string {
  const layout = '2006-01-02T15:04:05.000000Z07:00';
  const [, whole, fraction, rest] = microForm.exec(value) ?? [];
  const fail = (found: string, wanted: string): DecodeError =>
    new DecodeError(
      `parsing time ${JSON.stringify(value)} as "${layout}": cannot parse ${JSON.stringify(found)} as "${wanted}"`,
    );
  if (whole === undefined || rest === undefined) throw fail(value, '2006');
  if (fraction === undefined) throw fail(rest, '.000000');
  if (!/^(Z|[+-]\d{2}:\d{2})$/.test(rest)) throw fail(rest, 'Z07:00');
  const ms = Date.parse(`${whole}${rest}`);
  if (Number.isNaN(ms)) throw fail(value, '2006');
  return rest === 'Z' ? value : `${new Date(ms).toISOString().slice(0, 19)}${fraction}Z`;
}

/** The form of `metav1.Time`: whole seconds, UTC. */
export function secondsTime(wallMs: number): string {
  return `${new Date(wallMs).toISOString().slice(0, 19)}Z`;
}
