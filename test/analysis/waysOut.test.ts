import { describe, expect, test } from 'vitest';
import { causeOf, causesOf, WITHOUT_VERDICT } from '../../src/analysis/waysOut.js';
import { Reason } from '../../src/hints/reasons.js';

/** Upstream's words. */
const NODES = 'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes';

/** Reasons with which all is well. */
const WELL: readonly string[] = [
  'TopologyAwareHintsEnabled',
  'BalancedHintsSet',
  'SameZoneHintsSet',
  'SameNodeHintsSet',
  'TopologyKeysExact',
  'TopologyKeysNarrowed',
  'DemandChanged',
  'HintsRemoved',
];
const all = Object.values(Reason).flatMap((reason) =>
  causesOf(reason).map((cause) => [cause.id, reason, cause] as const),
);

describe.each(all)('%s (%s)', (_, reason, { phrase, wayOut }) => {
  test('has a phrase that follows a count', () => {
    for (const count of [1, 2]) expect(phrase({ oddNodes: ['n1'] }, count)).toMatch(/^[a-z][^.]*$/);
  });

  test('has one sentence as the way out, unless all is well', () => {
    if (WELL.includes(reason)) expect(wayOut).toBeUndefined();
    else expect(wayOut).toMatch(/^["A-Z].*[^.]\.$/);
  });
});

test('every reason ends with a cause that takes the rest, and only that has no condition', () => {
  for (const reason of Object.values(Reason)) {
    const conditions = causesOf(reason).map(({ when }) => when === undefined);
    expect(conditions.indexOf(true), reason).toBe(conditions.length - 1);
  }
});

test('no two causes have the same id', () => {
  const ids = [...all.map(([id]) => id), ...Object.values(WITHOUT_VERDICT).map(({ id }) => id)];
  expect(new Set(ids).size).toBe(ids.length);
});

test.each<[Reason, string, string[], string]>([
  [Reason.TopologyAwareHintsDisabled, NODES, ['n1'], 'NodesWithoutZone'],
  [Reason.TopologyAwareHintsDisabled, NODES, [], 'FewerThanTwoZones'],
  [Reason.TopologyAwareHintsDisabled, 'Insufficient number of endpoints (2 endpoints, 3 zones)', [], 'TooFewEndpoints'],
  [
    Reason.TopologyAwareHintsDisabled,
    'Unable to allocate minimum required endpoints to each zone without exceeding overload threshold (5 endpoints, 3 zones)',
    [],
    'Indivisible',
  ],
  [
    Reason.TopologyAwareHintsDisabled,
    'One or more endpoints do not have a zone specified',
    ['n1'],
    'EndpointsWithoutZone',
  ],
  [Reason.HintsBlocked, 'EndpointSlice s is managed by x, which takes these hints away again', [], 'GuardMissing'],
  [
    Reason.HintsBlocked,
    'EndpointSlice s has no manager, and the options --managed-by and --ignore-managed-by of slicehints exclude it',
    [],
    'Excluded',
  ],
])('%s: "%s" with odd nodes %j is %s', (reason, sentence, oddNodes, id) => {
  expect(causeOf(reason, sentence, { oddNodes }).id).toBe(id);
});

test.each([
  [['n1'], 'stopped by one node without a zone or CPU (n1)'],
  [['n1', 'n2', 'n3', 'n4'], 'stopped by 4 nodes without a zone or CPU (n1, n2, n3 and 1 more)'],
])('the odd nodes %j are named', (oddNodes, words) => {
  const cause = causeOf(Reason.TopologyAwareHintsDisabled, NODES, { oddNodes });
  expect(cause.phrase({ oddNodes }, 5)).toBe(words);
});
