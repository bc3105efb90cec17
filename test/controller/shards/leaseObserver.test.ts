import { expect, test } from 'vitest';
import { pino } from 'pino';
import { LeaseObserver } from '../../../src/controller/shards/leaseObserver.js';
import { LeaderElector } from '../../../src/kube/leaderElection/leaderElector.js';
import { FakeClock } from '../../support/fakeClock.js';
import { LEASE_TIMES, LeaseConnection, LeaseStore } from '../../support/leaseStore.js';

/** A process that reads the Lease of another one, which has ended without releasing it. */
async function rig() {
  const [store, clock, lines] = [new LeaseStore(), new FakeClock(), [] as object[]];
  const spec = { holderIdentity: 'a_1', leaseDurationSeconds: LEASE_TIMES.leaseDurationMs / 1000 };
  store.serve({ method: 'POST', path: '/leases', body: { metadata: { name: 'slicehints' }, spec } });
  const connection = new LeaseConnection(store, clock, () => 0.5);
  const options = {
    ...LEASE_TIMES,
    transport: connection,
    namespace: 'kube-system',
    name: 'slicehints',
    identity: 'b_1',
    clock,
    random: () => 0.5,
    logger: pino({ level: 'warn' }, { write: (line: string) => void lines.push(JSON.parse(line) as object) }),
    onStartedLeading: () => undefined,
  };
  const elector = new LeaderElector(options);
  const stop = new AbortController();
  const running = new LeaseObserver(options).run([elector], stop.signal);
  await clock.advance(0);
  return { elector, connection, clock, lines, running, stop };
}

test.each([
  ['is taken at once where it was observed for the duration of the lease', 16_000, 'b_1'],
  ['is not taken where it was observed for a shorter time', 8000, 'a_1'],
])('a Lease that nobody renews %s', async (_, ms, holder) => {
  const { elector, clock, running, stop, lines } = await rig();
  await clock.advance(ms);
  stop.abort();
  await running;
  void elector.run(new AbortController().signal);
  await clock.advance(200);
  expect([elector.leaderIdentity, lines]).toEqual([holder, []]);
});

test('it is read once in a retry period, and what fails is logged now and then, and not at the end', async () => {
  const { connection, clock, running, stop, lines } = await rig();
  await clock.advance(10_000);
  expect(connection.sent).toBe(5);
  connection.failing = 1;
  await clock.advance(8000);
  const logged = { level: 40, error: 'connection lost', suppressed: 0, msg: 'could not read a Lease' };
  expect(lines).toMatchObject([logged]);
  stop.abort();
  await running;
  expect(lines).toHaveLength(1);
});
