import { describe, expect, test } from 'vitest';
import { IN_TREE_MANAGER, MIRRORING_MANAGER } from '../../src/hints/ownership.js';
import { countMoved, hintsPatch } from '../../src/hints/patch.js';
import { readSlice, type SliceRecord } from '../../src/model/slice.js';

const TRIGGER = 'endpoints.kubernetes.io/last-change-trigger-time';

function sliceOf(annotations: Record<string, string> | undefined, managedBy = '', hinted = false): SliceRecord {
  const hints = hinted ? { hints: { forZones: [{ name: 'a' }] } } : {};
  return readSlice({
    metadata: {
      name: 'x',
      resourceVersion: '7',
      labels: { 'endpointslice.kubernetes.io/managed-by': managedBy },
      ...(annotations === undefined ? {} : { annotations }),
    },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'], ...hints }],
  });
}
const pathsOf = (slice: SliceRecord, wanted: boolean, annotate = true): string[] =>
  (hintsPatch(slice, [wanted ? { forZones: ['a'] } : undefined], annotate) ?? []).map(
    ({ op, path }) => `${op} ${path}`,
  );
const VERSION = 'replace /metadata/resourceVersion';
const REMOVED = 'remove /metadata/annotations/endpoints.kubernetes.io~1last-change-trigger-time';
const MARK = '/metadata/annotations/slicehints.io~1hints';

test.each([
  ['names the version that was planned from', '7', 'v1-7'],
  ['of a slice from a file names the format alone', '', 'v1'],
])('the ownership annotation %s', (_, resourceVersion, value) => {
  const patch = hintsPatch({ ...sliceOf({ other: 'x' }), resourceVersion }, [{ forZones: ['a'] }], true);
  expect(patch?.find(({ path }) => path === MARK)).toEqual({ op: 'add', path: MARK, value });
});

test('endpoints above the 1,000 that the API allows are named, too', () => {
  const slice = sliceOf(undefined);
  const endpoints = new Array<SliceRecord['endpoints'][number]>(1002).fill(slice.endpoints[0]!);
  const wanted = endpoints.map((_, i) => (i === 0 || i > 998 ? { forZones: ['a'] } : undefined));
  const patch = hintsPatch({ ...slice, endpoints }, wanted, false);
  expect(patch?.slice(1).map(({ path }) => path)).toEqual([0, 999, 1000, 1001].map((i) => `/endpoints/${i}/hints`));
});

describe('the trigger time of the last change of a pod', () => {
  test.each<[string, SliceRecord, boolean, string[]]>([
    [
      'goes with the first hints',
      sliceOf({ [TRIGGER]: 't' }),
      true,
      [VERSION, REMOVED, `add ${MARK}`, 'add /endpoints/0/hints'],
    ],
    [
      'goes on slices of in-tree, which removes it likewise',
      sliceOf({ [TRIGGER]: 't' }, IN_TREE_MANAGER),
      true,
      [VERSION, REMOVED, `add ${MARK}`, 'add /endpoints/0/hints'],
    ],
    [
      'goes with the hints of a Service that opts out',
      sliceOf({ [TRIGGER]: 't', 'slicehints.io/hints': 'v1' }, '', true),
      false,
      [VERSION, REMOVED, `remove ${MARK}`, 'remove /endpoints/0/hints'],
    ],
    ['is no reason to write', sliceOf({ [TRIGGER]: 't' }, '', true), true, []],
    ['may be missing', sliceOf(undefined), true, [VERSION, 'add /metadata/annotations', 'add /endpoints/0/hints']],
  ])('%s', (_, slice, wanted, paths) => {
    expect(pathsOf(slice, wanted)).toEqual(paths);
  });

  test('stays on mirrored slices, which are rebuilt when their annotations change', () => {
    expect(pathsOf(sliceOf({ [TRIGGER]: 't' }, MIRRORING_MANAGER), true, false)).toEqual([
      VERSION,
      'add /endpoints/0/hints',
    ]);
  });

  test('is no endpoint that moves', () => {
    expect(countMoved(hintsPatch(sliceOf({ [TRIGGER]: 't' }), [{ forZones: ['a'] }], true) ?? [])).toBe(1);
  });
});
