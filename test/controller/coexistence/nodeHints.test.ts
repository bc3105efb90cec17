import { afterEach, describe, expect, test } from 'vitest';
import { pino } from 'pino';
import { NodeHintsWatch, nodeHintsOf } from '../../../src/controller/coexistence/nodeHints.js';
import { ApiError, type Transport } from '../../../src/kube/rest/transport.js';
import { parseKubernetesVersion } from '../../../src/sandbox/discovery/kubernetesVersion.js';
import { FakeClock } from '../../support/fakeClock.js';
import { LiveCluster, until } from '../../support/liveController.js';

const POLL_MS = 10 * 60_000;
const HOST = 'kubernetes.io/hostname';

function watching(first: number | undefined) {
  const clock = new FakeClock();
  const told: string[] = [];
  const server = { minor: first };
  const send = (): Promise<unknown> =>
    server.minor === undefined
      ? Promise.reject(new ApiError('http', 'GET /version: 503', { status: 503 }))
      : Promise.resolve({ major: '1', minor: String(server.minor) });
  const watch = new NodeHintsWatch({
    transport: { send } as unknown as Transport,
    clock,
    logger: pino({ level: 'silent' }),
    onChange: () => void told.push(`${watch.nodeHints}${watch.known ? '' : ' (unknown)'}`),
  });
  const stop = new AbortController();
  const ended = watch.run(stop.signal);
  return { watch, told, server, clock, end: () => (stop.abort(), ended) };
}

describe('NodeHintsWatch', () => {
  test.each([
    [33, 'dropped'],
    [34, 'stored'],
    [36, 'stored'],
    [undefined, 'stored'],
  ])('a server of version 1.%s: node hints count as %s', async (minor, expected) => {
    const { watch, told, clock, end } = watching(minor);
    await clock.advance(0);
    expect([watch.known, watch.nodeHints, told]).toEqual([true, expected, [expected]]);
    await end();
  });

  test('version 2 of Kubernetes is no old one', () => {
    expect(nodeHintsOf({ major: 2, minor: 0 })).toBe('stored');
  });

  test('an upgrade is found', async () => {
    const { told, server, clock, end } = watching(33);
    await clock.advance(POLL_MS);
    server.minor = 34;
    await clock.advance(POLL_MS);
    expect(told).toEqual(['dropped', 'stored']);
    await end();
  });

  test('what an answer showed holds until the version changes, also while the server does not answer', async () => {
    const { watch, told, server, clock, end } = watching(34);
    await clock.advance(0);
    watch.sawDropped();
    watch.sawDropped();
    await clock.advance(POLL_MS);
    server.minor = undefined;
    await clock.advance(POLL_MS);
    expect(told).toEqual(['stored', 'dropped']);
    server.minor = 35;
    await clock.advance(POLL_MS);
    expect(told).toEqual(['stored', 'dropped', 'stored']);
    await end();
  });
});

describe('the controller on an API server that drops node hints', () => {
  let cluster: LiveCluster;

  afterEach(() => cluster.stop());

  async function start(): Promise<void> {
    cluster = new LiveCluster(undefined, parseKubernetesVersion('1.33'));
    await cluster.start();
    for (const [i, zone] of ['a', 'a', 'b', 'b'].entries()) cluster.putNode(`n${i}`, zone, {}, { [HOST]: `n${i}` });
    cluster.putService('nearest', { 'slicehints.io/mode': 'same-node' });
    cluster.putService('keyed', { 'slicehints.io/topology-keys': `${HOST},*` });
    for (const name of ['nearest', 'keyed']) cluster.putSlice(name, ['a', 'b']);
  }
  const reasons = (): string[] =>
    ['nearest', 'keyed'].map((name) => `${name} ${cluster.events(name).map((text) => text.split(':')[0]).join()}`); // prettier-ignore

  /** Answers GET /version as a newer server, with the feature gate off. */
  const asNewer = (inner: Transport): Transport => ({
    send: (request) =>
      request.path === '/version' ? Promise.resolve({ major: '1', minor: '36' }) : inner.send(request),
    watch: (request) => inner.watch(request),
    close: () => inner.close(),
  });

  test('by its version: one write for each Service, zones only, and the Events tell it', async () => {
    await start();
    const { controller } = cluster.run();
    await until(() => expect(cluster.events('nearest').length * cluster.events('keyed').length).toBeGreaterThan(0));
    await until(() => expect(controller.settled).toBe(true));
    expect([cluster.hints('nearest'), cluster.hints('keyed')]).toEqual(['a b', 'a b']);
    expect(reasons()).toEqual(['nearest NodeHintsNotStored', 'keyed TopologyKeysNarrowed']);
    expect(cluster.patches()).toBe(2);
  });

  test('by its answers: two writes at most for each Service, then the same', async () => {
    await start();
    const { controller } = cluster.run({ wrap: asNewer });
    await until(() => expect(reasons().join()).toMatch(/NodeHintsNotStored.*TopologyKeysNarrowed/));
    await until(() => expect(controller.settled).toBe(true));
    expect([cluster.hints('nearest'), cluster.hints('keyed')]).toEqual(['a b', 'a b']);
    expect(cluster.patches()).toBeLessThanOrEqual(4);
  });
});
