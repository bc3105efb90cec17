import { describe, expect, test } from 'vitest';
import type { PlannedService } from '../../src/analysis/planCluster.js';
import { summarisePlan } from '../../src/analysis/planSummary.js';
import type { AddressTypeForecast } from '../../src/hints/forecast.js';

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
      verdicts: reasons.map((text) => ({ reason: text.replace('+', ''), hinted: text.startsWith('+') })),
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
    const given = [['+Set', '+Set'], ['Set'], ['Blocked'], ['+Set', 'Blocked'], ['Absent']];
    const { reasons } = summarisePlan(given.map((own, i) => service(`s${i}`, { reasons: own })));
    expect(reasons).toEqual([
      { reason: 'Blocked', hinted: false, services: 2 },
      { reason: 'Set', hinted: true, services: 2 },
      { reason: 'Absent', hinted: false, services: 1 },
      { reason: 'Set', hinted: false, services: 1 },
    ]);
  });
});
