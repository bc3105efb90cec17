import { describe, expect, test } from 'vitest';
import { clusterCidrOf, externalRouting, usedRoutings } from '../../../src/cli/view/ruleOptions.js';
import type { Routing, ServicePortView } from '../../../src/kubeproxy/view.js';

const routing = (policy: Routing['policy'], action: Routing['action'] = 'forward'): Routing => ({ policy, action, endpoints: [] }); // prettier-ignore
const cluster = routing('Cluster');
const local = routing('Local');
const port = (parts: Partial<ServicePortView>): ServicePortView => ({ clusterTraffic: cluster, ...parts }) as ServicePortView; // prettier-ignore

test.each<[string, object, string]>([
  ['as it is given', { IPv4: '10.0.0.0/8' }, '10.0.0.0/8'],
  ['a word for one that is not known', { IPv6: 'fd00::/8' }, '<cluster-cidr>'],
])('the addresses of pods: %s', (_, clusterCidr, expected) => {
  expect(clusterCidrOf({ allRules: true, clusterCidr }, 'IPv4')).toBe(expected);
});

describe('what enters from outside', () => {
  test.each<[string, Partial<ServicePortView>, Routing | undefined]>([
    ['nothing', {}, undefined],
    ['by a node port', { nodePort: { port: 30080, routing: local } }, local],
    ['by a load balancer', { loadBalancer: { addresses: [], routing: cluster } }, cluster],
    ['by a node port before the load balancer', { nodePort: { port: 1, routing: local }, loadBalancer: { addresses: [], routing: cluster } }, local], // prettier-ignore
    ['nothing, where it is refused', { nodePort: { port: 1, routing: routing('Cluster', 'reject') } }, undefined],
  ])('%s', (_, parts, expected) => {
    expect(externalRouting(port(parts))).toBe(expected);
  });
});

describe('the routings that forward', () => {
  test('are each policy once', () => {
    const parts = { nodePort: { port: 1, routing: local }, loadBalancer: { addresses: [], routing: local }, shortCircuit: cluster } as never; // prettier-ignore
    expect(usedRoutings(port(parts))).toEqual([cluster, local]);
  });

  test('are none of those that refuse or drop', () => {
    const parts = { clusterTraffic: routing('Cluster', 'reject'), nodePort: { port: 1, routing: routing('Local', 'drop') } } as never; // prettier-ignore
    expect(usedRoutings(port(parts))).toEqual([]);
  });
});
