import type { KubeObject } from '../../src/sandbox/schema/kubeObject.js';

/** A slice of a Service `cart` with one endpoint in each of the zones given. */
export function sliceOf(
  name: string,
  zones: readonly string[] = ['a', 'b'],
  labels: Record<string, string> = {},
): KubeObject {
  return {
    metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': 'cart', ...labels } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: zones.map((zone, index) => ({ addresses: [`10.0.0.${index + 1}`], conditions: { ready: true }, zone })),
  };
}

export function nodeOf(name: string, zone = 'a'): KubeObject {
  return {
    metadata: { name, labels: { 'topology.kubernetes.io/zone': zone } },
    status: { allocatable: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

export const slicesPath = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
