import { describe, expect, test } from 'vitest';
import { pino } from 'pino';
import { Reconciler } from '../../src/controller/reconciler.js';
import { ServicePlanner } from '../../src/controller/servicePlanner.js';
import { ClusterState } from '../../src/controller/state.js';
import { VerdictBook } from '../../src/controller/verdictBook.js';
import { DEFAULT_SETTINGS } from '../../src/hints/settings.js';
import type { HintsManifest } from '../../src/model/hints.js';
import { readNode } from '../../src/model/node.js';
import { readService } from '../../src/model/service.js';
import { readSlice, type SliceRecord } from '../../src/model/slice.js';
import { openRails } from '../support/openRails.js';
import { FakeClock } from '../support/fakeClock.js';

const SERVICES = 300;
const ZONES = ['a', 'b', 'c'];

describe('600 pod changes over 300 Balanced Services', () => {
  test('write at most five Events, after one for each Service at the start', async () => {
    const clock = new FakeClock();
    const state = new ClusterState();
    for (let i = 0; i < 9; i++) {
      const labels = { 'topology.kubernetes.io/zone': ZONES[i % 3] ?? '' };
      const status = { allocatable: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'True' }] };
      state.applyNode(`n${i}`, readNode({ metadata: { name: `n${i}`, labels }, status }), undefined);
    }
    const book = new VerdictBook(clock);
    const zones = new Map<string, string[]>();
    const hints = new Map<string, (HintsManifest | undefined)[]>();
    const slices = new Map<string, SliceRecord>();
    const put = (name: string): void => {
      const slice = readSlice({
        metadata: {
          namespace: 'shop',
          name: `${name}-1`,
          labels: { 'kubernetes.io/service-name': name },
          resourceVersion: '1',
        },
        addressType: 'IPv4',
        endpoints: (zones.get(name) ?? []).map((zone, i) => {
          const hint = hints.get(name)?.[i];
          const one = { addresses: [`10.0.0.${i + 1}`], conditions: { ready: true }, zone };
          return hint === undefined ? one : { ...one, hints: hint };
        }),
      });
      state.applySlice(`shop/${name}-1`, slice, slices.get(name));
      slices.set(name, slice);
    };
    let events = 0;
    let writes = 0;
    const planner = new ServicePlanner({
      state,
      book,
      settings: () => ({ ...DEFAULT_SETTINGS, guard: false, inTree: 'absent' }),
    });
    const reconciler = new Reconciler({
      rails: openRails,
      onChange: () => undefined,
      planner,
      book,
      writer: {
        write: ({ slice, hints: planned }) => {
          writes++;
          hints.set(
            slice.serviceName,
            planned.map((hint) => hint && { forZones: (hint.forZones ?? []).map((name) => ({ name })) }),
          );
          put(slice.serviceName);
          return Promise.resolve({ kind: 'written' });
        },
      },
      pauseOf: () => undefined,
      refusals: { settle: () => undefined },
      settling: { note: () => undefined, has: () => false },
      dryRun: false,
      recorder: { record: () => void events++ },
      clock,
      logger: pino({ level: 'silent' }),
      observer: {},
    });
    const names = Array.from({ length: SERVICES }, (_, i) => `s${i}`);
    const annotations = { 'service.kubernetes.io/topology-mode': 'slicehints.io/balanced' };
    for (const [i, name] of names.entries()) {
      state.applyService(
        `shop/${name}`,
        readService({ metadata: { namespace: 'shop', name, uid: name, annotations } }),
      );
      zones.set(
        name,
        Array.from({ length: 5 + (i % 4) }, (_, k) => ZONES[(k * (1 + (i % 2)) + i) % 3] ?? ''),
      );
      put(name);
      await reconciler.reconcile(`shop/${name}`, 0);
    }
    expect(events).toBe(SERVICES);
    events = 0;
    const writesAtStart = writes;
    for (let change = 0; change < 600; change++) {
      await clock.advance(20);
      const name = names[(change * 7) % SERVICES] ?? '';
      const before = zones.get(name) ?? [];
      const zone = ZONES[change % 3] ?? '';
      // A pod comes, or one goes: a rolling update and a scale in turn.
      zones.set(name, change % 2 === 0 ? [...before, zone] : before.slice(1));
      hints.set(name, change % 2 === 0 ? (hints.get(name) ?? []) : (hints.get(name) ?? []).slice(1));
      put(name);
      await reconciler.reconcile(`shop/${name}`, 0);
    }
    expect(writes - writesAtStart).toBeGreaterThan(100);
    expect(events).toBeLessThanOrEqual(5);
  });
});
