import { describe, expect, test } from '@jest/globals';
import { planService, type PlanServiceInput, type ServicePlan } from '../../src/index.js';
import type { EndpointManifest, EndpointSliceManifest, NodeManifest } from '../../src/model/manifest.js';
import { nodeManifest } from '../support/vectors.js';

const ZONE = 'topology.kubernetes.io/zone';
const MODE = 'service.kubernetes.io/topology-mode';

function node(name: string, zone: string, cpu?: string, labels: Record<string, string> = {}): NodeManifest {
  const all = { 'kubernetes.io/hostname': name, ...(zone === '' ? {} : { [ZONE]: zone }), ...labels };
  return nodeManifest({ name, labels: all, cpu: cpu ?? '0', ready: 'True' });
}
const n1 = node('n1', 'a', '4');
const n2 = node('n2', 'b', '4');

let made = 0;
/** So many endpoints in a zone, each with an address of its own; ready unless the conditions say otherwise. */
function ep(zone: string, count = 1, more: Partial<EndpointManifest> = {}): EndpointManifest[] {
  return Array.from({ length: count }, () => ({
    addresses: [`10.0.${(++made >> 8) & 255}.${made & 255}`],
    conditions: { ready: true },
    nodeName: zone === 'a' ? 'n1' : 'n2',
    zone,
    ...more,
  }));
}
function slice(name: string, endpoints: EndpointManifest[], ports = ['http'], managedBy = ''): EndpointSliceManifest {
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
function planOf(
  annotations: Record<string, string>,
  slices: EndpointSliceManifest[],
  more: Partial<PlanServiceInput> & { trafficDistribution?: string } = {},
): ServicePlan {
  const { trafficDistribution, ...rest } = more;
  const service = { metadata: { name: 'svc', namespace: 'ns', annotations }, spec: { trafficDistribution } };
  return planService({ service, slices, nodes: [n1, n2], ...rest });
}
const mode = (name: string): Record<string, string> => ({ [MODE]: name === 'Auto' ? name : `slicehints.io/${name}` });

describe('the demand', () => {
  test('of nodes that do not tell their CPU is their number, in the verdict and in the forecast', () => {
    const nodes = [node('n1', 'a'), node('n2', 'b'), node('n3', 'b')];
    const planned = planOf(mode('balanced'), [slice('x', [...ep('a'), ...ep('b')])], { nodes });
    const share = (planned.forecast[0]?.inZoneShare ?? 0) * 100;
    expect(planned.verdicts[0]?.message).toContain(`${Math.round(share)}% in zone`);
    expect(planned.forecast[0]?.byZone.map(({ zone, share: part }) => [zone, part])).toEqual([
      ['a', 1 / 3],
      ['b', 2 / 3],
    ]);
  });
});
