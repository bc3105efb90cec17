import { expect, test } from 'vitest';
import fc from 'fast-check';
import type { TopologyKey } from '../../../../src/hints/strategies/topologyKeys/annotation.js';
import { EndpointDomains } from '../../../../src/hints/strategies/topologyKeys/selection.js';
import { ALONE, BESIDE, NOT, Takers, takingAt } from '../../../../src/hints/strategies/topologyKeys/takers.js';
import { endpoint, node } from '../../../support/topologyKeysVectors.js';

const label = (name: string, outside = false): TopologyKey => ({ kind: 'label', label: name, outside });

test('an endpoint is taken by the nodes that accept it by a key no worse than their present one, whichever was asked for before', () => {
  const keys = fc.subarray([label('a'), label('b', true), label('c')], { minLength: 1 });
  const value = fc.constantFrom('', 'x', 'y');
  const labels = fc.record({ a: value, b: value, c: value });
  let taken = 0;
  fc.assert(
    fc.property(keys, fc.boolean(), fc.array(labels, { minLength: 2, maxLength: 6 }), (some, any, each) => {
      const nodes = each.map((own, i) => node(`n${i}`, own));
      const endpoints = nodes.map(({ name }, i) => endpoint(`10.0.0.${i}`, name));
      const domains = EndpointDomains.of(any ? [...some, { kind: 'any' }] : some, nodes, endpoints, [0]);
      const selections = nodes.map((one) => domains.select(one));
      const takers = new Takers(nodes, selections, domains);
      for (const index of endpoints.keys()) {
        const expected = nodes.map((one, i) =>
          takingAt(domains.levelOf(domains.domainsOf(one), index), selections[i]!.level),
        );
        const found = takers.of(index);
        expect([...takers.taking]).toEqual(expected);
        expect(found).toEqual(expected.flatMap((taking, i) => (taking === NOT ? [] : [i])));
        taken += found.length;
      }
    }),
  );
  expect(taken).toBeGreaterThan(100);
});

test.each<[string, number, number, number]>([
  ['no key accepts it', -1, -1, NOT],
  ['a worse key than the present one', 2, 1, NOT],
  ['the same key', 1, 1, BESIDE],
  ['a better key', 0, 1, ALONE],
  ['the first key that selects anything', 3, -1, ALONE],
])('%s', (_, level, now, taking) => {
  expect(takingAt(level, now)).toBe(taking);
});
