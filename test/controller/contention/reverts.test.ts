import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { RevertTracker, type Observation } from '../../../src/controller/contention/reverts.js';
import type { EndpointManifest } from '../../../src/model/manifest.js';
import { readSlice, type SliceRecord } from '../../../src/model/slice.js';
import { FakeClock } from '../../support/fakeClock.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const SERVICE = 'shop/web';

let version = 0;

interface Draft {
  readonly name?: string;
  /** Zone hints by address; undefined is an endpoint without hints. */
  readonly hints: Readonly<Record<string, string | undefined>>;
  readonly owned?: boolean;
  readonly by?: string;
  readonly ours?: boolean;
}

/** A version of a slice, newer than every one before. */
function slice({ name = 'web-1', hints, owned = true, by, ours = by === undefined }: Draft): SliceRecord {
  version += 1;
  const endpoints: EndpointManifest[] = Object.entries(hints).map(([address, zone]) => ({
    addresses: [address],
    zone: 'a',
    ...(zone === undefined ? {} : { hints: { forZones: [{ name: zone }] } }),
  }));
  const managers = [...(ours ? ['slicehints'] : []), ...(by === undefined ? [] : [by])];
  return readSlice({
    metadata: {
      namespace: 'shop',
      name,
      resourceVersion: String(version),
      generation: version,
      annotations: owned ? { 'slicehints.io/hints': '' } : {},
      managedFields: managers.map((manager) => ({
        manager,
        time: '2026-01-01T00:00:00Z',
        fieldsV1: { 'f:endpoints': {} },
      })),
    },
    addressType: 'IPv4',
    endpoints,
  });
}

const OURS = { '10.0.0.1': 'a', '10.0.0.2': 'b' };
const BARE = { '10.0.0.1': undefined, '10.0.0.2': undefined };
const KCM = 'kube-controller-manager';
const stripped = (name = 'web-1'): SliceRecord => slice({ name, hints: BARE, by: KCM });

function write(tracker: RevertTracker, name = 'web-1'): Observation {
  return tracker.noteWrite(SERVICE, slice({ name, hints: OURS }));
}

