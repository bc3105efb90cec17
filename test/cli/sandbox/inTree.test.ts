import { afterEach, beforeEach, expect, test } from 'vitest';
import { pino } from 'pino';
import { runInTree, type RunningInTree } from '../../../src/cli/sandbox/inTree.js';
import { loadStoryCluster } from '../../../src/cli/sandbox/stories/storyCluster.js';
import { SandboxApiServer } from '../../../src/sandbox/server/apiServer.js';
import { until } from '../../support/liveController.js';

let server: SandboxApiServer;
let stop: AbortController;
let inTree: RunningInTree;

beforeEach(async () => {
  server = new SandboxApiServer();
  const url = await server.listen();
  stop = new AbortController();
  loadStoryCluster(server.store, { guard: false, nodes: 'ab', services: [{ name: 'web', pods: 'ab' }] });
  inTree = runInTree(url, pino({ level: 'silent' }), stop.signal, 0);
});
afterEach(async () => {
  stop.abort();
  await inTree.ended;
  await server.close();
});

test('in-tree makes the slices of Services, under its own name, and is idle then', async () => {
  expect(inTree.idle).toBe(false);
  await until(() => expect(inTree.idle).toBe(true));
  const [slice] = server.store.list('endpointslices');
  expect(slice?.['endpoints']).toHaveLength(2);
  const agents = server.requests.entries().map(({ userAgent }) => userAgent);
  expect(new Set(agents)).toEqual(new Set(['kube-controller-manager/sandbox']));
});

test('it ends with its signal', async () => {
  stop.abort();
  await inTree.ended;
  await until(() => expect(server.openWatches).toBe(0));
});
