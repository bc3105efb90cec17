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
  test('a change is reported once and within a second, with what there is at first', async () => {
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
    await clock.advance(2500);
    expect([switches.switches, seen]).toEqual([undefined, []]);
    const metadata = { name: 'slicehints', annotations: { note: 'kept' } };
    store.serve({ method: 'POST', path: '/', body: { metadata, spec: {} } });
    await clock.advance(1000);
    expect(seen).toHaveLength(1);
    switches.blowFuse('now');
    expect(switches.switches?.fuse).toBe('"now"');
    await clock.advance(5000);
    expect(seen).toEqual([
      { stop: undefined, fuse: undefined },
      { stop: undefined, fuse: '"now"' },
    ]);
    const { annotations } = store.leases.get('slicehints')!.metadata as { annotations?: object };
    expect(annotations).toEqual({ note: 'kept', 'slicehints.io/fuse-blown': 'now' });
    stop.abort();
    await ended;
  });

  test('a fuse that blows before the Lease was read is written with the first look', async () => {
    const clock = new FakeClock();
    const requests: string[] = [];
    const switches = new LeaseSwitches({
      transport: {
        send: ({ method, path, body }) => {
          requests.push(`${method} ${path}`);
          return Promise.resolve(body ?? { metadata: {} });
        },
        watch: () => {
          throw new Error('nobody watches Leases');
        },
        close: () => undefined,
      },
      ...{ clock, logger: pino({ level: 'silent' }), namespace: 'ns', name: 'slicehints' },
      onChange: () => undefined,
    });
    switches.blowFuse('now');
    expect(switches.switches).toBeUndefined();
    const stop = new AbortController();
    const ended = switches.run(stop.signal);
    await clock.advance(100);
    const path = '/apis/coordination.k8s.io/v1/namespaces/ns/leases/slicehints';
    expect(requests).toEqual([`GET ${path}`, `PUT ${path}`]);
    expect(switches.switches).toEqual({ stop: undefined, fuse: '"now"' });
    stop.abort();
    await ended;
  });

  test.each<[string, unknown]>([
    ['no body', undefined],
    ['null', null],
    ['an object of no kind', {}],
  ])('an answer with %s ends no stop', async (_, answer) => {
    const clock = new FakeClock();
    const seen: Switches[] = [];
    let lease: unknown = { metadata: { annotations: { 'slicehints.io/stop': 'true' } } };
    const switches = new LeaseSwitches({
      transport: {
        send: () => Promise.resolve(lease),
        watch: () => {
          throw new Error('nobody watches Leases');
        },
        close: () => undefined,
      },
      ...{ clock, logger: pino({ level: 'silent' }), namespace: 'ns', name: 'slicehints' },
      onChange: (next) => void seen.push(next),
    });
    const stop = new AbortController();
    const ended = switches.run(stop.signal);
    await clock.advance(1000);
    lease = answer;
    await clock.advance(5000);
    expect([switches.switches?.stop, seen]).toEqual(['"true"', [{ stop: '"true"', fuse: undefined }]]);
    stop.abort();
    await ended;
  });

  test('a Lease that cannot be read is logged now and then, and not at the end', async () => {
    const clock = new FakeClock();
    const lines: object[] = [];
    const transport = new LeaseConnection(new LeaseStore(), clock, () => 0.5);
    const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line) as object) });
    const options = { transport, clock, logger, namespace: 'ns', name: 'slicehints', onChange: () => undefined };
    const stop = new AbortController();
    const ended = new LeaseSwitches(options).run(stop.signal);
    await clock.advance(5000);
    expect(lines).toMatchObject([
      {
        ...{ level: 40, lease: 'ns/slicehints', error: 'not found', suppressed: 0 },
        msg: 'could not read the annotations of the Lease; what was read last holds',
      },
    ]);
    stop.abort();
    await ended;
    const early = new AbortController();
    const second = new LeaseSwitches(options).run(early.signal);
    await clock.advance(1);
    early.abort();
    await second;
    expect(lines).toHaveLength(1);
  });
});
