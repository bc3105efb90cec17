import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { gatherEndpoints, gatherHints, locateEndpoints } from '../../src/hints/endpoints.js';
import type { EndpointManifest } from '../../src/model/manifest.js';
import { readSlice, type SliceRecord } from '../../src/model/slice.js';

function sliceOf(name: string, addresses: readonly string[]): SliceRecord {
  return readSlice({
    metadata: { name },
    addressType: 'IPv4',
    endpoints: addresses.map((address) => ({ addresses: address === '' ? [] : [address] })),
  });
}

/** A slice of endpoints as `1 ready a n-a`: address, ready, unready or unstated, zone and node, of which `-` stands for none. */
function sliceWith(name: string, ...texts: readonly string[]): SliceRecord {
  const endpoints = texts.map((text): EndpointManifest => {
    const [address = '', ready, zone, nodeName] = text.split(' ').map((part) => (part === '-' ? undefined : part));
    const conditions = ready === 'unstated' ? {} : { ready: ready === 'ready' };
    return { addresses: [address], conditions, zone, nodeName };
  });
  return readSlice({ metadata: { name }, addressType: 'IPv4', endpoints });
}
const shown = ({ address, ready, zone, nodeName }: SliceRecord['endpoints'][number]): string =>
  [address, ready === undefined ? 'unstated' : ready ? 'ready' : 'unready', zone || '-', nodeName || '-'].join(' ');

/** Addresses that end alike, so that their hashes collide, and few of them, so that some repeat. */
const ADDRESS = fc.oneof(
  fc.constant(''),
  fc.tuple(fc.nat(3), fc.nat(3)).map(([a, b]) => `10.${a}.0.0.${b}`),
  fc.nat(3).map((a) => `${a}.10.244.10.244`),
  fc.nat(300).map((a) => `10.244.1.${a}`),
);
const SLICES = fc.array(fc.array(ADDRESS, { maxLength: 40 }), { minLength: 2, maxLength: 4 });

describe('gatherEndpoints', () => {
  test('has each address of some slices once, and every endpoint without an address', () => {
    fc.assert(
      fc.property(SLICES, (lists) => {
        const all = lists.flat();
        const { endpoints, positions } = gatherEndpoints(lists.map((list, i) => sliceOf(`web-${i}`, list)));
        const named = all.filter((address) => address !== '');
        expect(endpoints).toHaveLength(new Set(named).size + all.length - named.length);
        expect(all.map((_, i) => endpoints[positions?.[i] ?? i]?.address)).toEqual(all);
      }),
    );
  });

  test.each<[string, string[], string[], string[]]>([
    ['two addresses are two endpoints', ['1 ready a n-a'], ['2 ready b n-b'], ['1 ready a n-a', '2 ready b n-b']],
    ['the first record of an address counts', ['1 ready a n-a'], ['1 ready b n-b'], ['1 ready a n-a']],
    ['but for one that is ready', ['1 unready a n-a'], ['1 ready b n-b'], ['1 ready b n-b']],
    ['one with the condition before one without', ['1 unstated a n-a'], ['1 ready b n-b'], ['1 ready b n-b']],
    [
      'one without the condition before one that is not ready',
      ['1 unready a -'],
      ['1 unstated b -'],
      ['1 unstated b -'],
    ],
    ['and not the other way round', ['1 ready a n-a'], ['1 unready b n-b'], ['1 ready a n-a']],
    ['of two that are not ready the first counts', ['1 unready a n-a'], ['1 unready b n-b'], ['1 unready a n-a']],
    ['a zone that one lacks is that of the other', ['1 ready - n-a'], ['1 ready b n-b'], ['1 ready b n-a']],
    ['a node that one lacks is that of the other', ['1 ready a -'], ['1 ready b n-b'], ['1 ready a n-b']],
    ['also where the second is the one that counts', ['1 unready a n-a'], ['1 ready - -'], ['1 ready a n-a']],
    ['what both lack stays missing', ['1 ready - -'], ['1 ready - -'], ['1 ready - -']],
  ])('%s', (_, first, second, expected) => {
    const slices = [sliceWith('x', ...first), sliceWith('y', ...second)];
    expect(gatherEndpoints(slices).endpoints.map(shown)).toEqual(expected);
  });

  test('goes by whole addresses where many end alike', () => {
    const addresses = Array.from({ length: 400 }, (_, i) => `fd00:${i.toString(16)}::1234:5678:9abc:def0`);
    const { endpoints, positions } = gatherEndpoints([sliceOf('x', addresses.slice(0, 200)), sliceOf('y', addresses.slice(200))]); // prettier-ignore
    expect(endpoints.map(({ address }) => address)).toEqual(addresses);
    expect(positions).toEqual([...addresses.keys()]);
  });

  test('tells the slice of each endpoint, where each slice starts, and where an address was put', () => {
    const slices = [
      sliceWith('x', '1 ready a -', '2 ready a -'),
      sliceWith('y'),
      sliceWith('z', '2 ready a -', '3 ready b -'),
    ];
    expect(gatherEndpoints(slices)).toMatchObject({ sliceOf: [0, 0, 2], starts: [0, 2, 2], positions: [0, 1, 1, 2] });
    const apart = [sliceWith('x', '1 ready a -'), sliceWith('y', '2 ready a -')];
    expect(gatherEndpoints(apart)).toMatchObject({ sliceOf: [0, 1], starts: [0, 1], positions: undefined });
  });

  test.each([1, 999, 1000, 1001, 1500])('takes the %i endpoints of one slice as they are', (count) => {
    const slice = sliceWith('x', ...Array.from({ length: count }, (_, i) => `${i} ready a -`));
    const { endpoints, sliceOf, starts, positions } = gatherEndpoints([slice]);
    expect(endpoints).toBe(slice.endpoints);
    expect(endpoints.every((_, i) => sliceOf[i] === 0)).toBe(true);
    expect([starts, positions]).toEqual([[0], undefined]);
  });

  test('has nothing of no slices', () => {
    expect(gatherEndpoints([])).toEqual({ endpoints: [], sliceOf: [], starts: [], positions: undefined });
  });
});

