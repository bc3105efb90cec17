import type { Verdict } from '../../src/hints/verdict.js';
import { describe, expect, test } from 'vitest';
import { ApiError } from '../../src/kube/rest/transport.js';
import { pino } from 'pino';
import { Rails } from '../../src/controller/rails/rails.js';
import { Reconciler, type ReconcilerOptions } from '../../src/controller/reconciler.js';
import { ServicePlanner } from '../../src/controller/servicePlanner.js';
import { ClusterState } from '../../src/controller/state.js';
import { VerdictBook } from '../../src/controller/verdictBook.js';
import type { WriteResult } from '../../src/controller/writing/writer.js';
import { chooseMode } from '../../src/hints/mode.js';
import type { SlicePlan } from '../../src/hints/plan.js';
import { DEFAULT_SETTINGS } from '../../src/hints/settings.js';
import { readNode } from '../../src/model/node.js';
import { readService } from '../../src/model/service.js';
import { readSlice } from '../../src/model/slice.js';
import { openRails } from '../support/openRails.js';
import { FakeClock } from '../support/fakeClock.js';

const KEY = 'shop/web';
const MODE = 'service.kubernetes.io/topology-mode';

interface Shape {
  readonly mode?: string | undefined;
  /** The zone of each node. */
  readonly zones?: readonly string[];
  readonly slices?: number;
  readonly owned?: boolean;
  readonly hinted?: boolean;
  /** The zone of every hint, by default that of its endpoint. */
  readonly hintZone?: string;
  readonly options?: Partial<ReconcilerOptions>;
  /** The plan throws. */
  readonly broken?: () => boolean;
}

/** A Service with slices in a cluster of one writer; `answers` are what becomes of its patches, by default `written`. */
function service(shape: Shape, ...answers: readonly WriteResult[]) {
  const { mode = 'Auto', zones = ['a', 'b'], slices = 1, owned = false, hinted = false, hintZone } = shape;
  const clock = new FakeClock();
  const state = new ClusterState();
  for (const [i, zone] of zones.entries()) {
    const raw = {
      metadata: { name: `n${i}`, labels: { 'topology.kubernetes.io/zone': zone } },
      status: { allocatable: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'True' }] },
    };
    state.applyNode(`n${i}`, readNode(raw), undefined);
  }
  const putService = (next: string | undefined): void =>
    state.applyService(
      KEY,
      next === undefined
        ? undefined
        : readService({ metadata: { namespace: 'shop', name: 'web', uid: 'u', annotations: { [MODE]: next } } }),
    );
  putService(mode);
  const putSlice = (n: number, owned: boolean, hinted: boolean): void => {
    const raw = {
      metadata: {
        namespace: 'shop',
        name: `web-${n}`,
        labels: { 'kubernetes.io/service-name': 'web' },
        resourceVersion: '7',
        annotations: owned ? { 'slicehints.io/hints': 'v1' } : {},
      },
      addressType: 'IPv4',
      endpoints: ['a', 'b'].map((zone, i) => ({
        addresses: [`10.0.${n}.${i + 1}`],
        conditions: { ready: true },
        zone,
        ...(hinted ? { hints: { forZones: [{ name: hintZone ?? zone }] } } : {}),
      })),
    };
    const key = `shop/web-${n}`;
    state.applySlice(
      key,
      readSlice(raw),
      state.slicesOf(KEY).find(({ name }) => name === `web-${n}`),
    );
  };
  for (let n = 1; n <= slices; n++) putSlice(n, owned, hinted);
  const written: SlicePlan[] = [];
  const changes: string[] = [];
  const events: string[] = [];
  const settled: boolean[] = [];
  const heard: string[] = [];
  const logged: string[] = [];
  const queue = [...answers];
  const book = new VerdictBook(clock);
  const real = new ServicePlanner({
    state,
    book,
    settings: () => ({ ...DEFAULT_SETTINGS, guard: false, inTree: 'absent' }),
  });
  const broken = new ServicePlanner({
    state,
    book,
    settings: () => DEFAULT_SETTINGS,
    functions: {
      chooseMode,
      plan: () => {
        throw new TypeError('strategy is not a function');
      },
    },
  });
  const reconciler = new Reconciler({
    rails: openRails,
    onChange: ({ slice, from, to }) => void changes.push(`${slice}: ${from} -> ${to}`),
    planner: { plan: (key, isSettling) => (shape.broken?.() === true ? broken : real).plan(key, isSettling) },
    book,
    writer: {
      write: (planned) => {
        written.push(planned);
        return Promise.resolve(queue.shift() ?? { kind: 'written' });
      },
    },
    pauseOf: () => undefined,
    refusals: { settle: (_, refused) => void settled.push(refused) },
    settling: { note: () => undefined, has: () => false },
    dryRun: false,
    recorder: { record: (_, type, reason, message) => void events.push(`${type} ${reason}: ${message}`) },
    clock,
    logger: pino({ level: 'info' }, { write: (line: string) => void logged.push(line) }),
    observer: {
      onPlanFailed: (key) => void heard.push(`failed ${key}`),
      onForgotten: (key) => void heard.push(`forgotten ${key}`),
      onHinted: (seconds) => void heard.push(`hinted after ${seconds} s`),
      onPlanned: (planned) => void heard.push(`planned ${planned}`),
      onForecast: (planned) => void heard.push(`forecast ${planned}`),
    },
    ...shape.options,
  });
  return { reconciler, state, book, clock, putService, putSlice, written, events, settled, heard, logged, changes };
}

