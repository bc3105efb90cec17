import { expect, test } from 'vitest';
import { NodeGrace } from '../../src/controller/nodeGrace.js';
import { ClusterState } from '../../src/controller/state.js';
import { readNode, type NodeRecord } from '../../src/model/node.js';
import { FakeClock } from '../support/fakeClock.js';

const MINUTE = 60_000;

function node(name: string, sinceMs?: number): NodeRecord {
  const ready = { type: 'Ready', status: sinceMs === undefined ? 'True' : 'False' };
  return readNode({
    metadata: { name, labels: { 'topology.kubernetes.io/zone': name } },
    status: {
      allocatable: { cpu: '4' },
      conditions: [{ ...ready, ...(sinceMs === undefined ? {} : { lastTransitionTime: new Date(sinceMs) }) }],
    },
  });
}

/** The zones that count each time when a node has ceased to, as `minute:zones`. */
function watched() {
  const clock = new FakeClock();
  const startMs = clock.wallMs();
  const state = new ClusterState(() => ({ nowMs: clock.wallMs() }));
  const zones = (): string => state.cluster.demand.zones.map(({ zone }) => zone).join('');
  const passes: string[] = [];
  const stop = new AbortController();
  const grace = new NodeGrace({
    clock,
    expiresMs: () => state.cluster.expiresMs,
    onExpired: () => passes.push(`${(clock.wallMs() - startMs) / MINUTE}:${zones()}`),
  });
  const put = (name: string, minute?: number): void => {
    const next = node(name, minute === undefined ? undefined : startMs + minute * MINUTE);
    state.applyNode(name, next, undefined);
    grace.nodeChanged(next);
  };
  const remove = (name: string): void => {
    state.applyNode(name, undefined, undefined);
    grace.nodeChanged(undefined);
  };
  return { clock, grace, put, remove, passes, zones, stop, ended: grace.run(stop.signal) };
}

test('a node that is not ready counts for five minutes, then everything is planned again', async () => {
  const { clock, put, passes, zones } = watched();
  put('a');
  put('b', 0);
  put('c', 1);
  expect(zones()).toBe('abc');
  await clock.advance(5 * MINUTE - 1);
  expect([passes, zones()]).toEqual([[], 'abc']);
  await clock.advance(1);
  expect(passes).toEqual(['5:ac']);
  await clock.advance(10 * MINUTE);
  expect(passes).toEqual(['5:ac', '6:a']);
});

test.each<[string, number]>([
  ['has not been ready for long', -60],
  ['ceases to count at this moment', -5],
])('a node that %s when it is first seen causes no pass', async (_, minute) => {
  const { clock, put, passes, zones } = watched();
  put('a');
  put('c', minute);
  await clock.advance(10 * MINUTE);
  expect([passes, zones(), clock.pending]).toEqual([[], 'a', 0]);
});

test.each<[string, (nodes: ReturnType<typeof watched>) => void, string]>([
  ['is ready again', ({ put }) => put('b'), 'ab'],
  ['is deleted', ({ remove }) => remove('b'), 'a'],
])('a node that %s in time is not waited for any more', async (_, change, expected) => {
  const nodes = watched();
  const { clock, put, passes, zones } = nodes;
  put('a');
  put('b', 0);
  await clock.advance(2 * MINUTE);
  change(nodes);
  expect(zones()).toBe(expected);
  await clock.advance(10 * MINUTE);
  // The pass at the time that was waited for finds nothing more to wait for.
  expect([passes, clock.pending]).toEqual([[`5:${expected}`], 0]);
});

test('a wall clock that jumps back has it wait again', async () => {
  const { clock, put, passes, zones } = watched();
  put('a');
  put('b', 0);
  clock.jumpWall(-MINUTE);
  await clock.advance(5 * MINUTE);
  expect([passes, zones()]).toEqual([[], 'ab']);
  await clock.advance(MINUTE);
  expect(passes).toEqual(['5:a']);
});

test('it ends with the signal', async () => {
  const { put, stop, ended, clock } = watched();
  put('b', 0);
  stop.abort();
  await ended;
  expect(clock.pending).toBe(0);
});
