import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { PLACEHOLDER, type EndpointHints } from '../../../../src/model/hints.js';
import { TopologyCompiler, type Compilation } from '../../../../src/hints/strategies/topologyKeys/compiler.js';
import { usableByRule } from '../../../../src/kubeproxy/rule.js';
import { endpoint } from '../../../support/topologyKeysVectors.js';
import { usedBy } from './lists.js';

interface Instance {
  /** Zone of each node. */
  readonly zones: readonly string[];
  /** For each node the endpoints it wants; empty: nothing matches. */
  readonly wanted: readonly (readonly number[])[];
  readonly count: number;
  readonly limit: number;
  /** For each zone what a node that joins it would want. */
  readonly natural?: ReadonlyMap<string, readonly number[]>;
}

const address = (index: number): string => `10.0.0.${String(index).padStart(3, '0')}`;
const nodeName = (index: number): string => `n${String(index).padStart(3, '0')}`;

function compile(instance: Instance, hints?: readonly (EndpointHints | undefined)[]): Compilation {
  return compilerOf(instance, hints).compile();
}

function compilerOf(instance: Instance, hints?: readonly (EndpointHints | undefined)[]): TopologyCompiler {
  return new TopologyCompiler({
    endpoints: Array.from({ length: instance.count }, (_, i) => ({ ...endpoint(address(i)), hints: hints?.[i] })),
    nodes: instance.zones.map((zone, i) => ({ name: nodeName(i), zone })),
    wanted: instance.wanted,
    natural: instance.natural ?? new Map<string, readonly number[]>(),
    limit: instance.limit,
  });
}

const all = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** What the compilation claims, checked against the rule for one node, written independently of the batch. */
function check(instance: Instance, compiled: Compilation): void {
  const records = all(instance.count).map((i) => endpoint(address(i)));
  const usable = usedBy(compiled.uses);
  instance.zones.forEach((zone, i) => {
    const used = usableByRule(records, compiled.hints, { name: nodeName(i), zone });
    expect(usable[i]).toEqual(used);
    const wanted = instance.wanted[i]!;
    const inside = used.every((e) => wanted.includes(e));
    const outcome =
      wanted.length === 0 ? 'softened' : !inside ? 'leaking' : used.length === wanted.length ? 'exact' : 'narrowed';
    expect(compiled.outcomes[i]).toBe(outcome);
    expect(used.length > 0).toBe(instance.count > 0);
  });
  for (const hints of compiled.hints) {
    for (const names of [hints?.forZones ?? [], hints?.forNodes ?? []]) {
      expect(names.length).toBeLessThanOrEqual(instance.limit);
      expect(new Set(names).size).toBe(names.length);
    }
  }
}

/** Tries every assignment of zone and node hints: whether one gives each node what it wants. */
function expressible({ zones, wanted, count, limit }: Instance): boolean {
  const zoneNames = [...new Set(zones)];
  const small = (size: number): number[] =>
    all(1 << size).filter((mask) => mask.toString(2).replaceAll('0', '').length <= limit);
  const choices = small(zones.length).flatMap((f) => small(zoneNames.length).map((z) => ({ f, z })));
  const target = wanted.map((set) => set.reduce((mask, e) => mask | (1 << e), 0));
  const everything = (1 << count) - 1;
  const zoneOf = zones.map((zone) => zoneNames.indexOf(zone));
  const tried = (e: number, byNode: number[], byZone: number[]): boolean => {
    if (e === count) {
      return target.every((mask, n) => mask === (byNode[n]! || byZone[zoneOf[n]!]! || everything));
    }
    return choices.some(({ f, z }) =>
      tried(
        e + 1,
        byNode.map((mask, n) => (f & (1 << n) ? mask | (1 << e) : mask)),
        byZone.map((mask, n) => (z & (1 << n) ? mask | (1 << e) : mask)),
      ),
    );
  };
  return tried(0, zones.map(() => 0), zoneNames.map(() => 0)); // prettier-ignore
}

const subset = (count: number, minLength: number): fc.Arbitrary<number[]> => fc.subarray(all(count), { minLength });

