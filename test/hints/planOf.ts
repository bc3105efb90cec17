import { planService, type PlanServiceInput, type ServicePlan } from '../../src/index.js';
import type { EndpointManifest, EndpointSliceManifest, NodeManifest } from '../../src/model/manifest.js';
import { nodeManifest } from '../support/vectors.js';

export const ZONE = 'topology.kubernetes.io/zone';
export const MODE = 'service.kubernetes.io/topology-mode';

export function node(name: string, zone: string, cpu?: string, labels: Record<string, string> = {}): NodeManifest {
  const all = { 'kubernetes.io/hostname': name, ...(zone === '' ? {} : { [ZONE]: zone }), ...labels };
  return nodeManifest({ name, labels: all, cpu: cpu ?? '0', ready: 'True' });
}
export const n1 = node('n1', 'a', '4');
export const n2 = node('n2', 'b', '4');

let made = 0;
/** So many endpoints in a zone, each with an address of its own; ready unless the conditions say otherwise. */
export function ep(zone: string, count = 1, more: Partial<EndpointManifest> = {}): EndpointManifest[] {
  return Array.from({ length: count }, () => ({
    addresses: [`10.0.${(++made >> 8) & 255}.${made & 255}`],
    conditions: { ready: true },
    nodeName: zone === 'a' ? 'n1' : 'n2',
    zone,
    ...more,
  }));
}
export function slice(
  name: string,
  endpoints: EndpointManifest[],
  ports = ['http'],
  managedBy = '',
): EndpointSliceManifest {
  return {
    metadata: {
      name,
      namespace: 'ns',
      resourceVersion: '1',
      labels: {
        'kubernetes.io/service-name': 'svc',
        ...(managedBy === '' ? {} : { 'endpointslice.kubernetes.io/managed-by': managedBy }),
      },
    },
    addressType: 'IPv4',
    ports: ports.map((port, i) => ({ name: port, port: 80 + i })),
    endpoints,
  };
}
export function planOf(
  annotations: Record<string, string>,
  slices: EndpointSliceManifest[],
  more: Partial<PlanServiceInput> & { trafficDistribution?: string } = {},
): ServicePlan {
  const { trafficDistribution, ...rest } = more;
  const service = { metadata: { name: 'svc', namespace: 'ns', annotations }, spec: { trafficDistribution } };
  return planService({ service, slices, nodes: [n1, n2], ...rest });
}
export const mode = (name: string): Record<string, string> => ({
  [MODE]: name === 'Auto' ? name : `slicehints.io/${name}`,
});

export const IN_TREE = 'endpointslice-controller.k8s.io';
export const hintsOf = (planned: ServicePlan): unknown[] =>
  planned.slices.flatMap(({ endpoints }) => endpoints.map(({ hints }) => hints));
