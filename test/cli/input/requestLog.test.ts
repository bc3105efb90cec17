import { describe, expect, test } from 'vitest';
import { logRequests } from '../../../src/cli/input/requestLog.js';
import { ApiError, type Transport } from '../../../src/kube/rest/transport.js';
import { FakeClock } from '../../support/fakeClock.js';
import { Sink } from '../../support/sink.js';

const clock = new FakeClock();
const transport = (send: Transport['send']): Transport => ({
  send,
  watch: () => [] as unknown as AsyncIterable<never>,
  close: () => undefined,
});

async function logged(send: Transport['send'], query?: Record<string, string | undefined>): Promise<string> {
  const sink = new Sink();
  const request = { method: 'GET', path: '/api/v1/nodes', ...(query === undefined ? {} : { query }) } as const;
  await logRequests(transport(send), 6, clock, sink).send(request).catch(() => undefined); // prettier-ignore
  return sink.text;
}

describe('each request is shown from verbosity 6 on', () => {
  test.each<[string, Transport['send'], string]>([
    ['with its time', async () => void (await clock.advance(12)), 'GET /api/v1/nodes OK in 12 ms\n'],
    ['with the status of a refusal', () => Promise.reject(new ApiError('http', 'no', { status: 403 })), 'GET /api/v1/nodes 403 in 0 ms\n'], // prettier-ignore
    ['with the failure of a connection', () => Promise.reject(new ApiError('network', 'no')), 'GET /api/v1/nodes failed in 0 ms\n'], // prettier-ignore
  ])('%s', async (_, send, line) => {
    expect(await logged(send)).toBe(line);
  });

  test('with what it asks for', async () => {
    const text = await logged(() => Promise.resolve(), { labelSelector: 'a=b', limit: '5', continue: undefined });
    expect(text).toBe('GET /api/v1/nodes?labelSelector=a%3Db&limit=5 OK in 0 ms\n');
  });

  test('and goes on to the one who asked, answer or error', async () => {
    const sink = new Sink();
    const request = { method: 'GET', path: '/' } as const;
    expect(
      await logRequests(
        transport(() => Promise.resolve('answer')),
        6,
        clock,
        sink,
      ).send(request),
    ).toBe('answer');
    const error = new ApiError('network', 'no');
    await expect(
      logRequests(
        transport(() => Promise.reject(error)),
        6,
        clock,
        sink,
      ).send(request),
    ).rejects.toBe(error);
  });
});

test('below that nothing is between', () => {
  const own = transport(() => Promise.resolve());
  expect(logRequests(own, 5, clock, new Sink())).toBe(own);
});
