import { describe, expect, test } from 'vitest';
import {
  byHomeAndZones,
  classify,
  ClassTable,
  currentGroups,
} from '../../../../src/hints/strategies/balanced/classification.js';
import { readSlice, type EndpointRecord } from '../../../../src/model/slice.js';

interface Given {
  readonly zone?: string;
  readonly hints?: readonly string[];
  readonly ready?: boolean;
}
const endpoints = (...given: readonly Given[]): readonly EndpointRecord[] =>
  readSlice({
    addressType: 'IPv4',
    endpoints: given.map(({ zone, hints, ready = true }, i) => ({
      addresses: [`10.0.0.${i}`],
      conditions: { ready },
      ...(zone === undefined ? {} : { zone }),
      ...(hints === undefined ? {} : { hints: { forZones: hints.map((name) => ({ name })) } }),
    })),
  }).endpoints;
const indexOf = (count: number): Map<string, number> => new Map(Array.from({ length: count }, (_, i) => [`z${i}`, i]));
const two = indexOf(2);

describe.each([3, 30])('the table of classes in a cluster of %i zones', (zones) => {
  test('begins with a root for each home, the last one of the homeless', () => {
    const { classes } = new ClassTable(zones);
    expect(classes).toEqual(Array.from({ length: zones + 1 }, (_, home) => ({ id: home, home, zones: [] })));
  });

  test('has one class for a home and a set of zones, however often it is asked, and others for others', () => {
    const table = new ClassTable(zones);
    const asked: [number, number[]][] = [];
    for (let home = 0; home <= zones; home++) asked.push([home, [0]], [home, [0, 2]], [home, [1, 2]], [home, []]);
    const ids = asked.map(([home, set]) => table.find(home, set));
    expect(new Set(ids).size).toBe(asked.length);
    expect(asked.map(([home, set]) => table.find(home, set))).toEqual(ids);
    expect(ids.map((id) => table.classes[id])).toEqual(
      asked.map(([home, set], i) => ({ id: ids[i], home, zones: set })),
    );
    expect(asked.filter(([, set]) => set.length === 0).map(([home, set]) => table.find(home, set))).toEqual(
      Array.from({ length: zones + 1 }, (_, home) => home),
    );
  });

  test('reads names in any order, as the same class', () => {
    const table = new ClassTable(zones);
    const id = table.read(1, ['z2', 'z0'], indexOf(zones));
    expect(table.classes[id]).toEqual({ id, home: 1, zones: [0, 2] });
    expect([table.read(1, ['z0', 'z2'], indexOf(zones)), table.find(1, [0, 2])]).toEqual([id, id]);
  });

  test('takes names of which one is unknown for none', () => {
    expect(new ClassTable(zones).read(1, ['z0', 'gone'], indexOf(zones))).toBe(1);
  });
});

describe('classify', () => {
  test('puts endpoints without hints that hold into the class of their home', () => {
    const many = Array.from({ length: 9 }, (_, i) => `z${i}`);
    const { classOf, homes, ready, total, complete } = classify(
      endpoints({ zone: 'z1' }, { zone: 'z0', hints: ['gone'] }, { zone: 'z0', hints: [] }, {}, { zone: 'elsewhere' }, { zone: 'z1', hints: many }), // prettier-ignore
      indexOf(9),
    );
    expect(classOf).toEqual([1, 0, 0, 9, 9, 1]);
    expect(homes).toEqual([2, 2, 0, 0, 0, 0, 0, 0, 0, 2]);
    expect([ready.slice(0, 10), total, complete]).toEqual([homes, 6, false]);
  });

  test('eight zones hold, nine do not', () => {
    const named = (count: number): string[] => Array.from({ length: count }, (_, i) => `z${i}`);
    const { table, classOf } = classify(endpoints({ zone: 'z0', hints: named(8) }, { zone: 'z0', hints: named(9) }), indexOf(9)); // prettier-ignore
    expect(classOf.map((id) => table.classes[id]?.zones.length)).toEqual([8, 0]);
  });

  test('puts endpoints of one home that serve the same zones into one class', () => {
    const given = endpoints(
      { zone: 'z0', hints: ['z0', 'z1'] },
      { zone: 'z0', hints: ['z1', 'z0'] },
      { zone: 'z1', hints: ['z0', 'z1'] },
      { zone: 'z0', hints: ['z0'] },
      { zone: 'z0', hints: ['z0', 'z1'] },
    );
    const { classOf, complete, ready } = classify(given, two);
    const [a, again, elsewhere, alone, last] = classOf;
    expect([again, last]).toEqual([a, a]);
    expect(new Set([a, elsewhere, alone]).size).toBe(3);
    expect([ready[a!], ready[elsewhere!], ready[alone!], complete]).toEqual([3, 1, 1, true]);
  });

  test('counts only what is ready, and gives the others a class too', () => {
    const classification = classify(
      endpoints(
        { zone: 'z0', hints: ['z0'] },
        { zone: 'z1', hints: ['z1'], ready: false },
        { zone: 'z1', ready: false },
      ),
      two,
    );
    const { classOf, homes, total, complete, table } = classification;
    expect([homes, total, complete]).toEqual([[1, 0, 0], 1, true]);
    expect(classOf.map((id) => table.classes[id]?.zones)).toEqual([[0], [1], []]);
    expect(currentGroups(classification)).toEqual([{ home: 0, zones: [0], count: 1 }]);
  });

  test('the groups of a layout are the classes with ready endpoints', () => {
    const given = endpoints({ zone: 'z0', hints: ['z1'] }, { zone: 'z0', hints: ['z1'] }, { zone: 'z1' }, {});
    const groups = currentGroups(classify(given, two)).sort(byHomeAndZones);
    expect(groups).toEqual([
      { home: 0, zones: [1], count: 2 },
      { home: 1, zones: [], count: 1 },
      { home: 2, zones: [], count: 1 },
    ]);
  });
});

test('groups are sorted by home, then by their zones one after the other, shorter lists first', () => {
  const sorted = [
    { home: 0, zones: [] },
    { home: 0, zones: [0] },
    { home: 0, zones: [0, 1] },
    { home: 0, zones: [0, 2] },
    { home: 0, zones: [1] },
    { home: 1, zones: [0] },
  ];
  expect([...sorted].reverse().sort(byHomeAndZones)).toEqual(sorted);
});
