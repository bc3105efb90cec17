import { describe, expect, test } from 'vitest';
import { EventCorrelator, type InvolvedService } from '../../../src/kube/events/eventCorrelator.js';
import { FakeClock } from '../../support/fakeClock.js';

const cart: InvolvedService = { namespace: 'shop', name: 'cart', uid: 'u1' };
const MINUTE = 60_000;

function make() {
  const clock = new FakeClock();
  const correlator = new EventCorrelator(clock);
  const observe = (message: string, involved = cart, reason = 'HintsSet') =>
    correlator.observe(involved, 'Normal', reason, message);
  return { clock, observe };
}

describe('an occurrence', () => {
  test('with the same message counts up the same Event', async () => {
    const { clock, observe } = make();
    const { series: first } = observe('three zones');
    expect(first).toMatchObject({ involved: cart, type: 'Normal', reason: 'HintsSet', count: 1 });
    const firstWallMs = clock.wallMs();
    await clock.advance(MINUTE);
    const { series } = observe('three zones');
    expect(series).toBe(first);
    expect(series).toMatchObject({ count: 2, firstWallMs, lastWallMs: firstWallMs + MINUTE });
  });

  test.each<[string, string, InvolvedService, string]>([
    ['another message', 'two zones', cart, 'HintsSet'],
    ['another reason', 'three zones', cart, 'HintsRemoved'],
    ['another Service', 'three zones', { ...cart, name: 'web' }, 'HintsSet'],
    ['a Service that was made anew', 'three zones', { ...cart, uid: 'u2' }, 'HintsSet'],
  ])('with %s is an Event of its own', (_, message, involved, reason) => {
    const { observe } = make();
    const { series: first } = observe('three zones');
    expect(observe(message, involved, reason).series).not.toBe(first);
  });

  test('more than an hour after the last one is a new Event, which the server no longer has', async () => {
    const { clock, observe } = make();
    const { series: first } = observe('three zones');
    await clock.advance(60 * MINUTE);
    expect(observe('three zones').series).toBe(first);
    await clock.advance(60 * MINUTE + 1);
    expect(observe('three zones').series).not.toBe(first);
  });
});

describe('many different messages of one kind', () => {
  test('are put together from the tenth on, with the latest message', () => {
    const { observe } = make();
    const own = Array.from({ length: 9 }, (_, i) => observe(`message ${i}`).series);
    expect(new Set(own).size).toBe(9);
    const { series } = observe('message 9');
    expect(series.message).toBe('(combined from similar events): message 9');
    expect(observe('message 10').series).toBe(series);
    expect(series).toMatchObject({ count: 2, message: '(combined from similar events): message 10' });
  });

  test('stay apart when ten minutes pass without one', async () => {
    const { clock, observe } = make();
    for (let i = 0; i < 9; i++) observe(`message ${i}`);
    await clock.advance(10 * MINUTE + 1);
    expect(observe('message 9').series.message).toBe('message 9');
  });
});

describe('a Service', () => {
  test('has 25 Events at once; what is over counts in the series and is not written', () => {
    const { observe } = make();
    const spam = Array.from({ length: 26 }, () => observe('again').spam);
    expect(spam).toEqual([...Array.from({ length: 25 }, () => false), true]);
    expect(observe('again').series.count).toBe(27);
  });

  test('regains one Event in five minutes, and never more than 25', async () => {
    const { clock, observe } = make();
    for (let i = 0; i < 25; i++) observe('again');
    await clock.advance(5 * MINUTE);
    expect([observe('again').spam, observe('again').spam]).toEqual([false, true]);
    await clock.advance(1000 * MINUTE);
    const spam = Array.from({ length: 26 }, () => observe('again').spam);
    expect(spam.filter(Boolean)).toHaveLength(1);
  });

  test('does not use up the share of another', () => {
    const { observe } = make();
    for (let i = 0; i < 26; i++) observe('again');
    expect(observe('again', { ...cart, name: 'web' }).spam).toBe(false);
  });
});
