import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { RateLimiter } from '../../../src/kube/rest/rateLimiter.js';
import { FakeClock } from '../../support/fakeClock.js';

describe('the rate limiter', () => {
  const times = async (qps: number, burst: number, asked: readonly number[]): Promise<number[]> => {
    const clock = new FakeClock();
    const limiter = new RateLimiter({ qps, burst, clock });
    const let_in: number[] = [];
    for (const at of asked) {
      await clock.advance(at - clock.monotonicMs());
      void limiter.acquire().then(() => let_in.push(clock.monotonicMs()));
    }
    await clock.advance(1_000_000);
    return let_in;
  };

  test('lets a burst through and then keeps the rate, in the order of asking', async () => {
    expect(await times(10, 3, [0, 0, 0, 0, 0])).toEqual([0, 0, 0, 100, 200]);
  });

  test('fills up while it is quiet, but never beyond the burst', async () => {
    expect(await times(10, 2, [0, 0, 0, 60_000, 60_000, 60_000])).toEqual([0, 0, 100, 60_000, 60_000, 60_100]);
  });

  test.each([0, -1])('is no limit with %d requests per second', async (qps) => {
    expect(await times(qps, 0, Array<number>(50).fill(0))).toEqual(Array(50).fill(0));
  });

  test('shows how long it is until a token is free, and takes none for that', async () => {
    const clock = new FakeClock();
    const limiter = new RateLimiter({ qps: 4, burst: 1, clock });
    expect([limiter.waitMs, limiter.waitMs]).toEqual([0, 0]);
    await limiter.acquire();
    expect(limiter.waitMs).toBe(250);
    await clock.advance(100);
    expect(limiter.waitMs).toBe(150);
    await clock.advance(150);
    expect(limiter.waitMs).toBe(0);
    expect(new RateLimiter({ qps: 0, burst: 0, clock }).waitMs).toBe(0);
  });

  test('gives a token back that was not waited for', async () => {
    const clock = new FakeClock();
    const limiter = new RateLimiter({ qps: 1, burst: 1, clock });
    await limiter.acquire();
    const stop = new AbortController();
    const waiting = limiter.acquire(stop.signal);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ kind: 'aborted' });
    await expect(limiter.acquire(stop.signal)).rejects.toMatchObject({ kind: 'aborted' });
    expect(clock.pending).toBe(0);
    let through = false;
    void limiter.acquire().then(() => (through = true));
    await clock.advance(1000);
    expect(through).toBe(true);
  });

  test('refuses a burst that lets nobody through', () => {
    expect(() => new RateLimiter({ qps: 1, burst: 0, clock: new FakeClock() })).toThrow('at least 1, got 0');
  });

  test('never lets more through than burst plus rate times time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.nat(500), { maxLength: 60 }),
        async (qps, burst, gaps) => {
          let at = 0;
          const let_in = await times(
            qps,
            burst,
            gaps.map((gap) => (at += gap)),
          );
          expect(let_in).toHaveLength(gaps.length);
          for (const [first, from] of let_in.entries()) {
            for (const [last, to] of let_in.entries()) {
              if (last < first) continue;
              expect(last - first + 1).toBeLessThanOrEqual(burst + ((to - from) * qps) / 1000 + 1e-6);
            }
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});