describe('RevertTracker', () => {
  it('knows its own write when it comes back, also twice', () => {
    const tracker = new RevertTracker(new FakeClock());
    const written = slice({ hints: OURS });
    expect(tracker.noteWrite(SERVICE, written)).toEqual({ kind: 'own' });
    expect(tracker.noteObserved(written)).toEqual({ kind: 'own' });
    expect(tracker.noteObserved(written)).toEqual({ kind: 'own' });
  });

  it('has nothing to say of slices that it never wrote', () => {
    expect(new RevertTracker(new FakeClock()).noteObserved(stripped())).toEqual({ kind: 'unknown' });
  });

  it.each<[string, Draft, string]>([
    ['labels or ports changed and the hints stand', { hints: OURS, by: KCM }, 'kept'],
    ['an endpoint came with hints, as the guard does it', { hints: { ...OURS, '10.0.0.3': 'a' }, by: KCM }, 'kept'],
    ['an endpoint came without hints', { hints: { ...OURS, '10.0.0.3': undefined }, by: KCM }, 'kept'],
    ['all hints went', { hints: BARE, by: KCM }, 'reverted'],
    ['one hint went', { hints: { ...OURS, '10.0.0.2': undefined }, by: KCM }, 'reverted'],
    ['a hint changed', { hints: { ...OURS, '10.0.0.2': 'c' }, by: KCM }, 'reverted'],
    ['all hints went with a change of endpoints', { hints: { '10.0.0.3': undefined }, by: KCM }, 'rebuilt'],
    ['all endpoints went', { hints: {}, by: KCM }, 'kept'],
  ])('when %s: %#', (_, draft, kind) => {
    const tracker = new RevertTracker(new FakeClock());
    write(tracker);
    expect(tracker.noteObserved(slice(draft)).kind).toBe(kind);
  });

  it('names who did it, by managedFields, or says that it does not know', () => {
    const tracker = new RevertTracker(new FakeClock());
    write(tracker);
    expect(tracker.noteObserved(slice({ hints: BARE, by: 'kubectl-edit' }))).toMatchObject({ by: 'kubectl-edit' });
    write(tracker);
    expect(tracker.noteObserved(slice({ hints: BARE, ours: false }))).toMatchObject({ by: 'another writer' });
  });

  it('does not take an answer from the past for a revert', () => {
    const tracker = new RevertTracker(new FakeClock());
    const old = stripped();
    write(tracker);
    expect(tracker.noteObserved(old)).toEqual({ kind: 'kept' });
  });

  it('does not take its own write for a revert when the watch is faster than the answer', () => {
    const clock = new FakeClock();
    const tracker = new RevertTracker(clock);
    for (let i = 0; i < 20; i++) {
      const next = slice({ hints: { '10.0.0.1': `zone-${i}`, '10.0.0.2': 'b' } });
      tracker.noteObserved(next);
      expect(tracker.noteWrite(SERVICE, next)).toEqual({ kind: 'own' });
    }
    expect(tracker.pauseOf(SERVICE)).toBeUndefined();
  });

  it('notices another installation that writes under our name', () => {
    const tracker = new RevertTracker(new FakeClock());
    const kinds: string[] = [];
    for (let i = 0; i < 4; i++) {
      kinds.push(write(tracker).kind);
      tracker.noteObserved(slice({ hints: { '10.0.0.1': 'c', '10.0.0.2': 'c' } }));
    }
    expect(kinds).toEqual(['own', 'reverted', 'reverted', 'reverted']);
    expect(tracker.pauseOf(SERVICE)).toMatchObject({ by: 'another writer' });
  });

  it('notices that somebody takes away the annotation alone', () => {
    const tracker = new RevertTracker(new FakeClock());
    const kinds: string[] = [];
    for (let i = 0; i < 4; i++) {
      kinds.push(write(tracker).kind);
      tracker.noteObserved(slice({ hints: OURS, owned: false }));
    }
    expect(kinds.slice(1)).toEqual(['reverted', 'reverted', 'reverted']);
  });

  it('stops after three reverts in five minutes, says so once, and names the other writer', async () => {
    const clock = new FakeClock();
    const tracker = new RevertTracker(clock);
    const seen: Observation[] = [];
    for (let i = 0; i < 3; i++) {
      expect(tracker.pauseOf(SERVICE)).toBeUndefined();
      write(tracker);
      await clock.advance(MINUTE);
      seen.push(tracker.noteObserved(stripped()));
    }
    expect(seen.map((one) => ('contended' in one ? one.contended : undefined))).toEqual([
      undefined,
      undefined,
      {
        addressType: 'IPv4',
        hinted: false,
        type: 'Warning',
        reason: 'HintsContended',
        message:
          'The hints of EndpointSlice web-1 were taken away by kube-controller-manager each time they were written: tried again in 60 s, then ever more rarely, addressType: IPv4',
      },
    ]);
    expect(tracker.pauseOf(SERVICE)).toEqual({ untilMs: clock.monotonicMs() + MINUTE, by: KCM });
    expect(tracker.contended).toBe(1);
    expect(tracker.pauseOf('shop/other')).toBeUndefined();
    await clock.advance(MINUTE);
    expect([tracker.pauseOf(SERVICE), tracker.contended]).toEqual([undefined, 0]);
    write(tracker);
    expect(tracker.noteObserved(stripped())).toEqual({
      kind: 'reverted',
      by: KCM,
      pausedMs: 2 * MINUTE,
      contended: undefined,
    });
  });

  it('leaves a pause as it is when a write of before is undone during it', async () => {
    const clock = new FakeClock();
    const tracker = new RevertTracker(clock);
    for (let i = 0; i < 3; i++) {
      write(tracker);
      tracker.noteObserved(stripped());
    }
    await clock.advance(10 * SECOND);
    write(tracker);
    expect(tracker.noteObserved(stripped())).toEqual({
      ...{ kind: 'reverted', by: KCM },
      ...{ pausedMs: MINUTE - 10 * SECOND, contended: undefined },
    });
    expect(tracker.pauseOf(SERVICE)).toEqual({ untilMs: MINUTE, by: KCM });
  });

  it('tells of hints that are given back where none may be', () => {
    const tracker = new RevertTracker(new FakeClock());
    const seen = [1, 2, 3].map(() => {
      tracker.noteWrite(SERVICE, slice({ hints: BARE, owned: false }));
      return tracker.noteObserved(slice({ hints: OURS, by: KCM }));
    });
    expect(seen.at(-1)).toMatchObject({
      contended: {
        message:
          'The hints of EndpointSlice web-1 were given back by kube-controller-manager each time they were taken away: tried again in 60 s, then ever more rarely, addressType: IPv4',
      },
    });
  });

  it.each<[string, number[], boolean]>([
    ['three in less than five minutes', [0, 150 * SECOND, 5 * MINUTE - 1], true],
    ['three in five minutes', [0, 150 * SECOND, 5 * MINUTE], false],
    ['four in less than an hour', [0, 20 * MINUTE, 40 * MINUTE, HOUR - 1], true],
    ['four in an hour', [0, 20 * MINUTE, 40 * MINUTE, HOUR], false],
  ])('pauses by %s or not', async (_, times, pauses) => {
    const clock = new FakeClock();
    const tracker = new RevertTracker(clock);
    for (const atMs of times) {
      await clock.advance(atMs - clock.monotonicMs());
      write(tracker);
      tracker.noteObserved(stripped());
    }
    expect(tracker.pauseOf(SERVICE) !== undefined).toBe(pauses);
  });

  it('pauses by as many rebuilds in an hour as the limit has', () => {
    const tracker = new RevertTracker(new FakeClock(), { hourlyRebuilds: 2 });
    const rebuild = (): Observation => {
      write(tracker);
      return tracker.noteObserved(slice({ hints: { '10.0.0.3': undefined }, by: KCM }));
    };
    expect(rebuild()).toMatchObject({ kind: 'rebuilt', pausedMs: 0 });
    expect(rebuild()).toMatchObject({ kind: 'rebuilt', pausedMs: MINUTE });
  });

  it('sees a revert that brings no new generation', () => {
    const tracker = new RevertTracker(new FakeClock());
    const own = slice({ hints: OURS });
    tracker.noteWrite(SERVICE, own);
    const after = { ...slice({ hints: OURS, owned: false, by: KCM }), generation: own.generation };
    expect(tracker.noteObserved(after).kind).toBe('reverted');
  });

  it('does not know a slice better because a write of it was lost', () => {
    const tracker = new RevertTracker(new FakeClock());
    tracker.noteLost({ namespace: 'shop', name: 'web-1' });
    expect(tracker.noteObserved(stripped())).toEqual({ kind: 'unknown' });
  });

  it('forgets a version under its own name once what it wrote stands again', () => {
    const tracker = new RevertTracker(new FakeClock());
    write(tracker);
    expect(tracker.noteObserved(slice({ hints: { ...OURS, '10.0.0.1': 'c' } }))).toEqual({ kind: 'kept' });
    expect(tracker.noteObserved(slice({ hints: OURS, by: KCM }))).toEqual({ kind: 'kept' });
    expect(write(tracker)).toEqual({ kind: 'own' });
  });

  it('counts the slices of one Service that are stripped together as one revert', () => {
    const tracker = new RevertTracker(new FakeClock());
    const names = Array.from({ length: 50 }, (_, i) => `web-${i}`);
    for (let round = 0; round < 2; round++) {
      for (const name of names) write(tracker, name);
      for (const name of names) expect(tracker.noteObserved(stripped(name))).toMatchObject({ pausedMs: 0 });
      expect(tracker.pauseOf(SERVICE)).toBeUndefined();
    }
  });

  it('counts one revert when we come to agree with what the other side wrote', async () => {
    const clock = new FakeClock();
    const tracker = new RevertTracker(clock);
    write(tracker);
    for (let i = 0; i < 20; i++) {
      tracker.noteObserved(slice({ hints: { '10.0.0.1': `zone-${i}`, '10.0.0.2': 'b' }, by: KCM }));
      await clock.advance(SECOND);
    }
    expect(tracker.pauseOf(SERVICE)).toBeUndefined();
  });

  it('forgives after an hour of calm, and then tells of a new episode', async () => {
    const clock = new FakeClock();
    const tracker = new RevertTracker(clock);
    const fight = (): Observation => {
      write(tracker);
      return tracker.noteObserved(stripped());
    };
    fight();
    fight();
    expect(fight()).toMatchObject({ pausedMs: MINUTE });
    await clock.advance(MINUTE + HOUR);
    expect(fight()).toMatchObject({ pausedMs: 0 });
    expect(fight()).toMatchObject({ pausedMs: 0 });
    expect(fight()).toMatchObject({ pausedMs: MINUTE, contended: { reason: 'HintsContended' } });
  });

  it('gives every Service a new start when the guard comes into force', () => {
    const tracker = new RevertTracker(new FakeClock());
    for (let i = 0; i < 3; i++) {
      write(tracker);
      tracker.noteObserved(stripped());
    }
    expect(tracker.pauseOf(SERVICE)).toBeDefined();
    tracker.reset();
    expect(tracker.pauseOf(SERVICE)).toBeUndefined();
  });

  it('forgets what it is told to forget', () => {
    const tracker = new RevertTracker(new FakeClock());
    write(tracker);
    tracker.forgetSlice({ namespace: 'shop', name: 'web-1' });
    expect(tracker.noteObserved(stripped())).toEqual({ kind: 'unknown' });
    for (let i = 0; i < 3; i++) {
      write(tracker);
      tracker.noteObserved(stripped());
    }
    tracker.forgetService(SERVICE);
    expect(tracker.pauseOf(SERVICE)).toBeUndefined();
  });
});

