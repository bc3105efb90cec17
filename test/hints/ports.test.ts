import { describe, expect, test } from 'vitest';
import { joinedByPorts, portSets } from '../../src/hints/ports.js';
import type { EndpointManifest } from '../../src/model/manifest.js';
import { readSlice, type SliceRecord } from '../../src/model/slice.js';

function slice(
  name: string,
  ports: readonly string[],
  endpoints: EndpointManifest[] = [{ addresses: [`10.0.0.${name}`] }],
): SliceRecord {
  return readSlice({
    metadata: { name, namespace: 'ns' },
    addressType: 'IPv4',
    ports: ports.map((port) => ({ name: port })),
    endpoints,
  });
}

type Named = readonly [ports: string, slices: string];
function sets(slices: readonly SliceRecord[]): Named[] {
  return portSets(slices).map(({ ports, slices: serving }) => [ports.join(), serving.map(({ name }) => name).join()]);
}
const groups = (slices: readonly SliceRecord[]): string[] =>
  joinedByPorts(slices).map((group) => group.map(({ name }) => name).join());

describe.each<[string, SliceRecord[], Named[], string[]]>([
  ['slices of the same ports are one set', [slice('x', ['a', 'b']), slice('y', ['b', 'a'])], [['a,b', 'x,y']], ['x,y']],
  ['slices without ports are one set', [slice('x', []), slice('y', [])], [['', 'x,y']], ['x,y']],
  [
    'slices of different ports are apart',
    [slice('x', ['a']), slice('y', ['b'])],
    [
      ['a', 'x'],
      ['b', 'y'],
    ],
    ['x', 'y'],
  ],
  [
    'slices without ports are in each set, in their place',
    [slice('w', []), slice('x', ['a', 'b']), slice('y', []), slice('z', ['c'])],
    [
      ['a,b', 'w,x,y'],
      ['c', 'w,y,z'],
    ],
    ['w,x,y,z'],
  ],
  [
    'a slice without endpoints joins none',
    [slice('x', ['a']), slice('y', ['b']), slice('z', ['a', 'b'], [])],
    [
      ['a', 'x,z'],
      ['b', 'y,z'],
    ],
    ['x,z', 'y'],
  ],
  [
    'a slice without a ready endpoint joins none, and goes where one of its ports is served',
    [
      slice('x', ['a']),
      slice('y', ['b']),
      slice('z', ['b', 'c'], [{ addresses: ['10.0.0.9'], conditions: { ready: false } }]),
    ],
    [
      ['a', 'x'],
      ['b', 'y,z'],
      ['c', 'z'],
    ],
    ['x', 'y,z'],
  ],
  [
    'a slice without ports and without a ready endpoint joins none',
    [slice('x', [], [{ addresses: ['10.0.0.9'], conditions: { ready: false } }]), slice('y', ['a']), slice('z', ['b'])],
    [
      ['a', 'x,y'],
      ['b', 'x,z'],
    ],
    ['x,y', 'z'],
  ],
  [
    'a slice that serves both joins them, and each port has its own set',
    [slice('x', ['a']), slice('y', ['a', 'b']), slice('z', ['b', 'c'])],
    [
      ['a', 'x,y'],
      ['b', 'y,z'],
      ['c', 'z'],
    ],
    ['x,y,z'],
  ],
  [
    'a slice without ports serves all',
    [slice('x', ['a']), slice('y', []), slice('z', ['b'])],
    [
      ['a', 'x,y'],
      ['b', 'y,z'],
    ],
    ['x,y,z'],
  ],
  [
    'ports that the same slices serve are one set beside others',
    [slice('x', ['a', 'd']), slice('y', ['c'])],
    [
      ['a,d', 'x'],
      ['c', 'y'],
    ],
    ['x', 'y'],
  ],
  [
    'sets are sorted by their first port, and slices stay in their order',
    [slice('x', ['b']), slice('y', ['a', 'b'])],
    [
      ['a', 'y'],
      ['b', 'x,y'],
    ],
    ['x,y'],
  ],
  [
    'a port that more slices serve is another set',
    [slice('x', ['a', 'b']), slice('y', ['b'])],
    [
      ['a', 'x'],
      ['b', 'x,y'],
    ],
    ['x,y'],
  ],
  [
    'the empty name is a port',
    [slice('x', ['']), slice('y', ['b'])],
    [
      ['', 'x'],
      ['b', 'y'],
    ],
    ['x', 'y'],
  ],
])('%s', (_, slices, expectedSets, expectedGroups) => {
  test('sets of ports', () => expect(sets(slices)).toEqual(expectedSets));
  test('slices that are planned together', () => expect(groups(slices)).toEqual(expectedGroups));
});

test('no slices make one set without slices', () => {
  expect(sets([])).toEqual([['', '']]);
});
