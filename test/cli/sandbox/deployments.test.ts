import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addressSource, runDeployments } from '../../../src/cli/sandbox/deployments.js';
import { listAt, textAt } from '../../../src/sandbox/schema/kubeObject.js';
import type { ObjectStore } from '../../../src/sandbox/storage/store.js';
import { ownerOf, podStatus } from '../../../src/sandbox/workload/deployment.js';
import { nodeOf } from '../../sandbox/samples.js';
import { storeOf } from '../../sandbox/storage/stores.js';

const containers = [{ name: 'web' }];
let store: ObjectStore;
let stop: AbortController;

beforeEach(() => {
  store = storeOf({ random: Math.random });
  stop = new AbortController();
  store.write('nodes', nodeOf('n1'));
});
afterEach(() => stop.abort());

function pod(name: string, address: string): void {
  const metadata = { name, namespace: 'default', labels: { app: 'web' } };
  store.write('pods', { metadata, spec: { nodeName: 'n1', containers }, status: podStatus(address, containers, true) });
}

describe('addresses of new Pods', () => {
  test('are those that no Pod has', () => {
    pod('a', '10.244.128.1');
    pod('b', '10.244.128.3');
    const next = addressSource(store);
    expect([next(), next()]).toEqual(['10.244.128.2', '10.244.128.4']);
  });

  test('go on in the next block', () => {
    const next = addressSource(store);
    const all = Array.from({ length: 300 }, next);
    expect([all[254], all[255], all[299]]).toEqual(['10.244.128.255', '10.244.129.0', '10.244.129.44']);
    expect(new Set(all).size).toBe(300);
  });
});

describe('a model for each Deployment', () => {
  const spec = { namespace: 'default', replicaSet: 'web-5d', replicas: 2, template: { labels: { app: 'web' }, containers } };
  test('makes the Pods that are missing, each with an address of its own, until it ends', async () => {
    const ended = runDeployments(store, [spec, { ...spec, replicaSet: 'api-7f', replicas: 1 }], stop.signal);
    const pods = store.list('pods');
    expect(pods.map(ownerOf).sort()).toEqual(['api-7f', 'web-5d', 'web-5d']);
    expect(new Set(pods.map((one) => textAt(one, 'status', 'podIP'))).size).toBe(3);
    expect(listAt(pods[0], 'spec', 'containers')).toHaveLength(1);
    stop.abort();
    await Promise.all(ended);
    expect(ended).toHaveLength(2);
  });
}); // prettier-ignore
