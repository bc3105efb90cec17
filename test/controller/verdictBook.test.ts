import { describe, expect, test } from 'vitest';
import { VerdictBook, type NotedPlan } from '../../src/controller/verdictBook.js';
import { Reason } from '../../src/hints/reasons.js';
import { verdict, type Verdict } from '../../src/hints/verdict.js';
import { FakeClock } from '../support/fakeClock.js';

const KEY = 'shop/web';
const HOUR_MS = 3_600_000;

const says = (parts: Partial<Parameters<typeof verdict>[0]> = {}): Verdict =>
  verdict({
    addressType: 'IPv4',
    hinted: true,
    type: 'Normal',
    reason: Reason.BalancedHintsSet,
    sentence: '70% in zone',
    ...parts,
  });
const warning = (sentence: string): Verdict =>
  says({ addressType: '', hinted: false, type: 'Warning', reason: Reason.InvalidAnnotation, sentence });

function plan(
  verdicts: readonly Verdict[],
  more: Partial<NotedPlan> & { readonly inZoneShare?: number } = {},
): NotedPlan {
  const { inZoneShare = 0.7, ...rest } = more;
  const forecast = verdicts.map(({ addressType }) => ({ addressType, inZoneShare }));
  return { mode: 'balanced', verdicts, warnings: [], forecast, ...rest };
}
const OFF = plan([], { mode: 'off' });
const SET = plan([says()]);

/** A book in which `plans` were noted, each with a write, and the Events of the last one. */
function noted(...plans: readonly NotedPlan[]) {
  const clock = new FakeClock();
  const book = new VerdictBook(clock);
  let events: readonly Verdict[] = [];
  for (const one of plans) events = book.note(KEY, 'uid-1', one, true);
  return { clock, book, events: events.map(({ message }) => message) };
}

describe('Events are written', () => {
  const none: string[] = [];
  const ipv6 = says({ addressType: 'IPv6' });
  test.each<[string, readonly NotedPlan[], string[]]>([
    ['for a first verdict', [SET], ['70% in zone, addressType: IPv4']],
    ['not for the same verdict again', [SET, SET], none],
    ['not for other figures', [SET, plan([says({ sentence: '60% in zone' })])], none],
    [
      'for another reason',
      [SET, plan([says({ reason: Reason.NoReadyEndpoints, sentence: 'none' })])],
      ['none, addressType: IPv4'],
    ],
    [
      'when Kubernetes no longer records the same by itself',
      [plan([{ ...says(), recordedInTree: true }]), SET],
      ['70% in zone, addressType: IPv4'],
    ],
    ['for another type', [SET, plan([says({ type: 'Warning' })])], ['70% in zone, addressType: IPv4']],
    ['when there are no hints any more', [SET, plan([says({ hinted: false })])], ['70% in zone, addressType: IPv4']],
    ['for a second address type alone', [SET, plan([says(), ipv6])], ['70% in zone, addressType: IPv6']],
    [
      'again when a verdict comes back',
      [SET, plan([says({ type: 'Warning' })]), SET],
      ['70% in zone, addressType: IPv4'],
    ],
    ['again for a Service that opted out in between', [SET, OFF, SET], ['70% in zone, addressType: IPv4']],
    ['for a warning', [plan([], { mode: 'off', warnings: [warning('odd "x"')] })], ['odd "x"']],
    [
      'not for the same warning again',
      [SET, plan([says()], { warnings: [warning('odd "x"')] }), plan([says()], { warnings: [warning('odd "x"')] })],
      none,
    ],
    [
      'for a warning about another value',
      [plan([says()], { warnings: [warning('odd "x"')] }), plan([says()], { warnings: [warning('odd "y"')] })],
      ['odd "y"'],
    ],
    ['not for a warning that goes', [plan([says()], { warnings: [warning('odd "x"')] }), SET], none],
    ['not for another mode with the same verdict', [SET, plan([says()], { mode: 'auto' })], none],
    ['not for the same two address types again', [plan([says(), ipv6]), plan([says(), ipv6])], none],
    [
      'not for the same two warnings again',
      [
        plan([says()], { warnings: [warning('odd "x"'), warning('odd "y"')] }),
        plan([says()], { warnings: [warning('odd "x"'), warning('odd "y"')] }),
      ],
      none,
    ],
    ['not for figures of a verdict that had none', [plan([says()], { forecast: [] }), SET], none],
  ])('%s', (_, plans, expected) => {
    expect(noted(...plans).events).toEqual(expected);
  });
});

