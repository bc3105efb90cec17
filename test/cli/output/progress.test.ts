import { describe, expect, test } from 'vitest';
import { Progress } from '../../../src/cli/output/progress.js';
import { FakeClock } from '../../support/fakeClock.js';
import { Sink } from '../../support/sink.js';

const CLEAR = '\r\u001b[K';

describe('the line that tells how far long work is', () => {
  test('is not drawn within the first second, unless the work is known to be long', () => {
    const [sink, clock] = [new Sink(), new FakeClock()];
    const progress = new Progress(sink, clock);
    progress.report(() => 'one');
    expect(sink.text).toBe('');
    progress.report(() => 'two', true);
    expect(sink.text).toBe(`${CLEAR}two`);
  });

  test('is drawn after a second, and again after a tenth of one', async () => {
    const [sink, clock] = [new Sink(), new FakeClock()];
    const progress = new Progress(sink, clock);
    await clock.advance(1000);
    progress.report(() => 'one');
    progress.report(() => 'too soon');
    await clock.advance(99);
    progress.report(() => 'too soon');
    await clock.advance(1);
    progress.report(() => 'two');
    expect(sink.text).toBe(`${CLEAR}one${CLEAR}two`);
  });

  test('is taken away once, and only where it was drawn', () => {
    const sink = new Sink();
    const progress = new Progress(sink, new FakeClock());
    progress.clear();
    expect(sink.text).toBe('');
    progress.report(() => 'one', true);
    progress.clear();
    progress.clear();
    expect(sink.text).toBe(`${CLEAR}one${CLEAR}`);
  });

  test('is neither made nor drawn where nobody watches', () => {
    const progress = new Progress(undefined, new FakeClock());
    progress.report(() => {
      throw new Error('made');
    }, true);
    progress.clear();
  });
});
