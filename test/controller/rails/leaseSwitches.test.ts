import { describe, expect, test } from 'vitest';
import { pino } from 'pino';
import { LeaseSwitches, readSwitches, type Switches } from '../../../src/controller/rails/leaseSwitches.js';
import { FakeClock } from '../../support/fakeClock.js';
import { LeaseConnection, LeaseStore } from '../../support/leaseStore.js';

describe('the annotations of the Lease:', () => {
  test.each<[string, string | undefined, boolean]>([
    ['none', undefined, false],
    ['an empty value', '', false],
    ['false', 'false', false],
    ['False', ' False ', false],
    ['true', 'true', true],
    ['a reason', 'incident 4711', true],
    ['no, which is a reason too', 'no', true],
  ])('%s', (_, value, stops) => {
    const annotations = value === undefined ? {} : { 'slicehints.io/stop': value };
    expect(readSwitches({ metadata: { annotations } }).stop !== undefined).toBe(stops);
  });

  test.each([[undefined], [null], ['text'], [{ metadata: { annotations: { 'slicehints.io/stop': 1 } } }]])(
    'of %j there are none',
    (lease) => expect(readSwitches(lease)).toEqual({ stop: undefined, fuse: undefined }),
  );

  test('a long value is cut', () => {
    const value = 'x'.repeat(100_000);
    expect(readSwitches({ metadata: { annotations: { 'slicehints.io/stop': value } } }).stop?.length).toBeLessThan(300);
  });
});

describe('following them', () => {
  test('a change is reported once, with what there is at first', async () => {
    const clock = new FakeClock();
    const store = new LeaseStore();
    const transport = new LeaseConnection(store, clock, () => 0.5);
    const seen: Switches[] = [];
    const logger = pino({ level: 'silent' });
    const switches = new LeaseSwitches({
      ...{ transport, clock, logger, namespace: 'ns', name: 'slicehints' },
      onChange: (next) => void seen.push(next),
    });
    const stop = new AbortController();
    const ended = switches.run(stop.signal);
    await clock.advance(5000);
    expect([switches.switches, seen]).toEqual([undefined, []]);
    const metadata = { name: 'slicehints' };
    store.serve({ method: 'POST', path: '/', body: { metadata, spec: {} } });
    await clock.advance(5000);
    switches.blowFuse('now');
    expect(switches.switches?.fuse).toBe('"now"');
    await clock.advance(5000);
    expect(seen).toEqual([
      { stop: undefined, fuse: undefined },
      { stop: undefined, fuse: '"now"' },
    ]);
    stop.abort();
    await ended;
  });
});