describe('after a restart', () => {
  test('a Service whose hints are in place gets no Event, now or later', () => {
    const book = new VerdictBook(new FakeClock());
    expect([1, 2].flatMap(() => book.note(KEY, 'uid-1', SET, false))).toEqual([]);
    expect(book.count()).toEqual([{ mode: 'balanced', reason: 'BalancedHintsSet', services: 1 }]);
  });

  test('a Warning is written once more', () => {
    const book = new VerdictBook(new FakeClock());
    const blocked = plan([says({ type: 'Warning', reason: Reason.HintsBlocked })]);
    expect([1, 2].map(() => book.note(KEY, 'uid-1', blocked, false).length)).toEqual([1, 0]);
  });
});

test('a Service that is deleted and created again has no history', () => {
  const { book } = noted(SET);
  expect(book.differs(KEY, 'uid-2', SET)).toBe(true);
  expect(book.note(KEY, 'uid-2', SET, true)).toHaveLength(1);
  expect(book.note(KEY, 'uid-2', SET, true)).toEqual([]);
  expect(book.differs(KEY, 'uid-3', OFF)).toBe(true);
});

test('a Service that opts out is forgotten; one that asks for a mode and has no slices is not', () => {
  expect(noted(SET, OFF).book.has(KEY)).toBe(false);
  expect(noted(plan([])).book.has(KEY)).toBe(true);
});

test('a known Service gets the Event of another verdict even where nothing was written for it', () => {
  const { book } = noted(SET);
  const none = plan([says({ reason: Reason.NoReadyEndpoints })]);
  expect(book.note(KEY, 'uid-1', none, false)).toHaveLength(1);
});

describe('figures alone are an Event', () => {
  test.each<[string, number, number, number, boolean]>([
    ['when 20 points less stay in zone, an hour after the last Event', 0.7, 0.5, HOUR_MS, true],
    ['when 20 points more stay in zone, an hour after the last Event', 0.5, 0.7, HOUR_MS, true],
    ['not within the hour', 0.7, 0.2, HOUR_MS - 1, false],
    ['not for less than 20 points', 0.7, 0.51, 10 * HOUR_MS, false],
  ])('%s', async (_, before, after, waitMs, expected) => {
    const { book, clock } = noted(plan([says()], { inZoneShare: before }));
    await clock.advance(waitMs);
    const next = plan([says({ sentence: 'now' })], { inZoneShare: after });
    expect(book.differs(KEY, 'uid-1', next)).toBe(expected);
    expect(book.note(KEY, 'uid-1', next, true)).toHaveLength(expected ? 1 : 0);
  });

  test('at most once an hour, and measured from the last Event, not from the last plan', async () => {
    const { book, clock } = noted(plan([says()], { inZoneShare: 0.9 }));
    let events = 0;
    for (let minute = 0; minute < 180; minute++) {
      await clock.advance(60_000);
      const inZoneShare = minute % 2 === 0 ? 0.1 : 0.8;
      events += book.note(KEY, 'uid-1', plan([says()], { inZoneShare }), true).length;
    }
    expect(events).toBe(2);
    const slow = noted(plan([says()], { inZoneShare: 0.9 }));
    await slow.clock.advance(HOUR_MS);
    const steps = [0.85, 0.8, 0.75, 0.7].map(
      (inZoneShare) => slow.book.note(KEY, 'uid-1', plan([says()], { inZoneShare }), true).length,
    );
    expect(steps).toEqual([0, 0, 0, 1]);
  });
});

