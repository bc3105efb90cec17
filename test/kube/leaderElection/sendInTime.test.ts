import { describe, expect, test } from 'vitest';
import { sendInTime } from '../../../src/kube/leaderElection/sendInTime.js';
import { ApiError, type ApiRequest } from '../../../src/kube/rest/transport.js';
import { FakeClock, settle } from '../../support/fakeClock.js';
import { ScriptedTransport } from '../../support/modelApi.js';

const REQUEST: ApiRequest = { method: 'GET', path: '/leases/one' };

function start(transport: ScriptedTransport, clock: FakeClock, signal = new AbortController().signal): () => string {
  let outcome = 'waits';
  sendInTime({ transport, clock, deadlineMs: 5000, signal }, REQUEST).then(
    (answer) => (outcome = JSON.stringify(answer)),
    (error: unknown) => (outcome = error instanceof ApiError ? error.kind : 'broken'),
  );
  return () => outcome;
}

describe('a request about a Lease', () => {
  test('is answered, and its timer ends', async () => {
    const [transport, clock] = [new ScriptedTransport(), new FakeClock()];
    transport.onSend = () => ({ fine: true });
    const outcome = start(transport, clock);
    await settle();
    expect([outcome(), clock.pending, transport.sent[0]?.deadlineMs]).toEqual(['{"fine":true}', 0, 5000]);
  });

  test('is over at its deadline, and the transport is stopped', async () => {
    const [transport, clock] = [new ScriptedTransport(), new FakeClock()];
    transport.onSend = () => new Promise(() => undefined);
    const outcome = start(transport, clock);
    await clock.advance(4999);
    expect([outcome(), transport.sent[0]?.signal?.aborted]).toEqual(['waits', false]);
    await clock.advance(1);
    expect([outcome(), transport.sent[0]?.signal?.aborted]).toEqual(['timeout', true]);
  });

  test('names its deadline in whole milliseconds', async () => {
    const [transport, clock] = [new ScriptedTransport(), new FakeClock()];
    transport.onSend = () => new Promise(() => undefined);
    const ended = sendInTime({ transport, clock, deadlineMs: 1.16, signal: new AbortController().signal }, REQUEST);
    const told = expect(ended).rejects.toThrow('no answer about the lease within 2 ms');
    await clock.advance(2);
    await told;
  });

  test('is over when the signal fires, and is not sent when it has fired before', async () => {
    const [transport, clock] = [new ScriptedTransport(), new FakeClock()];
    transport.onSend = () => new Promise(() => undefined);
    const stop = new AbortController();
    const outcome = start(transport, clock, stop.signal);
    stop.abort();
    await settle();
    expect([outcome(), clock.pending]).toEqual(['aborted', 0]);
    const later = start(transport, clock, stop.signal);
    await settle();
    expect([later(), transport.sent.length]).toEqual(['aborted', 1]);
  });
});
