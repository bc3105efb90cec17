import { indexClients, type ClientIndex } from '../hints/demand/clientIndex.js';
import { applyPolicies } from '../hints/policy/applyPolicies.js';
import { indexPolicies } from '../hints/policy/policyReader.js';
import { MeasuredIndex } from '../measured/measuredIndex.js';
import { summariseCluster, type Cluster } from '../model/cluster.js';
import type { EndpointSliceManifest, NodeManifest, ServiceManifest } from '../model/manifest.js';
import { readNode, type NodeRecord } from '../model/node.js';
import type { NodeRules } from '../model/nodeStanding.js';
import { compareText, objectKey, serviceKeyOf } from '../model/objectKey.js';
import { readService, type ServiceRecord } from '../model/service.js';
import { readSlice, SERVICE_NAME_LABEL, type SliceRecord } from '../model/slice.js';
import type { ClusterObjects } from './planCluster.js';

/** One Service with what it is made from. */
export interface ServiceRecords {
  /** `namespace/name`. */
  readonly key: string;
  readonly service: ServiceRecord;
  readonly manifest: ServiceManifest;
  /** In the order of the input. */
  readonly slices: readonly SliceRecord[];
  /** Parallel to `slices`. */
  readonly sliceManifests: readonly EndpointSliceManifest[];
}

/** The records of a cluster, read once for all that is worked out from them. */
export interface ClusterRecords {
  readonly cluster: Cluster;
  readonly clients: ClientIndex;
  /** Sorted by namespace and name. */
  readonly services: readonly ServiceRecords[];
  /** The slices of all Services, planned or not: where clients run. */
  readonly allSlices: readonly SliceRecord[];
  /** Reads a changed manifest of a Service as the others, with the policies that match it. */
  readonly serviceOf: (manifest: ServiceManifest) => ServiceRecord;
  /** Sentences for the user on what the input lacks. */
  readonly notes: readonly string[];
}

/** How the objects of a cluster become records. */
export interface ReadObjects {
  readonly node: (node: NodeManifest) => NodeRecord;
  readonly service: (service: ServiceManifest) => ServiceRecord;
  readonly slice: (slice: EndpointSliceManifest) => SliceRecord;
}

const READ: ReadObjects = Object.freeze({
  node: readNode,
  service: readService,
  slice: (slice: EndpointSliceManifest) => readSlice(slice),
});

/**
 * Reads the objects of a cluster, and finds the slices of each Service.
 * @param rules which nodes count
 * @param read for callers that read the same objects often
 */
export function readCluster(objects: ClusterObjects, rules: NodeRules, read: ReadObjects = READ): ClusterRecords {
  const cluster = summariseCluster(
    objects.nodes.map((node) => read.node(node)),
    rules,
  );
  const { nodeIndex } = cluster;
  const policies = indexPolicies(objects);
  const serviceOf = (manifest: ServiceManifest): ServiceRecord => {
    const own = read.service(manifest);
    return applyPolicies(own, policies.matching(own));
  };
  const services = objects.services
    .map((manifest) => {
      const service = serviceOf(manifest);
      const slices: SliceRecord[] = [];
      const sliceManifests: EndpointSliceManifest[] = [];
      return { key: objectKey(service), service, manifest, slices, sliceManifests };
    })
    .sort(
      (a, b) => compareText(a.service.namespace, b.service.namespace) || compareText(a.service.name, b.service.name),
    );
  const byKey = new Map(services.map((each) => [each.key, each]));
  const orphans: string[] = [];
  const endpointSlices = objects.endpointSlices.map((slice) => read.slice(slice));
  for (const [i, slice] of endpointSlices.entries()) {
    const own = byKey.get(serviceKeyOf(slice));
    own?.slices.push(slice);
    own?.sliceManifests.push(objects.endpointSlices[i]!);
    if (own === undefined) orphans.push(objectKey(slice));
  }
  const allSlices = [...endpointSlices, ...(objects.clientSlices ?? []).map((slice) => read.slice(slice))];
  const measured = objects.measured && new MeasuredIndex(objects.measured);
  const clients = indexClients(allSlices, (node, own) => nodeIndex.zoneOfClient(node, own), measured);
  return { cluster, clients, services, allSlices, serviceOf, notes: notesOn(objects, orphans) };
}

function notesOn({ nodes, services }: ClusterObjects, orphans: readonly string[]): string[] {
  const notes: string[] = [];
  if (services.length === 0) notes.push('There are no Services to plan');
  if (nodes.length === 0) notes.push('There are no Nodes, so zones and their CPU are unknown');
  if (orphans.length > 0) {
    const [subject, verb] =
      orphans.length === 1 ? ['1 EndpointSlice', 'names'] : [`${orphans.length} EndpointSlices`, 'name'];
    const first = [...orphans].sort().slice(0, 3).join(', ');
    notes.push(
      `${subject} ${verb} no Service that is given in the label ${SERVICE_NAME_LABEL} (${first}${orphans.length > 3 ? ', …' : ''})`,
    );
  }
  return notes;
}
