import { describe, expect, test } from 'vitest';
import type { TestCluster } from './support/cluster.js';
import { eventually, type Background } from './support/process.js';
import { useCluster } from './support/useCluster.js';

describe('Rails on a live API server', () => {
  let cluster: TestCluster;
  let controller: Background | undefined;
  useCluster((started) => (cluster = started));

  const createService = (name: string): Promise<void> =>
    cluster.createService(
      name,
      (['a', 'b'] as const).map((zone, i) => ({
        address: `10.0.0.${i + 1}`,
        node: cluster.zones[zone][0] ?? '',
        zone,
      })),
      { 'slicehints.io/mode': 'balanced' },
    );
  const hinted = async (name: string): Promise<number> =>
    Object.values(await cluster.hints(name)).filter((zones) => zones !== '').length;
  const address = (server: 'health' | 'metrics'): string => {
    const line = controller?.stdout.split('\n').find((one) => one.includes('"servers listen"')) ?? '{}';
    return (JSON.parse(line) as Record<string, string>)[server] ?? '';
  };
  const read = async (server: 'health' | 'metrics', path: string): Promise<string> =>
    (await fetch(`http://${address(server)}${path}`)).text();
  const stop = (value: string): Promise<string> =>
    cluster.ok(['annotate', 'lease', 'slicehints', `slicehints.io/stop${value}`]);

  test('the annotation of the Lease stops all writes, survives a new leader, and ends', async () => {
    await createService('first');
    controller = cluster.controller();
    await eventually(async () => expect(await hinted('first')).toBe(2));
    await stop('=incident');
    await eventually(async () =>
      expect(await read('metrics', '/metrics')).toContain('slicehints_writes_stopped{by="stop"} 1'),
    );
    await createService('second');
    await eventually(async () =>
      expect(await read('metrics', '/metrics')).toContain('slicehints_services_held_back{reason="stop"} 1'),
    );
    expect(await read('health', '/readyz?verbose')).toMatch(
      /writes.*stopped by slicehints\.io\/stop \("incident"\) of Lease \S+\/slicehints; 1 Service held back by stop/,
    );
    expect([await hinted('first'), await hinted('second')]).toEqual([2, 0]);

    await controller.end();
    controller = cluster.controller();
    await eventually(async () =>
      expect(await read('metrics', '/metrics')).toContain('slicehints_services_held_back{reason="stop"} 1'),
    );
    expect(await hinted('second')).toBe(0);
    await stop('-');
    await eventually(async () => expect(await hinted('second')).toBe(2));
    expect(controller.stdout).toContain('hints are written again');
  }, 90_000);

  test('a budget of one write a minute: the second Service is held back', async () => {
    await createService('third');
    await createService('fourth');
    controller = cluster.controller('--max-writes-per-minute=1');
    await eventually(async () =>
      expect(await read('metrics', '/metrics')).toContain('slicehints_services_held_back{reason="budget"} 1'),
    );
    await eventually(async () => expect([await hinted('third'), await hinted('fourth')].sort()).toEqual([0, 2]));
  }, 60_000);
});
