import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { auditService, planService, type LossFigures, type ServiceManifest } from '../../../src/index.js';
import { caseOf } from '../../oracles/run.js';
import { writePatches } from '../../oracles/trial.js';
import { replayLoss, withoutPlace, type Place } from '../../oracles/model/audit.js';
import { isSteered } from '../../oracles/rules/numbers.js';
import type { FuzzCase } from '../../oracles/fuzzCase.js';
import { autoService, nodeManifest, sliceManifest, type VectorEndpoint } from '../../support/vectors.js';

const cases = fc
  .record({ seed: fc.integer({ min: 1, max: 1_000_000 }), number: fc.nat(9) })
  .map(({ seed, number }) => caseOf(seed, number));

/** @returns whether a replay has figures: a proxy chooses among contradictions as it likes */
function expectReplay(input: FuzzCase, place: Place, figures: LossFigures): boolean {
  const after = withoutPlace(input, place);
  const atOnce = replayLoss(input, after, place);
  if (atOnce === undefined) return false;
  const planned = replayLoss(input, { ...after, slices: writePatches(after.slices, planService(after)) }, place);
  expect({ lost: figures.lost, left: figures.left }).toEqual({ lost: atOnce.lost, left: atOnce.left });
  const steered = isSteered(input.service);
  for (const [is, wanted] of [
    [figures.busiestAtOnce, atOnce.busiest],
    [figures.busiestReplanned, planned?.busiest],
  ] as const) {
    if (wanted === undefined) continue;
    if (!steered || wanted === null) expect(is).toBeNull();
    else expect(is).toBeCloseTo(wanted, 6);
  }
  return planned !== undefined;
}

describe('on all inputs', () => {
  test('the loss of each zone is what a replay of every node and port gives', () => {
    let judged = 0;
    let all = 0;
    fc.assert(
      fc.property(cases, (input) => {
        for (const loss of auditService(input).zones) {
          all++;
          if (expectReplay(input, { zone: loss.zone }, loss)) judged++;
        }
      }),
      { numRuns: 300 },
    );
    expect(judged / all).toBeGreaterThan(0.8);
  });

  test('the worst node is what a replay gives, and no other node fares worse', () => {
    fc.assert(
      fc.property(cases, (input) => {
        const { worstNode } = auditService(input);
        if (worstNode === null) return;
        expectReplay(input, { node: worstNode.node }, worstNode);
        const names = new Set(input.slices.flatMap(({ endpoints }) => (endpoints ?? []).map((e) => e.nodeName ?? '')));
        for (const node of names) {
          const other = replayLoss(input, withoutPlace(input, { node }), { node });
          if (node === '' || other === undefined || !isSteered(input.service) || other.lost === 0) continue;
          if (worstNode.left === 0) continue;
          expect(other.left).toBeGreaterThan(0);
          expect(other.busiest!).toBeLessThanOrEqual(worstNode.busiestAtOnce! + 1e-6);
        }
      }),
      { numRuns: 150 },
    );
  });
});

const ZONES = ['a', 'b', 'c'];
/** Two nodes of 4 CPUs in each of three zones. */
const nodes = ZONES.flatMap((zone) =>
  [1, 2].map((n) =>
    nodeManifest({ name: `${zone}${n}`, labels: { 'topology.kubernetes.io/zone': zone }, cpu: '4', ready: 'True' }),
  ),
);
/** @param places nodes, one for each endpoint; @param hints for each endpoint the zones that it is hinted for */
const slicesOn = (places: readonly string[], hints: readonly string[] = []): ReturnType<typeof sliceManifest>[] => [
  sliceManifest({
    name: 's',
    endpoints: places.map((node, i): VectorEndpoint => {
      const forZones = hints[i]?.split('+');
      return { address: `10.0.0.${i}`, node, zone: node[0]!, ready: true, ...(forZones ? { forZones } : {}) };
    }),
  }),
];
const plain = autoService({});
const sameZone = autoService({ 'slicehints.io/mode': 'same-zone' });
const balanced = autoService({ 'slicehints.io/mode': 'balanced' });
const zoneA = (service: ServiceManifest, places: string[], hints?: string[]): unknown =>
  auditService({ service, slices: slicesOn(places, hints), nodes }).zones[0];