const rejected = (known = false): WriteResult => ({ kind: 'rejected', message: 'hints: Forbidden by policy', known });
const failed = (others: 'go-on' | 'wait', retryAfterMs?: number): WriteResult => ({
  kind: 'failed',
  error: new Error('503'),
  retryAfterMs,
  others,
});

describe('a Service that a policy holds back', () => {
  type Enforcement = 'Enforce' | 'DryRun' | 'Off';
  const railsOf = (enforcement: () => Enforcement): Rails =>
    new Rails({
      ...{ clock: new FakeClock(), logger: pino({ level: 'silent' }), lease: undefined, maxWritesPerMinute: 0 },
      ...{ dryRun: false, hintedEndpoints: () => 0, wake: () => undefined, onFuseBlown: () => undefined },
      enforcementOf: enforcement,
    });
  const held = (enforcement: () => Enforcement): Shape => ({ slices: 2, options: { rails: railsOf(enforcement) } });

  test.each<Enforcement>(['DryRun', 'Off'])('%s: nothing is written and no Event is recorded', async (enforcement) => {
    const { reconciler, written, events, heard } = service(held(() => enforcement));
    expect(await reconciler.reconcile(KEY, 0)).toEqual({ kind: 'done' });
    expect({ written, events, heard }).toEqual({ written: [], events: [], heard: ['forgotten shop/web'] });
    expect(reconciler.needsWork(KEY)).toBe(true);
  });

  test('what would be written is logged once for each plan', async () => {
    const logged: string[] = [];
    const logger = pino({ level: 'info' }, { write: (line: string) => void logged.push(line) });
    const { reconciler, putService } = service({ slices: 2, options: { rails: railsOf(() => 'DryRun'), logger } });
    await reconciler.reconcile(KEY, 0);
    await reconciler.reconcile(KEY, 0);
    expect(logged.map((line) => (JSON.parse(line) as { slice: string }).slice)).toEqual(['web-1', 'web-2']);
    putService('slicehints.io/balanced');
    await reconciler.reconcile(KEY, 0);
    expect(logged.length).toBeLessThanOrEqual(4);
  });

  test('a policy that comes while slices are written stops the next one, and the Service is held back then', async () => {
    let enforcement: Enforcement = 'Enforce';
    const rails = railsOf(() => enforcement);
    const { reconciler, written } = service({
      slices: 2,
      options: { rails, onChange: () => (enforcement = 'Off') },
    });
    await reconciler.reconcile(KEY, 0);
    expect(written.map(({ slice }) => slice.name)).toEqual(['web-1']);
    expect(rails.held.count().get('policy-off')).toBe(1);
  });

  test('when it is enforced again, its first plan is an Event as that of a new Service', async () => {
    let enforcement: Enforcement = 'Enforce';
    const { reconciler, events } = service(held(() => enforcement));
    await reconciler.reconcile(KEY, 0);
    enforcement = 'Off';
    await reconciler.reconcile(KEY, 0);
    enforcement = 'Enforce';
    expect(reconciler.needsWork(KEY)).toBe(true);
    await reconciler.reconcile(KEY, 0);
    expect(events).toHaveLength(2);
  });
});

