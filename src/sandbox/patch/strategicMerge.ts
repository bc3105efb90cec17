import { isJsonObject, jsonEqual } from '../schema/kubeObject.js';
import type { JsonObject } from '../schema/kubeObject.js';
import type { ListSchema, Schema } from '../schema/schema.js';
import { badRequest } from '../schema/status.js';
import { ownValue } from '../../model/ownValue.js';

/**
 * Applies a strategic merge patch: a merge patch with keyed lists (`patchMergeKey` of the Go types),
 * with the directives that kubectl sends: `$patch`, `$retainKeys`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…`.
 * The original is not changed.
 * @throws {StatusError} 400 for an item of a keyed list without its key
 */
export function applyStrategicMerge(original: unknown, patch: JsonObject, schema: Schema): unknown {
  const directive = patch['$patch'];
  if (directive === 'replace') return withoutDirectives(patch);
  if (directive === 'delete') return {};
  const merged = new Map(isJsonObject(original) ? Object.entries(original) : []);
  const retained = patch['$retainKeys'];
  if (Array.isArray(retained)) {
    for (const key of [...merged.keys()]) if (!retained.includes(key)) merged.delete(key);
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key === '$patch' || key === '$retainKeys' || key.startsWith('$setElementOrder/')) continue;
    if (key.startsWith('$deleteFromPrimitiveList/')) {
      const field = key.slice('$deleteFromPrimitiveList/'.length);
      const current = merged.get(field);
      if (Array.isArray(current) && Array.isArray(value)) {
        merged.set(
          field,
          (current as readonly unknown[]).filter((item) => !value.includes(item)),
        );
      }
      continue;
    }
    const field = childOf(schema, key);
    if (value === null) merged.delete(key);
    else if (Array.isArray(value)) {
      const order = ownValue(patch, `$setElementOrder/${key}`);
      merged.set(key, mergeList(merged.get(key), value, field, order, key));
    } else if (isJsonObject(value)) merged.set(key, applyStrategicMerge(merged.get(key), value, field));
    else merged.set(key, value);
  }
  // An order for a list that the patch does not otherwise touch.
  for (const [key, order] of Object.entries(patch)) {
    const field = key.startsWith('$setElementOrder/') ? key.slice('$setElementOrder/'.length) : '';
    if (field === '' || Object.hasOwn(patch, field)) continue;
    const schemaOfField = childOf(schema, field);
    const current = merged.get(field);
    if (schemaOfField.type === 'list' && Array.isArray(current))
      merged.set(field, ordered(current, order, schemaOfField.mergeKey));
  }
  return Object.fromEntries(merged);
}

const unknownSchema: Schema = { type: 'any', presence: 'keep' };

function childOf(schema: Schema, key: string): Schema {
  if (schema.type === 'object') return schema.fields.get(key) ?? unknownSchema;
  if (schema.type === 'map') return schema.values;
  return unknownSchema;
}

function withoutDirectives(patch: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(patch).filter(([key]) => !key.startsWith('$')));
}

function mergeList(
  original: unknown,
  patch: readonly unknown[],
  schema: Schema,
  order: unknown,
  name: string,
): unknown {
  const current: readonly unknown[] = Array.isArray(original) ? (original as readonly unknown[]) : [];
  if (schema.type !== 'list') return patch;
  if (schema.set) {
    return ordered([...current, ...patch.filter((item) => !current.includes(item))], order, undefined);
  }
  if (schema.mergeKey === undefined) return patch;
  return ordered(mergeKeyed(current, patch, schema, schema.mergeKey, name), order, schema.mergeKey);
}

function mergeKeyed(
  current: readonly unknown[],
  patch: readonly unknown[],
  schema: ListSchema,
  mergeKey: string,
  name: string,
): unknown[] {
  const replaces = patch.some((item) => isJsonObject(item) && item['$patch'] === 'replace');
  const merged: unknown[] = replaces ? [] : [...current];
  for (const item of patch) {
    if (!isJsonObject(item))
      throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`);
    if (item['$patch'] === 'replace') continue;
    const key = ownValue(item, mergeKey);
    if (key === undefined) {
      throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey} (in ${name})`);
    }
    const index = merged.findIndex((one) => isJsonObject(one) && jsonEqual(ownValue(one, mergeKey), key));
    if (item['$patch'] === 'delete') {
      if (index >= 0) merged.splice(index, 1);
    } else if (index < 0) {
      merged.push(applyStrategicMerge({}, item, schema.items));
    } else {
      merged[index] = applyStrategicMerge(merged[index], item, schema.items);
    }
  }
  return merged;
}

/** The items that the order names in that order, the others after them as they were. */
function ordered(items: readonly unknown[], order: unknown, mergeKey: string | undefined): readonly unknown[] {
  if (!Array.isArray(order)) return items;
  const identity = (item: unknown): unknown =>
    mergeKey !== undefined && isJsonObject(item) ? ownValue(item, mergeKey) : item;
  const wanted = (order as readonly unknown[]).map(identity);
  const place = (item: unknown): number => {
    const index = wanted.findIndex((one) => jsonEqual(one, identity(item)));
    return index < 0 ? wanted.length : index;
  };
  return items
    .map((item, index) => ({ item, index, place: place(item) }))
    .sort((a, b) => a.place - b.place || a.index - b.index)
    .map(({ item }) => item);
}
