import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { planCluster, type PlannedService } from '../../src/analysis/planCluster.js';
import { summarisePlan } from '../../src/analysis/planSummary.js';
import { clusterObjects, loadManifests } from '../../src/cli/input/manifests.js';
import type { AddressTypeForecast } from '../../src/hints/forecast.js';
import { EXAMPLES } from '../cli/runPlan.js';

interface Given {
  readonly mode?: string;
  readonly before?: readonly AddressTypeForecast[];
  readonly after?: readonly AddressTypeForecast[];
  /** Reasons, with a `+` before those of a hinted address type. */
  readonly reasons?: readonly string[];
  /** How many endpoints each slice changes; undefined: no patch. */
  readonly moved?: readonly (number | undefined)[];
}

const forecast = (inZoneShare: number, worstLoad: number, more: Partial<AddressTypeForecast> = {}): AddressTypeForecast => ({ addressType: 'IPv4', inZoneShare, worstLoad, byZone: [], ...more }); // prettier-ignore
const NO_TRAFFIC = forecast(0, 0);
const HEADLESS = forecast(0, 0, { steered: false });

/** The part of a planned Service that a summary reads. */
function service(name: string, given: Given): PlannedService {
  const { mode = 'auto', before = [], after = [], reasons = [], moved = [] } = given;
  return {
    namespace: 'shop',
    name,
    before,
    after,
    plan: {
      mode,
      verdicts: reasons.map((text) => ({
        reason: text.replace('+', ''),
        hinted: text.startsWith('+'),
        addressType: '',
        message: '',
      })),
      warnings: [],
      demand: [],
      slices: moved.map((count) => ({ patch: count === undefined ? undefined : [], moved: count ?? 0 })),
    },
  } as unknown as PlannedService;
}

describe('summarisePlan', () => {
  test('nothing planned: no shares, no busiest endpoint', () => {
    expect(summarisePlan([])).toEqual({
      services: 0,
      optedIn: 0,
      steered: 0,
      inZoneShare: undefined,
      busiest: undefined,
      changes: { services: 0, endpointSlices: 0, endpoints: 0 },
      reasons: [],
      groups: [],
      demand: [],
    });
  });

  test('Services in mode off have not opted in', () => {
    const given = ['auto', 'off', 'balanced'].map((mode) => service(mode, { mode }));
    expect(summarisePlan(given)).toMatchObject({ services: 3, optedIn: 2 });
  });

  test.each<[string, AddressTypeForecast[], number]>([
    ['endpoints that take traffic', [forecast(0.5, 1)], 1],
    ['traffic that stays in no zone', [forecast(0, 1)], 1],
    ['no endpoint that takes traffic', [NO_TRAFFIC], 0],
    ['traffic that hints do not steer', [HEADLESS], 0],
    ['one address type of two that takes traffic', [NO_TRAFFIC, forecast(0.5, 1)], 1],
    ['no slices', [], 0],
  ])('a Service with %s counts as steered or not', (_, after, steered) => {
    expect(summarisePlan([service('web', { before: after, after })])).toMatchObject({ steered });
  });

  test('each steered Service counts alike in the mean, and each steered address type of it', () => {
    const both = [forecast(0.2, 1), forecast(0.4, 1, { addressType: 'IPv6' }), NO_TRAFFIC];
    const { inZoneShare } = summarisePlan([
      service('web', { before: both, after: [forecast(1, 1)] }),
      service('cart', { before: [forecast(0.5, 1)], after: [forecast(0.6, 1)] }),
      service('dns', { before: [HEADLESS], after: [HEADLESS] }),
    ]);
    expect(inZoneShare?.before).toBeCloseTo(0.4, 12);
    expect(inZoneShare?.after).toBeCloseTo(0.8, 12);
  });

  test('the busiest endpoint is that of the highest load, before and after, and of equals the first', () => {
    const ipv6 = { addressType: 'IPv6' };
    const { busiest } = summarisePlan([
      service('web', { before: [forecast(1, 1.2), forecast(1, 1.5, ipv6)], after: [forecast(1, 1.1)] }),
      service('cart', { before: [forecast(1, 1.5)], after: [forecast(1, 1.4)] }),
      service('dns', { before: [HEADLESS], after: [forecast(1, 9, { steered: false })] }),
    ]);
    expect(busiest).toEqual({
      before: { load: 1.5, service: 'shop/web', addressType: 'IPv6' },
      after: { load: 1.4, service: 'shop/cart', addressType: 'IPv4' },
    });
  });

  test('changes count slices with a patch, their Services and the endpoints that move', () => {
    const given = [[2, undefined, 1], [undefined], [], [3]].map((moved, i) => service(`s${i}`, { moved }));
    expect(summarisePlan(given).changes).toEqual({ services: 2, endpointSlices: 3, endpoints: 6 });
  });

  test('reasons are counted once for each Service, hinted or not apart, most first, then by name', () => {
    const [set, blocked, absent] = ['BalancedHintsSet', 'HintsBlocked', 'NoReadyEndpoints'];
    const given = [[`+${set}`, `+${set}`], [set], [blocked], [`+${set}`, blocked], [absent]];
    const { reasons } = summarisePlan(given.map((own, i) => service(`s${i}`, { reasons: own })));
    expect(reasons).toEqual([
      { reason: set, hinted: true, services: 2 },
      { reason: blocked, hinted: false, services: 2 },
      { reason: set, hinted: false, services: 1 },
      { reason: absent, hinted: false, services: 1 },
    ]);
  });
});