describe('a Service that a policy holds back is planned again when nodes change', () => {
  test.each<[string, Shape, boolean, boolean]>([
    ['where its hints would change now', {}, false, true],
    ['where they would no longer change', { owned: true, hinted: true }, true, true],
    ['and not where nothing would be told otherwise', { owned: true, hinted: true }, false, false],
  ])('%s', (_, shape, isHeld, needed) => {
    const rails = { ...openRails, isHeldByPolicy: () => true, holds: () => isHeld };
    const { reconciler, heard } = service({ ...shape, options: { rails } });
    expect([reconciler.needsWork(KEY), heard]).toEqual([needed, []]);
  });
});

describe('a Service that is held back for another reason', () => {
  test('keeps its verdict: nothing is written, recorded or forgotten, and it is checked again', async () => {
    const { reconciler, written, events, heard } = service({
      slices: 2,
      options: { rails: { ...openRails, admit: () => 'stop' } },
    });
    expect(await reconciler.reconcile(KEY, 0)).toEqual({ kind: 'done' });
    expect({ written, events, heard }).toEqual({ written: [], events: [], heard: [] });
    expect(reconciler.needsWork(KEY)).toBe(true);
  });

  test.each<[string, Shape, readonly WriteResult[], readonly boolean[]]>([
    ['after its writes', {}, [], [false]],
    ['also where another writer keeps undoing its hints', { options: { pauseOf: () => ({}) } }, [], [false]],
    ['and as withheld where a slice was not sent', {}, [{ kind: 'withheld' }], [true]],
  ])('its run is settled once %s', async (_, shape, answers, expected) => {
    const settled: boolean[] = [];
    const rails = { ...openRails, settle: (__: string, isWithheld: boolean) => void settled.push(isWithheld) };
    const { reconciler } = service({ ...shape, options: { ...shape.options, rails } }, ...answers);
    await reconciler.reconcile(KEY, 0);
    expect(settled).toEqual(expected);
  });
});

describe('the record of changes', () => {
  test('has every slice that was written, and no other', async () => {
    const { reconciler, changes } = service({ slices: 3 }, rejected(), { kind: 'written' }, { kind: 'gone' });
    await reconciler.reconcile(KEY, 0);
    expect(changes).toEqual(['web-2: none=2 -> a=1 b=1']);
  });
});

describe('a Service whose hints another writer keeps undoing', () => {
  const paused: Shape = { options: { pauseOf: () => ({ untilMs: 1, by: 'another writer' }) } };
  test.each<[string, Shape, number]>([
    ['is not given hints', { ...paused }, 0],
    ['loses hints of ours that no longer fit', { ...paused, zones: ['a'], owned: true, hinted: true }, 1],
    ['keeps hints of the other writer', { ...paused, zones: ['a'], hinted: true }, 0],
    ['is not given other hints in place of ours', { ...paused, owned: true, hinted: true, hintZone: 'gone' }, 0],
  ])('%s', async (_, shape, writes) => {
    const { reconciler, written } = service(shape);
    expect(await reconciler.reconcile(KEY, 0)).toEqual({ kind: 'done' });
    expect(written).toHaveLength(writes);
    for (const { hints } of written) expect(hints).toEqual([undefined, undefined]);
  });

  test('is not given hints on one slice either, where the other has them', async () => {
    const { reconciler, putSlice, written } = service({ ...paused, slices: 2, owned: true, hinted: true });
    putSlice(2, false, false);
    await reconciler.reconcile(KEY, 0);
    expect(written).toEqual([]);
  });

  test('has its verdict recorded where its hints are in place', async () => {
    const { reconciler, book } = service({ ...paused, owned: true, hinted: true });
    await reconciler.reconcile(KEY, 0);
    expect(book.has(KEY)).toBe(true);
  });
});

