import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { fingerprintSlice } from '../../../src/controller/contention/fingerprint.js';
import type { EndpointManifest } from '../../../src/model/manifest.js';
import { readSlice } from '../../../src/model/slice.js';

function print(endpoints: readonly EndpointManifest[], annotations: Readonly<Record<string, string>> = {}) {
  return fingerprintSlice(readSlice({ metadata: { annotations }, endpoints }));
}

const A: EndpointManifest = { addresses: ['10.0.0.1'], zone: 'a', nodeName: 'n1' };
const B: EndpointManifest = { addresses: ['10.0.0.2'], zone: 'b', nodeName: 'n2' };
const hinted = (endpoint: EndpointManifest, ...zones: string[]): EndpointManifest => ({
  ...endpoint,
  hints: { forZones: zones.map((name) => ({ name })) },
});

describe('fingerprintSlice', () => {
  it('tells a change of hints from a change of endpoints', () => {
    const before = print([hinted(A, 'a'), hinted(B, 'b')]);
    const stripped = print([A, B]);
    const swapped = print([hinted(A, 'b'), hinted(B, 'a')]);
    const grown = print([hinted(A, 'a'), hinted(B, 'b'), { addresses: ['10.0.0.3'] }]);
    expect(stripped).toMatchObject({ endpoints: before.endpoints, hinted: 0 });
    expect(swapped).toMatchObject({ endpoints: before.endpoints, hinted: 2 });
    expect(new Set([before.hints, stripped.hints, swapped.hints]).size).toBe(3);
    expect(grown).toMatchObject({ hints: before.hints, hinted: 2 });
    expect(grown.endpoints).not.toBe(before.endpoints);
  });

  const forNodes = (...names: string[]): EndpointManifest => ({
    ...A,
    hints: { forNodes: names.map((name) => ({ name })) },
  });
  it.each<[string, EndpointManifest, EndpointManifest, 'endpoints' | 'hints']>([
    ['another zone', A, { ...A, zone: 'b' }, 'endpoints'],
    ['another node', A, { ...A, nodeName: 'n2' }, 'endpoints'],
    ['another address', A, { ...A, addresses: ['10.0.0.9'] }, 'endpoints'],
    ['addresses that read alike', { addresses: ['db1', 'x'] }, { addresses: ['db', '1x'] }, 'endpoints'],
    ['readiness that is not told', { ...A, conditions: { ready: true } }, A, 'endpoints'],
    [
      'readiness for service',
      { ...A, conditions: { ready: true } },
      { ...A, conditions: { serving: true } },
      'endpoints',
    ],
    [
      'an endpoint that serves',
      { ...A, conditions: { serving: true } },
      { ...A, conditions: { serving: false } },
      'endpoints',
    ],
    [
      'an endpoint that ends',
      { ...A, conditions: { terminating: true } },
      { ...A, conditions: { terminating: false } },
      'endpoints',
    ],
    ['names of zones that read alike', hinted(A, 'ab', 'c'), hinted(A, 'a', 'bc'), 'hints'],
    ['names of nodes that read alike', forNodes('ab', 'c'), forNodes('a', 'bc'), 'hints'],
    ['another node that is named', forNodes('n1'), forNodes('n2'), 'hints'],
    ['a node in place of a zone', forNodes('a'), hinted(A, 'a'), 'hints'],
  ])('tells %s', (_, one, other, digest) => {
    const [a, b] = [print([one]), print([other])];
    expect([a.endpoints === b.endpoints, a.hints === b.hints]).toEqual([digest !== 'endpoints', digest !== 'hints']);
  });

  it.each<[string, EndpointManifest['hints'], EndpointManifest['hints']]>([
    ['zones, beside nodes', { forZones: [], forNodes: [{ name: 'n1' }] }, { forNodes: [{ name: 'n1' }] }],
    ['nodes, beside zones', { forZones: [{ name: 'a' }], forNodes: [] }, { forZones: [{ name: 'a' }] }],
    ['zones', { forZones: [] }, {}],
  ])('takes an empty list of %s for an absent one', (_, empty, absent) => {
    expect(print([{ ...A, hints: empty }])).toEqual(print([{ ...A, hints: absent }]));
  });

  it('sees the ownership annotation come and go', () => {
    const hints = [hinted(A, 'a')];
    expect(print(hints, { 'slicehints.io/hints': '' }).hints).not.toBe(print(hints).hints);
  });

  it('counts readiness to the endpoints, not to the hints', () => {
    const ready = print([{ ...hinted(A, 'a'), conditions: { ready: true } }]);
    const unready = print([{ ...hinted(A, 'a'), conditions: { ready: false } }]);
    expect(unready).toMatchObject({ hints: ready.hints, hinted: 1 });
    expect(unready.endpoints).not.toBe(ready.endpoints);
  });

  it('does not depend on the order of endpoints', () => {
    const endpoint = fc.record({
      addresses: fc.tuple(fc.ipV4()),
      zone: fc.constantFrom('a', 'b'),
      hints: fc.record({ forZones: fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'c') }), { maxLength: 3 }) }),
    });
    fc.assert(
      fc.property(fc.array(endpoint, { maxLength: 20 }), (endpoints) => {
        expect(print([...endpoints].reverse())).toEqual(print(endpoints));
      }),
    );
  });
});
