import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runController } from '../../../src/cli/run/runController.js';
import { sandboxSettings } from '../../../src/cli/sandbox/settings.js';
import type { ControllerSettings } from '../../../src/cli/flags/commands/controllerFlags.js';
import type { Controller } from '../../../src/controller/controller.js';
import { chartDefinitions } from '../../../src/sandbox/customResources/chartDefinitions.js';
import { SandboxApiServer } from '../../../src/sandbox/server/apiServer.js';
import type { RunningServer } from '../../../src/server/httpServer.js';
import type { Listening } from '../../../src/server/processServers.js';
import { until } from '../../support/liveController.js';

const loopback = { host: '127.0.0.1', port: 0 };
let server: SandboxApiServer;
let folder: string;
let settings: ControllerSettings;
let stop: AbortController;

beforeEach(async () => {
  server = new SandboxApiServer({ definitions: chartDefinitions() });
  await server.listen();
  folder = await mkdtemp(join(tmpdir(), 'slicehints-'));
  await writeFile(join(folder, 'kubeconfig'), server.kubeconfig());
  settings = { ...sandboxSettings(join(folder, 'kubeconfig'), 'info'), healthAddress: loopback, metricsAddress: loopback };
  stop = new AbortController();
}); // prettier-ignore

afterEach(async () => {
  stop.abort();
  await server.close();
  await rm(folder, { recursive: true });
});

interface Wired {
  readonly controller: Controller;
  readonly servers: Listening;
}

const get = async (one: RunningServer | undefined, path: string): Promise<[number, string]> => {
  const answer = await fetch(`http://127.0.0.1:${one?.port}${path}`);
  return [answer.status, await answer.text()];
};

describe('the controller and its servers', () => {
  test('run until the signal, and nothing listens after it', async () => {
    const lines: string[] = [];
    const logger = pino({ level: 'info' }, { write: (line) => void lines.push((JSON.parse(line) as { msg: string }).msg) });
    let wired: Wired | undefined;
    const running = runController(settings, logger, stop.signal, {
      onWired: (controller, servers) => void (wired = { controller, servers }),
    });
    await until(() => expect(wired?.controller.settled).toBe(true));
    const { health, metrics } = wired?.servers ?? {};
    const [status, ready] = await get(health, '/readyz?verbose');
    expect(status).toBe(200);
    for (const name of ['cache-services', 'cache-nodes', 'guard', 'writes', 'in-tree']) expect(ready).toContain(`[+]${name}`);
    expect(await get(health, '/healthz')).toEqual([200, expect.stringContaining('ok')]);
    expect((await get(metrics, '/metrics'))[1]).toContain('slicehints_build_info');
    const agents = server.requests.entries().map(({ userAgent }) => userAgent.split('/')[0]);
    expect(new Set(agents)).toEqual(new Set(['slicehints']));
    stop.abort();
    await running;
    await expect(get(health, '/healthz')).rejects.toThrow();
    await expect(get(metrics, '/metrics')).rejects.toThrow();
    expect([lines[0], lines.at(-1)]).toEqual(['starting slicehints', 'slicehints stopped']);
  });

  test('are not ready while the server does not tell what must be known to plan', async () => {
    server.faults.add('server-error:resource=zonedrains');
    let wired: Wired | undefined;
    const running = runController(settings, pino({ level: 'silent' }), stop.signal, {
      onWired: (controller, servers) => void (wired = { controller, servers }),
    });
    await until(async () => {
      const [status, ready] = await get(wired?.servers.health, '/readyz');
      expect([status, ready.split('\n').filter((line) => line.startsWith('[-]'))]).toEqual([500, ['[-]drains failed: not known yet']]);
    });
    expect(wired?.controller.phase).toBe('coexistence');
    stop.abort();
    await running;
  });

  test('end when the webhook cannot run', async () => {
    const guardWebhook = { address: loopback, certDir: folder, exemptUsers: [] };
    let wired: Wired | undefined;
    const running = runController({ ...settings, guardWebhook }, pino({ level: 'silent' }), stop.signal, {
      onWired: (controller, servers) => void (wired = { controller, servers }),
    });
    await expect(running).rejects.toThrow(folder);
    await expect(get(wired?.servers.health, '/healthz')).rejects.toThrow();
    // The server sees the end of a connection a moment later.
    await until(() => expect(server.openWatches).toBe(0));
  });

  test('do not listen where they are off', async () => {
    let wired: Wired | undefined;
    const off = { ...settings, healthAddress: undefined, metricsAddress: undefined };
    const running = runController(off, pino({ level: 'silent' }), stop.signal, {
      onWired: (controller, servers) => void (wired = { controller, servers }),
    });
    await until(() => expect(wired?.servers).toEqual({}));
    stop.abort();
    await running;
  });
}); // prettier-ignore

test('a port that is taken ends it before anything is asked of the cluster', async () => {
  const taken = Number(new URL(/http:[^\s]+/.exec(server.kubeconfig())?.[0] ?? '').port);
  const busy = { ...settings, healthAddress: { ...loopback, port: taken } };
  await expect(runController(busy, pino({ level: 'silent' }), stop.signal)).rejects.toThrow(/EADDRINUSE/);
  expect(server.requests.total).toBe(0);
});
