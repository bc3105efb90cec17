import { omit } from './kubeObject.js';
import type { KubeObject } from './kubeObject.js';
import type { ResourceDefinition } from './resources.js';

/** Pairs of field names: core/v1 on the left, events.k8s.io/v1 on the right. */
const renamed: readonly (readonly [string, string])[] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['reportingComponent', 'reportingController'],
];

function rename(object: KubeObject, names: ReadonlyMap<string, string>, apiVersion: string): KubeObject {
  const fields = Object.entries(object).map(([key, value]) => [names.get(key) ?? key, value] as const);
  return {
    kind: 'Event',
    apiVersion,
    ...omit(Object.fromEntries(fields), 'kind', 'apiVersion'),
    metadata: object.metadata,
  };
}

const toEvents = new Map(renamed);
const toCore = new Map(renamed.map(([core, events]) => [events, core]));

/** A stored object as one group and version shows it. */
export function viewOf(definition: ResourceDefinition, object: KubeObject): KubeObject {
  if (definition.group !== 'events.k8s.io') return object;
  const shown = rename(object, toEvents, 'events.k8s.io/v1');
  // That group leaves empty names out where core/v1 writes them.
  const empty = (['reportingController', 'reportingInstance'] as const).filter((field) => shown[field] === '');
  return { ...omit(shown, ...empty), metadata: object.metadata };
}

/** An Event of events.k8s.io/v1 as it is stored. */
export function eventsToCore(object: KubeObject): KubeObject {
  return rename(object, toCore, 'v1');
}
