import { describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { Writable } from 'node:stream';
import { collectStartGarbage } from '../../../src/cli/run/startGarbage.js';
import { FakeClock } from '../../support/fakeClock.js';

function setUp() {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const stop = new AbortController();
  return { lines, logger: pino(stream), clock: new FakeClock(), stop };
}

describe('the garbage of the start', () => {
  test('is collected once, when the start is over', async () => {
    const { lines, logger, clock, stop } = setUp();
    let over = false;
    const done = collectStartGarbage(() => over, clock, logger, stop.signal, 0);
    await clock.advance(10_000);
    expect(lines).toEqual([]);
    over = true;
    await clock.advance(1000);
    await done;
    expect(lines).toEqual([expect.stringContaining('the garbage of the start is collected')]);
  });

  test('is left alone where there is little of it', async () => {
    const { lines, logger, clock, stop } = setUp();
    await collectStartGarbage(() => true, clock, logger, stop.signal, Infinity);
    expect(lines).toEqual([]);
  });

  test('is left alone when the process ends before', async () => {
    const { lines, logger, clock, stop } = setUp();
    const done = collectStartGarbage(() => false, clock, logger, stop.signal, 0);
    stop.abort();
    await done;
    expect(lines).toEqual([]);
  });
});
