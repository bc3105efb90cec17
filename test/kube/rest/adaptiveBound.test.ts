import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { AdaptiveBound, AdaptiveLimit } from '../../../src/kube/rest/adaptiveBound.js';
import { ApiError } from '../../../src/kube/rest/transport.js';
import { FakeClock, settle } from '../../support/fakeClock.js';

/** Milliseconds after which one answer comes, sent at once after the one before; refused where it says so. */
type Answer = number | { readonly refusedAfter: number };

async function limitAfter(ceiling: number, answers: readonly Answer[]): Promise<number> {
  const clock = new FakeClock();
  const limit = new AdaptiveLimit({ ceiling, clock });
  for (const answer of answers) {
    const sentMs = clock.monotonicMs();
    await clock.advance(typeof answer === 'number' ? answer : answer.refusedAfter);
    limit.answered(sentMs, typeof answer !== 'number');
  }
  return limit.current;
}

const times = (count: number, answer: Answer): Answer[] => Array<Answer>(count).fill(answer);
const refused: Answer = { refusedAfter: 1 };

describe('the limit of requests in flight', () => {
  test.each<[string, Answer[], number]>([
    ['starts at the ceiling', [], 10],
    ['stays there while answers are good', times(100, 500), 10],
    ['halves on a refusal', [refused], 5],
    ['halves again on the next', [refused, refused], 2],
    ['never falls below one', times(20, refused), 1],
    ['tolerates one slow answer of twenty', [1001, ...times(19, 1), 1001, ...times(19, 1)], 10],
    ['halves on two slow answers of twenty', [1001, ...times(18, 1), 1001], 5],
    ['does not take an answer of exactly a second for slow', times(20, 1000), 10],
    ['counts slow answers anew after it fell', [1001, 1001, 1001], 5],
    ['grows by one after a second of good answers', [refused, 1000], 6],
    ['grows once a second, however many answers there are', [refused, ...times(200, 10)], 7],
    ['does not grow within the first second', [refused, ...times(9, 100)], 5],
    ['does not grow on a slow answer', [refused, 1001], 5],
    ['grows by one after a long time without any answer', [refused, 600, 1], 5],
    ['recovers to the ceiling and no further', [refused, ...times(30, 1000)], 10],
  ])('%s', async (_, answers, expected) => {
    expect(await limitAfter(10, answers)).toBe(expected);
  });

  test('falls once for all requests that were in flight together', async () => {
    const clock = new FakeClock();
    const limit = new AdaptiveLimit({ ceiling: 16, clock });
    await clock.advance(5);
    for (let i = 0; i < 16; i++) limit.answered(0, true);
    expect(limit.current).toBe(8);
  });

  test('refuses a ceiling that lets no request through', () => {
    expect(() => new AdaptiveLimit({ ceiling: 0, clock: new FakeClock() })).toThrow('at least 1, got 0');
  });

  test('is never above the ceiling and never below one', async () => {
    const answer = fc.oneof(
      fc.nat(3000),
      fc.nat(3000).map((refusedAfter) => ({ refusedAfter })),
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 50 }), fc.array(answer, { maxLength: 40 }), async (ceiling, all) => {
        const limit = await limitAfter(ceiling, all);
        expect(Number.isInteger(limit) && limit >= 1 && limit <= ceiling).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});

describe('requests under the bound', () => {
  const never = new AbortController().signal;
  const setUp = (ceiling: number) => {
    const clock = new FakeClock();
    const changes: number[] = [];
    const bound = new AdaptiveBound({ ceiling, clock, onChange: (limit) => changes.push(limit) });
    const sent: string[] = [];
    const ends = new Map<string, (error?: Error) => void>();
    const run = (name: string, signal = never): Promise<void> =>
      bound.run((onSent) => {
        onSent();
        sent.push(name);
        return new Promise((resolve, reject) =>
          ends.set(name, (error) => (error === undefined ? resolve() : reject(error))),
        );
      }, signal);
    const end = async (name: string, error?: Error): Promise<void> => {
      ends.get(name)?.(error);
      await settle();
    };
    return { clock, bound, changes, sent, run, end };
  };
  const busy = (status: number): ApiError => new ApiError('http', 'busy', { status });

  test('wait in the order in which they came, and go when one is answered', async () => {
    const { sent, run, end } = setUp(2);
    for (const name of ['a', 'b', 'c', 'd']) void run(name);
    await settle();
    expect(sent).toEqual(['a', 'b']);
    await end('b');
    expect(sent).toEqual(['a', 'b', 'c']);
    await end('a');
    expect(sent).toEqual(['a', 'b', 'c', 'd']);
  });

  test.each([429, 503])('wait for those in flight to fall below a limit that %d halved', async (status) => {
    const { bound, sent, run, end, changes } = setUp(4);
    const rejected: unknown[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) run(name).catch((error: unknown) => rejected.push(error));
    await settle();
    await end('a', busy(status));
    expect([bound.limit, changes, rejected.length]).toEqual([2, [2], 1]);
    await end('b');
    expect(sent).toEqual(['a', 'b', 'c', 'd']);
    await end('c');
    expect(sent).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test.each<[string, Error, number]>([
    ['a conflict', busy(409), 4],
    ['a stop', new ApiError('aborted', 'stopped'), 4],
    ['a precondition that no longer holds', new ApiError('withheld', 'withheld'), 4],
  ])('leave the limit as it is after %s', async (_, error, limit) => {
    const { bound, run, end } = setUp(4);
    run('a').catch(() => undefined);
    await settle();
    await end('a', error);
    expect(bound.limit).toBe(limit);
  });

  test('are slow from the moment they leave, not from the moment they wait', async () => {
    const clock = new FakeClock();
    const bound = new AdaptiveBound({ ceiling: 4, clock });
    for (let i = 0; i < 5; i++) {
      await bound.run(async (onSent) => {
        await clock.advance(5000);
        onSent();
      }, never);
    }
    expect(bound.limit).toBe(4);
    for (let i = 0; i < 2; i++) {
      await bound.run(async (onSent) => {
        onSent();
        await clock.advance(5000);
      }, never);
    }
    expect(bound.limit).toBe(2);
  });

  test('that are stopped while they wait are not sent and leave their place', async () => {
    const { sent, run, end } = setUp(1);
    const stop = new AbortController();
    void run('a');
    const waiting = run('b', stop.signal);
    void run('c');
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ kind: 'aborted' });
    await expect(run('d', stop.signal)).rejects.toMatchObject({ kind: 'aborted' });
    await end('a');
    expect(sent).toEqual(['a', 'c']);
  });
});