describe('figures of one address type', () => {
  const ipv6 = says({ addressType: 'IPv6' });
  const both = (four: number, six: number): NotedPlan =>
    plan([says(), ipv6], {
      forecast: [
        { addressType: 'IPv4', inZoneShare: four },
        { addressType: 'IPv6', inZoneShare: six },
      ],
    });

  test('are an Event of that one alone', async () => {
    const { book, clock } = noted(both(0.9, 0.9));
    await clock.advance(HOUR_MS);
    const events = book.note(KEY, 'uid-1', both(0.9, 0.5), true);
    expect(events.map(({ addressType }) => addressType)).toEqual(['IPv6']);
  });

  test('are measured from its own last Event', async () => {
    const { book, clock } = noted(plan([says()], { inZoneShare: 0.9 }));
    await clock.advance(HOUR_MS / 2);
    expect(book.note(KEY, 'uid-1', both(0.9, 0.9), true)).toHaveLength(1);
    await clock.advance(HOUR_MS / 2);
    const events = book.note(KEY, 'uid-1', both(0.5, 0.5), true);
    expect(events.map(({ addressType }) => addressType)).toEqual(['IPv4']);
  });

  test('that were not known are measured from the first that are', async () => {
    const { book, clock } = noted(plan([says()], { forecast: [] }), plan([says()], { inZoneShare: 0.9 }));
    await clock.advance(HOUR_MS);
    expect(book.note(KEY, 'uid-1', plan([says()], { inZoneShare: 0.5 }), true)).toHaveLength(1);
  });
});

describe('whether a plan differs from what is recorded', () => {
  test.each<[string, readonly NotedPlan[], NotedPlan, boolean]>([
    ['a Service that asks for a mode and was never seen', [], SET, true],
    ['a Service that asks for nothing and was never seen', [], OFF, false],
    ['a warning of a Service never seen', [], plan([], { mode: 'off', warnings: [warning('odd')] }), true],
    ['the same plan', [SET], SET, false],
    ['other figures', [SET], plan([says({ sentence: '60%' })], { inZoneShare: 0.6 }), false],
    ['another reason', [SET], plan([says({ reason: Reason.NoReadyEndpoints })]), true],
    ['another mode', [SET], plan([says()], { mode: 'auto' }), true],
    ['an address type less', [plan([says(), says({ addressType: 'IPv6' })])], SET, true],
    ['a warning less', [plan([says()], { warnings: [warning('odd')] })], SET, true],
    ['opting out', [SET], OFF, true],
    [
      'two address types less',
      [plan([says(), says({ addressType: 'IPv6' }), says({ addressType: 'FQDN' })])],
      SET,
      true,
    ],
    ['an address type and a warning less', [plan([says(), says({ addressType: 'IPv6' })], { warnings: [warning('odd')] })], SET, true], // prettier-ignore
    ['the same plan with a warning', [plan([says()], { warnings: [warning('odd')] })], plan([says()], { warnings: [warning('odd')] }), false], // prettier-ignore
    ['a mode without a slice that has a verdict', [], plan([]), true],
  ])('%s', (_, plans, next, expected) => {
    expect(noted(...plans).book.differs(KEY, 'uid-1', next)).toBe(expected);
  });
});

test('Services are counted by mode and reason, each address type for itself', () => {
  const { book } = noted(plan([says(), says({ addressType: 'IPv6' })]));
  book.note('shop/cart', 'uid-9', SET, true);
  expect(book.count()).toEqual([{ mode: 'balanced', reason: 'BalancedHintsSet', services: 3 }]);
  book.note('shop/auto', 'uid-8', plan([says()], { mode: 'auto', warnings: [warning('odd')] }), true);
  expect(book.count()).toEqual([
    { mode: 'balanced', reason: 'BalancedHintsSet', services: 3 },
    { mode: 'auto', reason: 'BalancedHintsSet', services: 1 },
    { mode: 'auto', reason: 'InvalidAnnotation', services: 1 },
  ]);
  book.forget('shop/auto');
  book.forget(KEY);
  expect([book.has(KEY), book.has('shop/cart')]).toEqual([false, true]);
  book.clear();
  expect(book.count()).toEqual([]);
});
