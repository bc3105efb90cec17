import { beforeEach, describe, expect, test } from 'vitest';
import { KUBELET, terminatePod } from '../../../src/sandbox/workload/termination.js';
import type { ObjectStore } from '../../../src/sandbox/storage/store.js';
import type { WriteRecord } from '../../../src/sandbox/storage/writes.js';
import { FakeClock } from '../../support/fakeClock.js';
import { answerOf, storeOf } from '../storage/stores.js';

let clock: FakeClock;
let store: ObjectStore;
let records: WriteRecord[];

beforeEach(() => {
  clock = new FakeClock();
  records = [];
  store = storeOf({ clock, onCommit: (record) => void records.push(record) });
});

function createPod(seconds: number, nodeName = 'n'): void {
  const spec = { nodeName, terminationGracePeriodSeconds: seconds, containers: [{ name: 'c' }] };
  store.create('pods', { metadata: { name: 'p', namespace: 'default' }, spec });
}

const stands = (): boolean => store.get('pods', 'default', 'p') !== undefined;

describe('a Pod that ends', () => {
  test.each<[string, number, { graceSeconds?: number }, number]>([
    ['is gone after 1 s of a longer grace period', 30, {}, 1000],
    ['is gone after the grace period of the request', 30, { graceSeconds: 0.5 }, 500],
  ])('%s', async (_, seconds, options, ms) => {
    createPod(seconds);
    expect(terminatePod(store, clock, 'default', 'p', options).metadata.deletionTimestamp).toBeDefined();
    await clock.advance(ms - 1);
    expect(stands()).toBe(true);
    await clock.advance(1);
    expect(stands()).toBe(false);
    expect(records.at(-1)).toMatchObject({ verb: 'delete', ...KUBELET });
  });

  test('is gone at once without a grace period, and nothing waits', () => {
    createPod(0);
    terminatePod(store, clock, 'default', 'p');
    expect([stands(), clock.pending]).toEqual([false, 0]);
  });

  test('stays when it is only tried out', async () => {
    createPod(1);
    terminatePod(store, clock, 'default', 'p', { dryRun: true });
    await clock.advance(60_000);
    expect(stands()).toBe(true);
    terminatePod(store, clock, 'default', 'p');
    terminatePod(store, clock, 'default', 'p', { dryRun: true });
    expect(clock.pending).toBe(1);
  });

  test('does not take the next one of its name along', async () => {
    let number = 0;
    store = storeOf({ clock, random: () => (number++ % 97) / 97 });
    createPod(30);
    terminatePod(store, clock, 'default', 'p');
    store.delete('pods', 'default', 'p');
    createPod(30);
    await clock.advance(60_000);
    expect(stands()).toBe(true);
  });

  test('that is not there is refused', () => {
    expect(answerOf(() => terminatePod(store, clock, 'default', 'p'))).toBe('404 pods "p" not found');
    expect(clock.pending).toBe(0);
  });
});