function instances(
  maxNodes: number,
  maxCount: number,
  zoneNames: string[],
  limits: number[],
  mayLack: boolean,
): fc.Arbitrary<Instance> {
  return fc.integer({ min: 1, max: maxCount }).chain((count) =>
    fc.record({
      count: fc.constant(count),
      limit: fc.constantFrom(...limits),
      nodes: fc.array(
        fc.record({ zone: fc.constantFrom(...zoneNames), wanted: subset(count, mayLack ? 0 : 1) }),
        { minLength: 1, maxLength: maxNodes },
      ),
    }),
  ).map(({ count, limit, nodes }) => ({
    count,
    limit,
    zones: nodes.map(({ zone }) => zone),
    wanted: nodes.map(({ wanted }) => wanted),
  })); // prettier-ignore
}

describe('TopologyCompiler', () => {
  test('is exact whenever any hints at all would be (exhaustive search over small clusters)', () => {
    fc.assert(
      fc.property(instances(4, 3, ['', 'a'], [1, 2], false), (instance) => {
        const compiled = compile(instance);
        check(instance, compiled);
        expect(compiled.outcomes.every((outcome) => outcome === 'exact')).toBe(expressible(instance));
      }),
      { numRuns: 300 },
    );
  });

  test('whatever the wishes: no node without endpoints, honest outcomes, limits kept, planning again changes nothing', () => {
    fc.assert(
      fc.property(instances(14, 6, ['', 'a', 'b', 'c'], [1, 2, 3], true), (instance) => {
        const compiled = compile(instance);
        check(instance, compiled);
        const again = compile(instance, compiled.hints);
        expect(again.hints).toEqual(compiled.hints);
      }),
      { numRuns: 500 },
    );
  });

  test('what was compiled before changes no answer', () => {
    fc.assert(
      fc.property(instances(10, 5, ['', 'a', 'b'], [1, 2], true), (instance) => {
        const compiler = compilerOf(instance);
        const { hints } = compiler.compile();
        const some = hints.map((hint, i) => (i % 2 === 0 ? hint : { forZones: ['a'], forNodes: [nodeName(i)] }));
        const expected = compile(instance, some);
        expect(compiler.compile(some)).toEqual(expected);
        expect(compiler.compile(some, compiler.replay(some))).toEqual(expected);
        expect(compiler.compile()).toEqual(compile(instance));
      }),
      { numRuns: 200 },
    );
  });

  test('old hints, right or wrong, never make the answer worse', () => {
    const old = fc.array(
      fc.record({
        forZones: fc.subarray(['', 'a', 'b', 'gone'], { maxLength: 2 }),
        forNodes: fc.subarray([...all(6).map(nodeName), 'gone', PLACEHOLDER], { maxLength: 2 }),
      }),
      { minLength: 4, maxLength: 4 },
    );
    fc.assert(
      fc.property(instances(8, 4, ['', 'a', 'b'], [2], true), old, (instance, hints) => {
        const fresh = compile(instance);
        const kept = compile(instance, hints);
        check(instance, kept);
        const count = (compiled: Compilation, kind: string): number =>
          compiled.outcomes.filter((outcome) => outcome === kind).length;
        expect(count(kept, 'leaking')).toBeLessThanOrEqual(count(fresh, 'leaking'));
        expect(compile(instance, kept.hints).hints).toEqual(kept.hints);
      }),
      { numRuns: 300 },
    );
  });

  test('no hints where every node wants every endpoint, even if some are there', () => {
    const instance = { zones: ['a', 'b'], wanted: [all(2), all(2)], count: 2, limit: 8 };
    const hints = [{ forZones: ['a', 'b'] }, { forZones: ['a', 'b'] }];
    expect(compile(instance, hints).hints).toEqual([undefined, undefined]);
  });

  describe('a domain of many nodes that cannot ride on zone hints', () => {
    /** Two pools of n nodes in one zone, each with m endpoints of its own: one rides on the zone, the other cannot. */
    const twoPools = (n: number, m: number): Instance => ({
      zones: all(2 * n).map(() => ''),
      wanted: all(2 * n).map((i) => all(m).map((e) => (i < n ? e : m + e))),
      count: 2 * m,
      limit: 8,
    });

    // The rows of the research: n nodes share m endpoints, each gets ⌊8m/n⌋, loads within the factor.
    test.each([
      [16, 2, 1, 1.0],
      [20, 5, 2, 1.0],
      [30, 4, 1, 1.07],
      [9, 2, 1, 1.12],
    ])('%d nodes, %d endpoints: each node gets %d of them, the busiest endpoint %d of the mean', (n, m, each, peak) => {
      const compiled = compile(twoPools(n, m));
      check(twoPools(n, m), compiled);
      const narrowed = all(2 * n).filter((i) => compiled.outcomes[i] === 'narrowed');
      expect(narrowed).toHaveLength(n);
      const usable = usedBy(compiled.uses);
      expect(narrowed.every((i) => usable[i]!.length === each)).toBe(true);
      const loads = new Map<number, number>();
      for (const i of narrowed) for (const e of usable[i]!) loads.set(e, (loads.get(e) ?? 0) + 1 / each);
      expect(loads.size).toBe(m);
      expect(Math.max(...loads.values()) / (n / m)).toBeLessThanOrEqual(peak + 0.01);
    });

    test.each([
      [30, 3, 6],
      [65, 8, 1],
    ])('%d nodes, %d endpoints: %d nodes leak, no more', (n, m, leaking) => {
      const compiled = compile(twoPools(n, m));
      check(twoPools(n, m), compiled);
      expect(compiled.outcomes.filter((outcome) => outcome === 'leaking')).toHaveLength(leaking);
    });

    test('a node that goes and one that comes move nobody else', () => {
      const before = compile(twoPools(16, 2));
      const gone = compile(
        { ...twoPools(16, 2), zones: all(31).map(() => ''), wanted: twoPools(16, 2).wanted.slice(0, 31) },
        before.hints,
      );
      expect(usedBy(before.uses).slice(0, 31)).toEqual(usedBy(gone.uses));
    });
  });

  test('a region of 20 zones shares its endpoints among the zones, at most 8 each', () => {
    const zones = all(45).map((i) => (i < 40 ? `z${i % 20}` : 'other'));
    const wanted = zones.map((zone) => (zone === 'other' ? [5] : [0, 1, 2, 3, 4]));
    const instance = { zones, wanted, count: 6, limit: 8 };
    const compiled = compile(instance);
    check(instance, compiled);
    expect(compiled.outcomes.filter((outcome) => outcome === 'leaking')).toEqual([]);
    expect(
      usedBy(compiled.uses)
        .slice(0, 40)
        .every((used) => used.length >= 2),
    ).toBe(true);
  });

  test('a region of 9 zones is exact: the smallest zone goes by node names', () => {
    const zones = all(20).map((i) => (i === 19 ? 'other' : `z${Math.min(8, Math.floor(i / 2))}`));
    const wanted = zones.map((zone) => (zone === 'other' ? [2] : [0, 1]));
    const compiled = compile({ zones, wanted, count: 3, limit: 8 });
    expect(new Set(compiled.outcomes)).toEqual(new Set(['exact']));
  });
});

