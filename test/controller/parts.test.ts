import { describe, expect, test } from 'vitest';
import { pino } from 'pino';
import type { ControllerOptions } from '../../src/controller/options.js';
import { assemble } from '../../src/controller/parts.js';
import { DEFAULT_SETTINGS } from '../../src/hints/settings.js';
import type { Transport } from '../../src/kube/rest/transport.js';
import { readService } from '../../src/model/service.js';
import { FakeClock } from '../support/fakeClock.js';

const LEASE = {
  shards: 1,
  namespace: 'default',
  name: 'slicehints',
  identity: 'me',
  leaseDurationMs: 15_000,
  renewDeadlineMs: 10_000,
  retryPeriodMs: 2000,
};

const WEB = readService({
  metadata: { namespace: 'shop', name: 'web', annotations: { 'service.kubernetes.io/topology-mode': 'Auto' } },
  spec: { selector: { app: 'web' } },
});

/** The parts, of which none runs, with the requests that they send, their Events and their log. */
function assembled(options: Partial<ControllerOptions> = {}) {
  const sent: string[] = [];
  const events: string[] = [];
  const logged: string[] = [];
  const phase = { isWorking: false };
  const transport: Transport = {
    send: ({ method, path }) => {
      sent.push(`${method} ${path}`);
      return new Promise(() => undefined);
    },
    watch: ({ path }) => {
      throw new Error(`a watch of ${path} is opened`);
    },
    close: () => undefined,
  };
  const parts = assemble(
    {
      transport,
      leaseTransport: transport,
      recorder: {
        record: (_service, _type, reason) => void events.push(reason),
        run: () => Promise.resolve(),
        flush: () => Promise.resolve(),
      },
      settings: { ...DEFAULT_SETTINGS, inTree: 'absent' },
      lease: LEASE,
      namespace: '',
      concurrency: 1,
      coalesceMs: 50,
      maxWritesPerMinute: 0,
      dryRun: false,
      clock: new FakeClock(),
      random: () => 0.5,
      logger: pino({ level: 'info' }, { write: (line: string) => void logged.push(line) }),
      observer: {},
      reflectorObserver: {},
      ...options,
    },
    {
      isWorking: () => phase.isWorking,
      onSynced: () => undefined,
      onPrerequisite: () => undefined,
    },
  );
  return { parts, phase, sent, events, logged };
}

test('parts are constructed without a request, and none of the prerequisites is known', () => {
  const { parts, sent } = assembled({ measuredConfigMap: { namespace: 'default', name: 'measured' } });
  expect(sent).toEqual([]);
  expect(parts.prerequisites.map(({ known }) => known)).toEqual([false, false, false, false]);
});

describe('a Service that takes part is queued when it changes', () => {
  test.each([
    ['while the workers run and its shard is held here', true, true, false],
    ['but not before the workers start', false, true, true],
    ['but not where its shard is held by another replica', true, false, true],
  ])('%s', (_, isWorking, holdsShard, idle) => {
    const { parts, phase } = assembled();
    phase.isWorking = isWorking;
    if (holdsShard) parts.workers.start(0);
    parts.sources.serviceChanged('shop/web', WEB);
    expect(parts.queue.idle).toBe(idle);
  });
});

describe('the Lease is followed without an election', () => {
  test.each([
    ['in a dry run with a Lease', true, LEASE, true],
    ['but not in a dry run without one', true, undefined, false],
    ['but not by a replica that takes part in the election', false, LEASE, false],
  ])('%s', (_, dryRun, lease, follows) => {
    expect(assembled({ dryRun, lease }).parts.follower !== undefined).toBe(follows);
  });
});

test.each([
  ['writes its Events', false, ['HintsSet']],
  ['of a dry run writes none', true, []],
])('a controller %s', (_, dryRun, expected) => {
  const { parts, events } = assembled({ dryRun });
  parts.recorder.record(WEB, 'Normal', 'HintsSet', 'text');
  expect(events).toEqual(expected);
});

test.each([
  ['lines of a dry run are marked', true, { dryRun: true }],
  ['other lines are not', false, {}],
])('%s', (_, dryRun, expected) => {
  const { parts, logged } = assembled({ dryRun });
  parts.logger.info('text');
  const line = JSON.parse(logged[0] ?? '') as { dryRun?: boolean };
  expect('dryRun' in line ? { dryRun: line.dryRun } : {}).toEqual(expected);
});
