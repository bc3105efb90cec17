import { expect, test } from 'vitest';
import { chooseHeirs } from '../../../../src/hints/strategies/nodeHints/heirs.js';
import { NameReader } from '../../../../src/hints/strategies/nodeHints/names.js';
import type { EndpointRecord } from '../../../../src/model/slice.js';
import { endpoint, sharesOf } from './problems.js';

const SHARES = sharesOf([[0.25, 0.25], [0.5]]);
const TERMINATING = { ready: false, terminating: true };
const NOT_READY = { ready: false };

/** What each endpoint takes over, in the order of the endpoints. */
const taken = (endpoints: readonly EndpointRecord[]): (readonly string[] | undefined)[] | undefined => {
  const heirs = chooseHeirs(endpoints, new NameReader().read(endpoints, SHARES));
  return heirs && endpoints.map((_, i) => heirs.get(i)?.names);
};

test.each<[string, readonly EndpointRecord[], readonly (readonly string[] | undefined)[] | undefined]>([
  ['nothing where every endpoint has names', [endpoint('1', 'a', ['a1'])], undefined],
  ['nothing where no endpoint has names', [endpoint('1', 'a')], undefined],
  ['those of one that terminates', [endpoint('1', 'a', ['a1'], TERMINATING), endpoint('2', 'a')], [undefined, ['a1']]],
  ['those of one that stays and may be next', [endpoint('1', 'a', ['a1']), endpoint('2', 'a', undefined, NOT_READY)], [undefined, ['a1']]], // prettier-ignore
  ['none of another zone', [endpoint('1', 'b', ['b1'], TERMINATING), endpoint('2', 'a')], undefined],
  ['none of nodes that left', [endpoint('1', 'a', ['a1', 'gone'], TERMINATING), endpoint('2', 'a')], [undefined, ['a1']]], // prettier-ignore
  ['nothing where only nodes that left are named', [endpoint('1', 'a', ['gone'], TERMINATING), endpoint('2', 'a')], undefined], // prettier-ignore
  [
    'those that no other endpoint has, first',
    [endpoint('1', 'a', ['a1']), endpoint('2', 'a', ['a2'], TERMINATING), endpoint('3', 'a')],
    [undefined, undefined, ['a2']],
  ],
  [
    'none where two endpoints that stay name the node',
    [endpoint('1', 'a', ['a1']), endpoint('2', 'a', ['a1']), endpoint('3', 'a')],
    undefined,
  ],
  ['nothing when it terminates itself', [endpoint('1', 'a', ['a1']), endpoint('2', 'a', undefined, TERMINATING)], undefined], // prettier-ignore
])('an endpoint without names takes over %s', (_, endpoints, expected) => {
  expect(taken(endpoints)).toEqual(expected);
});

test('no endpoint is succeeded twice while another one is left', () => {
  const old = [endpoint('1', 'a', ['a1'], TERMINATING), endpoint('2', 'a', ['a2'], TERMINATING)];
  const heirs = taken([...old, endpoint('3', 'a'), endpoint('4', 'a')])!;
  expect(heirs.slice(2).flat().sort()).toEqual(['a1', 'a2']);
});

test('the order of the endpoints does not matter', () => {
  const endpoints = [
    endpoint('1', 'a', ['a1'], TERMINATING),
    endpoint('2', 'a', ['a2'], TERMINATING),
    endpoint('3', 'a'),
    endpoint('4', 'a'),
  ];
  expect(taken([...endpoints].reverse())!.reverse()).toEqual(taken(endpoints));
});

test('names that no endpoint has go first, those of one that stays next, and no others', () => {
  const old = [
    endpoint('1', 'a', ['a1']),
    endpoint('2', 'a', ['a2']),
    endpoint('3', 'a', ['a2'], TERMINATING),
    endpoint('4', 'a', ['a1', 'gone'], TERMINATING),
  ];
  const fresh = ['5', '6', '7', '8'].map((end) => endpoint(end, 'a'));
  const alone = [endpoint('4', 'a', ['a1'], TERMINATING), ...fresh];
  const given = (endpoints: readonly EndpointRecord[]) =>
    taken(endpoints)!.flatMap((names) => names ?? []).sort(); // prettier-ignore
  expect(given([...old, ...fresh])).toEqual(['a1', 'a2']);
  expect(given(alone)).toEqual(['a1', 'a1']);
});