describe('by hand', () => {
  test('without hints what is left shares the traffic evenly', () => {
    const places = ['a1', 'a2', 'b1', 'b2', 'c1', 'c2'];
    expect(auditService({ service: plain, slices: slicesOn(places), nodes })).toEqual({
      namespace: 'default',
      name: 'svc',
      mode: 'off',
      endpoints: 6,
      unplaced: 0,
      busiestToday: 1,
      zones: ZONES.map((zone) => ({ zone, lost: 2, left: 4, busiestAtOnce: 1.5, busiestReplanned: 1.5 })),
      worstNode: { node: 'a1', zone: 'a', lost: 1, left: 5, busiestAtOnce: 1.2, busiestReplanned: 1.2 },
    });
  });

  test('with hints for one zone each, the fewest endpoints of a zone carry half of the traffic', () => {
    // Zones b and c send 3/6 each; today an endpoint has 1/5 of the traffic.
    expect(zoneA(sameZone, ['a1', 'a2', 'b1', 'c1', 'c2'], ['a', 'a', 'b', 'c', 'c'])).toEqual({
      zone: 'a',
      lost: 2,
      left: 3,
      busiestAtOnce: 2.5,
      busiestReplanned: 2.5,
    });
  });

  test('planning again takes from the busiest endpoint what its hints put on it', () => {
    const loss = zoneA(balanced, ['a1', 'a2', 'b1', 'c1', 'c2'], ['a', 'a', 'b', 'c', 'c']) as LossFigures;
    expect(loss.busiestAtOnce).toBe(2.5);
    expect(loss.busiestReplanned).toBeCloseTo(5 / 3, 9);
  });

  test('a zone that has all endpoints leaves none, and no load', () => {
    expect(zoneA(plain, ['a1', 'a2'])).toEqual({
      zone: 'a',
      lost: 2,
      left: 0,
      busiestAtOnce: null,
      busiestReplanned: null,
    });
  });

  test('the worst node is the one whose loss loads another endpoint most', () => {
    const places = ['a1', 'b1', 'b2', 'c1', 'c2'];
    const audit = auditService({ service: sameZone, slices: slicesOn(places, ['a', 'b', 'b', 'c', 'c']), nodes });
    // Without b1 zone a has two of five nodes and one of the endpoints.
    expect(audit.worstNode?.node).toBe('b1');
    expect(audit.worstNode?.busiestAtOnce).toBeCloseTo(2, 9);
  });

  test.each<[string, NonNullable<ServiceManifest['spec']>, string]>([
    ['a headless Service', { clusterIP: 'None' }, 'HeadlessService'],
    ['internalTrafficPolicy Local', { internalTrafficPolicy: 'Local' }, 'InternalTrafficLocal'],
  ])('%s has endpoints to lose, and no load that hints decide', (_, spec, unsteered) => {
    const audit = auditService({ service: { ...plain, spec }, slices: slicesOn(['a1', 'b1']), nodes });
    expect(audit).toMatchObject({ unsteered, busiestToday: null });
    expect(audit.zones.map(({ lost, left, busiestAtOnce }) => [lost, left, busiestAtOnce])).toEqual([
      [1, 1, null],
      [1, 1, null],
      [0, 2, null],
    ]);
  });

  test('an ExternalName Service and one without endpoints have nothing to lose', () => {
    for (const spec of [{ type: 'ExternalName', externalName: 'example.com' }, {}]) {
      const audit = auditService({ service: { ...plain, spec }, slices: [], nodes });
      expect(audit).toMatchObject({ endpoints: 0, busiestToday: null, zones: [], worstNode: null });
    }
  });

  test('endpoints that name neither zone nor node outlive every zone, and are counted', () => {
    const slices = [
      sliceManifest({ name: 's', endpoints: [{ address: '10.0.0.1' }, { address: '10.0.0.2', zone: 'a' }] }),
    ];
    const audit = auditService({ service: plain, slices, nodes });
    expect(audit.unplaced).toBe(1);
    expect(audit.zones.map(({ left }) => left)).toEqual([1, 2, 2]);
  });

  test('with `planned` the hints are those of planService', () => {
    const slices = slicesOn(['a1', 'a2', 'b1', 'c1', 'c2']);
    const input = { service: sameZone, slices, nodes };
    const written = writePatches(slices as FuzzCase['slices'], planService(input));
    expect(auditService({ ...input, planned: true })).toEqual(auditService({ ...input, slices: written }));
    expect(auditService({ ...input, planned: true }).zones[0]?.busiestAtOnce).toBe(2.5);
    expect(auditService(input).zones[0]?.busiestAtOnce).toBeCloseTo(5 / 3, 9);
  });
});
