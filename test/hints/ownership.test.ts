import { describe, expect, test } from 'vitest';
import { hasOursToRemove, hintsAreOurs, IN_TREE_MANAGER, MIRRORING_MANAGER } from '../../src/hints/ownership.js';
import { plan } from '../../src/hints/plan.js';
import { DEFAULT_SETTINGS } from '../../src/hints/settings.js';
import { summariseCluster } from '../../src/model/cluster.js';
import { readService } from '../../src/model/service.js';
import { readSlice, type SliceRecord } from '../../src/model/slice.js';

interface Row {
  readonly what: string;
  readonly managedBy: string;
  readonly annotated?: boolean;
  /** The manager that wrote the endpoints last; absent: the slice has no managedFields. */
  readonly writer?: string;
  readonly hinted?: boolean;
  readonly ours: boolean;
  readonly toRemove: boolean;
}

const TABLE: readonly Row[] = [
  { what: 'an annotated slice', managedBy: '', annotated: true, hinted: true, ours: true, toRemove: true },
  {
    what: 'an annotated slice of in-tree',
    managedBy: IN_TREE_MANAGER,
    annotated: true,
    hinted: true,
    ours: true,
    toRemove: true,
  },
  {
    what: 'an annotation whose hints are gone',
    managedBy: '',
    annotated: true,
    hinted: false,
    ours: true,
    toRemove: true,
  },
  {
    what: 'a mirrored slice that we wrote',
    managedBy: MIRRORING_MANAGER,
    writer: 'slicehints',
    hinted: true,
    ours: true,
    toRemove: true,
  },
  {
    what: 'a slice of another manager that removed the annotation',
    managedBy: 'mesh',
    writer: 'slicehints',
    hinted: true,
    ours: true,
    toRemove: true,
  },
  {
    what: 'a slice without a manager from which the annotation went',
    managedBy: '',
    writer: 'slicehints',
    hinted: true,
    ours: true,
    toRemove: true,
  },
  {
    what: 'an in-tree slice without the annotation',
    managedBy: IN_TREE_MANAGER,
    writer: 'slicehints',
    hinted: true,
    ours: false,
    toRemove: false,
  },
  {
    what: 'a slice whose endpoints somebody else wrote since',
    managedBy: 'mesh',
    writer: 'mesh',
    hinted: true,
    ours: false,
    toRemove: false,
  },
  { what: 'a slice from a file', managedBy: '', hinted: true, ours: false, toRemove: false },
  {
    what: 'a slice that we wrote, now without hints',
    managedBy: '',
    writer: 'slicehints',
    hinted: false,
    ours: true,
    toRemove: false,
  },
];

function sliceOf({ managedBy, annotated, writer, hinted }: Row): SliceRecord {
  return readSlice({
    metadata: {
      name: 'x',
      namespace: 'ns',
      labels: managedBy === '' ? {} : { 'endpointslice.kubernetes.io/managed-by': managedBy },
      ...(annotated === true ? { annotations: { 'slicehints.io/hints': 'v1' } } : {}),
      ...(writer === undefined
        ? {}
        : { managedFields: [{ manager: writer, time: '2026-01-01T00:00:00Z', fieldsV1: { 'f:endpoints': {} } }] }),
    },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'], ...(hinted === true ? { hints: { forZones: [{ name: 'a' }] } } : {}) }],
  });
}

test('hints on one endpoint are enough to remove', () => {
  const { endpoints, ...slice } = sliceOf({ ...TABLE[3]!, hinted: true });
  const bare = { ...endpoints[0]!, hints: undefined };
  expect(hasOursToRemove({ ...slice, endpoints: [bare, ...endpoints] })).toBe(true);
});

describe.each(TABLE)('$what', (row) => {
  test(`carries hints ${row.ours ? '' : 'not '}of ours, and there is ${row.toRemove ? 'something' : 'nothing'} to remove`, () => {
    expect(hintsAreOurs(sliceOf(row))).toBe(row.ours);
    expect(hasOursToRemove(sliceOf(row))).toBe(row.toRemove);
  });

  test('loses that, and nothing else, when its Service opts out', () => {
    const slice = sliceOf(row);
    const service = readService({ metadata: { name: 'svc', namespace: 'ns' } });
    const [planned] = plan({
      service,
      slices: [slice],
      cluster: summariseCluster([]),
      settings: DEFAULT_SETTINGS,
    }).slices;
    expect(planned?.patch !== undefined).toBe(row.toRemove);
    expect(planned?.hints[0]).toBe(row.toRemove ? undefined : slice.endpoints[0]?.hints);
  });
});
