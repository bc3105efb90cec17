import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { usableByNodes, usesOfNodes } from '../../src/kubeproxy/replay.js';
import { usableByRule } from '../../src/kubeproxy/rule.js';
import type { EndpointHints } from '../../src/model/hints.js';
import { readEndpoint } from '../../src/model/slice.js';

const names = fc.option(fc.array(fc.constantFrom('', 'a', 'b', 'c'), { maxLength: 3 }), { nil: undefined });
const endpoints = fc.array(
  fc.record({
    ready: fc.constantFrom(true, true, true, false, undefined),
    serving: fc.boolean(),
    terminating: fc.boolean(),
    hints: fc.option(fc.record({ forZones: names, forNodes: names }), { nil: undefined }),
  }),
  { maxLength: 5 },
);

describe('usableByNodes', () => {
  test('agrees with the rule for one node, whatever the hints', () => {
    const nodes = ['', 'a', 'b', 'c', 'd'].flatMap((zone) => ['a', 'b', 'x'].map((name) => ({ name, zone })));
    fc.assert(
      fc.property(endpoints, (drawn) => {
        const records = drawn.map(({ ready, serving, terminating }, i) =>
          readEndpoint({ addresses: [`10.0.0.${i}`], conditions: { ready: ready ?? null, serving, terminating } }),
        );
        const hints = drawn.map((endpoint): EndpointHints | undefined => endpoint.hints);
        const all = usableByNodes(records, hints, nodes);
        expect(all).toEqual(nodes.map((node) => usableByRule(records, hints, node)));
        const { sets, setOf } = usesOfNodes(records, hints, nodes, undefined, (name) =>
          ['x', 'c', 'a', 'b'].indexOf(name),
        );
        expect(Array.from(setOf, (set) => sets.toArray(set))).toEqual(all);
      }),
      { numRuns: 500 },
    );
  });
});
