import fc from 'fast-check';
import type { LayoutGroup } from '../../../../src/hints/strategies/balanced/problem.js';
import type { NodeShares } from '../../../../src/hints/strategies/nodeHints/nodes.js';
import {
  namingProblem,
  type NamingLimits,
  type NamingProblem,
} from '../../../../src/hints/strategies/nodeHints/problem.js';
import type { NamingState } from '../../../../src/hints/strategies/nodeHints/state.js';
import type { NodeRecord } from '../../../../src/model/node.js';
import { NodeIndex } from '../../../../src/model/nodeIndex.js';
import type { EndpointRecord } from '../../../../src/model/slice.js';

/** For each zone the parts of all traffic that its nodes send, the greatest first; the nodes of zone a are a1, a2 and so on. */
export function sharesOf(parts: readonly (readonly number[])[], deaf: readonly number[] = []): NodeShares {
  const nodes = parts.flatMap((zone, z) =>
    zone.map((share, i) => ({ name: `${'abcdef'[z]}${i + 1}`, zone: 'abcdef'[z]!, z, share })),
  );
  const records = nodes.map(({ name, zone, share }): NodeRecord => {
    return { name, zone, cpuNano: share * 1e9, ready: true, excluded: false, labels: {} };
  });
  const shares = nodes.map(({ share }) => share);
  const places = nodes.map((_, v) => v);
  const starts = [0];
  for (const zone of parts) starts.push(starts.at(-1)! + zone.length);
  const isLast = (v: number) => nodes[v + 1]?.z !== nodes[v]!.z || shares[v + 1] !== shares[v];
  const endOf = (v: number): number => (isLast(v) ? v + 1 : endOf(v + 1));
  return {
    zones: nodes.map(({ z }) => z),
    shares,
    sent: shares,
    places,
    starts,
    ends: places.map(endOf),
    atPlace: places,
    cluster: { nodes: records, nodeIndex: new NodeIndex(records) },
    deaf: parts.map((_, z) => deaf[z] ?? 0),
    isWhole: deaf.every((share) => share === 0),
  };
}

/** @param groups home, zones and number of endpoints */
export function problemOf(
  parts: readonly (readonly number[])[],
  groups: readonly (readonly [number, readonly number[], number])[],
  { deaf, ...limits }: Partial<NamingLimits> & { readonly deaf?: readonly number[] } = {},
): NamingProblem {
  const zones = parts.map((zone, z) => ({
    zone: 'abcdef'[z]!,
    share: zone.reduce((sum, share) => sum + share, deaf?.[z] ?? 0),
  }));
  const layout = groups.map(([home, named, count]): LayoutGroup => ({ home, zones: named, count }));
  return namingProblem(layout, zones, sharesOf(parts, deaf), { overload: 0.2, hold: 0.05, ...limits });
}

const SIXTH = 1 / 6;

/** The worked example of docs/balanced.md: five endpoints, three zones, two nodes in each. */
export const FIVE: NamingProblem = problemOf(
  [
    [SIXTH, SIXTH],
    [SIXTH, SIXTH],
    [SIXTH, SIXTH],
  ],
  [
    [0, [0, 2], 2],
    [1, [1, 2], 2],
    [2, [2], 1],
  ],
);

/** Two zones, each with nodes of any size; zone b may use endpoints of a. */
export const someProblem = fc
  .record({
    a: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 12 }),
    b: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 12 }),
    inA: fc.integer({ min: 1, max: 6 }),
    inB: fc.integer({ min: 1, max: 6 }),
  })
  .map(({ a, b, inA, inB }) => {
    const total = [...a, ...b].reduce((sum, one) => sum + one, 0);
    const parts = [a, b].map((zone) => zone.map((one) => one / total).sort((x, y) => y - x));
    return problemOf(parts, [[0, [0, 1], inA], [1, [0, 1], inB]]); // prettier-ignore
  });

/** @param names of nodes; undefined: the endpoint has no hints */
export function endpoint(
  address: string,
  zone: string,
  names?: readonly string[],
  more: Partial<EndpointRecord> = {},
): EndpointRecord {
  return {
    address,
    addresses: undefined,
    zone,
    nodeName: '',
    ready: true,
    serving: undefined,
    terminating: undefined,
    hints: names === undefined ? undefined : { forZones: [zone], forNodes: names },
    ...more,
  };
}

/** The endpoints that a node uses. */
export function usedBy(state: NamingState, v: number): readonly number[] {
  const row = state.rowOf(v);
  return state.problem.homes.flatMap((_, e) => (state.used[row + e]! ? [e] : []));
}

/** The endpoints of each zone, by load. */
export function nearOf({ problem, near, nearStarts }: NamingState): readonly (readonly number[])[] {
  return problem.pools.map((_, z) => near.slice(nearStarts[z], nearStarts[z + 1]));
}
