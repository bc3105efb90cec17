import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { guardPatch, keepHints } from '../../src/guard/rule.js';
import type { EndpointManifest, EndpointSliceManifest } from '../../src/model/manifest.js';

const OURS = { 'slicehints.io/hints': 'v1' };

function endpoint(address: string, zone?: string, ...forZones: string[]): EndpointManifest {
  return {
    addresses: [address],
    ...(zone === undefined ? {} : { zone }),
    ...(forZones.length === 0 ? {} : { hints: { forZones: forZones.map((name) => ({ name })) } }),
  };
}

function slice(
  endpoints: readonly EndpointManifest[] | null | undefined,
  annotations: Readonly<Record<string, string>> | undefined = OURS,
): EndpointSliceManifest {
  return { metadata: { name: 'web-abc12', ...(annotations && { annotations }) }, addressType: 'IPv4', endpoints };
}

interface Case {
  readonly what: string;
  readonly before: EndpointSliceManifest;
  readonly sent: EndpointSliceManifest;
  readonly stored: readonly EndpointManifest[] | null | undefined;
}

const NODES = { forNodes: [{ name: 'n1' }] };

const CASES: Case[] = [
  {
    what: 'hints that were stripped stand again, several zones too',
    before: slice([endpoint('10.0.0.1', 'a', 'a', 'b'), endpoint('10.0.0.2', 'b', 'a')]),
    sent: slice([endpoint('10.0.0.1', 'a'), endpoint('10.0.0.2', 'b')]),
    stored: [endpoint('10.0.0.1', 'a', 'a', 'b'), endpoint('10.0.0.2', 'b', 'a')],
  },
  {
    what: 'hints that were rewritten stand again',
    before: slice([endpoint('10.0.0.1', 'a', 'b')]),
    sent: slice([endpoint('10.0.0.1', 'a', 'a')]),
    stored: [endpoint('10.0.0.1', 'a', 'b')],
  },
  {
    what: 'a new endpoint gets its own zone, a deleted one is gone, and order does not matter',
    before: slice([endpoint('10.0.0.1', 'a', 'b'), endpoint('10.0.0.2', 'b', 'a')]),
    sent: slice([endpoint('10.0.0.3', 'c'), endpoint('10.0.0.2', 'b')]),
    stored: [endpoint('10.0.0.3', 'c', 'c'), endpoint('10.0.0.2', 'b', 'a')],
  },
  {
    what: 'an address that moved to another zone gets that zone',
    before: slice([endpoint('10.0.0.1', 'a', 'b')]),
    sent: slice([endpoint('10.0.0.1', 'c')]),
    stored: [endpoint('10.0.0.1', 'c', 'c')],
  },
  {
    what: 'an endpoint that lost its zone keeps what was sent',
    before: slice([endpoint('10.0.0.1', 'a', 'b')]),
    sent: slice([endpoint('10.0.0.1')]),
    stored: [endpoint('10.0.0.1')],
  },
  {
    what: 'hints for nodes stand on nodes without zone',
    before: slice([{ addresses: ['10.0.0.1'], nodeName: 'n1', hints: NODES }]),
    sent: slice([{ addresses: ['10.0.0.1'], nodeName: 'n1' }, endpoint('10.0.0.2')]),
    stored: [{ addresses: ['10.0.0.1'], nodeName: 'n1', hints: NODES }, endpoint('10.0.0.2')],
  },
  {
    what: 'a text that is no name of a zone becomes no hint, with which the API server would refuse the update',
    before: slice([endpoint('10.0.0.1', 'a', 'b'), endpoint('10.0.0.2', 'rack 7', 'a')]),
    sent: slice([endpoint('10.0.0.1', 'rack 7'), endpoint('10.0.0.2', 'rack 7')]),
    stored: [endpoint('10.0.0.1', 'rack 7'), endpoint('10.0.0.2', 'rack 7', 'a')],
  },
  {
    what: 'an endpoint that had no hints gets its own zone',
    before: slice([endpoint('10.0.0.1', 'a')]),
    sent: slice([endpoint('10.0.0.1', 'a')]),
    stored: [endpoint('10.0.0.1', 'a', 'a')],
  },
  {
    what: 'empty hints are hints and are kept',
    before: slice([{ ...endpoint('10.0.0.1', 'a'), hints: {} }]),
    sent: slice([endpoint('10.0.0.1', 'a')]),
    stored: [{ ...endpoint('10.0.0.1', 'a'), hints: {} }],
  },
  {
    what: 'without the annotation nothing is kept',
    before: slice([endpoint('10.0.0.1', 'a', 'b')], { other: 'x' }),
    sent: slice([endpoint('10.0.0.1', 'a')]),
    stored: [endpoint('10.0.0.1', 'a')],
  },
  {
    what: 'whoever takes the annotation away may take the hints away',
    before: slice([endpoint('10.0.0.1', 'a', 'b')]),
    sent: slice([endpoint('10.0.0.1', 'a')], {}),
    stored: [endpoint('10.0.0.1', 'a')],
  },
  {
    what: 'whoever changes the annotation may change the hints',
    before: slice([endpoint('10.0.0.1', 'a', 'b')]),
    sent: slice([endpoint('10.0.0.1', 'a', 'c')], { 'slicehints.io/hints': 'v2' }),
    stored: [endpoint('10.0.0.1', 'a', 'c')],
  },
  { what: 'both lists may be absent', before: slice(undefined), sent: slice(undefined), stored: undefined },
  {
    what: 'the new list may be null',
    before: slice([endpoint('10.0.0.1', 'a', 'b')]),
    sent: slice(null),
    stored: null,
  },
  {
    what: 'the old list may be absent',
    before: slice(null),
    sent: slice([endpoint('10.0.0.1', 'a'), {}, { addresses: [] }, { addresses: [], zone: 'b' }]),
    stored: [
      endpoint('10.0.0.1', 'a', 'a'),
      {},
      { addresses: [] },
      { addresses: [], zone: 'b', hints: { forZones: [{ name: 'b' }] } },
    ],
  },
];

