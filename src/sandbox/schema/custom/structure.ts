import { ownValue, setOwnValue } from '../../../model/ownValue.js';
import { isJsonObject } from '../kubeObject.js';
import type { JsonObject } from '../kubeObject.js';
import { anything, object, text } from '../schema.js';
import type { ObjectSchema, Schema } from '../schema.js';
import { metadataSchema } from '../schemas.js';
import type { OpenApiSchema } from './openApiSchema.js';

/** What a structural schema makes of an object before it is checked: its shape, by which fields are pruned and owned, and defaults. */

/** The shape of a kind; type, apiVersion and metadata are the API's own, whatever the schema has about them. */
export function shapeOf(schema: OpenApiSchema): ObjectSchema {
  const fields = Object.fromEntries([...schema.properties].map(([name, node]) => [name, nodeShape(node)]));
  const own = { ...fields, kind: text, apiVersion: text, metadata: metadataSchema };
  return { ...object(own, { open: schema.preserveUnknownFields }), presence: 'keep' };
}

function nodeShape(schema: OpenApiSchema): Schema {
  const { type, properties, values, items, preserveUnknownFields, atomic, listType, listMapKeys } = schema;
  if (type === 'object' && values !== undefined) {
    return { type: 'map', presence: 'keep', values: nodeShape(values), atomic, custom: true };
  }
  if (type === 'object') {
    const fields = Object.fromEntries([...properties].map(([name, node]) => [name, nodeShape(node)]));
    return { ...object(fields, { open: preserveUnknownFields, atomic, marked: true }), custom: true };
  }
  if (type === 'array' && items !== undefined) {
    return {
      type: 'list',
      presence: 'keep',
      items: nodeShape(items),
      keys: listType === 'map' ? listMapKeys : undefined,
      keyDefaults: {},
      set: listType === 'set',
      mergeKey: undefined,
      custom: true,
    };
  }
  return { ...anything, custom: true };
}

/** The object with the defaults of its schema, where a field is absent or is null and may not be. */
export function withSchemaDefaults<T extends JsonObject>(value: T, schema: OpenApiSchema): T {
  return defaulted(value, schema) as T;
}

function defaulted(value: unknown, schema: OpenApiSchema): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item: unknown) => defaulted(item, items));
  }
  if (!isJsonObject(value)) return value;
  const copy: Record<string, unknown> = { ...value };
  for (const [name, node] of schema.properties) {
    const before = ownValue(copy, name);
    const missing = before === undefined || (before === null && !node.nullable);
    if (missing && node.defaultValue !== undefined) setOwnValue(copy, name, structuredClone(node.defaultValue));
    const after = ownValue(copy, name);
    if (after !== undefined) setOwnValue(copy, name, defaulted(after, node));
  }
  if (schema.values !== undefined) {
    for (const [name, item] of Object.entries(copy)) setOwnValue(copy, name, defaulted(item, schema.values));
  }
  return copy;
}
