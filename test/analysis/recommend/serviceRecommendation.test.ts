import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import {
  planService,
  recommendService,
  type Candidate,
  type EndpointSliceManifest,
  type ServiceManifest,
} from '../../../src/index.js';
import { autoService, nodeManifest, sliceManifest } from '../../support/vectors.js';
import { figuresOf, withAnnotations, withoutAddress } from '../../oracles/model/advice.js';
import { withoutPlace } from '../../oracles/model/audit.js';
import { byPort, consumed, slicesOfType, ADDRESS_TYPES } from '../../oracles/model/proxy.js';
import { caseOf } from '../../oracles/run.js';
import { writePatches } from '../../oracles/trial.js';
import type { FuzzCase } from '../../oracles/fuzzCase.js';

const cases = fc
  .record({ seed: fc.integer({ min: 1, max: 1_000_000 }), number: fc.nat(9) })
  .map(({ seed, number }) => caseOf(seed, number));

/** The case after the controller has written what it plans. */
const written = (input: FuzzCase): FuzzCase => ({ ...input, slices: writePatches(input.slices, planService(input)) });
const points = ({ inZoneShare }: Candidate): number => Math.round(inZoneShare * 100);

describe('on all inputs', () => {
  test('advice that is applied gives the promised figures', () => {
    let judged = 0;
    fc.assert(
      fc.property(cases, (input) => {
        const { advice } = recommendService(input);
        if (advice === null) return;
        const figures = figuresOf(written(withAnnotations(input, advice.annotations)));
        if (figures === undefined) return;
        judged++;
        expect(advice.inZoneShare).toBeCloseTo(figures.inZoneShare, 6);
        expect(advice.busiest).toBeCloseTo(figures.busiest, 6);
      }),
      { numRuns: 30 },
    );
    expect(judged).toBeGreaterThan(12);
  });

  test('what is promised with the guard comes with the guard', () => {
    fc.assert(
      fc.property(cases, (input) => {
        const { withGuard } = recommendService(input);
        if (withGuard === undefined) return;
        expect(input.settings.guard).not.toBe(true);
        const guarded = { ...input, settings: { ...input.settings, guard: true } };
        const figures = figuresOf(written(withAnnotations(guarded, withGuard.annotations)));
        if (figures !== undefined) expect(withGuard.inZoneShare).toBeCloseTo(figures.inZoneShare, 6);
      }),
      { numRuns: 30 },
    );
  });

  test('every situation is what a replay of every node and port gives', () => {
    fc.assert(
      fc.property(cases, (input) => {
        const { advice } = recommendService(input);
        if (advice === null) return;
        const applied = written(withAnnotations(input, advice.annotations));
        for (const { situation, what = '', inZoneShare, busiest } of advice.situations) {
          let figures: ReturnType<typeof figuresOf>;
          if (situation === 'today') figures = figuresOf(applied);
          else if (situation === 'without-zone') figures = figuresOf(written(withoutPlace(applied, { zone: what })));
          else if (situation === 'rollout') {
            // The demand is that of today, also where its own pods are clients, which planService cannot be told.
            if (isByPods(applied)) continue;
            figures = figuresOf(written(withoutAddress(applied, firstIn(applied, what))));
          } else {
            const plain = { ...applied, settings: { ...applied.settings, demand: what as 'cpu' } };
            figures = figuresOf(
              applied,
              withAnnotations(plain, { 'slicehints.io/demand': null, 'slicehints.io/clients': null }),
            );
          }
          if (figures === undefined) continue;
          expect([situation, what, inZoneShare.toFixed(6)]).toEqual([situation, what, figures.inZoneShare.toFixed(6)]);
          expect([situation, what, busiest.toFixed(6)]).toEqual([situation, what, figures.busiest.toFixed(6)]);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('the rule: within the limit when one can be, then the most in zone, then the fewest changes', () => {
    fc.assert(
      fc.property(cases, (input) => {
        const { advice, others, limit } = recommendService({ ...input, judgeAll: true });
        if (advice === null) return;
        const all = [advice, ...others];
        for (const one of all) {
          expect(one.overLimit).toBe(one.situations.some(({ busiest }) => busiest > limit + 1e-9));
        }
        const within = all.filter(({ overLimit }) => !overLimit);
        if (within.length === 0) {
          const worst = ({ situations }: Candidate): number => Math.max(...situations.map(({ busiest }) => busiest));
          for (const one of others) expect(worst(advice)).toBeLessThanOrEqual(worst(one) + 1e-9);
          return;
        }
        expect(advice.overLimit).toBe(false);
        const most = Math.max(...within.map(points));
        expect(points(advice)).toBe(most);
        const changes = ({ annotations, endpointsChanged }: Candidate): number =>
          Object.keys(annotations).length * 1e6 + endpointsChanged;
        const fewest = Math.min(...within.filter((one) => points(one) === most).map(changes));
        expect(changes(advice)).toBe(fewest);
      }),
      { numRuns: 30 },
    );
  });

  test('judging every choice changes no advice', () => {
    fc.assert(
      fc.property(cases, (input) => {
        const { others, ...rest } = recommendService({ ...input, judgeAll: true });
        const { others: fewer, ...same } = recommendService(input);
        expect(same).toEqual(rest);
        expect(others).toEqual(expect.arrayContaining([...fewer]));
      }),
      { numRuns: 25 },
    );
  });
});

const isByPods = ({ service, settings }: FuzzCase): boolean =>
  settings.demand === 'endpoints' ||
  ['clients', 'demand'].some((name) => service.metadata?.annotations?.[`slicehints.io/${name}`] !== undefined);

/** The first address of a zone that takes traffic at some port. */
function firstIn(input: FuzzCase, zone: string): string {
  const addresses = ADDRESS_TYPES.flatMap((type) =>
    byPort(slicesOfType(input.slices, type), input.nodes).flatMap(({ endpoints }) =>
      consumed(endpoints)
        .filter((endpoint) => endpoint.zone === zone)
        .map(({ address }) => address),
    ),
  );
  return addresses.sort()[0] ?? '';
}

const ZONES = ['a', 'b', 'c'];
const nodes = ZONES.flatMap((zone) =>
  [1, 2].map((n) =>
    nodeManifest({ name: `${zone}${n}`, labels: { 'topology.kubernetes.io/zone': zone }, cpu: '4', ready: 'True' }),
  ),
);
const slicesOn = (places: readonly string[], managedBy?: string): EndpointSliceManifest[] => {
  const slice = sliceManifest({
    name: 's',
    endpoints: places.map((node, i) => ({ address: `10.0.0.${i}`, node, zone: node[0]!, ready: true })),
  });
  if (managedBy === undefined) return [slice];
  const labels = { ...slice.metadata?.labels, 'endpointslice.kubernetes.io/managed-by': managedBy };
  return [{ ...slice, metadata: { ...slice.metadata, labels } }];
};
const EVEN = ['a1', 'a2', 'b1', 'b2', 'c1', 'c2'];
const IN_TREE = 'endpointslice-controller.k8s.io';
const plain = autoService({});

describe('by hand', () => {
  test('six even pods: Auto, which is as good as balanced; same-zone does not stand a rollout', () => {
    const input = { service: plain, slices: slicesOn(EVEN), nodes };
    const { advice, reason, sentence, now, others, limit } = recommendService({ ...input, judgeAll: true });
    expect(limit).toBe(1.25);
    expect(now?.inZoneShare).toBeCloseTo(1 / 3, 9);
    expect(reason).toBe('better');
    expect(advice).toMatchObject({
      action: 'auto',
      annotations: { 'service.kubernetes.io/topology-mode': 'Auto' },
      inZoneShare: 1,
      busiest: 1,
      overLimit: false,
      endpointsChanged: 6,
    });
    const sameZone = others.find(({ action }) => action === 'same-zone');
    const rollout = sameZone?.situations.find(({ situation, what }) => situation === 'rollout' && what === 'b');
    // Zone b sends a third of the traffic to the one endpoint that is left of five.
    expect(rollout?.busiest).toBeCloseTo(5 / 3, 9);
    expect(sameZone?.overLimit).toBe(true);
    expect(sentence).toMatch(/^33 % → 100 % in zone, and the busiest endpoint at most 1\.\d\dx/);
  });

  test('what already is the best is left', () => {
    const service = autoService({ 'slicehints.io/mode': 'balanced' });
    const { advice, reason, sentence } = recommendService({ service, slices: slicesOn(EVEN), nodes });
    expect(advice).toMatchObject({ action: 'leave', annotations: {} });
    expect(reason).toBe('best-already');
    expect(sentence).toBe('What it asks for is the best: 33 % → 100 % in zone once its hints are written');
  });

  test('what overloads an endpoint is taken back', () => {
    const service = autoService({ 'slicehints.io/mode': 'same-zone' });
    const { advice, reason, sentence } = recommendService({ service, slices: slicesOn(EVEN), nodes });
    expect(advice?.action).toBe('auto');
    expect(advice?.annotations).toEqual({
      'service.kubernetes.io/topology-mode': 'Auto',
      'slicehints.io/mode': null,
    });
    expect(reason).toBe('within-limit');
    expect(sentence).toContain(
      'What it asks for now loads an endpoint 1.67x while an endpoint is missing in zone a, above 1.25x',
    );
  });

  test('demand that is not known decides against hints, and the way out is named', () => {
    // Pods of all Services run in zone a, CPU is even.
    const clientSlices = [
      { ...slicesOn(Array.from({ length: 90 }, () => 'a1'))[0]!, metadata: { name: 'x', namespace: 'other' } },
    ];
    const input = { service: plain, slices: slicesOn(EVEN), nodes, clientSlices };
    const { advice, sentence, others } = recommendService(input);
    expect(advice?.action).toBe('leave');
    expect(others[0]?.situations.filter(({ situation }) => situation === 'demand')).toHaveLength(2);
    expect(sentence).toContain('state who calls it (slicehints.io/clients)');
    const stated = autoService({ 'slicehints.io/demand': 'cpu' });
    const known = recommendService({ ...input, service: stated });
    expect(known.advice?.action).toBe('auto');
    expect(known.advice?.situations.filter(({ situation }) => situation === 'demand')).toEqual([]);
  });

  test('on slices of Kubernetes itself Auto is what there is without the guard', () => {
    const input = { service: plain, slices: slicesOn(['a1', 'a2', 'b1', 'b2', 'c1'], IN_TREE), nodes };
    const without = recommendService(input);
    expect(['leave', 'auto']).toContain(without.advice?.action);
    expect(without.withGuard?.action).toBe('balanced');
    const guarded = recommendService({ ...input, settings: { guard: true } });
    expect(guarded.advice).toEqual(without.withGuard);
    expect(guarded).not.toHaveProperty('withGuard');
  });

  test('pods that are crowded get spread advice with its gain', () => {
    const clientSlices = [
      {
        ...slicesOn([...EVEN, ...EVEN, ...EVEN, ...EVEN, ...EVEN, ...EVEN])[0]!,
        metadata: { name: 'x', namespace: 'other' },
      },
    ];
    const input = { service: plain, slices: slicesOn(['a1', 'a1', 'a2', 'a2']), nodes, clientSlices };
    const { advice, spread } = recommendService(input);
    expect(spread.map(({ replicas, scales, zones }) => [replicas, scales, zones.map((z) => z.replicas)])).toEqual([
      [4, false, [2, 1, 1]],
      [6, true, [2, 2, 2]],
    ]);
    for (const { gain, inZoneShare } of spread) {
      expect(gain).toBeGreaterThan(0.01);
      expect(inZoneShare - (advice?.inZoneShare ?? 0)).toBeCloseTo(gain, 9);
    }
    expect(spread.at(-1)?.inZoneShare).toBe(1);
  });

  test('pods that are even get none', () => {
    expect(recommendService({ service: plain, slices: slicesOn(EVEN), nodes }).spread).toEqual([]);
  });

  test.each<[string, ServiceManifest['spec'], string, RegExp]>([
    ['a headless Service', { clusterIP: 'None' }, 'not-steered', /headless/],
    ['internalTrafficPolicy Local', { internalTrafficPolicy: 'Local' }, 'not-steered', /Local/],
    ['an ExternalName Service', { type: 'ExternalName' }, 'not-steered', /ExternalName/],
  ])('%s is advised nothing', (_, spec, reason, sentence) => {
    const service = { ...plain, spec };
    const recommendation = recommendService({ service, slices: slicesOn(EVEN), nodes });
    expect(recommendation).toMatchObject({ advice: null, reason, spread: [], now: null });
    expect(recommendation.sentence).toMatch(sentence);
  });

  test('externalTrafficPolicy Local leaves the traffic from inside', () => {
    const service = { ...plain, spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local' } };
    const { advice, sentence } = recommendService({ service, slices: slicesOn(EVEN), nodes });
    expect(advice?.action).toBe('auto');
    expect(sentence).toContain('traffic from outside goes its own way');
  });

  test('without an endpoint that takes traffic there is nothing to advise', () => {
    const recommendation = recommendService({ service: plain, slices: [], nodes });
    expect(recommendation).toMatchObject({ advice: null, reason: 'no-endpoints' });
  });

  test('in a mesh nothing is advised, and what is there now is shown', () => {
    const namespaces = [{ metadata: { name: 'default', labels: { 'istio-injection': 'enabled' } } }];
    const inMesh = recommendService({ service: plain, slices: slicesOn(EVEN), nodes, namespaces });
    expect(inMesh).toMatchObject({ advice: null, reason: 'mesh', spread: [], others: [] });
    expect(inMesh.now?.inZoneShare).toBeCloseTo(1 / 3, 9);
    expect(inMesh.sentence).toContain('Istio');
  });
});
