import { describe, expect, test } from 'vitest';
import { runPlan } from '../runPlan.js';
import { KUBE_DNS, THREE_ZONES, ODD_NODE } from './examples.js';

describe('many Services on a screen', () => {
  /** Services with a long name each, all of which stop for the same reason. */
  const blocked = (count: number): string =>
    Array.from(
      { length: count },
      (_, i) => `---
apiVersion: v1
kind: Service
metadata:
  name: a-service-with-a-rather-long-name-${i}
  annotations: { service.kubernetes.io/topology-mode: Auto }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: s${i}
  labels:
    kubernetes.io/service-name: a-service-with-a-rather-long-name-${i}
    endpointslice.kubernetes.io/managed-by: endpointslice-controller.k8s.io
addressType: IPv4
ports: []
endpoints: [{ addresses: [10.0.0.${i}], conditions: { ready: true }, zone: a }]
`,
    ).join('');

  test('equal reasons are told once, with a count and three names', async () => {
    const { stdout } = await runPlan(['-f', ODD_NODE, '-f', '-'], { stdin: blocked(4) });
    expect(stdout.match(/Insufficient Node information/g)).toHaveLength(1);
    expect(stdout).toContain(
      '5 Services (default/a-service-with-a-rather-long-name-0, default/a-service-with-a-rather-long-name-1, default/a-service-with-a-rather-long-name-2 and 2 more): TopologyAwareHintsDisabled: Insufficient Node information',
    );
  });

  test.each([80, 100, 132])('no line is longer than a terminal of %d columns', async (columns) => {
    const { stdout } = await runPlan(['-f', ODD_NODE, '-f', THREE_ZONES, '-f', '-'], { stdin: blocked(30), columns });
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(stdout).toContain('…');
    const wide = (await runPlan(['-f', ODD_NODE, '-f', THREE_ZONES, '-f', '-'], { stdin: blocked(30), columns: 500 }))
      .stdout;
    expect(wide).not.toContain('…');
  });

  test('reasons that differ in names and numbers only are one', async () => {
    const text = blocked(3)
      .replace('addresses: [10.0.0.0]', 'addresses: [10.0.0.200, 10.0.0.201]')
      .replaceAll('endpointslice-controller.k8s.io', 'x.example.com');
    const { stdout } = await runPlan(['-f', KUBE_DNS, '-f', '-', '--ignore-managed-by=x.example.com'], { stdin: text });
    expect(stdout.match(/HintsBlocked: /g)).toHaveLength(1);
    expect(stdout).toContain('3 Services (default/a-service-with-a-rather-long-name-0, ');
    expect(stdout).toContain('): for example HintsBlocked: EndpointSlice s0 ');
  });

  test('slices that in-tree hints by itself are not called opted out', async () => {
    const text = `
apiVersion: v1
kind: Service
metadata: { name: near }
spec: { trafficDistribution: PreferClose, selector: { app: near } }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: near-1
  labels: { kubernetes.io/service-name: near, endpointslice.kubernetes.io/managed-by: endpointslice-controller.k8s.io }
addressType: IPv4
ports: []
endpoints: [{ addresses: [10.0.0.1], zone: a, hints: { forZones: [{ name: a }] } }]
`;
    const { stdout } = await runPlan(['-f', KUBE_DNS, '-f', '-'], { stdin: text });
    expect(stdout).toContain('Kubernetes’ own EndpointSlice controller writes these hints\n');
    expect(stdout).not.toContain('Opted out');
  });
});