describe('locateEndpoints', () => {
  const nodeIndex = { zoneOf: (node: string) => (node.startsWith('n-') ? node.slice(2) : '') };
  test.each([
    [
      'an endpoint without a zone has that of its node',
      ['1 ready - n-a', '2 ready - n-b'],
      ['1 ready a n-a', '2 ready b n-b'],
    ],
    ['its own goes before it', ['1 ready b n-a', '2 ready - n-b'], ['1 ready b n-a', '2 ready b n-b']],
    ['a node that is not known adds nothing', ['1 ready - gone', '2 ready - n-b'], ['1 ready - gone', '2 ready b n-b']],
    ['nor does no node', ['1 ready - -', '2 ready - n-b'], ['1 ready - -', '2 ready b n-b']],
  ])('%s', (_, texts, expected) => {
    const { endpoints } = sliceWith('x', ...texts);
    const before = endpoints.map(shown);
    expect(locateEndpoints(endpoints, nodeIndex).map(shown)).toEqual(expected);
    expect(endpoints.map(shown)).toEqual(before);
  });

  test.each([[['1 ready a n-b']], [['1 ready - gone']], [['1 ready - -']], [[]]])(
    'the list is the same where nothing is added: %j',
    (texts) => {
      const { endpoints } = sliceWith('x', ...texts);
      expect(locateEndpoints(endpoints, { zoneOf: (node) => (node === '' ? 'a' : nodeIndex.zoneOf(node)) })).toBe(
        endpoints,
      );
    },
  );
});

describe('gatherHints', () => {
  const a = { forZones: ['a'] };
  const hinted = (slice: SliceRecord): SliceRecord => ({
    ...slice,
    endpoints: slice.endpoints.map((endpoint) => ({ ...endpoint, hints: a })),
  });

  test('of one slice are the planned ones, else its own', () => {
    const slice = hinted(sliceWith('x', '1 ready a -'));
    expect(gatherHints(gatherEndpoints([slice]), [slice], new Map())).toEqual([a]);
    expect(gatherHints(gatherEndpoints([slice]), [slice], new Map([[slice, [undefined]]]))).toEqual([undefined]);
  });

  test('of several are at the place of each address', () => {
    const slices = [sliceWith('x', '1 ready a -', '2 ready a -'), hinted(sliceWith('y', '2 ready a -', '3 ready b -'))];
    const b = { forZones: ['b'] };
    expect(gatherHints(gatherEndpoints(slices), slices, new Map())).toEqual([undefined, a, a]);
    expect(gatherHints(gatherEndpoints(slices), slices, new Map([[slices[0]!, [b, a]]]))).toEqual([b, a, a]);
    expect(gatherHints(gatherEndpoints(slices), slices, new Map([[slices[1]!, [b, undefined]]]))).toEqual([undefined, b, undefined]); // prettier-ignore
    const apart = [sliceWith('x', '1 ready a -'), hinted(sliceWith('y', '2 ready a -'))];
    expect(gatherHints(gatherEndpoints(apart), apart, new Map())).toEqual([undefined, a]);
  });
});
