import { describe, expect, test } from 'vitest';
import { waitForCalm } from '../../../src/cli/sandbox/waitForCalm.js';
import { FakeClock } from '../../support/fakeClock.js';

/** Something that holds in the given spans of milliseconds only. */
const during =
  (clock: FakeClock, ...spans: readonly (readonly [number, number])[]) =>
  (): boolean =>
    spans.some(([from, to]) => clock.monotonicMs() >= from && clock.monotonicMs() < to);

async function wait(
  spans: readonly (readonly [number, number])[],
  calmMs: number,
  abortAtMs?: number,
): Promise<{ calm: boolean; atMs: number; pending: number }> {
  const clock = new FakeClock();
  const stop = new AbortController();
  if (abortAtMs !== undefined) clock.after(abortAtMs, () => stop.abort());
  let atMs = -1;
  const waiting = waitForCalm(during(clock, ...spans), { calmMs, limitMs: 60_000, clock }, stop.signal).then((calm) => {
    atMs = clock.monotonicMs();
    return calm;
  });
  await clock.advance(120_000);
  return { calm: await waiting, atMs, pending: clock.pending };
}

describe('waiting for calm', () => {
  test.each<[string, readonly (readonly [number, number])[], number, boolean, number]>([
    ['ends at once when there is calm', [[0, Infinity]], 0, true, 0],
    ['ends as soon as there is', [[500, Infinity]], 0, true, 500],
    ['lets calm last', [[500, Infinity]], 1_500, true, 2_000],
    [
      'starts anew after a break',
      [
        [0, 1_000],
        [3_000, Infinity],
      ],
      1_500,
      true,
      4_500,
    ],
    ['gives up when there never is', [], 0, false, 60_000],
    ['gives up when calm never lasts', [[59_000, Infinity]], 1_500, false, 60_000],
  ])('%s', async (_, spans, calmMs, calm, atMs) => {
    expect(await wait(spans, calmMs)).toEqual({ calm, atMs, pending: 0 });
  });

  test('ends with the signal', async () => {
    expect(await wait([], 0, 1_234)).toEqual({ calm: false, atMs: 1_234, pending: 0 });
  });
});
