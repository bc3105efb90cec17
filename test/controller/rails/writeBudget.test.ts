import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { WriteBudget } from '../../../src/controller/rails/writeBudget.js';
import { FakeClock } from '../../support/fakeClock.js';

function rig(perMinute: number) {
  const clock = new FakeClock();
  const woken: string[] = [];
  const budget = new WriteBudget({ perMinute, clock, wake: (key) => void woken.push(key) });
  /** A run of a Service that writes as many slices as it may. @returns how many it wrote */
  const run = (key: string, slices: number): number => {
    if (!budget.admit(key, slices)) return 0;
    let written = 0;
    while (written < slices && budget.take(key)) written += 1;
    budget.settle(key);
    return written;
  };
  return { clock, woken, budget, run };
}

describe('a budget of writes in a minute', () => {
  test('without a limit everything is written and nothing waits', () => {
    const { budget, run } = rig(0);
    expect([run('a/1', 500), run('a/2', 500), budget.left]).toEqual([500, 500, Infinity]);
  });

  test('a Service that does not fit waits until enough writes are a minute old', async () => {
    const { budget, clock, run, woken } = rig(3);
    expect([run('a/1', 1), run('a/2', 1)]).toEqual([1, 1]);
    await clock.advance(20_000);
    expect([run('a/3', 2), budget.left]).toEqual([0, 1]);
    await clock.advance(39_999);
    expect(woken).toEqual([]);
    await clock.advance(1);
    expect(woken).toEqual(['a/3']);
    expect(run('a/3', 2)).toBe(2);
  });

  test('a later Service does not pass the first in line, even where it would fit', async () => {
    const { clock, run, woken } = rig(3);
    expect(run('a/1', 2)).toBe(2);
    expect([run('a/large', 3), run('a/small', 1)]).toEqual([0, 0]);
    await clock.advance(60_000);
    expect(woken).toEqual(['a/large']);
    expect([run('a/small', 1), run('a/large', 3)]).toEqual([0, 3]);
    await clock.advance(60_000);
    expect(woken).toEqual(['a/large', 'a/small']);
  });

  test('namespaces take turns', async () => {
    const { clock, run, woken } = rig(1);
    run('a/0', 1);
    for (const key of ['a/1', 'a/2', 'a/3', 'b/1']) expect(run(key, 1)).toBe(0);
    for (let i = 0; i < 4; i++) {
      await clock.advance(60_000);
      run(woken.at(-1) ?? '', 1);
    }
    expect(woken.indexOf('b/1')).toBeLessThan(2);
    expect([...woken].sort()).toEqual(['a/1', 'a/2', 'a/3', 'b/1']);
  });

  test('a Service with more slices than a minute allows writes them minute by minute', async () => {
    const { clock, run, woken } = rig(2);
    expect(run('a/1', 5)).toBe(2);
    await clock.advance(60_000);
    expect(woken).toEqual(['a/1']);
    expect(run('a/1', 3)).toBe(2);
  });

  test('a turn that is not used goes to the next Service', async () => {
    const { clock, run, woken } = rig(1);
    run('a/1', 1);
    run('a/2', 1);
    run('a/3', 1);
    await clock.advance(60_000);
    expect(woken).toEqual(['a/2']);
    await clock.advance(10_000);
    expect(woken).toEqual(['a/2', 'a/3']);
  });

  test.each<[string, (budget: WriteBudget) => void]>([
    ['is gone', (budget) => budget.forget('a/2')],
    ['belongs to another replica', (budget) => budget.drop((key) => key === 'a/2')],
  ])('a Service that %s does not hold the line up', async (_, act) => {
    const { budget, clock, run, woken } = rig(1);
    run('a/1', 1);
    run('a/2', 1);
    run('a/3', 1);
    act(budget);
    await clock.advance(60_000);
    expect(woken).toEqual(['a/3']);
  });

  test('what a run does not use is free for the next in line at once', () => {
    const { budget, run, woken } = rig(2);
    expect([budget.admit('a/1', 2), budget.take('a/1'), run('a/2', 1)]).toEqual([true, true, 0]);
    expect(woken).toEqual([]);
    budget.settle('a/1');
    expect(woken).toEqual(['a/2']);
    expect(run('a/2', 1)).toBe(1);
    expect(budget.left).toBe(0);
  });

  test('a Service without a write needs no turn', () => {
    const { budget, run } = rig(1);
    expect([run('a/1', 1), run('a/2', 1), budget.admit('a/3', 0)]).toEqual([1, 0, true]);
  });

  test('a slice of a Service that was not admitted waits for its turn', () => {
    const { budget, woken } = rig(1);
    expect([budget.take('a/1'), woken]).toEqual([false, ['a/1']]);
    expect(budget.take('a/1')).toBe(true);
  });

  test('a Service that asks again while it is in line has one turn', async () => {
    const { clock, run, woken } = rig(1);
    for (const key of ['a/1', 'a/2', 'a/2', 'a/3']) run(key, 1);
    await clock.advance(60_000);
    expect([woken, run('a/2', 2)]).toEqual([['a/2'], 1]);
    await clock.advance(60_000);
    expect(woken).toEqual(['a/2', 'a/3']);
  });

  test('there is a timer only while there is a time at which more may be written', async () => {
    const { budget, clock, run, woken } = rig(1);
    expect([budget.admit('a/1', 1), run('a/2', 1), clock.pending]).toEqual([true, 0, 0]);
    expect([budget.take('a/1'), run('a/3', 1), clock.pending]).toEqual([true, 0, 1]);
    budget.stop();
    await clock.advance(120_000);
    expect([woken, clock.pending]).toEqual([[], 0]);
  });

  test('in no minute are there more writes, and every Service has its turn', async () => {
    const runs = fc.array(
      fc.record({ service: fc.nat(9), slices: fc.integer({ min: 1, max: 5 }), waitMs: fc.nat(30_000) }),
      {
        maxLength: 60,
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), runs, async (perMinute, script) => {
        const clock = new FakeClock();
        const sent: number[] = [];
        const left = new Map<string, number>();
        const attempt = (key: string): void => {
          const slices = left.get(key) ?? 0;
          if (slices === 0 || !running.admit(key, slices)) return running.settle(key);
          let rest = slices;
          while (rest > 0 && running.take(key)) {
            rest -= 1;
            sent.push(clock.monotonicMs());
          }
          left.set(key, rest);
          running.settle(key);
        };
        // As the queue does it: a Service that is woken runs later, not inside of the call.
        const running: WriteBudget = new WriteBudget({
          perMinute,
          clock,
          wake: (key) => void clock.after(0, () => attempt(key)),
        });
        for (const { service, slices, waitMs } of script) {
          const key = `ns-${service % 3}/s-${service}`;
          left.set(key, slices);
          attempt(key);
          await clock.advance(waitMs);
        }
        for (let i = 0; i < 400; i++) await clock.advance(10_000);
        expect([...left.values()].filter((rest) => rest > 0)).toEqual([]);
        sent.forEach((ms, i) => expect((sent[i + perMinute] ?? Infinity) - ms).toBeGreaterThanOrEqual(60_000));
        running.stop();
      }),
      { numRuns: 40 },
    );
  });
});
