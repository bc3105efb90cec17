import type { EndpointHints } from '../model/hints.js';
import type { NodeConsumer } from '../model/node.js';
import { NumberLists, Pairs } from '../model/lists/numberLists.js';
import type { EndpointRecord } from '../model/slice.js';
import { READS_ALL, readsOf, type Reading } from './reading.js';
import { consumedEndpoints, heedsHints } from './rule.js';

/** What of a node decides which hints reach it. */
interface ReplayedNode {
  readonly name: string;
  readonly zone: string;
  readonly consumer?: NodeConsumer | undefined;
}

/** What many nodes use: nodes with the same answer by zone share one set. */
export interface NodeUses {
  /** Indexes of endpoints, ascending. */
  readonly sets: NumberLists;
  /** Parallel to the nodes: the set that each uses. */
  readonly setOf: Int32Array;
}

/** The set of all endpoints that are used without hints. */
const CONSUMED = 0;

/**
 * What `usableByRule` gives for many nodes at once, so that thousands of nodes cost little more than the hints themselves.
 * @param hints parallel to `endpoints`
 * @param placeOf a number from 0 for each name of a node, below 0 for other names; by default names are numbered here
 */
export function usesOfNodes(
  endpoints: readonly EndpointRecord[],
  hints: readonly (EndpointHints | undefined)[],
  nodes: readonly ReplayedNode[],
  reading: Reading = READS_ALL,
  placeOf: (name: string) => number = numbering(),
): NodeUses {
  const consumed = consumedEndpoints(endpoints);
  const isHeeded = heedsHints(endpoints, consumed);
  const zoneNames = isHeeded ? countNames(consumed, hints, 'forZones') : 0;
  const nodeNames = isHeeded ? countNames(consumed, hints, 'forNodes') : 0;
  const pairs = new Pairs(consumed.length + zoneNames + nodeNames);
  for (let k = 0; k < consumed.length; k++) pairs.add(CONSUMED, consumed[k]!);
  const zoneSets = new Map<string, number>();
  if (zoneNames > 0) {
    forEachName(consumed, hints, 'forZones', (zone, index) => {
      let set = zoneSets.get(zone);
      if (set === undefined) zoneSets.set(zone, (set = CONSUMED + 1 + zoneSets.size));
      pairs.add(set, index);
    });
  }
  const first = CONSUMED + 1 + zoneSets.size;
  let count = first;
  if (nodeNames > 0) {
    forEachName(consumed, hints, 'forNodes', (node, index) => {
      const place = placeOf(node);
      if (place < 0) return;
      count = Math.max(count, first + place + 1);
      pairs.add(first + place, index);
    });
  }
  const sets = new NumberLists(count, pairs);
  const setOf = new Int32Array(nodes.length);
  for (let i = 0; i < nodes.length; i++) {
    const { name, zone } = nodes[i]!;
    const reads = readsOf(reading, nodes[i]!);
    if (reads === 'none') continue;
    const own = reads === 'all' && count > first ? first + placeOf(name) : count;
    setOf[i] = own >= first && own < count && sets.sizeOf(own) > 0 ? own : (zoneSets.get(zone) ?? CONSUMED);
  }
  return { sets, setOf };
}

/**
 * The same as arrays.
 * @returns for each node the indexes of the endpoints that its kube-proxy would use, ascending; one array for each set
 */
export function usableByNodes(
  endpoints: readonly EndpointRecord[],
  hints: readonly (EndpointHints | undefined)[],
  nodes: readonly ReplayedNode[],
  reading?: Reading,
  placeOf?: (name: string) => number,
): (readonly number[])[] {
  const { sets, setOf } = usesOfNodes(endpoints, hints, nodes, reading, placeOf);
  const arrays = new Map<number, readonly number[]>();
  return nodes.map((_, i) => {
    const set = setOf[i]!;
    const known = arrays.get(set);
    if (known !== undefined) return known;
    const array = sets.toArray(set);
    arrays.set(set, array);
    return array;
  });
}

/** Numbers names from 0 in the order in which they come. */
function numbering(): (name: string) => number {
  const numbers = new Map<string, number>();
  return (name) => {
    const known = numbers.get(name);
    if (known === undefined) numbers.set(name, numbers.size);
    return known ?? numbers.size - 1;
  };
}

/** How many names the hints of one kind have; 0 unless every endpoint has some: else the kind does not count. */
function countNames(
  consumed: readonly number[],
  hints: readonly (EndpointHints | undefined)[],
  kind: 'forNodes' | 'forZones',
): number {
  let count = 0;
  for (let k = 0; k < consumed.length; k++) {
    const names = hints[consumed[k]!]?.[kind];
    if (names === undefined || names.length === 0) return 0;
    count += names.length;
  }
  return count;
}

function forEachName(
  consumed: readonly number[],
  hints: readonly (EndpointHints | undefined)[],
  kind: 'forNodes' | 'forZones',
  use: (name: string, index: number) => void,
): void {
  for (let k = 0; k < consumed.length; k++) {
    const index = consumed[k]!;
    const names = hints[index]![kind]!;
    for (let i = 0; i < names.length; i++) use(names[i]!, index);
  }
}
