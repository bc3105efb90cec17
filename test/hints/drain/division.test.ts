import { expect, test } from 'vitest';
import { divide } from '../../../src/hints/drain/division.js';
import { readSlice } from '../../../src/model/slice.js';
import { sliceManifest, type VectorEndpoint } from '../../support/vectors.js';

const zoneOf = (node: string): string => (node === 'in-a' ? 'zone-a' : '');
const slice = (name: string, ports: string[], endpoints: VectorEndpoint[]): ReturnType<typeof readSlice> =>
  readSlice({ ...sliceManifest({ name, endpoints }), ports: ports.map((port) => ({ name: port, port: 80 })) });

test('an endpoint lies in its own zone, else in that of its node', () => {
  const endpoints = [
    { address: '10.0.0.1', zone: 'zone-a' },
    { address: '10.0.0.2', node: 'in-a' },
    { address: '10.0.0.3', zone: 'zone-b', node: 'in-a' },
    { address: '10.0.0.4' },
  ];
  expect(divide([slice('s', ['http'], endpoints)], ['zone-a', 'zone-x'], { zoneOf })).toEqual({
    zones: ['zone-a'],
    ready: 2,
    drained: [[true, true, false, false]],
    lastPorts: [],
    isLast: false,
  });
});

test('an endpoint without zone and node lies where its address does', () => {
  const slices = [slice('s', ['http'], [{ address: '10.1.0.1' }, { address: '10.2.0.1' }])];
  const cidrs = [{ cidr: '10.1.0.0/16', zone: 'zone-a' }];
  expect(divide(slices, ['zone-a'], { zoneOf }, cidrs)).toMatchObject({ drained: [[true, false]] });
});

test('there is nothing to divide where no endpoint lies in a drained zone', () => {
  const slices = [slice('s', ['http'], [{ address: '10.0.0.1', zone: 'zone-b' }])];
  expect(divide(slices, ['zone-a'], { zoneOf })).toBeUndefined();
});

test('an address that one slice gives a zone lies there in all of them', () => {
  const slices = [
    slice('s1', ['http'], [{ address: '10.0.0.1', zone: 'zone-a' }]),
    slice('s2', ['http'], [{ address: '10.0.0.1' }, { address: '10.0.0.2', zone: 'zone-b' }]),
  ];
  expect(divide(slices, ['zone-a'], { zoneOf })).toMatchObject({ ready: 1, drained: [[true], [true, false]] });
});

test.each<[string, [string[], VectorEndpoint[]][], string[]]>([
  [
    'a port with another ready endpoint is not a last one',
    [
      [['http'], [{ address: '10.0.0.1', zone: 'zone-a' }]],
      [['http'], [{ address: '10.0.0.2', zone: 'zone-b' }]],
    ],
    [],
  ],
  [
    'an endpoint that is not ready does not serve',
    [
      [
        ['http'],
        [
          { address: '10.0.0.1', zone: 'zone-a' },
          { address: '10.0.0.2', zone: 'zone-b', ready: false },
        ],
      ],
    ],
    ['http'],
  ],
  [
    'an endpoint of another port does not help',
    [
      [['http', 'metrics'], [{ address: '10.0.0.1', zone: 'zone-a' }]],
      [['http'], [{ address: '10.0.0.2', zone: 'zone-b' }]],
    ],
    ['metrics'],
  ],
  [
    'a port without any ready endpoint has none to lose',
    [[['http'], [{ address: '10.0.0.1', zone: 'zone-a', ready: false }]]],
    [],
  ],
])('%s', (_, slices, lastPorts) => {
  const made = slices.map(([ports, endpoints], i) => slice(`s${i}`, ports, endpoints));
  expect(divide(made, ['zone-a'], { zoneOf })).toMatchObject({ lastPorts, isLast: lastPorts.length > 0 });
});
