import { describe, expect, test } from 'vitest';
import { LineLimiter } from '../../../../src/cli/sandbox/stream/limiter.js';
import { FakeClock } from '../../../support/fakeClock.js';

describe('a burst of lines', () => {
  test('is printed by its first lines and summed up when its second is over', async () => {
    const clock = new FakeClock();
    const told: string[] = [];
    const limiter = new LineLimiter<number>({
      ...{ clock, lines: 2, print: (line) => told.push(`${line}`) },
      summarize: (lines) => told.push(`${lines.length} more`),
    });
    for (let i = 1; i <= 5; i++) limiter.add(i);
    expect(told).toEqual(['1', '2']);
    await clock.advance(1000);
    expect(told).toEqual(['1', '2', '3 more']);
    limiter.add(6);
    await clock.advance(1000);
    limiter.flush();
    expect(told).toEqual(['1', '2', '3 more', '6']);
    expect(clock.pending).toBe(0);
  });
});
