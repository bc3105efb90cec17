import { describe, expect, test } from 'vitest';
import type { ClusterObjects } from '../../../src/analysis/planCluster.js';
import { pseudonymsOf, serviceKeyPseudonym } from '../../../src/report/anonymise/pseudonyms.js';

const ZONE = 'topology.kubernetes.io/zone';
const cluster = (more: Partial<ClusterObjects>): ClusterObjects => ({
  nodes: [],
  services: [],
  endpointSlices: [],
  ...more,
});

describe('pseudonyms', () => {
  test('are in the order of the names, with as many digits as the last one has', () => {
    const names = Array.from({ length: 10 }, (_, i) => `secret-${9 - i}`);
    const { node } = pseudonymsOf(cluster({ nodes: names.map((name) => ({ metadata: { name } })) }));
    expect(['secret-0', 'secret-8', 'secret-9'].map(node)).toEqual(['node-01', 'node-09', 'node-10']);
  });

  test('of a name that the cluster does not have reveal nothing, and the empty name stays empty', () => {
    const { address, ...byName } = pseudonymsOf(cluster({}));
    expect(Object.entries(byName).map(([kind, rename]) => [kind, rename('secret'), rename('')])).toEqual([
      ['namespace', 'namespace-other', ''],
      ['service', 'service-other', ''],
      ['slice', 'slice-other', ''],
      ['policy', 'policy-other', ''],
      ['node', 'node-other', ''],
      ['zone', 'zone-other', ''],
      ['port', 'port-other', ''],
      ['label', 'example.com/label-other', ''],
      ['labelValue', 'value-other', ''],
      ['manager', 'manager-other', ''],
    ]);
    expect([address('10.0.0.1'), address('')]).toEqual(['address-other', '']);
  });

  test('are not given to the words of Kubernetes', () => {
    const { label, manager } = pseudonymsOf(
      cluster({ nodes: [{ metadata: { name: 'n', labels: { [ZONE]: 'a', 'secret.io/rack': 'r' } } }] }),
    );
    expect([ZONE, 'kubernetes.io/hostname', 'secret.io/rack'].map(label)).toEqual([
      ZONE,
      'kubernetes.io/hostname',
      'example.com/label-1',
    ]);
    expect(manager('kube-controller-manager')).toBe('kube-controller-manager');
  });

  test('of zones cover those that only an annotation, a policy or a measurement names', () => {
    const { zone } = pseudonymsOf(
      cluster({
        services: [{ metadata: { namespace: 'n', name: 's', annotations: { 'slicehints.io/demand': 'east=1' } } }],
        policies: [
          { kind: 'HintsPolicy', spec: { defaults: { demand: 'north=1', zoneCosts: { south: { west: 2 } } } } },
        ],
        measured: {
          atSeconds: 0,
          services: [
            {
              key: 'n/s',
              demand: [{ zone: 'up', share: 1 }],
              latest: [],
              recent: [{ zone: 'above', share: 1 }],
              rate: 1,
              samples: 1,
              ageSeconds: 0,
              demandAgeSeconds: 0,
            },
          ],
        },
      }),
    );
    expect(['above', 'east', 'north', 'south', 'up', 'west', 'down'].map(zone)).toEqual([
      'zone-1',
      'zone-2',
      'zone-3',
      'zone-4',
      'zone-5',
      'zone-6',
      'zone-other',
    ]);
  });
});

test('the key of a Service becomes the pseudonyms of its namespace and its name', () => {
  const names = { namespace: (name: string) => `${name}-1`, service: (name: string) => `${name}-2` };
  expect(serviceKeyPseudonym('shop/web', names)).toBe('shop-1/web-2');
});