describe('the answers to the patches of three slices', () => {
  const written: WriteResult = { kind: 'written' };
  const conflict: WriteResult = { kind: 'conflict' };
  test.each<[string, WriteResult[], number, object, string[]]>([
    ['all written: done, and the verdict is an Event', [], 3, { kind: 'done' }, ['TopologyAwareHintsEnabled']],
    ['one gone: the others are written', [{ kind: 'gone' }], 3, { kind: 'done' }, ['TopologyAwareHintsEnabled']],
    [
      'one refused: the others are written, and no verdict is recorded',
      [rejected()],
      3,
      { kind: 'done' },
      ['HintsRejected'],
    ],
    ['one known to be refused: the others are written, without an Event', [rejected(true)], 3, { kind: 'done' }, []],
    [
      'one forbidden: the others are written, and the Service is tried again',
      [failed('go-on')],
      3,
      { kind: 'retry' },
      [],
    ],
    ['a busy server: the others wait', [failed('wait', 2000)], 1, { kind: 'retry', retryAfterMs: 2000 }, []],
    [
      'the longest Retry-After counts',
      [failed('go-on', 1000), failed('go-on', 9000), failed('go-on')],
      3,
      { kind: 'retry', retryAfterMs: 9000 },
      [],
    ],
    [
      'the longest Retry-After counts, also where it comes first',
      [failed('go-on', 9000), failed('go-on', 1000)],
      3,
      { kind: 'retry', retryAfterMs: 9000 },
      [],
    ],
    ['a conflict: all are planned again', [written, conflict], 2, { kind: 'again' }, []],
    ['a conflict after a failure: the failure counts', [failed('go-on'), conflict], 2, { kind: 'retry' }, []],
    [
      'withheld: nothing is recorded',
      [{ kind: 'withheld' }, { kind: 'withheld' }, { kind: 'withheld' }],
      3,
      { kind: 'done' },
      [],
    ],
  ])('%s', async (_, answers, writes, outcome, reasons) => {
    const { reconciler, written: sent, events } = service({ slices: 3 }, ...answers);
    expect(await reconciler.reconcile(KEY, 0)).toMatchObject(outcome);
    expect(sent).toHaveLength(writes);
    expect(events.map((event) => event.split(/[ :]+/)[1])).toEqual(reasons);
  });

  test('a refusal is one Event for all of them, counted until nothing is refused', async () => {
    const { reconciler, events, settled } = service({ slices: 3 }, rejected(), written, rejected());
    await reconciler.reconcile(KEY, 0);
    await reconciler.reconcile(KEY, 0);
    expect(events[0]).toBe(
      'Warning HintsRejected: The API server refuses the hints for EndpointSlice web-1 and 1 more: hints: Forbidden by policy',
    );
    expect(settled).toEqual([true, false]);
  });

  test.each([
    ['of a foreign program is cut', 'x'.repeat(100_000), `${'x'.repeat(500)}…`],
    ['is shown whole up to 500 characters', 'x'.repeat(500), 'x'.repeat(500)],
  ])('the message of a refusal %s', async (_, message, shown) => {
    const { reconciler, events } = service({}, { kind: 'rejected', message, known: false });
    await reconciler.reconcile(KEY, 0);
    expect(events).toEqual([
      `Warning HintsRejected: The API server refuses the hints for EndpointSlice web-1: ${shown}`,
    ]);
  });

  test('slices that need no patch are not sent', async () => {
    const { reconciler, putSlice, written: sent } = service({ slices: 3, owned: true, hinted: true });
    putSlice(2, false, false);
    await reconciler.reconcile(KEY, 0);
    expect(sent.map(({ slice }) => slice.name)).toEqual(['web-2']);
  });

  test('withheld ones leave the verdict to a later run', async () => {
    const { reconciler, book } = service({}, { kind: 'withheld' });
    await reconciler.reconcile(KEY, 0);
    expect(book.has(KEY)).toBe(false);
  });
});

describe('conflicts', () => {
  const conflict: WriteResult = { kind: 'conflict' };

  test('are planned again at once three times, then with back-off, and then from the start', async () => {
    const { reconciler } = service({}, ...new Array<WriteResult>(9).fill(conflict));
    const kinds: string[] = [];
    for (let i = 0; i < 9; i++) kinds.push((await reconciler.reconcile(KEY, 0)).kind);
    expect(kinds).toEqual(['again', 'again', 'again', 'retry', 'again', 'again', 'again', 'retry', 'again']);
  });

  test('that back off are an error that counts them', async () => {
    const { reconciler } = service({}, ...new Array<WriteResult>(4).fill(conflict));
    for (let i = 0; i < 3; i++) await reconciler.reconcile(KEY, 0);
    const error = new ApiError('http', '4 conflicts in a row', { status: 409 });
    expect(await reconciler.reconcile(KEY, 0)).toEqual({ kind: 'retry', error });
  });

  test('start from zero after a success', async () => {
    const { reconciler } = service({}, conflict, conflict, conflict, { kind: 'written' }, conflict);
    const kinds: string[] = [];
    for (let i = 0; i < 5; i++) kinds.push((await reconciler.reconcile(KEY, 0)).kind);
    expect(kinds).toEqual(['again', 'again', 'again', 'done', 'again']);
  });

  test('of one slice do not keep the others from being written for ever', async () => {
    const { reconciler, written } = service({ slices: 2 }, conflict, conflict, conflict, conflict);
    for (let i = 0; i < 4; i++) await reconciler.reconcile(KEY, 0);
    expect(written.map(({ slice }) => slice.name)).toEqual(['web-1', 'web-1', 'web-1', 'web-1', 'web-2']);
  });
});

