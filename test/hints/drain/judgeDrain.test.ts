import { describe, expect, test } from 'vitest';
import { DrainAssessment, type DrainFigures } from '../../../src/hints/drain/assessment.js';
import { judgeDrain, refusalAtOnce, type DrainQuestion } from '../../../src/hints/drain/judgeDrain.js';
import { summariseCluster } from '../../../src/model/cluster.js';
import { readNode } from '../../../src/model/node.js';
import { nodeManifest } from '../../support/vectors.js';

const HOUR = 3_600_000;
const clusterOf = (zones: readonly string[]): DrainQuestion['cluster'] =>
  summariseCluster(
    zones.map((zone, i) => readNode(nodeManifest({ name: `n${i}`, labels: { 'topology.kubernetes.io/zone': zone } }))),
  );
const asked = (more: Partial<DrainQuestion['drain']> = {}, rest: Partial<DrainQuestion> = {}): DrainQuestion => ({
  drain: { zone: 'a', untilMs: HOUR, force: false, ...more },
  cluster: clusterOf(['a', 'b', 'c']),
  drainedZones: [],
  nowMs: 0,
  limit: 2,
  ...rest,
});
/** Of no Service at all. */
const NONE: DrainFigures = new DrainAssessment(2).figures;

describe.each([false, true])('whatever it does to Services, with force %s', (force) => {
  test.each<[string, DrainQuestion, string | undefined, string?]>([
    ['one of three zones is judged by its effect', asked({ force }), undefined],
    ['one of two zones, too', asked({ force }, { cluster: clusterOf(['a', 'b']) }), undefined],
    ['a spec that cannot be used', asked({ force, problem: 'it is wrong' }), 'Invalid', 'it is wrong'],
    ['a time that is over', asked({ force, untilMs: 0 }), 'Expired', 'spec.until is past'],
    ['24 hours and a difference of clocks', asked({ force, untilMs: 24 * HOUR + 60_000 }), undefined],
    [
      'more than 24 hours',
      asked({ force, untilMs: 24 * HOUR + 60_001 }),
      'TooLong',
      'spec.until is more than 24 hours ahead; extend a drain while it is in force',
    ],
    ['a zone without nodes', asked({ force, zone: 'x' }), 'UnknownZone', 'no node is in zone "x"; there are a, b, c'],
    [
      'a zone without nodes where the others are in any order',
      asked({ force, zone: 'x' }, { cluster: clusterOf(['c', '', 'a']) }),
      'UnknownZone',
      'no node is in zone "x"; there are a, c',
    ],
    [
      'a zone in a cluster without zones',
      asked({ force }, { cluster: clusterOf(['']) }),
      'UnknownZone',
      'no node is in zone "a"; there are no zones',
    ],
    [
      'a third zone of five',
      asked({ force }, { cluster: clusterOf(['a', 'b', 'c', 'd', 'e']), drainedZones: ['b', 'c'] }),
      'TooManyZones',
      '3 of 5 zones would be drained (b, c are drained already), which is more than half',
    ],
    [
      'the only zone',
      asked({ force }, { cluster: clusterOf(['a', '']) }),
      'TooManyZones',
      '1 of 1 zone would be drained, which is more than half',
    ],
    [
      'a second zone of three',
      asked({ force }, { drainedZones: ['b'] }),
      'TooManyZones',
      '2 of 3 zones would be drained (b is drained already), which is more than half',
    ],
    ['the same zone once more', asked({ force }, { drainedZones: ['a'] }), undefined],
  ])('%s', (_, question, reason, message) => {
    const refusal = refusalAtOnce(question);
    expect(refusal?.reason).toBe(reason);
    expect(refusal?.accepted ?? true).toBe(reason === undefined);
    if (message !== undefined) expect(refusal?.message).toBe(message);
    if (refusal !== undefined) expect(judgeDrain(question, NONE)).toEqual(refusal);
  });
});

const BUSY = { ...NONE, drained: 2, endpoints: 3, busiest: { service: 'shop/web', busiest: 1.5 } };
const EFFECT = "2 Services with 3 ready endpoints in the zone; busiest endpoint 1.50 times today's mean (shop/web)";
const LAST = { ...BUSY, last: ['shop/a', 'shop/b', 'shop/c', 'shop/d'] };
const LAST_TEXT = '4 Services would be left without an endpoint: shop/a, shop/b, shop/c and 1 more';
const OVER = { ...BUSY, overloaded: [{ service: 'shop/web', busiest: 3 }] };
const OVER_TEXT = "the busiest endpoint of 1 Service would get more than 2 times today's mean: shop/web 3.00x";

test.each<[string, DrainFigures, boolean, object]>([
  [
    'nothing to drain is accepted',
    NONE,
    false,
    { accepted: true, reason: 'Accepted', message: 'no Service with hints has endpoints in the zone to drain' },
  ],
  [
    'one endpoint is one',
    { ...BUSY, drained: 1, endpoints: 1 },
    false,
    {
      accepted: true,
      reason: 'Accepted',
      message: "1 Service with 1 ready endpoint in the zone; busiest endpoint 1.50 times today's mean (shop/web)",
    },
  ],
  ['a bearable effect is accepted', BUSY, false, { accepted: true, reason: 'Accepted', message: EFFECT }],
  [
    'a Service without other endpoints',
    LAST,
    false,
    { accepted: false, reason: 'NoOtherEndpoint', message: `${LAST_TEXT}; spec.force drains nevertheless` },
  ],
  ['the same by force', LAST, true, { accepted: true, reason: 'Forced', message: `${LAST_TEXT}; ${EFFECT}` }],
  [
    'too much for an endpoint',
    OVER,
    false,
    { accepted: false, reason: 'Overload', message: `${OVER_TEXT}; spec.force drains nevertheless` },
  ],
  [
    'both',
    { ...LAST, ...OVER, last: LAST.last },
    true,
    { accepted: true, reason: 'Forced', message: `${LAST_TEXT}; ${OVER_TEXT}; ${EFFECT}` },
  ],
])('%s', (_, figures, force, expected) => {
  expect(judgeDrain(asked({ force }), figures)).toEqual(expected);
});
