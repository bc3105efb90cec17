import { pino } from 'pino';
import { expect, test } from 'vitest';
import { RetryLog } from '../../src/controller/retryLog.js';
import { ApiError } from '../../src/kube/rest/transport.js';
import { FakeClock } from '../support/fakeClock.js';

function rig() {
  const clock = new FakeClock();
  const lines: object[] = [];
  const logger = pino(
    { level: 'info', base: null, timestamp: false },
    { write: (line: string) => void lines.push(JSON.parse(line) as object) },
  );
  return { clock, lines, log: new RetryLog(logger, clock) };
}

test('what the API server answers is told once a minute, with how often it was not told', async () => {
  const { clock, lines, log } = rig();
  const forbidden = new ApiError('http', 'PATCH: 403', { status: 403 });
  for (const name of ['web', 'cart', 'api']) log.note(`shop/${name}`, forbidden);
  await clock.advance(60_000);
  log.note('shop/web', forbidden);
  const msg = 'hints could not be written; the Service is tried again';
  expect(lines).toEqual([
    { level: 40, namespace: 'shop', service: 'web', error: 'PATCH: 403', suppressed: 0, msg },
    { level: 40, namespace: 'shop', service: 'web', error: 'PATCH: 403', suppressed: 2, msg },
  ]);
});

test('an error of the program has its stack, and is told beside an answer of the API server', () => {
  const { lines, log } = rig();
  log.note('shop/web', new ApiError('http', 'PATCH: 403', { status: 403 }));
  log.note('shop/cart', new TypeError('x is not a function'));
  log.note('shop/cart', new TypeError('x is not a function'));
  expect(lines.slice(1)).toMatchObject([
    {
      ...{ level: 50, namespace: 'shop', service: 'cart', suppressed: 0 },
      err: { type: 'TypeError', stack: expect.stringContaining('retryLog.test') as string },
      msg: 'an internal error; the Service is tried again',
    },
  ]);
});
