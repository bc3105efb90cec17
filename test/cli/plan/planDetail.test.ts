import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { runPlan } from '../runPlan.js';
import { KUBE_DNS, THREE_ZONES, ODD_NODE } from './examples.js';

describe('one Service in full', () => {
  test('kube-dns: each endpoint and what each zone will use', async () => {
    expect((await runPlan(['-f', KUBE_DNS, '--service', 'kube-system/kube-dns'])).stdout).toBe(
      `
Service kube-system/kube-dns, mode auto

IPv4: hinted, TopologyAwareHintsEnabled
Topology Aware Hints has been enabled, addressType: IPv4
In zone 50% → 100%, busiest endpoint 1.00 → 1.00 times the mean load

ADDRESS      ZONE   NODE                 READY   HINTS
10.244.0.5   a      kind-control-plane   yes     - → a
10.244.2.2   b      kind-worker3         yes     - → b
10.244.3.2   a      kind-worker          yes     - → a
10.244.1.2   b      kind-worker2         yes     - → b

NODES           TRAFFIC   IN ZONE   WILL USE
in a: 2 nodes   50%       100%      10.244.0.5, 10.244.3.2
in b: 2 nodes   50%       100%      10.244.2.2, 10.244.1.2

Would change the hints of 4 endpoints in 1 EndpointSlice.
`.slice(1),
    );
  });

  test('a node without a zone is shown with what it uses', async () => {
    const { stdout } = await runPlan(['-f', ODD_NODE, '--service', 'default/web']);
    expect(stdout).toContain(
      'without a zone: 1 node   -         -         10.1.0.11, 10.1.0.12, 10.2.0.11, 10.2.0.12\n',
    );
  });

  test('an endpoint that is not ready is hinted, but no zone uses it', async () => {
    const { stdout } = await runPlan(['-f', THREE_ZONES, '--service', 'default/web']);
    expect(stdout).toContain('10.3.1.12   c      node-c1   no      - → c\n');
    expect(stdout).toContain('in c: 1 node    33.3%     50%       10.1.1.11, 10.3.1.11\n');
  });

  test('node hints tell the nodes of a zone apart', async () => {
    const text = (await readFile(KUBE_DNS, 'utf8'))
      .replace('topology-mode: Auto', 'topology-mode: Disabled')
      .replace(/ {4}nodeName: (.*)\n {4}zone: .*\n/g, '$&    hints: { forNodes: [{ name: $1 }] }\n');
    const { stdout } = await runPlan(['-f', '-', '--service', 'kube-system/kube-dns'], { stdin: text });
    expect(stdout).toContain('mode off (it does not opt in)');
    expect(stdout).toContain('10.244.3.2   a      kind-worker          yes     node/kind-worker\n');
    expect(stdout).toContain('in a: kind-worker          50%       100%      10.244.3.2\n');
    expect(stdout).toContain('in a: kind-control-plane   50%       100%      10.244.0.5\n');
  });

  test('dual stack has a part per address type', async () => {
    const { stdout } = await runPlan(['-f', THREE_ZONES, '--service', 'default/api']);
    expect(stdout).toMatch(
      /IPv4: hinted[^]*10\.1\.1\.21 {3}a {6}node-a1 {3}yes {5}a\n[^]*IPv6: hinted[^]*fd00:1:1::21 /,
    );
    expect(stdout).toMatch(/\nNothing would change\.\n$/);
  });
});