describe('the example of three zones', () => {
  let services: readonly PlannedService[];
  beforeAll(async () => {
    services = planCluster(clusterObjects(await loadManifests([`${EXAMPLES}/three-zones.yaml`]))).services;
  });

  describe('measured traffic weighs Services', () => {
    const measured = (perSecond: Record<string, number>, unit: 'bytes' | 'requests' = 'bytes'): object => ({
      unit,
      perSecond: new Map(Object.entries(perSecond)),
    });

    test('one Service alone has its own share', () => {
      const summary = summarisePlan(services, { traffic: measured({ 'default/web': 10 }) as never });
      expect(summary.inZoneShare?.before).toBeCloseTo(1 / 3);
      expect(summary.inZoneShare?.after).toBeCloseTo(5 / 6);
      expect(summary.traffic).toMatchObject({ unit: 'bytes', measured: 1, unmeasured: 3, perSecond: 10 });
      expect(summary.traffic?.crossZonePerSecond.before).toBeCloseTo(20 / 3);
      expect(summary.traffic?.costPerMonth).toBeUndefined();
    });

    test('two weigh by what they receive; one that hints do not steer is in no figure', () => {
      const traffic = measured({ 'default/web': 30, 'default/cart': 10, 'default/orders': 1000 });
      const summary = summarisePlan(services, { traffic: traffic as never });
      expect(summary.inZoneShare?.after).toBeCloseTo((3 / 4) * (5 / 6) + (1 / 4) * (1 / 3));
      expect(summary.traffic?.perSecond).toBe(40);
    });

    test('a month costs bytes times price, never requests', () => {
      const cost = (unit: 'bytes' | 'requests'): unknown =>
        summarisePlan(services, { traffic: measured({ 'default/web': 3e6 }, unit) as never, pricePerGb: 0.02 }).traffic
          ?.costPerMonth;
      // 2 MB/s of 3 cross zones: 5,256 GB in 730 hours, at 0.02 each; then 0.5 MB/s.
      expect(cost('bytes')).toEqual({ pricePerGb: 0.02, before: expect.closeTo(105.12), after: expect.closeTo(26.28) });
      expect(cost('requests')).toBeUndefined();
    });

    test('no traffic at all is no share', () => {
      expect(summarisePlan(services, { traffic: measured({}) as never }).inZoneShare).toBeUndefined();
    });

    test('equal traffic is as good as none measured', () => {
      fc.assert(
        fc.property(fc.double({ min: 0.001, max: 1e9, noNaN: true }), (amount) => {
          const traffic = measured(Object.fromEntries(services.map(({ name }) => [`default/${name}`, amount])));
          const weighed = summarisePlan(services, { traffic: traffic as never }).inZoneShare;
          const alike = summarisePlan(services).inZoneShare;
          expect(weighed?.before).toBeCloseTo(alike?.before ?? NaN, 9);
          expect(weighed?.after).toBeCloseTo(alike?.after ?? NaN, 9);
        }),
      );
    });
  });

  describe('groups', () => {
    test('each Service that opts in has one outcome, most first', () => {
      const { groups, optedIn } = summarisePlan(services);
      expect(groups.map(({ cause, kind, hinted, services: names }) => [cause, kind, hinted, names])).toEqual([
        ['TopologyAwareHintsEnabled', 'outcome', true, ['default/api', 'default/web']],
        ['HeadlessService', 'outcome', true, ['default/orders']],
        ['TooFewEndpoints', 'outcome', false, ['default/cart']],
      ]);
      expect(groups.reduce((sum, { services: names }) => sum + names.length, 0)).toBe(optedIn);
    });

    test('demand: what opted-in Services go by, and the setting for the others', () => {
      expect(summarisePlan(services).demand).toEqual([{ source: 'cpu', services: 3 }]);
      expect(summarisePlan(services, { demand: 'nodes' }).demand).toEqual([
        { source: 'cpu', services: 3 },
        { source: 'nodes', services: 1 },
      ]);
    });
  });
});