test('an exact answer that the search finds only from another start is found at once, and stands', () => {
  // Racks of the nodes of each zone; zone z is in region z % 3.
  const racks = '31 c4 1 c 3 3c 4 2c c 4 3 c c3 2c 42 1 c 23 24 c3 3 2 c 4c 2 4 1 c'.split(' ').flatMap(
    // prettier-ignore
    (list, zone) => [...list].map((rack) => ({ rack, zone })),
  );
  // The node of each endpoint; the last one is on none.
  const homes = [20, 31, 21, 0, 29, 32, 26].map((node) => racks[node]!);
  const indexes = (test: (home: { rack: string; zone: number }) => boolean): number[] =>
    homes.flatMap((home, i) => (test(home) ? [i] : []));
  const sameRegion = (zone: number): number[] => indexes((home) => home.zone % 3 === zone % 3);
  const wanted = racks.map(({ rack, zone }) => {
    const sameRack = indexes((home) => home.rack === rack);
    return sameRack.length > 0 ? sameRack : sameRegion(zone);
  });
  const zones = racks.map(({ zone }) => `z${String(zone).padStart(2, '0')}`);
  const natural = new Map(racks.map(({ zone }, i) => [zones[i]!, sameRegion(zone)]));
  const instance = { zones, wanted, count: 8, limit: 8, natural };
  const compiled = compile(instance);
  check(instance, compiled);
  expect(compiled.outcomes.filter((outcome) => outcome !== 'exact')).toEqual([]);
  expect(compile(instance, compiled.hints).hints).toEqual(compiled.hints);
});