describe('a plan that throws', () => {
  test('is one Warning Event and one log line with its id and stack, and writes nothing', async () => {
    const { reconciler, written, events, heard, logged, book } = service({ broken: () => true });
    for (let i = 0; i < 3; i++) expect(await reconciler.reconcile(KEY, 0)).toEqual({ kind: 'done' });
    const [, id = ''] = /^Warning PlanFailed: .* id ([0-9a-f]{8})$/.exec(events[0] ?? '') ?? [];
    expect([written, events.length, logged.length]).toEqual([[], 1, 1]);
    expect(JSON.parse(logged[0] ?? '')).toMatchObject({ id, err: { message: 'strategy is not a function' } });
    expect(heard).toEqual(new Array(3).fill(`failed ${KEY}`));
    expect(book.count()).toEqual([{ mode: 'off', reason: 'PlanFailed', services: 1 }]);
  });

  test('needs work once, and a plan that succeeds again is recorded', async () => {
    let isBroken = true;
    const { reconciler, events } = service({ broken: () => isBroken });
    expect(reconciler.needsWork(KEY)).toBe(true);
    await reconciler.reconcile(KEY, 0);
    expect(reconciler.needsWork(KEY)).toBe(false);
    isBroken = false;
    expect(reconciler.needsWork(KEY)).toBe(true);
    await reconciler.reconcile(KEY, 0);
    expect(events[1]).toMatch(/^Normal TopologyAwareHintsEnabled/);
  });
});

describe('a Service', () => {
  test('that is gone is forgotten', async () => {
    const { reconciler, putService, heard, book, settled } = service({});
    await reconciler.reconcile(KEY, 0);
    putService(undefined);
    expect(reconciler.needsWork(KEY)).toBe(false);
    expect(await reconciler.reconcile(KEY, 0)).toEqual({ kind: 'done' });
    expect([heard.at(-1), book.has(KEY), settled.at(-1)]).toEqual([`forgotten ${KEY}`, false, false]);
  });

  test('that opts out is told when its hints are gone', async () => {
    const { reconciler, events, written, logged } = service({ mode: 'Disabled', owned: true, hinted: true });
    expect(reconciler.needsWork(KEY)).toBe(true);
    await reconciler.reconcile(KEY, 0);
    expect(written).toHaveLength(1);
    expect(events).toEqual([
      'Normal HintsRemoved: Hints of slicehints have been removed, because the Service no longer requests them',
    ]);
    expect(logged.map((line) => JSON.parse(line) as object)).toMatchObject([
      { namespace: 'shop', service: 'web', reason: 'HintsRemoved' },
    ]);
  });

  test('whose hints are in place when it is first seen is recorded without an Event', async () => {
    const { reconciler, written, events, book } = service({ owned: true, hinted: true });
    await reconciler.reconcile(KEY, 0);
    expect([written, events, book.has(KEY)]).toEqual([[], [], true]);
  });

  test('of which one slice of two needs a patch needs work', async () => {
    const { reconciler, putSlice } = service({ slices: 2, owned: true, hinted: true });
    await reconciler.reconcile(KEY, 0);
    expect(reconciler.needsWork(KEY)).toBe(false);
    putSlice(2, false, false);
    expect(reconciler.needsWork(KEY)).toBe(true);
  });

  test('whose verdict is an Event has a line with it in the log', async () => {
    const { reconciler, logged } = service({});
    await reconciler.reconcile(KEY, 0);
    expect(logged.map((line) => JSON.parse(line) as object)).toMatchObject([
      { namespace: 'shop', service: 'web', mode: 'auto', reason: 'TopologyAwareHintsEnabled' },
    ]);
  });

  test('is handled alike when nobody observes', async () => {
    let isBroken = true;
    const { reconciler, putService, events } = service({ broken: () => isBroken, options: { observer: {} } });
    await reconciler.reconcile(KEY, 0);
    isBroken = false;
    expect(reconciler.needsWork(KEY)).toBe(true);
    await reconciler.reconcile(KEY, 0);
    putService(undefined);
    expect(await reconciler.reconcile(KEY, 0)).toEqual({ kind: 'done' });
    expect(events).toHaveLength(2);
  });

  test('is measured while it is planned, in seconds', async () => {
    let nowMs = 4000;
    const seconds: number[] = [];
    const { reconciler } = service({
      options: {
        clock: { ...new FakeClock(), monotonicMs: () => (nowMs += 250) } as unknown as FakeClock,
        observer: { onPlanned: (_, planSeconds) => void seconds.push(planSeconds) },
      },
    });
    await reconciler.reconcile(KEY, 0);
    expect(seconds).toEqual([0.25]);
  });

  test('that asks for nothing and has nothing needs no work', () => {
    const { reconciler, heard } = service({ mode: 'Disabled' });
    expect([reconciler.needsWork(KEY), heard]).toEqual([false, ['forecast off']]);
  });

  test('is measured from its first event to the answer', async () => {
    const { reconciler, clock, heard } = service({});
    await clock.advance(1500);
    await reconciler.reconcile(KEY, 500);
    expect(heard).toEqual(['planned auto', 'hinted after 1 s']);
  });

  test('in a dry run has its verdict recorded as if the patches had been written, once', async () => {
    const { reconciler, book, heard, events } = service(
      { options: { dryRun: true } },
      { kind: 'withheld' },
      { kind: 'withheld' },
    );
    await reconciler.reconcile(KEY, 0);
    await reconciler.reconcile(KEY, 0);
    expect(book.count()).toEqual([{ mode: 'auto', reason: 'TopologyAwareHintsEnabled', services: 1 }]);
    expect(heard).toEqual(['planned auto', 'planned auto']);
    expect(events).toHaveLength(1);
  });
});

