import { describe, expect, test } from 'vitest';
import { view } from './sketch.js';

describe('json', () => {
  test('has every node, port, endpoint and chance, and the other side of a diff', () => {
    const parsed = JSON.parse(view({ format: 'json', node: 'n3', diff: true })) as unknown;
    expect(parsed).toMatchObject({
      nodes: [
        {
          name: 'n3',
          zone: 'b',
          ports: [
            {
              namespace: 'ns1',
              service: 'svc1',
              hints: { forZones: true, forNodes: false },
              clusterTraffic: { policy: 'Cluster', action: 'forward', endpoints: [{ address: '10.180.0.3', port: 80, probability: 1, nodeName: 'n3' }] }, // prettier-ignore
              clusterTrafficWithoutHints: { endpoints: [{ probability: 1 / 3 }, {}, {}] },
            },
          ],
        },
      ],
      otherConsumers: expect.arrayContaining([expect.objectContaining({ name: 'kube-proxy on Windows' })]) as unknown,
    });
  });
});
