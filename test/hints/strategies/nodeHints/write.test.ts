import { describe, expect, test } from 'vitest';
import { hasNames, NameReader, type Heirs, type NamedNodes } from '../../../../src/hints/strategies/nodeHints/names.js';
import { keepStanding, writeNames } from '../../../../src/hints/strategies/nodeHints/write.js';
import type { EndpointRecord } from '../../../../src/model/slice.js';
import { endpoint, sharesOf } from './problems.js';

const SHARES = sharesOf([[0.2, 0.2, 0.1], [0.5]]);
const NOBODY = ['placeholder.invalid'];
const zoneHints = (endpoints: readonly EndpointRecord[]) => endpoints.map(({ zone }) => ({ forZones: [zone] }));

describe('names that stand', () => {
  const heirs = new Map([[1, { index: 0, names: ['a2', 'a1'] }]]);
  const keep = (endpoints: readonly EndpointRecord[], hints = zoneHints(endpoints)) =>
    keepStanding({ endpoints, hints, heirs });

  test('stay in the very object, those of nodes that left, too', () => {
    const one = endpoint('1', 'a', ['a1', 'gone']);
    expect(keep([one])[0]).toBe(one.hints);
  });

  test('stay beside other zone hints', () => {
    const one = endpoint('1', 'a', ['a1']);
    expect(keep([one], [{ forZones: ['a', 'b'] }])).toEqual([{ forZones: ['a', 'b'], forNodes: ['a1'] }]);
  });

  test.each<[string, number, boolean, readonly string[]]>([
    ['a ready endpoint inherits them, sorted', 1, true, ['a1', 'a2']],
    ['an endpoint that is not ready inherits them, too', 1, false, ['a1', 'a2']],
    ['an endpoint that inherits none gets the placeholder', 2, true, NOBODY],
  ])('%s', (_, index, ready, expected) => {
    const endpoints = [
      endpoint('1', 'a', ['a1']),
      ...['2', '3'].map((end) => endpoint(end, 'a', undefined, { ready })),
    ];
    expect(keep(endpoints)[index]).toEqual({ forZones: ['a'], forNodes: expected });
  });
});

describe('other names', () => {
  const write = (endpoints: readonly EndpointRecord[], named: NamedNodes, heirs?: Heirs) => {
    const ready = endpoints.flatMap((one, i) => (one.ready === false ? [] : [i]));
    const places = hasNames(endpoints) ? new NameReader().read(endpoints, SHARES) : undefined;
    return writeNames({ endpoints, hints: zoneHints(endpoints), ready, shares: SHARES, named, places, heirs });
  };
  const namesIn = (hints: ReturnType<typeof write>) => hints.map((one) => one?.forNodes);

  test('are written in the order given, beside the zone hints; an endpoint without any gets the placeholder', () => {
    const endpoints = [endpoint('1', 'a'), endpoint('2', 'b'), endpoint('3', 'b')];
    const named = [
      { node: 0, set: [0] },
      { node: 1, set: [0, 1] },
    ];
    expect(write(endpoints, named)).toEqual([
      { forZones: ['a'], forNodes: ['a1', 'a2'] },
      { forZones: ['b'], forNodes: ['a2'] },
      { forZones: ['b'], forNodes: NOBODY },
    ]);
  });

  test('leave an endpoint that names the same nodes as it is, in any order and with those that left', () => {
    const endpoints = [endpoint('1', 'a', ['a2', 'gone', 'a1']), endpoint('2', 'a', ['a1'])];
    const named = [
      { node: 0, set: [0] },
      { node: 1, set: [0, 1] },
    ];
    const hints = write(endpoints, named);
    expect(hints[0]).toBe(endpoints[0]!.hints);
    expect(namesIn(hints)[1]).toEqual(['a2']);
  });

  test.each<[string, readonly string[] | undefined, readonly string[]]>([
    ['keeps names of nodes that are still named, and of nodes that left', ['a1', 'gone'], ['a1', 'gone']],
    ['loses those of nodes that are named no more', ['a1', 'a2'], ['a1']],
    ['gets the placeholder when none is left', ['a2'], NOBODY],
    ['takes over names when it has none', undefined, ['a1', 'a3']],
  ])('an endpoint that is not ready %s', (_, names, expected) => {
    const endpoints = [endpoint('1', 'a'), endpoint('2', 'a', names, { ready: false })];
    const hints = write(endpoints, [{ node: 0, set: [0] }], new Map([[1, { index: 0, names: ['a3', 'a1'] }]]));
    expect(namesIn(hints)[1]).toEqual(expected);
  });
});
