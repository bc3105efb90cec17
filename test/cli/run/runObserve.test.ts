import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { OBSERVE_FLAGS, readObserveSettings } from '../../../src/cli/flags/commands/observeFlags.js';
import { parseFlags } from '../../../src/cli/flags/parseFlags.js';
import { runObserve } from '../../../src/cli/run/runObserve.js';
import { readMeasured } from '../../../src/measured/text.js';
import type { RunningServer } from '../../../src/server/httpServer.js';
import type { Listening } from '../../../src/server/processServers.js';
import { LiveCluster, until } from '../../support/liveController.js';
import { answer, ScriptedServer } from '../../support/scriptedServer.js';

test('traffic reaches the controller: Prometheus, ConfigMap, hints', async ({ onTestFinished }) => {
  const cluster = new LiveCluster();
  const prometheus = await new ScriptedServer().listen();
  const folder = await mkdtemp(join(tmpdir(), 'slicehints-'));
  const stop = new AbortController();
  let running: Promise<void> = Promise.resolve();
  onTestFinished(async () => {
    stop.abort();
    await running;
    await cluster.stop();
    await prometheus.close();
    await rm(folder, { recursive: true });
  });
  await cluster.start();
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, cluster.server.kubeconfig());
  const series = (zone: string, to: string, rate: string): object => ({
    metric: { namespace: 'default', service: 'web', source_zone: zone, destination_zone: to },
    value: [1, rate],
  });
  const result = [series('a', 'a', '60'), series('a', 'b', '10'), series('b', 'b', '10')];
  prometheus.script = answer(200, { status: 'success', data: { resultType: 'vector', result } });

  cluster.putService('web', { 'slicehints.io/mode': 'balanced', 'slicehints.io/demand': 'measured' });
  cluster.putSlice('web', ['a', 'a', 'b', 'b']);
  cluster.run({ measuredConfigMap: { namespace: 'default', name: 'measured' } });
  const flags = parseFlags(OBSERVE_FLAGS, [
    `--prometheus-url=${prometheus.url}`,
    '--query=x',
    '--interval=1s',
    '--measured-configmap=default/measured',
    `--kubeconfig=${kubeconfig}`,
    '--metrics-bind-address=127.0.0.1:0',
    '--health-probe-bind-address=127.0.0.1:0',
  ]);
  let servers: Partial<Listening> = {};
  running = runObserve(readObserveSettings(flags.values), pino({ level: 'silent' }), stop.signal, {
    onListening: (all) => (servers = all),
  });
  const text = (): string => {
    const { data } = (cluster.server.store.get('configmaps', 'default', 'measured') ?? {}) as {
      data?: Record<string, string>;
    };
    return data?.['measured.txt'] ?? '';
  };
  await until(() => expect(text()).toContain('default/web 1 0 80 875 '));
  await until(() => expect(readMeasured(text()).figures.services[0]?.samples).toBeGreaterThanOrEqual(5));
  const serving = (zone: string): number =>
    (cluster.slice('web')?.endpoints ?? []).filter(({ hints }) => hints?.forZones?.some(({ name }) => name === zone))
      .length;
  await until(() => expect(serving('a')).toBeGreaterThan(2));
  await until(() => expect(cluster.events('web').join()).toContain('now measured instead of cpu'));

  const get = async (server: RunningServer | undefined, path: string): Promise<string> =>
    (await fetch(`http://127.0.0.1:${server?.port}${path}`)).text();
  expect(await get(servers.metrics, '/metrics')).toContain('slicehints_observe_services{state="fresh"} 1');
  expect(await get(servers.health, '/readyz')).toContain('ok');

  prometheus.script = answer(503, { status: 'error', error: 'upstream is away' });
  const annotations = (): unknown => {
    const stored = cluster.server.store.get('configmaps', 'default', 'measured') as { metadata: object };
    return (stored.metadata as { annotations?: object }).annotations;
  };
  const said = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ Prometheus answers 503: "upstream is away"$/;
  await until(() =>
    expect(annotations()).toEqual({ 'slicehints.io/observe-problem': expect.stringMatching(said) as string }),
  );
  expect(text()).toContain('default/web ');
  expect(serving('a')).toBeGreaterThan(2);
  prometheus.script = answer(200, { status: 'success', data: { resultType: 'vector', result } });
  await until(() => expect(annotations()).toBeUndefined());

  // It writes one ConfigMap, and reads nothing else.
  const asked = cluster.server.requests
    .entries()
    .filter(({ userAgent }) => userAgent.includes('(observe)'))
    .map(({ verb, resource }) => `${verb} ${resource}`);
  expect(new Set(asked)).toEqual(new Set(['get configmaps', 'create configmaps', 'update configmaps']));
}, 60_000);
