import { afterEach, describe, expect, test } from 'vitest';
import { doctorCommand } from '../../../src/cli/commands/doctor.js';
import { planCommand } from '../../../src/cli/commands/plan.js';
import type { Transport } from '../../../src/kube/rest/transport.js';
import { parseKubernetesVersion } from '../../../src/sandbox/discovery/kubernetesVersion.js';
import { startSandbox, type RunningSandbox } from '../../support/sandbox.js';
import { runCommand } from '../runPlan.js';

describe('a Service that asks for same-node and has zone hints on a live cluster', () => {
  let sandbox: RunningSandbox;
  afterEach(() => sandbox.stop());

  test.each([
    ['1.33', 'NodeHintsNotStored', false],
    ['1.34', 'SameNodeHintsSet', true],
  ])('of version %s: plan and doctor go by what the server stores', async (version, reason, stored) => {
    sandbox = await startSandbox({ kubernetesVersion: parseKubernetesVersion(version) });
    const { store } = sandbox.server;
    for (const [name, zone] of [
      ['n0', 'a'],
      ['n2', 'b'],
    ] as const) {
      store.write('nodes', {
        metadata: { name, labels: { 'topology.kubernetes.io/zone': zone } },
        status: { allocatable: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'True' }] },
      });
    }
    store.write('services', {
      metadata: { name: 'web', namespace: 'default', annotations: { 'slicehints.io/mode': 'same-node' } },
      spec: { ports: [{ port: 80 }] },
    });
    store.write('endpointslices', {
      metadata: { name: 'web-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      ports: [{ port: 80 }],
      endpoints: [
        {
          addresses: ['10.0.0.1'],
          nodeName: 'n0',
          zone: 'a',
          conditions: { ready: true },
          hints: { forZones: [{ name: 'a' }] },
        },
        {
          addresses: ['10.0.0.2'],
          nodeName: 'n2',
          zone: 'b',
          conditions: { ready: true },
          hints: { forZones: [{ name: 'b' }] },
        },
      ],
    });
    const connect = (): Transport => ({
      send: (request) => sandbox.transport.send(request),
      watch: (request) => sandbox.transport.watch(request),
      close: () => undefined,
    });
    const planned = await runCommand('plan', planCommand, ['-o', 'json'], { connect });
    const { services } = JSON.parse(planned.stdout) as { services: [{ verdicts: [{ reason: string }] }] };
    expect(services[0].verdicts[0].reason).toBe(reason);
    expect(planned.stdout.includes('forNodes')).toBe(stored);
    const patches = await runCommand('plan', planCommand, ['-o', 'patch'], { connect });
    expect(patches.stdout.includes('forNodes')).toBe(stored);
    const { stdout } = await runCommand('doctor', doctorCommand, [], { connect });
    expect(stdout.includes('[HintsNotWritten]')).toBe(stored);
    expect(stdout.includes('This version does not store hints for nodes')).toBe(!stored);
    expect(/NodeHintsNotStored: This API server does not store/.test(stdout)).toBe(!stored);
  });
});
