import { afterEach, describe, expect, test } from 'vitest';
import type { Transport } from '../../../src/kube/rest/transport.js';
import { parseKubernetesVersion } from '../../../src/sandbox/discovery/kubernetesVersion.js';
import { LiveCluster, until } from '../../support/liveController.js';

const HOST = 'kubernetes.io/hostname';

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
