import { changedFields, fieldsOf, intersect, isEmpty, pathsOf, subtract, union, withoutFields } from './fieldSets.js';
import { isJsonObject, jsonEqual } from '../schema/kubeObject.js';
import type { FieldSet, JsonObject, KubeObject, ManagedFieldsEntry } from '../schema/kubeObject.js';
import { isEntryOf, managedOnApply } from './managedFields.js';
import type { FieldWriter } from './managedFields.js';
import { keyValue } from '../schema/schema.js';
import type { ObjectSchema, Schema } from '../schema/schema.js';
import { StatusError } from '../schema/status.js';
import { ownValue, setOwnValue } from '../../model/ownValue.js';

export interface ApplyResult {
  readonly object: KubeObject;
  readonly managedFields: readonly ManagedFieldsEntry[];
}

/**
 * Server-side apply onto an existing object (KEP-555): merges what is applied, drops what the same manager applied
 * before and no longer does (unless another owns it too).
 * @throws {StatusError} 409 when a value differs that another manager owns, unless `force`
 */
export function applyToLive(
  live: KubeObject,
  applied: JsonObject,
  schema: ObjectSchema,
  writer: FieldWriter,
  force: boolean,
): ApplyResult {
  const entries = live.metadata.managedFields ?? [];
  const fields = fieldsOf(applied, schema, false);
  const merged = mergeTyped(live, applied, schema);
  const changed = intersect(changedFields(live, asObject(merged), schema), union(fields, {}));
  const others = entries.filter((entry) => !isEntryOf(entry, writer));
  const conflicts = others
    .map((entry) => ({ entry, fields: intersect(changed, entry.fieldsV1) }))
    .filter((one) => pathsOf(one.fields).length > 0);
  if (conflicts.length > 0 && !force) throw applyConflict(conflicts);
  const taken = conflicts.reduce<FieldSet>((sum, one) => union(sum, one.fields), {});
  const before = entries.find((entry) => isEntryOf(entry, writer))?.fieldsV1 ?? {};
  const owned = others.reduce<FieldSet>((sum, entry) => union(sum, entry.fieldsV1), {});
  const dropped = subtract(subtract(before, fields), owned);
  const object = asObject(isEmpty(dropped) ? merged : withoutFields(asObject(merged), dropped, schema));
  const present = fieldsOf(object, schema, true);
  return {
    object: { ...object, metadata: isJsonObject(object['metadata']) ? object['metadata'] : {} },
    managedFields: managedOnApply(entries, fields, taken, present, writer),
  };
}

function asObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function applyConflict(conflicts: readonly { entry: ManagedFieldsEntry; fields: FieldSet }[]): StatusError {
  const causes = conflicts.flatMap(({ entry, fields }) =>
    pathsOf(fields).map((field) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with "${entry.manager}"${entry.operation === 'Update' ? ` using ${entry.apiVersion}` : ''}`,
      field,
    })),
  );
  const plural = causes.length === 1 ? '1 conflict' : `${causes.length} conflicts`;
  const text =
    causes.length === 1
      ? `${causes[0]?.message ?? ''}: ${causes[0]?.field ?? ''}`
      : causes.map((cause) => `${cause.message}: ${cause.field}`).join('\n');
  return new StatusError(409, 'Conflict', `Apply failed with ${plural}: ${text}`, { causes });
}

/** Maps and structs field by field, keyed lists item by item, everything else as a whole. */
function mergeTyped(live: unknown, applied: unknown, schema: Schema): unknown {
  if (schema.type === 'list' && Array.isArray(applied) && Array.isArray(live)) {
    const keys = schema.keys;
    const current = live as readonly unknown[];
    const wanted = applied as readonly unknown[];
    if (schema.set) return [...current, ...wanted.filter((item) => !current.includes(item))];
    if (keys === undefined) return applied;
    const same = (a: unknown, b: unknown): boolean =>
      isJsonObject(a) &&
      isJsonObject(b) &&
      keys.every((key) => jsonEqual(keyValue(a, key, schema), keyValue(b, key, schema)));
    const merged = current.map((item) => {
      const match = wanted.find((one) => same(one, item));
      return match === undefined ? item : mergeTyped(item, match, schema.items);
    });
    return [...merged, ...wanted.filter((one) => !current.some((item) => same(one, item)))];
  }
  if (!isJsonObject(live) || !isJsonObject(applied)) return applied;
  if ((schema.type === 'object' || schema.type === 'map') && schema.atomic) return applied;
  const merged: Record<string, unknown> = { ...live };
  for (const [key, value] of Object.entries(applied)) {
    const child = schema.type === 'object' ? schema.fields.get(key) : schema.type === 'map' ? schema.values : undefined;
    setOwnValue(merged, key, child === undefined ? value : mergeTyped(ownValue(live, key), value, child));
  }
  return merged;
}
