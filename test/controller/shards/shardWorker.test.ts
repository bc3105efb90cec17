import { describe, expect, test } from 'vitest';
import { pino } from 'pino';
import { ShardWorker, type ShardWorkerOptions } from '../../../src/controller/shards/shardWorker.js';
import type { SlicePlan } from '../../../src/hints/plan.js';
import { readSlice, type SliceRecord } from '../../../src/model/slice.js';
import { ApiError } from '../../../src/kube/rest/transport.js';
import { openRails } from '../../support/openRails.js';
import { FakeClock, settle } from '../../support/fakeClock.js';
import { ScriptedTransport } from '../../support/modelApi.js';

const slicePlan = {
  slice: { namespace: 'shop', name: 'web-1', serviceName: 'web', resourceVersion: '7', endpoints: [], generation: 1 },
  patch: [{ op: 'replace', path: '/metadata/resourceVersion', value: '7' }],
  hints: [{ forZones: ['a'] }],
  moved: 1,
} as unknown as SlicePlan;

function rig(options: Partial<ShardWorkerOptions> = {}) {
  const transport = new ScriptedTransport();
  const clock = new FakeClock();
  const queued: string[] = [];
  const service = { namespace: 'shop', name: 'web', uid: 'u', annotations: {} };
  const plan = { mode: 'auto', slices: [slicePlan], verdicts: [], warnings: [], forecast: [], demand: [] };
  const worker = new ShardWorker({
    transport,
    bound: { run: (send) => send(() => undefined) },
    holdsLease: () => true,
    rails: openRails,
    dryRun: false,
    logger: pino({ level: 'silent' }),
    recorder: { record: () => undefined },
    clock,
    observer: {},
    planner: { plan: () => ({ kind: 'planned', service, plan }) as never, asksForHints: () => true },
    writes: { begin: () => undefined, end: () => undefined },
    sources: { applySlice: (_key, _version, raw) => raw as never, sliceAt: () => undefined },
    enqueue: (key) => void queued.push(key),
    onContended: () => undefined,
    onNodeHintsDropped: () => undefined,
    onChange: () => undefined,
    ...options,
  });
  return { worker, transport, clock, queued };
}

/** Notes what is applied. */
function sourcesInto(applied: string[]): ShardWorkerOptions['sources'] {
  return {
    applySlice: (key, version, raw, origin) => {
      applied.push(`${key} ${version} ${origin}`);
      return raw as never;
    },
    sliceAt: () => undefined,
  };
}