const anyHints = fc.option(
  fc.record(
    {
      forZones: fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'c', '') }), { maxLength: 3 }),
      forNodes: fc.option(fc.array(fc.record({ name: fc.constantFrom('n1', 'n2') }), { maxLength: 2 })),
    },
    { requiredKeys: [] },
  ),
  { nil: undefined },
);
const anyEndpoint = fc.record(
  {
    addresses: fc.option(fc.array(fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'), { maxLength: 2 })),
    zone: fc.option(fc.constantFrom('a', 'b', 'c', '')),
    nodeName: fc.constantFrom('n1', 'n2'),
    hints: anyHints,
    conditions: fc.record({ ready: fc.boolean() }),
  },
  { requiredKeys: [] },
);
const anyMark = fc.constantFrom<Readonly<Record<string, string>>[]>(
  OURS,
  OURS,
  OURS,
  {},
  { 'slicehints.io/hints': 'v2' },
);
const anySlice = fc
  .tuple(fc.option(fc.array(anyEndpoint, { maxLength: 6 })), anyMark)
  .map(([endpoints, annotations]) => slice(endpoints, annotations));

function withoutHints(of: EndpointSliceManifest): unknown {
  return { ...of, endpoints: of.endpoints?.map((one) => ({ ...one, hints: undefined })) ?? of.endpoints };
}

describe('keepHints', () => {
  it.each(CASES)('$what', ({ before, sent, stored }) => {
    expect(keepHints(before, sent).endpoints).toEqual(stored);
  });

  it('gives the object itself back when nothing is to change', () => {
    const sent = slice([endpoint('10.0.0.1', 'a', 'b')]);
    expect(keepHints(slice([endpoint('10.0.0.1', 'a', 'b')]), sent)).toBe(sent);
  });

  it('changes nothing but hints, for any pair of objects', () => {
    fc.assert(
      fc.property(anySlice, anySlice, (before, sent) => {
        expect(withoutHints(keepHints(before, sent))).toEqual(withoutHints(sent));
      }),
      { numRuns: 1000 },
    );
  });

  it('changes nothing more when applied twice', () => {
    fc.assert(
      fc.property(anySlice, anySlice, (before, sent) => {
        const once = keepHints(before, sent);
        expect(keepHints(before, once)).toBe(once);
      }),
      { numRuns: 1000 },
    );
  });

  it('never mutates what it is given', () => {
    fc.assert(
      fc.property(anySlice, anySlice, (before, sent) => {
        const copies = structuredClone([before, sent]);
        keepHints(before, sent);
        expect([before, sent]).toEqual(copies);
      }),
      { numRuns: 300 },
    );
  });

  it('leaves no endpoint with a zone unhinted while the slice stays ours', () => {
    fc.assert(
      fc.property(anySlice, anySlice, (before, sent) => {
        const mark = sent.metadata?.annotations?.['slicehints.io/hints'];
        fc.pre(mark !== undefined && before.metadata?.annotations?.['slicehints.io/hints'] === mark);
        for (const one of keepHints(before, sent).endpoints ?? []) {
          if ((one.zone ?? '') !== '') expect(one.hints).toBeDefined();
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('survives anything that JSON can hold', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (a, b, c) => {
        const odd = { metadata: { annotations: OURS }, endpoints: a } as unknown as EndpointSliceManifest;
        const list = { metadata: { annotations: OURS }, endpoints: [b, c, null] } as unknown as EndpointSliceManifest;
        for (const [before, sent] of [
          [odd, list],
          [list, odd],
          [list, list],
          [a, b] as unknown as [EndpointSliceManifest, EndpointSliceManifest],
        ] as const) {
          expect(guardPatch(before, sent)).toBeInstanceOf(Array);
        }
      }),
    );
  });
});

describe('guardPatch', () => {
  it('adds hints by index, and only where they differ', () => {
    const before = slice([endpoint('10.0.0.1', 'a', 'b'), endpoint('10.0.0.2', 'b', 'a')]);
    expect(guardPatch(before, slice([endpoint('10.0.0.1', 'a', 'b'), endpoint('10.0.0.2', 'b')]))).toEqual([
      { op: 'add', path: '/endpoints/1/hints', value: { forZones: [{ name: 'a' }] } },
    ]);
  });

  it('puts back the annotations that kube-apiserver leaves out, and the hints with them', () => {
    const both = { ...OURS, other: 'x' };
    const before = slice([endpoint('10.0.0.1', undefined, 'b')], both);
    const sent: EndpointSliceManifest = { metadata: { name: 'kubernetes' }, endpoints: [endpoint('10.0.0.1')] };
    expect(guardPatch(before, sent, true)).toEqual([
      { op: 'add', path: '/metadata/annotations', value: both },
      { op: 'add', path: '/endpoints/0/hints', value: { forZones: [{ name: 'b' }] } },
    ]);
    expect(guardPatch(before, sent)).toEqual([]);
    expect(guardPatch(slice([endpoint('10.0.0.1', 'a', 'b')], { other: 'x' }), sent, true)).toEqual([]);
    // With annotations of its own it is a writer like others.
    expect(guardPatch(before, slice([endpoint('10.0.0.1')], { other: 'x' }), true)).toEqual([]);
  });

  it('knows that a slice which never was ours has nothing to keep', () => {
    expect(guardPatch(undefined, slice([endpoint('10.0.0.1', 'a')]))).toEqual([]);
    expect(guardPatch(slice([endpoint('10.0.0.1', 'a', 'b')]), null)).toEqual([]);
  });
});
