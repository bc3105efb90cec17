import { changedFields, fieldsOf, intersect, isEmpty, subtract, union } from './fieldSets.js';
import { jsonEqual } from '../schema/kubeObject.js';
import type { FieldSet, KubeObject, ManagedFieldsEntry } from '../schema/kubeObject.js';
import { decode } from '../schema/schema.js';
import type { ObjectSchema } from '../schema/schema.js';

/** Who writes, and how: the identity of an entry of managedFields. */
export interface FieldWriter {
  readonly manager: string;
  readonly operation: ManagedFieldsEntry['operation'];
  readonly apiVersion: string;
  readonly subresource: string;
  /** The time of the write as `metav1.Time` prints it. */
  readonly time: string;
}

export function isEntryOf(entry: ManagedFieldsEntry, writer: FieldWriter): boolean {
  return (
    entry.manager === writer.manager &&
    entry.operation === writer.operation &&
    entry.apiVersion === writer.apiVersion &&
    (entry.subresource ?? '') === writer.subresource
  );
}

function entryFor(writer: FieldWriter, fields: FieldSet): ManagedFieldsEntry {
  return {
    manager: writer.manager,
    operation: writer.operation,
    apiVersion: writer.apiVersion,
    time: writer.time,
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
    ...(writer.subresource === '' ? {} : { subresource: writer.subresource }),
  };
}

function sortedEntries(entries: readonly ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  const key = (entry: ManagedFieldsEntry): string =>
    [entry.operation, entry.time, entry.manager, entry.apiVersion, entry.subresource ?? ''].join('\n');
  return [...entries].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

/** The entries after a new object: its writer owns all that differs from an empty object of the kind. */
export function managedOnCreate(object: KubeObject, schema: ObjectSchema, writer: FieldWriter): ManagedFieldsEntry[] {
  const fields =
    writer.operation === 'Apply'
      ? fieldsOf(object, schema, false)
      : changedFields(decode({ metadata: {} }, schema, '').object, object, schema);
  return isEmpty(fields) ? [] : [entryFor(writer, fields)];
}

/**
 * The entries after an update: what changed is owned by the writer alone, what is gone has no owner.
 * Without a change the list is the very same one.
 */
export function managedOnUpdate(
  before: KubeObject,
  after: KubeObject,
  schema: ObjectSchema,
  writer: FieldWriter,
): readonly ManagedFieldsEntry[] {
  const entries = before.metadata.managedFields ?? [];
  const changed = changedFields(before, after, schema);
  const gone = changedFields(after, before, schema);
  if (isEmpty(changed) && isEmpty(gone)) return entries;
  const present = fieldsOf(after, schema, true);
  const others = entries.filter((entry) => !isEntryOf(entry, writer));
  const own = entries.find((entry) => isEntryOf(entry, writer));
  const next = others.map((entry) => reduced(entry, changed, present));
  const ownFields = onlyPresent(union(own?.fieldsV1 ?? {}, changed), present);
  if (!isEmpty(ownFields)) {
    next.push(
      own !== undefined && jsonEqual(own.fieldsV1, ownFields) && isEmpty(changed) ? own : entryFor(writer, ownFields),
    );
  }
  return sortedEntries(next.filter((entry) => !isEmpty(entry.fieldsV1)));
}

function reduced(entry: ManagedFieldsEntry, changed: FieldSet, present: FieldSet): ManagedFieldsEntry {
  // The mark of a container names its creator; changes inside by others do not remove it.
  const fields = onlyPresent(subtract(entry.fieldsV1, withoutMarks(changed)), present);
  return jsonEqual(fields, entry.fieldsV1) ? entry : { ...entry, fieldsV1: fields };
}

function withoutMarks(set: FieldSet): FieldSet {
  return Object.fromEntries(
    Object.entries(set)
      .filter(([step]) => step !== '.')
      .map(([step, inner]) => [step, withoutMarks(inner)]),
  );
}

/** A container that kept nothing but its mark stays only while the object still has it. */
function onlyPresent(set: FieldSet, present: FieldSet): FieldSet {
  return intersect(set, present);
}

/** The entries after an apply: the writer owns exactly `applied`; `taken` is taken from all others (force). */
export function managedOnApply(
  entries: readonly ManagedFieldsEntry[],
  applied: FieldSet,
  taken: FieldSet,
  present: FieldSet,
  writer: FieldWriter,
): ManagedFieldsEntry[] {
  const own = entries.find((entry) => isEntryOf(entry, writer));
  const others = entries.filter((entry) => !isEntryOf(entry, writer)).map((entry) => reduced(entry, taken, present));
  const unchanged = own !== undefined && jsonEqual(own.fieldsV1, applied);
  return sortedEntries(
    [...others, unchanged ? own : entryFor(writer, applied)].filter((entry) => !isEmpty(entry.fieldsV1)),
  );
}
