import { describe, expect, test } from 'vitest';
import { serving } from '../../../src/cli/run/serving.js';
import type { Io } from '../../../src/cli/output/terminal.js';
import { Sink } from '../../support/sink.js';

function ioOf(more: Partial<Io> = {}): { io: Io; stdout: Sink; stop: (name: NodeJS.Signals) => void } {
  const stdout = new Sink();
  const stopping = new AbortController();
  let told: (name: NodeJS.Signals) => void = () => undefined;
  const untilSignal: Io['untilSignal'] = (onSignal) => {
    told = onSignal;
    return stopping.signal;
  };
  const stop = (name: NodeJS.Signals): void => {
    told(name);
    stopping.abort();
  };
  return { io: { stdout, env: {}, isTTY: false, untilSignal, ...more } as Io, stdout, stop };
}

describe('a command that runs until it is stopped', () => {
  test('logs on standard output in its format, from its level on', () => {
    const { io, stdout } = ioOf();
    const { logger } = serving(io, { format: 'json', level: 'warn' });
    logger.info('quiet');
    logger.warn('loud');
    expect(stdout.text.trim().split('\n').map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['loud']); // prettier-ignore
  });

  test('logs the signal that stops it', () => {
    const { io, stdout, stop } = ioOf();
    const { signal } = serving(io, { format: 'json', level: 'info' });
    expect(signal.aborted).toBe(false);
    stop('SIGTERM');
    expect(signal.aborted).toBe(true);
    expect(JSON.parse(stdout.text)).toMatchObject({ signal: 'SIGTERM', msg: 'signal received' });
  });

  test.each([
    ['on a terminal', { isTTY: true }, true],
    ['in a file', { isTTY: false }, false],
    ['on a terminal without colours', { isTTY: true, env: { NO_COLOR: '1' } }, false],
  ])('has colours %s: %#', (_, more, coloured) => {
    const { io, stdout } = ioOf(more);
    serving(io, { format: 'text', level: 'info' }).logger.info('text');
    expect(stdout.text.includes('\u001b[')).toBe(coloured);
  });
});
