import { describe, expect, test } from 'vitest';
import { pino } from 'pino';
import { LeaseFollower } from '../../src/controller/leaseFollower.js';
import { ApiError, type ApiRequest } from '../../src/kube/rest/transport.js';
import { FakeClock, settle } from '../support/fakeClock.js';

/** A follower of a Lease whose holder is what `holder` answers; an error is thrown. */
function follower(holder: () => string | ApiError) {
  const clock = new FakeClock();
  const sent: ApiRequest[] = [];
  const logged: string[] = [];
  const lines: object[] = [];
  const stop = new AbortController();
  const ended = new LeaseFollower({
    transport: {
      send: (request) => {
        sent.push(request);
        const answer = holder();
        if (answer instanceof ApiError) return Promise.reject(answer);
        const spec = { holderIdentity: answer, leaseDurationSeconds: 15 };
        return Promise.resolve({ metadata: { name: 'slicehints', resourceVersion: '1' }, spec });
      },
      watch: () => {
        throw new Error('no watch here');
      },
      close: () => undefined,
    },
    clock,
    logger: pino(
      { level: 'info' },
      {
        write: (line: string) => {
          const { msg, holder: who } = JSON.parse(line) as { msg: string; holder?: string };
          lines.push(JSON.parse(line) as object);
          logged.push(who === undefined ? msg : `${msg}: ${who}`);
        },
      },
    ),
    namespace: 'default',
    name: 'slicehints',
    pollMs: 2000,
  }).run(stop.signal);
  return { clock, sent, logged, lines, stop, ended };
}

describe('a dry run that reads the Lease', () => {
  test('logs who leads, first and at each change, and writes nothing', async () => {
    let holder = 'pod-1';
    const { clock, sent, logged, stop, ended } = follower(() => holder);
    await clock.advance(5000);
    holder = '';
    await clock.advance(2000);
    holder = 'pod-2';
    await clock.advance(20_000);
    expect(logged).toEqual([
      'another controller leads now: pod-1',
      'no controller leads now',
      'another controller leads now: pod-2',
    ]);
    expect(new Set(sent.map(({ method }) => method))).toEqual(new Set(['GET']));
    stop.abort();
    await ended;
    expect(clock.pending).toBe(0);
  });

  test('takes a Lease that does not exist for a free one', async () => {
    const { lines } = follower(() => new ApiError('http', '404', { status: 404 }));
    await settle();
    expect(lines).toMatchObject([{ level: 30, lease: 'default/slicehints', msg: 'no controller leads now' }]);
  });

  test('logs once in a while that it cannot read the Lease, and goes on', async () => {
    let holder: string | ApiError = new ApiError('http', '403 Forbidden', { status: 403 });
    const { clock, logged, lines } = follower(() => holder);
    await clock.advance(59_000);
    expect(lines).toMatchObject([
      { level: 40, lease: 'default/slicehints', error: '403 Forbidden', msg: 'could not read the current leader' },
    ]);
    holder = 'pod-1';
    await clock.advance(2000);
    expect(logged[1]).toBe('another controller leads now: pod-1');
  });
});

test('what is read when the process stops is not logged', async () => {
  let release: () => void = () => undefined;
  const answered = new Promise<void>((resolve) => (release = resolve));
  const stop = new AbortController();
  const logged: string[] = [];
  const ended = new LeaseFollower({
    transport: {
      send: () => answered.then(() => Promise.reject(new ApiError('aborted', 'stopped'))),
      watch: () => {
        throw new Error('no watch here');
      },
      close: () => undefined,
    },
    clock: new FakeClock(),
    logger: pino({ level: 'info' }, { write: (line: string) => void logged.push(line) }),
    namespace: 'default',
    name: 'slicehints',
    pollMs: 2000,
  }).run(stop.signal);
  stop.abort();
  release();
  await ended;
  expect(logged).toEqual([]);
});
