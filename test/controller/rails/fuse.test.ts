import { describe, expect, test } from 'vitest';
import { changedEndpoints, Fuse, hintedEndpoints, LEAST_CHANGED } from '../../../src/controller/rails/fuse.js';
import type { Plan } from '../../../src/hints/plan.js';
import { readSlice } from '../../../src/model/slice.js';
import { FakeClock } from '../../support/fakeClock.js';

/** A plan for one slice with endpoints `before>after`; `-` is no hint. */
function planOf(changes: readonly string[], owned = true): Pick<Plan, 'slices'> {
  const hint = (zone: string): object | undefined => (zone === '-' ? undefined : { forZones: [{ name: zone }] });
  const slice = readSlice({
    metadata: { namespace: 'shop', name: 'web-1', annotations: owned ? { 'slicehints.io/hints': 'v1' } : {} },
    addressType: 'IPv4',
    endpoints: changes.map((change, i) => ({
      addresses: [`10.0.0.${i}`],
      ...(hint(change.split('>')[0] ?? '') === undefined ? {} : { hints: hint(change.split('>')[0] ?? '') }),
    })),
  });
  const hints = changes.map((change) => {
    const zone = change.split('>')[1] ?? '';
    return zone === '-' ? undefined : { forZones: [zone] };
  });
  return { slices: [{ slice, hints: hints, patch: [], moved: changes.length }] };
}

const moving = (count: number): Plan => planOf(Array.from({ length: count }, () => 'a>b')) as Plan;

describe('what counts as a change', () => {
  test.each<[string, readonly string[], number]>([
    ['other hints in place of ours', ['a>b', 'a>b'], 2],
    ['hints that stay', ['a>a', 'b>b'], 0],
    ['hints for an endpoint without', ['->a'], 0],
    ['hints that are taken away', ['a>-'], 0],
    ['each endpoint by itself', ['a>b', 'a>a', '->b', 'b>-'], 1],
  ])('%s: %j', (_, changes, count) => {
    expect(changedEndpoints(planOf(changes))).toBe(count);
  });

  test('hints of another writer do not count, neither as changed nor as hinted', () => {
    expect(changedEndpoints(planOf(['a>b'], false))).toBe(0);
    const slices = [planOf(['a>b', 'b>b', '->b']), planOf(['a>b'], false)].flatMap((plan) =>
      plan.slices.map(({ slice }) => slice),
    );
    expect(hintedEndpoints(slices, () => true)).toBe(2);
    expect(hintedEndpoints(slices, () => false)).toBe(0);
  });
});

test('endpoints with hints are counted until there are enough', () => {
  const slices = planOf(['a>b', 'b>b', '->b']).slices.map(({ slice }) => slice);
  let taken = 0;
  function* many() {
    for (; taken < 1000; taken++) yield* slices;
  }
  expect(hintedEndpoints(many(), () => true, 5)).toBe(6);
  expect(taken).toBeLessThan(5);
});

test('the fuse needs no more hinted endpoints than leave it whole', () => {
  const asked: number[] = [];
  const fuse = new Fuse({
    clock: new FakeClock(),
    hintedEndpoints: (enough) => {
      asked.push(enough);
      return enough;
    },
  });
  expect(fuse.judge('shop/web', moving(LEAST_CHANGED), 1e6)).toBeUndefined();
  expect(asked).toEqual([2 * LEAST_CHANGED]);
});

describe('the fuse', () => {
  function rig(hinted: number) {
    const clock = new FakeClock();
    const fuse = new Fuse({ clock, hintedEndpoints: () => hinted });
    fuse.excuse();
    return { clock, fuse };
  }
  const WHOLE = undefined;

  test.each<[string, number, readonly (readonly [afterMs: number, key: string, endpoints: number])[], boolean]>([
    [
      'half of all within a minute',
      1000,
      [
        [0, 'a/1', 300],
        [30_000, 'a/2', 200],
      ],
      false,
    ],
    [
      'more than half within a minute',
      1000,
      [
        [0, 'a/1', 300],
        [30_000, 'a/2', 201],
      ],
      true,
    ],
    [
      'as much in more than a minute',
      1000,
      [
        [0, 'a/1', 300],
        [60_000, 'a/2', 300],
      ],
      false,
    ],
    [
      'one Service that changes again and again',
      1000,
      [
        [0, 'a/1', 300],
        [1, 'a/1', 300],
        [1, 'a/1', 300],
      ],
      false,
    ],
    [
      'one Service that grows',
      1000,
      [
        [0, 'a/1', 300],
        [1, 'a/1', 501],
      ],
      true,
    ],
    ['all of a small cluster', 99, [[0, 'a/1', 99]], false],
    ['the least that counts', LEAST_CHANGED + 99, [[0, 'a/1', LEAST_CHANGED]], true],
  ])('%s', async (_, hinted, changes, blows) => {
    const { clock, fuse } = rig(hinted);
    await clock.advance(120_000);
    let blown = false;
    for (const [afterMs, key, endpoints] of changes) {
      await clock.advance(afterMs);
      blown ||= fuse.judge(key, moving(endpoints), clock.monotonicMs()) !== undefined;
    }
    expect(blown).toBe(blows);
  });

  test.each<[string, number, number, boolean]>([
    ['queued within the minute after a cause', 60_000, 60_000, false],
    ['queued in that minute and planned much later', 60_000, 600_000, false],
    ['queued before the cause, planned after it', -5_000, 1_000, false],
    ['queued later', 60_001, 60_001, true],
  ])('a change that was %s', async (_, queuedMs, plannedMs, blows) => {
    const { clock, fuse } = rig(1000);
    await clock.advance(600_000);
    fuse.excuse();
    const causeMs = clock.monotonicMs();
    await clock.advance(plannedMs);
    expect(fuse.judge('a/1', moving(900), causeMs + queuedMs) !== WHOLE).toBe(blows);
  });

  test('what was counted before a cause does not count after it', async () => {
    const { clock, fuse } = rig(1000);
    await clock.advance(120_000);
    expect(fuse.judge('a/1', moving(400), clock.monotonicMs())).toBe(WHOLE);
    fuse.excuse();
    await clock.advance(60_001);
    expect(fuse.judge('a/2', moving(400), clock.monotonicMs())).toBe(WHOLE);
  });

  test('without any cause all changes count', () => {
    const fuse = new Fuse({ clock: new FakeClock(), hintedEndpoints: () => 1000 });
    expect(fuse.judge('a/1', moving(600), 0)).toEqual({ changed: 600, hinted: 1000 });
  });

  test('a plan that changes nothing does not blow it, also where fewer endpoints are hinted than were changed', () => {
    const clock = new FakeClock();
    let hinted = 1000;
    const fuse = new Fuse({ clock, hintedEndpoints: () => hinted });
    expect(fuse.judge('a/1', moving(400), 0)).toBe(WHOLE);
    hinted = 300;
    expect(fuse.judge('a/2', planOf(['a>a']) as Plan, 0)).toBe(WHOLE);
    expect(fuse.judge('a/2', moving(1), 0)).toEqual({ changed: 401, hinted: 300 });
  });

  test('it names both figures', async () => {
    const { clock, fuse } = rig(1000);
    await clock.advance(120_000);
    expect(fuse.judge('a/1', moving(600), clock.monotonicMs())).toEqual({ changed: 600, hinted: 1000 });
  });
});
