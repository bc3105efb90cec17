import type { EndpointSliceManifest, NodeManifest, ServiceManifest, Settings } from '../../src/index.js';

/** The same shape with nothing read-only. */
export type Mutable<T> = T extends Date ? T : { -readonly [K in keyof T]: Mutable<T[K]> };

export type Service = Mutable<ServiceManifest>;
export type Slice = Mutable<EndpointSliceManifest>;
export type Endpoint = NonNullable<Slice['endpoints']>[number];
export type Node = Mutable<NodeManifest>;

/** One input of `planService`: plain JSON, so that it can be printed, shrunk and read again. */
export interface FuzzCase {
  service: Service;
  slices: Slice[];
  nodes: Node[];
  settings: Mutable<Partial<Settings>>;
  /** Slices of other Services. */
  clientSlices?: Slice[];
}

export const ZONE_LABEL = 'topology.kubernetes.io/zone';
export const HOSTNAME_LABEL = 'kubernetes.io/hostname';
export const REGION_LABEL = 'topology.kubernetes.io/region';
export const CONTROL_PLANE_LABEL = 'node-role.kubernetes.io/control-plane';
export const MASTER_LABEL = 'node-role.kubernetes.io/master';
export const POOL_LABEL = 'apps.openyurt.io/nodepool';
export const DESIRED_POOL_LABEL = 'apps.openyurt.io/desired-nodepool';
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';
export const MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by';
export const IN_TREE = 'endpointslice-controller.k8s.io';
export const MIRRORING = 'endpointslicemirroring-controller.k8s.io';
export const OUR_ANNOTATION = 'slicehints.io/hints';
export const TRIGGER_TIME_ANNOTATION = 'endpoints.kubernetes.io/last-change-trigger-time';

export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A copy of an endpoint without its hints. */
export function unhinted(endpoint: Endpoint): Endpoint {
  const copy = { ...endpoint };
  delete copy.hints;
  return copy;
}
