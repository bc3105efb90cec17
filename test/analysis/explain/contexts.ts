import { planCluster, type ClusterObjects, type PlannedService } from '../../../src/analysis/planCluster.js';
import type { ExplainContext } from '../../../src/analysis/explain/context.js';
import { applyWhatIf, type WhatIf } from '../../../src/analysis/whatIf/whatIf.js';
import { readRequest } from '../../../src/hints/request.js';
import type { Settings } from '../../../src/hints/settings.js';
import type { ServiceManifest } from '../../../src/model/manifest.js';
import { nodeManifest, sliceManifest, type VectorEndpoint } from '../../support/vectors.js';

export const MODE = 'service.kubernetes.io/topology-mode';

/** A cluster by hand: nodes are named after their zone, as `a1`; endpoints are on nodes. */
export interface Sketch {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: ServiceManifest['spec'];
  readonly nodes?: readonly string[];
  readonly endpoints?: readonly (string | VectorEndpoint)[];
  readonly managedBy?: string;
  readonly settings?: Partial<Settings>;
}

const ON_EACH = ['a1', 'b1', 'c1'];

export function objectsOf({
  annotations = {},
  spec = {},
  nodes = ON_EACH,
  endpoints = ON_EACH,
  managedBy,
}: Sketch): ClusterObjects {
  // prettier-ignore
  const slice = sliceManifest({
    name: 's',
    endpoints: endpoints.map((endpoint, i) =>
      typeof endpoint === 'string'
        ? { address: `10.0.0.${i}`, node: endpoint, zone: endpoint[0]!, ready: true }
        : endpoint,
    ),
  });
  const labels = managedBy === undefined ? {} : { 'endpointslice.kubernetes.io/managed-by': managedBy };
  return {
    nodes: nodes.map((name) =>
      nodeManifest({ name, labels: { 'topology.kubernetes.io/zone': name[0]! }, cpu: '4', ready: 'True' }),
    ),
    services: [
      { metadata: { namespace: 'default', name: 'svc', annotations }, spec: { selector: { a: 'b' }, ...spec } },
    ],
    endpointSlices: [{ ...slice, metadata: { ...slice.metadata, labels: { ...slice.metadata?.labels, ...labels } } }],
  };
}

/** What the steps of the explanation of this Service are made from. */
export function contextOf(sketch: Sketch, objects = objectsOf(sketch)): ExplainContext {
  const cluster = planCluster(objects, { settings: sketch.settings ?? {} });
  const [planned] = cluster.services;
  if (planned === undefined) throw new Error('There is no Service.');
  return { planned, cluster, request: readRequest(planned.service) };
}

/** Plans the same again after changes. */
export function replanOf(sketch: Sketch): (changes: WhatIf, guard?: boolean) => PlannedService {
  return (changes, guard) => {
    const settings = { ...sketch.settings, ...(guard === undefined ? {} : { guard }) };
    return planCluster(applyWhatIf(objectsOf(sketch), changes), { settings }).services[0]!;
  };
}
