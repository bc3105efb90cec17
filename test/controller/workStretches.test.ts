import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { WorkStretches } from '../../src/controller/workStretches.js';

/** Work that takes time on a clock that only work moves; `trace` has the length of each piece, and `-` for each yield. */
function setUp(): { stretches: WorkStretches; work: (ms: number) => Promise<number>; trace: (number | '-')[] } {
  let nowMs = 0;
  const trace: (number | '-')[] = [];
  const stretches = new WorkStretches({
    clock: { monotonicMs: () => nowMs },
    yieldToEventLoop: () => {
      trace.push('-');
      return new Promise((resolve) => setImmediate(resolve));
    },
  });
  const work = (ms: number): Promise<number> =>
    stretches.run(() => {
      nowMs += ms;
      trace.push(ms);
      return ms;
    });
  return { stretches, work, trace };
}

describe('stretches of work', () => {
  test.each<[string, number[], (number | '-')[]]>([
    ['short work goes on at once', [1, 1, 1], [1, 1, 1]],
    ['other work of the process follows a stretch', [3, 3, 3, 3, 1], [3, 3, '-', 3, 3, '-', 1]],
    ['and each long piece', [200, 200, 1], [200, '-', 200, '-', 1]],
  ])('%s', async (_, pieces, expected) => {
    const { work, trace } = setUp();
    expect(await Promise.all(pieces.map(work))).toEqual(pieces);
    expect(trace).toEqual(expected);
  });

  test('what a piece throws goes to who asked for it, and the next runs', async () => {
    const { stretches, work } = setUp();
    const fails = stretches.run(() => {
      throw new Error('no plan');
    });
    const next = work(1);
    await expect(fails).rejects.toThrow('no plan');
    expect(await next).toBe(1);
  });

  test('for any pieces: in order, and never more in one go than a stretch and one piece', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 40 }), async (pieces) => {
        const { work, trace } = setUp();
        await Promise.all(pieces.map(work));
        expect(trace.filter((each) => each !== '-')).toEqual(pieces);
        let inOneGo = 0;
        for (const each of trace) {
          if (each === '-') inOneGo = 0;
          else {
            expect(inOneGo).toBeLessThan(5);
            inOneGo += each;
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});
