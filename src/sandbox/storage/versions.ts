import { jsonEqual, omit } from '../schema/kubeObject.js';
import type { JsonObject, KubeObject, ManagedFieldsEntry, ObjectMeta } from '../schema/kubeObject.js';
import { groupVersionOf, storedForm } from '../schema/resources.js';
import type { ResourceDefinition } from '../schema/resources.js';

/** What one version of an object becomes in the next: which parts a write may touch, and what the server stamps on. */

/** Metadata that only the server writes. */
export interface SystemFields {
  readonly uid: string;
  readonly generation: number | undefined;
  readonly creationTimestamp: string;
  readonly managedFields: readonly ManagedFieldsEntry[];
}

/** The object in the order in which the API writes it, ready to get its version. */
export function stamped(
  definition: ResourceDefinition,
  object: KubeObject,
  system: SystemFields,
): (resourceVersion: string) => KubeObject {
  const stored = storedForm(definition);
  const { name, generateName, namespace, labels, annotations, ownerReferences, finalizers } = object.metadata;
  const { deletionTimestamp, deletionGracePeriodSeconds } = object.metadata;
  const { uid, generation, creationTimestamp, managedFields } = system;
  const rest = omit(object, 'kind', 'apiVersion', 'metadata');
  return (resourceVersion) => {
    const metadata: Readonly<Record<string, unknown>> = {
      name,
      generateName,
      namespace,
      uid,
      resourceVersion: resourceVersion === '' ? undefined : resourceVersion,
      generation,
      creationTimestamp,
      deletionTimestamp,
      deletionGracePeriodSeconds,
      labels,
      annotations,
      ownerReferences,
      finalizers,
      managedFields: managedFields.length === 0 ? undefined : managedFields,
    };
    const present = Object.entries(metadata).filter(([, value]) => value !== undefined);
    return { kind: stored.kind, apiVersion: groupVersionOf(stored), metadata: Object.fromEntries(present), ...rest };
  };
}

/** Writes of the object leave status alone, writes of status leave everything else; the server's metadata stays. */
export function updatedParts(
  definition: ResourceDefinition,
  live: KubeObject,
  object: KubeObject,
  subresource: string,
): KubeObject {
  const owned = ['uid', 'creationTimestamp', 'generation', 'deletionTimestamp', 'deletionGracePeriodSeconds'];
  const system = Object.entries(live.metadata).filter(([field]) => owned.includes(field));
  const given = omit(object.metadata, 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generation');
  const metadata: ObjectMeta = { ...given, ...Object.fromEntries(system) };
  if (!definition.statusSubresource) return { ...object, metadata };
  const [own, other] = subresource === 'status' ? [live, object] : [object, live];
  const status = other['status'];
  return { ...omit(own, 'status'), metadata, ...(status === undefined ? {} : { status }) };
}

/** Whether an update changes nothing but versions and times of managedFields. */
export function unchanged(live: KubeObject, wanted: KubeObject, entries: readonly ManagedFieldsEntry[]): boolean {
  const comparable = (object: KubeObject): JsonObject => ({
    ...omit(object, 'kind', 'apiVersion'),
    metadata: omit(object.metadata, 'resourceVersion', 'managedFields', 'uid', 'creationTimestamp', 'generation'),
  });
  const withoutTimes = (list: readonly ManagedFieldsEntry[]): JsonObject[] => list.map((entry) => omit(entry, 'time'));
  const before = live.metadata.managedFields ?? [];
  return (
    jsonEqual(comparable(live), comparable(wanted)) &&
    (before === entries || jsonEqual(withoutTimes(before), withoutTimes(entries)))
  );
}

export function nextGeneration(
  definition: ResourceDefinition,
  live: KubeObject,
  wanted: KubeObject,
): number | undefined {
  const current = live.metadata.generation;
  const next = (current ?? 0) + 1;
  switch (definition.generation) {
    case 'none':
      return current;
    case 'spec':
      return jsonEqual(live['spec'], wanted['spec']) ? current : next;
    case 'all-but-status':
      return jsonEqual(omit(bodyOf(live), 'status'), omit(bodyOf(wanted), 'status')) ? current : next;
    case 'all-but-metadata':
      return jsonEqual(bodyOf(live), bodyOf(wanted)) ? current : next;
    case 'all-and-labels': {
      const sameLabels = jsonEqual(live.metadata.labels ?? {}, wanted.metadata.labels ?? {});
      return sameLabels && jsonEqual(bodyOf(live), bodyOf(wanted)) ? current : next;
    }
  }
}

function bodyOf(object: KubeObject): JsonObject {
  return omit(object, 'kind', 'apiVersion', 'metadata');
}
