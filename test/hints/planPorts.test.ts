import { describe, expect, test } from 'vitest';
import { planService } from '../../src/hints/planService.js';
import { usableEndpoints } from '../../src/kubeproxy/rule.js';
import type { EndpointSliceManifest } from '../../src/model/manifest.js';
import { nodeManifest } from '../support/vectors.js';

const nodes = ['n1', 'n2', 'n3'].map((name) =>
  nodeManifest({ name, labels: { 'kubernetes.io/hostname': name }, cpu: '4', ready: 'True' }),
);

function slice(name: string, ports: string[], endpoints: [string, string][]): EndpointSliceManifest {
  return {
    metadata: { name, namespace: 'default', resourceVersion: '7' },
    addressType: 'IPv4',
    ports: ports.map((port) => ({ name: port, port: 80 })),
    endpoints: endpoints.map(([address, nodeName]) => ({
      addresses: [address],
      nodeName,
      conditions: { ready: true },
    })),
  };
}

const service = {
  metadata: {
    name: 'svc',
    namespace: 'default',
    annotations: { 'slicehints.io/topology-keys': 'kubernetes.io/hostname,*' },
  },
};

/** What each node would use for a port once the plan is written. */
function used(slices: EndpointSliceManifest[], portName: string): Record<string, string[]> {
  const plan = planService({ service, slices, nodes });
  const written = slices.map((given) => {
    const planned = plan.slices.find(({ name }) => name === given.metadata?.name);
    return {
      ...given,
      endpoints: (given.endpoints ?? []).map((endpoint, i) => ({
        ...endpoint,
        hints: planned?.endpoints[i]?.hints ?? null,
      })),
    };
  });
  return Object.fromEntries(
    nodes.map((node) => [node.metadata?.name ?? '', usableEndpoints({ slices: written, node, portName }).sort()]),
  );
}

describe('topology keys and ports', () => {
  test('slices that have no port in common select among their own endpoints', () => {
    const slices = [
      slice(
        'a',
        ['http'],
        [
          ['10.0.0.1', 'n1'],
          ['10.0.0.2', 'n2'],
        ],
      ),
      slice(
        'b',
        ['grpc'],
        [
          ['10.0.0.3', 'n1'],
          ['10.0.0.4', 'n3'],
        ],
      ),
    ];
    expect(used(slices, 'http')).toEqual({ n1: ['10.0.0.1'], n2: ['10.0.0.2'], n3: ['10.0.0.1', '10.0.0.2'] });
    expect(used(slices, 'grpc')).toEqual({ n1: ['10.0.0.3'], n2: ['10.0.0.3', '10.0.0.4'], n3: ['10.0.0.4'] });
  });

  test('slices that share a port are one set of endpoints', () => {
    const slices = [slice('a', ['http'], [['10.0.0.1', 'n1']]), slice('b', ['http'], [['10.0.0.2', 'n2']])];
    expect(used(slices, 'http')).toEqual({ n1: ['10.0.0.1'], n2: ['10.0.0.2'], n3: ['10.0.0.1', '10.0.0.2'] });
  });

  test.each([
    ['a', 'b', 'c'],
    ['b', 'a', 'c'],
    ['c', 'a', 'b'],
  ])('a slice without ports serves all of them, whatever the slices are called: %s, %s, %s', (all, http, grpc) => {
    const slices = [
      slice(all, [], [['10.0.0.1', 'n1']]),
      slice(http, ['http'], [['10.0.0.2', 'n2']]),
      slice(grpc, ['grpc'], [['10.0.0.3', 'n3']]),
    ];
    const endpoints = planService({ service, slices, nodes }).slices.flatMap((planned) => planned.endpoints);
    const hints = new Map(endpoints.map((endpoint) => [endpoint.addresses[0], endpoint.hints]));
    // One set of three endpoints, each for its own node.
    expect(hints.get('10.0.0.1')).toEqual({ forNodes: [{ name: 'n1' }] });
    expect(hints.get('10.0.0.2')).toEqual({ forNodes: [{ name: 'n2' }] });
    expect(hints.get('10.0.0.3')).toEqual({ forNodes: [{ name: 'n3' }] });
  });

  test('the order of the slices says nothing', () => {
    const slices = [
      slice('a', ['http'], [['10.0.0.1', 'n1']]),
      slice('b', ['grpc'], [['10.0.0.2', 'n2']]),
      slice('c', ['grpc', 'http'], [['10.0.0.3', 'n3']]),
    ];
    const plan = planService({ service, slices, nodes });
    expect(planService({ service, slices: [...slices].reverse(), nodes })).toEqual(plan);
    expect(plan.verdicts).toHaveLength(1);
  });
});