describe('the worker of a shard', () => {
  test('writes the plan of a Service while the Lease is held, and nothing after', async () => {
    let isHeld = true;
    const { worker, transport } = rig({ holdsLease: () => isHeld });
    transport.onSend = () => slicePlan.slice;
    await worker.reconcile('shop/web', 0);
    expect(transport.sent.map(({ method }) => method)).toEqual(['PATCH']);
    // The transport asks again in the last moment.
    isHeld = false;
    expect(transport.sent[0]?.precondition?.()).toBe(false);
    await worker.reconcile('shop/web', 0);
    expect(transport.sent).toHaveLength(1);
  });

  test('gives up a write under way when it is stopped', async () => {
    const { worker, transport, clock } = rig();
    transport.onSend = ({ signal }) =>
      new Promise((_resolve, reject) =>
        signal?.addEventListener('abort', () => reject(new ApiError('aborted', 'stopped')), { once: true }),
      );
    let outcome = '';
    void worker.reconcile('shop/web', 0).then(({ kind }) => (outcome = kind));
    await settle();
    expect(outcome).toBe('');
    worker.stop();
    await settle();
    expect([outcome, clock.pending]).toEqual(['retry', 0]);
  });

  test('remembers a refusal, queues the Service again when it expires, and no more after it is stopped', async () => {
    const { worker, transport, clock, queued } = rig();
    transport.onSend = ({ method }) => {
      if (method === 'GET') return { metadata: { name: 'web-1', namespace: 'shop', resourceVersion: '7' } };
      throw new ApiError('http', 'denied by policy', { status: 422 });
    };
    await worker.reconcile('shop/web', 0);
    expect(worker.refusals.services).toBe(1);
    await clock.advance(3_600_000);
    expect(queued).toEqual(['shop/web']);
    await worker.reconcile('shop/web', 0);
    worker.stop();
    await clock.advance(3_600_000);
    expect(queued).toEqual(['shop/web']);
  });

  test('hands on what the server answered, and counts it', async () => {
    const [applied, writes]: [string[], string[]] = [[], []];
    const { worker, transport } = rig({
      sources: sourcesInto(applied),
      observer: { onWrite: (result, moved) => void writes.push(`${result} ${moved}`) },
    });
    expect(worker.needsWork('shop/web')).toBe(true);
    transport.onSend = () => slicePlan.slice;
    await worker.reconcile('shop/web', 0);
    expect([applied, writes]).toEqual([['shop/web-1 7 answer'], ['written 1']]);
  });

  test('hands on the slice as it is now after a conflict', async () => {
    const applied: string[] = [];
    const { worker, transport } = rig({
      sources: sourcesInto(applied),
    });
    transport.onSend = ({ method }) => {
      if (method === 'GET') return { metadata: { name: 'web-1', namespace: 'shop', resourceVersion: '8' } };
      throw new ApiError('http', 'conflict', { status: 409, reason: 'Conflict' });
    };
    await worker.reconcile('shop/web', 0);
    expect(applied).toEqual(['shop/web-1 7 refresh']);
  });

  describe('remembers what other writers do', () => {
    /** A version of the slice, whose only endpoint is hinted for these zones. */
    const version = (resourceVersion: number, zones: readonly string[]): SliceRecord =>
      readSlice({
        metadata: {
          ...{ namespace: 'shop', name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
          ...{ resourceVersion: String(resourceVersion), generation: resourceVersion },
        },
        addressType: 'IPv4',
        endpoints: [{ addresses: ['10.0.0.1'], hints: { forZones: zones.map((name) => ({ name })) } }],
      });

    /** A worker whose writes are answered with the next versions of the slice. */
    function answered() {
      const [reverted, contended]: [string[], string[]] = [[], []];
      const rigged = rig({
        observer: { onReverted: (kind) => void reverted.push(kind) },
        onContended: (key, { reason }) => void contended.push(`${key} ${reason}`),
      });
      let latest = 10;
      rigged.transport.onSend = () => version(++latest, ['a']);
      const undo = (): void => rigged.worker.contention.observed(version(++latest, []), undefined);
      return { ...rigged, reverted, contended, undo, next: () => ++latest };
    }

    test('counts what is undone, and writes no hints for a minute after the third time', async () => {
      const { worker, transport, clock, queued, reverted, contended, undo } = answered();
      for (let i = 0; i < 3; i++) {
        await worker.reconcile('shop/web', 0);
        undo();
      }
      expect([reverted, contended]).toEqual([['reverted', 'reverted', 'reverted'], ['shop/web HintsContended']]);
      await worker.reconcile('shop/web', 0);
      expect([transport.sent.length, queued]).toEqual([3, []]);
      await clock.advance(60_000);
      expect(queued).toEqual(['shop/web']);
      await worker.reconcile('shop/web', 0);
      expect(transport.sent).toHaveLength(4);
    });

    test('but nobody needs to count it', async () => {
      const { worker, transport } = rig();
      transport.onSend = () => version(11, ['a']);
      await worker.reconcile('shop/web', 0);
      expect(() => worker.contention.observed(version(12, []), undefined)).not.toThrow();
    });

    test.each([
      ['a version of its own that a write without an answer explains is no revert', true, []],
      ['one that no write explains is, when the next write is answered', false, ['reverted']],
    ])('%s', async (_, loses, expected) => {
      const { worker, transport, reverted, next } = answered();
      await worker.reconcile('shop/web', 0);
      const { onSend } = transport;
      if (loses) {
        transport.onSend = () => {
          throw new ApiError('network', 'connection lost');
        };
        await worker.reconcile('shop/web', 0);
        transport.onSend = onSend;
      }
      worker.contention.observed({ ...version(next(), ['b']), endpointsOurs: true }, undefined);
      await worker.reconcile('shop/web', 0);
      expect(reverted).toEqual(expected);
    });
  });
});
