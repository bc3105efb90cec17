import { describe, expect, test } from 'vitest';
import { pino } from 'pino';
import { Coexistence } from '../../../src/controller/coexistence/coexistence.js';
import { ClusterState } from '../../../src/controller/state.js';
import { DEFAULT_SETTINGS } from '../../../src/hints/settings.js';
import { ApiError, type Transport } from '../../../src/kube/rest/transport.js';
import { readService } from '../../../src/model/service.js';
import { readSlice } from '../../../src/model/slice.js';
import { FakeClock } from '../../support/fakeClock.js';

const MINUTE = 60_000;
const silent = (): void => undefined;
const SLICE = readSlice({
  metadata: {
    namespace: 'shop',
    name: 'web-1',
    labels: {
      'kubernetes.io/service-name': 'web',
      'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    },
  },
  addressType: 'IPv4',
  endpoints: [],
});

interface Shape {
  readonly inTree?: 'auto' | 'present' | 'absent';
  readonly synced?: boolean;
  /** The minor version of the API server; undefined: it does not answer. */
  readonly minor?: number;
  /** Requests for paths that contain this are not answered. */
  readonly silentPath?: string;
}

function watchful({ inTree = 'auto', synced = true, minor = 36, silentPath = 'none' }: Shape = {}) {
  const clock = new FakeClock();
  const state = new ClusterState();
  const creationTimestamp = new Date(clock.wallMs() - 60 * MINUTE).toISOString();
  const put = (selector: Record<string, string>): void => {
    const raw = { metadata: { namespace: 'shop', name: 'web', creationTimestamp }, spec: { selector } };
    state.applyService('shop/web', readService(raw));
  };
  const logged: { inTree?: string; how?: string; msg: string }[] = [];
  const changes: string[] = [];
  const transport: Transport = {
    send: ({ path }) =>
      path.includes(silentPath)
        ? new Promise(() => undefined)
        : path === '/version'
          ? Promise.resolve({ major: '1', minor: String(minor) })
          : Promise.reject(new ApiError('http', 'absent', { status: 404 })),
    watch: () => {
      throw new ApiError('http', 'absent', { status: 404 });
    },
    close: silent,
  };
  const isSynced = { now: synced };
  const coexistence: Coexistence = new Coexistence({
    transport,
    clock,
    random: () => 0,
    logger: pino({ level: 'info' }, { write: (line: string) => void logged.push(JSON.parse(line) as (typeof logged)[number]) }), // prettier-ignore
    settings: { ...DEFAULT_SETTINGS, inTree },
    policyVersion: 'v1',
    state,
    synced: () => isSynced.now,
    onChange: () => changes.push(coexistence.settings.inTree),
  });
  const look = (): string => {
    coexistence.review();
    return coexistence.inTree.inTree;
  };
  const inTreeLogs = (): typeof logged => logged.filter(({ msg }) => msg.startsWith('the in-tree controller'));
  return { clock, state, put, look, coexistence, changes, isSynced, logged, inTreeLogs };
}

describe('Coexistence', () => {
  test('in-tree is not absent because a slice of an old Service was deleted a moment ago', async () => {
    const { clock, state, put, look } = watchful();
    put({ app: 'web' });
    state.applySlice('shop/web-1', SLICE, undefined);
    await clock.advance(MINUTE);
    expect(look()).toBe('present');
    state.applySlice('shop/web-1', undefined, SLICE);
    expect(look()).toBe('present');
    await clock.advance(10 * MINUTE - 1);
    expect(look()).toBe('present');
    await clock.advance(1);
    expect(look()).toBe('absent');
  });

  test('in-tree is not absent because an old Service was given a selector a moment ago', async () => {
    const { clock, put, look } = watchful();
    put({});
    expect(look()).toBe('present');
    put({ app: 'web' });
    expect(look()).toBe('present');
    await clock.advance(10 * MINUTE);
    expect(look()).toBe('absent');
  });

  test('a Service that lacked its slice when it was first seen counts at once', () => {
    const { put, look } = watchful();
    put({ app: 'web' });
    expect(look()).toBe('absent');
  });
});

describe('nothing is known', () => {
  test.each([
    ['while the version of the server is not', '/version'],
    ['while the guard is not', 'admissionregistration'],
  ])('%s', async (_, silentPath) => {
    const { clock, coexistence } = watchful({ silentPath });
    void coexistence.run(new AbortController().signal);
    await clock.advance(MINUTE);
    expect(coexistence.known).toBe(false);
  });
});

test('a change of the guard is told, and its lines bear its name', async () => {
  const { clock, coexistence, changes, logged } = watchful({ silentPath: '/version' });
  const stop = new AbortController();
  void coexistence.run(stop.signal);
  await clock.advance(MINUTE);
  expect(changes).toEqual(['present']);
  expect(logged.filter((line) => 'component' in line)[0]).toMatchObject({ component: 'guard' });
  stop.abort();
});

describe('what the operator sets', () => {
  test('is not judged again', async () => {
    const { clock, coexistence } = watchful({ inTree: 'present', minor: 36 });
    const stop = new AbortController();
    const ended = coexistence.run(stop.signal);
    await clock.advance(MINUTE);
    const without = clock.pending;
    stop.abort();
    await ended;
    const auto = watchful({ inTree: 'auto', minor: 36 });
    const other = new AbortController();
    const running = auto.coexistence.run(other.signal);
    await auto.clock.advance(MINUTE);
    expect(auto.clock.pending - without).toBe(1);
    other.abort();
    await running;
  });

  test.each(['present', 'absent'] as const)('%s holds, whatever the slices show', (inTree) => {
    const { state, put, look, coexistence, changes } = watchful({ inTree });
    put({ app: 'web' });
    if (inTree === 'absent') state.applySlice('shop/web-1', SLICE, undefined);
    expect([look(), coexistence.settings.inTree, changes]).toEqual([inTree, inTree, []]);
    expect(coexistence.inTree.how).toBe('as set by --in-tree');
  });
});

describe('whether in-tree is there', () => {
  test('is not judged before the caches are filled, and counts as present', () => {
    const { put, look, coexistence, isSynced, changes } = watchful({ synced: false });
    put({ app: 'web' });
    expect([look(), coexistence.settings.inTree, coexistence.inTree.how]).toEqual(['present', 'present', 'not detected yet']); // prettier-ignore
    isSynced.now = true;
    expect([look(), coexistence.settings.inTree, changes]).toEqual(['absent', 'absent', ['absent']]);
  });

  test('is told once for each answer, with how it is known', () => {
    const { put, look, state, inTreeLogs, changes } = watchful();
    put({ app: 'web' });
    look();
    look();
    expect(inTreeLogs()).toHaveLength(1);
    expect(inTreeLogs()).toMatchObject([{ inTree: 'absent', msg: 'the in-tree controller is absent' }]);
    expect(inTreeLogs()[0]?.how).toContain('shop/web');
    state.applySlice('shop/web-1', SLICE, undefined);
    look();
    look();
    expect(inTreeLogs().map(({ inTree }) => inTree)).toEqual(['absent', 'present']);
    expect(changes).toEqual(['absent', 'present']);
  });

  test('is judged again while it runs, until its signal fires', async () => {
    const { clock, put, coexistence } = watchful();
    const stop = new AbortController();
    const ended = coexistence.run(stop.signal);
    await clock.advance(0);
    expect(coexistence.inTree.inTree).toBe('present');
    put({ app: 'web' });
    await clock.advance(5 * MINUTE);
    expect(coexistence.inTree.inTree).toBe('absent');
    stop.abort();
    await ended;
    expect(clock.pending).toBe(0);
  });
});

describe('slices of a Service are to be quiet before it is planned', () => {
  test.each<[string, Shape, boolean, number]>([
    ['half a second where in-tree writes them', {}, true, 500],
    ['not at all where it does not', {}, false, 0],
    ['not at all in a cluster without in-tree', { inTree: 'absent' }, true, 0],
  ])('%s', (_, shape, isInTrees, quietMs) => {
    const { state, coexistence } = watchful(shape);
    const { managedBy } = SLICE;
    state.applySlice('shop/web-1', { ...SLICE, managedBy: isInTrees ? managedBy : 'mesh' }, undefined);
    expect(coexistence.quietMs('shop/web')).toBe(quietMs);
  });
});

test.each([
  [36, 'stored'],
  [33, 'dropped'],
])('all is known once guard and version are, and plans go by a server of version 1.%i', async (minor, nodeHints) => {
  const { clock, coexistence } = watchful({ minor });
  expect([coexistence.known, coexistence.settings.guard]).toEqual([false, false]);
  const stop = new AbortController();
  const ended = coexistence.run(stop.signal);
  await clock.advance(1000);
  expect([coexistence.known, coexistence.settings.nodeHints, coexistence.guard.inForce]).toEqual([true, nodeHints, false]); // prettier-ignore
  coexistence.sawNodeHintsDropped();
  expect(coexistence.settings.nodeHints).toBe('dropped');
  stop.abort();
  await ended;
});
