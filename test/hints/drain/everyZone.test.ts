import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nameEveryZone } from '../../../src/hints/drain/everyZone.js';
import { gatherEndpoints } from '../../../src/hints/endpoints.js';
import { readSlice } from '../../../src/model/slice.js';
import { sliceManifest } from '../../support/vectors.js';

interface Given {
  readonly ports?: readonly string[];
  /** Names of each endpoint; `!` in front: it is not ready. */
  readonly endpoints: Readonly<Record<string, readonly string[]>>;
}

function named(given: readonly Given[], zones: readonly string[]): Record<string, readonly string[]> {
  const slices = given.map(({ ports = ['http'], endpoints }, s) =>
    readSlice({
      ...sliceManifest({
        name: `s${s}`,
        endpoints: Object.keys(endpoints).map((key) => ({
          address: key.replace('!', ''),
          ready: !key.startsWith('!'),
        })),
      }),
      ports: ports.map((name) => ({ name, port: 80 })),
    }),
  );
  const gathered = gatherEndpoints(slices);
  const forZones = given.flatMap(({ endpoints }) => Object.values(endpoints));
  const names = nameEveryZone(gathered, slices, forZones, zones);
  return Object.fromEntries(gathered.endpoints.map(({ address }, i) => [address, names[i]!]));
}

const NINE = ['z1', 'z2', 'z3', 'z4', 'z5', 'z6', 'z7', 'z8', 'z9'];

test.each<[string, Given[], string[], Record<string, string[]>]>([
  [
    'zones that are named stay as they are',
    [{ endpoints: { x: ['a'], y: ['b'] } }],
    ['a', 'b'],
    { x: ['a'], y: ['b'] },
  ],
  [
    'a zone that nothing names is named everywhere',
    [{ endpoints: { x: ['a'], y: ['b'] } }],
    ['a', 'b', 'c'],
    { x: ['a', 'c'], y: ['b', 'c'] },
  ],
  ['nodes without a zone are a zone with an empty name', [{ endpoints: { x: ['a'] } }], ['', 'a'], { x: ['', 'a'] }],
  [
    'where one endpoint names nothing, nodes go by no hint, so that all zones are named',
    [{ endpoints: { x: ['a'], y: [] } }],
    ['a', 'b'],
    { x: ['a', 'b'], y: ['a', 'b'] },
  ],
  [
    'an endpoint that is not ready serves nobody now, and gets the same',
    [{ endpoints: { x: ['a'], '!y': ['b'] } }],
    ['a', 'b'],
    { x: ['a', 'b'], y: ['b'] },
  ],
  [
    'an endpoint that serves nobody by choice still has hints',
    [{ endpoints: { x: ['a', 'b'], y: ['placeholder.invalid'] } }],
    ['a', 'b'],
    { x: ['a', 'b'], y: [] },
  ],
  [
    'each port has endpoints for each zone',
    [
      { ports: ['http'], endpoints: { x: ['a'] } },
      { ports: ['http', 'metrics'], endpoints: { y: ['b'] } },
    ],
    ['a', 'b'],
    { x: ['a'], y: ['a', 'b'] },
  ],
  [
    'more than 8 zones are shared out, each zone as many endpoints as there is room for',
    [{ endpoints: { x: [], y: [] } }],
    NINE,
    { x: ['z1', 'z2', 'z3', 'z4', 'z5', 'z6', 'z7', 'z9'], y: ['z1', 'z2', 'z3', 'z4', 'z5', 'z6', 'z7', 'z8'] },
  ],
  [
    'they are shared out by address, whatever the order of the endpoints',
    [{ endpoints: { y: [], x: [] } }],
    NINE,
    { x: ['z1', 'z2', 'z3', 'z4', 'z5', 'z6', 'z7', 'z9'], y: ['z1', 'z2', 'z3', 'z4', 'z5', 'z6', 'z7', 'z8'] },
  ],
  [
    'where one endpoint has no room, the others get what is lacking',
    [{ endpoints: { x: NINE.slice(0, 8), y: ['z1'] } }],
    NINE,
    { x: NINE.slice(0, 8), y: ['z1', 'z9'] },
  ],
  [
    'the one that names the fewest gets a zone first',
    [{ endpoints: { x: NINE.slice(0, 6), y: NINE.slice(0, 7) } }],
    [...NINE, 'z99'],
    { x: [...NINE.slice(0, 6), 'z8', 'z9'], y: [...NINE.slice(0, 7), 'z99'] },
  ],
  [
    'endpoints that are not ready get what is lacking, up to 8 zones',
    [{ endpoints: { x: ['z1'], '!eight': NINE.slice(1), '!seven': NINE.slice(2), '!one': ['z9'] } }],
    ['z1', 'z2'],
    { x: ['z1', 'z2'], eight: NINE.slice(1), seven: NINE.slice(1), one: ['z2', 'z9'] },
  ],
])('%s', (_, given, zones, expected) => {
  expect(named(given, zones)).toEqual(expected);
});

test('no zone is left out while there is room for it, and none is named a ninth time', () => {
  const zones = Array.from({ length: 16 }, (_, i) => `z${i + 10}`);
  const names = named([{ endpoints: { x: [], y: [] } }], zones);
  expect([...names['x']!, ...names['y']!].sort()).toEqual(zones);
});

test('zones that are more than fit take turns, each at the first endpoint with the fewest names', () => {
  const own = fc.subarray(NINE, { maxLength: 3 }).filter((zones) => zones.length > 0);
  fc.assert(
    fc.property(fc.array(own, { minLength: 1, maxLength: 12 }), fc.integer({ min: 9, max: 14 }), (lists, count) => {
      const zones = Array.from({ length: count }, (_, i) => `y${i}`);
      const expected = lists.map((list) => [...list]);
      for (let isRoom = true; isRoom;) {
        for (const zone of zones) {
          const open = expected.filter((names) => names.length < 8 && !names.includes(zone));
          const fewest = Math.min(...open.map((names) => names.length));
          const next = open.find((names) => names.length === fewest);
          if (next === undefined) {
            isRoom = false;
            break;
          }
          next.push(zone);
        }
      }
      const address = (i: number): string => `10.0.0.${i + 10}`;
      const endpoints = Object.fromEntries(lists.map((list, i) => [address(i), list]));
      expect(named([{ endpoints }], zones)).toEqual(
        Object.fromEntries(expected.map((names, i) => [address(i), [...names].sort()])),
      );
    }),
  );
});
