import { describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { Reconciler } from '../../src/controller/reconciler.js';
import { ClusterState } from '../../src/controller/state.js';
import { VerdictBook } from '../../src/controller/verdictBook.js';
import type { SliceWriter } from '../../src/controller/writer.js';
import type { SlicePlan } from '../../src/hints/plan.js';
import { ServicePlanner } from '../../src/controller/servicePlanner.js';
import { DEFAULT_SETTINGS, type Settings } from '../../src/hints/settings.js';
import { readNode } from '../../src/model/node.js';
import { readService } from '../../src/model/service.js';
import { readSlice } from '../../src/model/slice.js';
import { FakeClock } from '../support/fakeClock.js';

const silent = (): void => undefined;

/** A Service with one slice in a cluster whose nodes lie in `zones`, while another writer keeps undoing its hints. */
function contended(zones: readonly string[], slice: { owned: boolean; hinted: boolean }) {
  const state = new ClusterState();
  for (const [i, zone] of zones.entries()) {
    const raw = {
      metadata: { name: `n${i}`, labels: { 'topology.kubernetes.io/zone': zone } },
      status: { allocatable: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'True' }] },
    };
    state.applyNode(`n${i}`, readNode(raw), undefined);
  }
  const annotations = { 'service.kubernetes.io/topology-mode': 'Auto' };
  state.applyService('shop/web', readService({ metadata: { namespace: 'shop', name: 'web', annotations } }));
  const raw = {
    metadata: {
      namespace: 'shop',
      name: 'web-1',
      labels: { 'kubernetes.io/service-name': 'web' },
      resourceVersion: '7',
      annotations: slice.owned ? { 'slicehints.io/hints': 'v1' } : {},
    },
    addressType: 'IPv4',
    endpoints: ['a', 'b'].map((zone, i) => ({
      addresses: [`10.0.0.${i + 1}`],
      conditions: { ready: true },
      zone,
      ...(slice.hinted ? { hints: { forZones: [{ name: zone }] } } : {}),
    })),
  };
  state.applySlice('shop/web-1', readSlice(raw), undefined);
  const written: SlicePlan[] = [];
  const writer = {
    write: (planned: SlicePlan) => {
      written.push(planned);
      return Promise.resolve({ kind: 'written' });
    },
  } as unknown as SliceWriter;
  const book = new VerdictBook(new FakeClock());
  const settings = (): Settings => ({ ...DEFAULT_SETTINGS, guard: false, inTree: 'absent' });
  const reconciler = new Reconciler({
    planner: new ServicePlanner({ state, book, settings }),
    book,
    writer,
    pauseOf: () => ({ untilMs: 1, by: 'another writer' }),
    refusals: { settle: silent },
    dryRun: false,
    recorder: { record: silent },
    clock: new FakeClock(),
    logger: pino({ level: 'silent' }),
    observer: {},
  });
  return { reconciler, written };
}

describe('a Service whose hints another writer keeps undoing', () => {
  test('is not given hints', async () => {
    const { reconciler, written } = contended(['a', 'b'], { owned: false, hinted: false });
    await reconciler.reconcile('shop/web', 0);
    expect(written).toEqual([]);
  });

  test('loses hints of ours that no longer fit', async () => {
    const { reconciler, written } = contended(['a'], { owned: true, hinted: true });
    await reconciler.reconcile('shop/web', 0);
    expect(written.map(({ hints }) => hints)).toEqual([[undefined, undefined]]);
  });

  test('keeps hints of the other writer', async () => {
    const { reconciler, written } = contended(['a'], { owned: false, hinted: true });
    await reconciler.reconcile('shop/web', 0);
    expect(written).toEqual([]);
  });
});
