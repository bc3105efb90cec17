import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { runPlan } from '../runPlan.js';
import { NO_TRAFFIC, KUBE_DNS, THREE_ZONES, ODD_NODE } from './examples.js';

describe('the table', () => {
  test('kube-dns: hinted, all traffic in its zone', async () => {
    const { stdout, stderr, code } = await runPlan(['-f', KUBE_DNS]);
    expect(stdout).toBe(
      `
Cluster: 50% → 100% in zone over 1 Service that hints can steer; busiest endpoint 1.00x (kube-system/kube-dns).
1 hinted.
Would change the hints of 4 endpoints in 1 EndpointSlice of 1 Service.
Each Service counts alike; demand: cpu.

SERVICE                MODE   TYPE   VERDICT   HINTS     IN ZONE      BUSIEST       CHANGES   REASON
kube-system/kube-dns   auto   IPv4   hinted    a:2 b:2   50% → 100%   1.00 → 1.00   4         TopologyAwareHintsEnabled
`.slice(1),
    );
    expect([stderr, code]).toEqual(['', 0]);
  });

  test('three zones: dual stack, too small, headless, not opted in', async () => {
    expect((await runPlan(['-f', THREE_ZONES])).stdout).toBe(
      `
Cluster: 50% → 62.5% in zone over 4 Services that hints can steer; busiest endpoint 1.00x (default/api).
2 hinted, 1 is headless, 1 has fewer endpoints than Auto requires.
Would change the hints of 10 endpoints in 3 EndpointSlices of 2 Services; 1 Service does not opt in.
Each Service counts alike; demand: cpu.

1 Service (default/orders): HeadlessService: Hints do not steer a headless Service: DNS answers with all ready addresses, and clients choose among them
  → DNS answers with every address: give the Service a cluster IP where clients do not need each pod.
1 Service (default/cart): TopologyAwareHintsDisabled: Insufficient number of endpoints (2 endpoints, 3 zones)
  → Run at least one pod for each zone, or ask for slicehints.io/balanced, which hints any number.

SERVICE          MODE   TYPE   VERDICT       HINTS         IN ZONE         BUSIEST       CHANGES   REASON
default/api      auto   IPv4   hinted        a:1 b:1 c:1   100% → 100%     1.00 → 1.00   -         TopologyAwareHintsEnabled
default/api      auto   IPv6   hinted        a:1 b:1 c:1   100% → 100%     1.00 → 1.00   -         TopologyAwareHintsEnabled
default/cart     auto   IPv4   not hinted    -             33.3% → 33.3%   1.00 → 1.00   -         TopologyAwareHintsDisabled
default/orders   auto   IPv4   not steered   a:1 b:1 c:1   -               -             3         HeadlessService
default/web      auto   IPv4   hinted        a:2 b:2 c:2   33.3% → 83.3%   1.00 → 1.00   7         TopologyAwareHintsEnabled
`.slice(1),
    );
  });

  test('an odd node: why there are no hints', async () => {
    expect((await runPlan(['-f', ODD_NODE])).stdout).toBe(
      `
Cluster: 50% → 50% in zone over 1 Service that hints can steer; busiest endpoint 1.00x (default/web).
1 stopped by one node without a zone or CPU (node-odd).
Nothing would change.
Each Service counts alike; demand: cpu.

1 Service (default/web): TopologyAwareHintsDisabled: Insufficient Node information: allocatable CPU or zone not specified on one or more nodes
  → Label these nodes with topology.kubernetes.io/zone or take them out of the cluster, or ask for slicehints.io/balanced, which passes them over.

SERVICE       MODE   TYPE   VERDICT      HINTS   IN ZONE     BUSIEST       CHANGES   REASON
default/web   auto   IPv4   not hinted   -       50% → 50%   1.00 → 1.00   -         TopologyAwareHintsDisabled
`.slice(1),
    );
  });

  test('only Services that do not opt in: two lines', async () => {
    const service = (name: string): string => `apiVersion: v1\nkind: Service\nmetadata: { name: ${name} }\n---\n`;
    const { stdout, stderr, code } = await runPlan(['-f', '-'], { stdin: service('one') + service('two') });
    expect(stdout).toBe(`${NO_TRAFFIC}2 Services do not opt in.\n`);
    expect(stderr).toBe('slicehints plan: There are no Nodes, so zones and their CPU are unknown\n');
    expect(code).toBe(0);
  });

  test('a Service that opted out keeps a line while hints of ours are on its slice', async () => {
    const text = (await readFile(THREE_ZONES, 'utf8'))
      .replace('name: api-v4', 'name: api-v4\n  annotations: { slicehints.io/hints: v1 }')
      .replace(
        '    service.kubernetes.io/topology-mode: Auto\nspec:\n  ipFamilyPolicy',
        '    x: y\nspec:\n  ipFamilyPolicy',
      );
    const { stdout } = await runPlan(['-f', '-'], { stdin: text });
    expect(stdout).toContain('default/api      off    IPv4   -             -             100% → 33.3%');
    expect(stdout).toContain('Opted out: the hints of slicehints go\n');
  });

  test('an annotation that is not understood, a slice of nobody and an opted-in Service without slices are named', async () => {
    const text = `
apiVersion: v1
kind: Service
metadata: { name: typo, annotations: { service.kubernetes.io/topology-mode: AUTO } }
---
apiVersion: v1
kind: Service
metadata: { name: empty, annotations: { service.kubernetes.io/topology-mode: Auto } }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: lost, labels: { kubernetes.io/service-name: gone } }
addressType: IPv4
`;
    const { stdout, stderr } = await runPlan(['-f', '-'], { stdin: text });
    expect(stdout).toContain(
      'default/empty   auto   -      -         -       -         -         -         There are no EndpointSlices\n',
    );
    expect(stdout).toContain(
      'Warning: default/typo: Annotation service.kubernetes.io/topology-mode has the unknown value "AUTO"',
    );
    expect(stdout).toContain('1 Service does not opt in.\n');
    expect(stderr).toContain(
      '1 EndpointSlice names no Service that is given in the label kubernetes.io/service-name (default/lost)\n',
    );
  });
});