/**
 * A controller that writes as soon as it may, against an opponent who undoes each write after `delayMs(n)`.
 * @returns the times of our writes
 */
async function fightFor(
  totalMs: number,
  delayMs: (writes: number) => number,
  undo: (writes: number) => SliceRecord = () => stripped(),
): Promise<number[]> {
  const clock = new FakeClock();
  const tracker = new RevertTracker(clock);
  const writes: number[] = [];
  const attempt = (): void => {
    const pause = tracker.pauseOf(SERVICE);
    if (pause !== undefined) {
      clock.after(pause.untilMs - clock.monotonicMs(), attempt);
      return;
    }
    writes.push(clock.monotonicMs());
    // A fight that is not stopped at all would otherwise never end at one moment.
    if (writes.length > 5000) return;
    write(tracker);
    clock.after(delayMs(writes.length), () => {
      tracker.noteObserved(undo(writes.length));
      attempt();
    });
  };
  attempt();
  await clock.advance(totalMs);
  return writes;
}

function busiestHour(writes: readonly number[]): number {
  return Math.max(...writes.map((start) => writes.filter((at) => at >= start && at < start + HOUR).length));
}

describe('a fight', () => {
  it.each([
    ['strips at once', 0, 9],
    ['strips after a second, as in-tree does', SECOND, 9],
    ['strips just too slowly for the window of five minutes', 150 * SECOND + 1, 9],
    ['strips after ten minutes', 10 * MINUTE, 6],
    ['strips after half an hour', 30 * MINUTE, 2],
    ['strips after an hour, when all seems forgiven', HOUR + 2 * MINUTE, 1],
  ])('with one who %s never has more than a handful of writes in any hour', async (_, delay, most) => {
    const writes = await fightFor(12 * HOUR, () => delay);
    expect(busiestHour(writes)).toBeLessThanOrEqual(most);
    // It is not given up either: there is a try at least every 61 minutes.
    expect(writes.length).toBeGreaterThanOrEqual(8);
  });

  it('ends at one write an hour with one who never stops', async () => {
    const writes = await fightFor(24 * HOUR, () => SECOND);
    expect(writes.filter((at) => at >= 12 * HOUR && at < 18 * HOUR)).toHaveLength(6);
  });

  it('never has more than ten writes in any hour, whenever the other side strikes', async () => {
    const delay = fc.oneof(
      fc.integer({ min: 0, max: 2 * SECOND }),
      fc.integer({ min: 0, max: 20 * MINUTE }),
      fc.integer({ min: 50 * MINUTE, max: 70 * MINUTE }),
    );
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(delay), async (delays) => {
        const writes = await fightFor(10 * HOUR, () => delays.next().value as number);
        expect(busiestHour(writes)).toBeLessThanOrEqual(10);
      }),
      { numRuns: 60 },
    );
  });

  it('with one who changes the endpoints each time keeps to the wider limit for rebuilds', async () => {
    const writes = await fightFor(
      6 * HOUR,
      () => SECOND,
      (n) => slice({ hints: { [`10.0.1.${n}`]: undefined }, by: 'mesh' }),
    );
    expect(busiestHour(writes)).toBeLessThanOrEqual(36);
  });
});