test('verdicts of one plan with the same reason do not take the place of each other, those of the next plan do', async () => {
  const topics: (string | undefined)[] = [];
  const notes: string[][] = [['IPv4', 'IPv6', 'IPv6', 'IPv6'], ['IPv6']];
  const book: Pick<VerdictBook, 'note'> = {
    note: () =>
      (notes.shift() ?? []).map((addressType) => ({
        addressType,
        hinted: true,
        type: 'Normal',
        reason: 'TopologyAwareHintsEnabled',
        message: 'Enabled',
      })),
  };
  const { reconciler } = service({
    options: {
      book: book as VerdictBook,
      recorder: { record: (...[, , , , topic]) => void topics.push(topic) },
    },
  });
  await reconciler.reconcile(KEY, 0);
  await reconciler.reconcile(KEY, 0);
  const [v6, v6Later] = [topics[1], topics[4]];
  expect(new Set(topics.slice(0, 4)).size).toBe(4);
  expect(v6Later).toBe(v6);
});

test('a verdict that Kubernetes records by itself is no Event of slicehints, and still counts', async () => {
  const recorded: string[] = [];
  const auto = { addressType: 'IPv4', hinted: true, type: 'Normal', reason: 'TopologyAwareHintsEnabled' } as const;
  const news: Verdict[] = [
    { ...auto, message: 'Enabled', recordedInTree: true },
    { ...auto, addressType: 'IPv6', message: 'Enabled, too' },
  ];
  const book: Pick<VerdictBook, 'note'> = { note: () => news };
  const { reconciler } = service({
    options: {
      book: book as VerdictBook,
      recorder: { record: (...[, , , message]) => void recorded.push(message) },
    },
  });
  await reconciler.reconcile(KEY, 0);
  expect(recorded).toEqual(['Enabled, too']);
});

describe('a Service whose hints were written a moment ago', () => {
  test('is noted after a write only, and its plans are told', async () => {
    const record = readService({ metadata: { namespace: 'shop', name: 'web' } });
    const noted: string[] = [];
    const told: (boolean | undefined)[] = [];
    const settling = { note: (key: string) => void noted.push(key), has: () => noted.length > 0 };
    const patch = [{ op: 'remove', path: '/endpoints/0/hints' }];
    const slices = [{ slice: { name: 'web-1', endpoints: [] }, hints: [], patch, moved: 1 }];
    const planner: ReconcilerOptions['planner'] = {
      plan: (_, isSettling) => {
        told.push(isSettling?.(record));
        const plan = { mode: 'auto', slices, verdicts: [], warnings: [], forecast: [], demand: [] };
        return { kind: 'planned', service: record, plan } as never;
      },
    };
    const answers: WriteResult[] = [{ kind: 'withheld' }, { kind: 'written' }];
    const { reconciler } = service({ options: { planner, settling } }, ...answers);
    for (let run = 0; run < 3; run++) await reconciler.reconcile(KEY, 0);
    expect([told, noted]).toEqual([
      [false, false, true],
      [KEY, KEY],
    ]);
  });
});
