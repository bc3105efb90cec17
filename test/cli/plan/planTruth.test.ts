import { describe, expect, test } from 'vitest';
import type { PlanGroup } from '../../../src/analysis/planGroups.js';
import type { PlanSummary } from '../../../src/analysis/planSummary.js';
import { changesText, truthOf } from '../../../src/cli/plan/planTruth.js';

const SUMMARY: PlanSummary = {
  services: 5,
  optedIn: 3,
  steered: 2,
  inZoneShare: { before: 0.5, after: 0.8 },
  busiest: {
    before: { service: 's/a', addressType: 'IPv4', load: 1 },
    after: { service: 's/b', addressType: 'IPv4', load: 1.256 },
  },
  changes: { services: 1, endpointSlices: 2, endpoints: 3 },
  reasons: [],
  groups: [],
  demand: [{ source: 'cpu', services: 2 }],
};
const outcome = (phrase: string, count: number, kind: PlanGroup['kind'] = 'outcome'): PlanGroup =>
  ({ kind, phrase, services: Array.from({ length: count }, (_, i) => `s/${i}`) }) as unknown as PlanGroup;
const truth = (parts: Partial<PlanSummary> = {}, options = {}): readonly string[] => truthOf({ ...SUMMARY, ...parts }, options); // prettier-ignore

describe('what a plan comes to', () => {
  test('is four lines', () => {
    expect(truth({ groups: [outcome('hinted', 3)] })).toEqual([
      'Cluster: 50% → 80% in zone over 2 Services that hints can steer; busiest endpoint 1.26x (s/b).',
      '3 hinted.',
      'Would change the hints of 3 endpoints in 2 EndpointSlices of 1 Service; 2 Services do not opt in.',
      'Each Service counts alike; demand: cpu.',
    ]);
  });

  test('with changes that are imagined is today, and what if', () => {
    const today = { ...SUMMARY, inZoneShare: { before: 0.4, after: 0.6 } };
    expect(truth({}, { whatIf: { words: 'zone a is gone', today } }).slice(0, 2)).toEqual([
      'Today: 40% → 60% in zone over 2 Services that hints can steer; busiest endpoint 1.26x (s/b).',
      'What if zone a is gone: 50% → 80% in zone over 2 Services that hints can steer; busiest endpoint 1.26x (s/b).',
    ]);
  });

  test.each<[string, Partial<PlanSummary>, string]>([
    ['no traffic that hints can steer', { steered: 0, inZoneShare: undefined, busiest: undefined }, 'Cluster: no Service has traffic that hints can steer.'], // prettier-ignore
    ['no traffic that was measured', { inZoneShare: undefined }, 'Cluster: no traffic was measured over 2 Services that hints can steer; busiest endpoint 1.26x (s/b).'], // prettier-ignore
    ['one Service of its own', { steered: 1 }, 'Cluster: 50% → 80% in zone over 1 Service that hints can steer; busiest endpoint 1.26x (s/b).'], // prettier-ignore
    [
      'nothing to change',
      { changes: { services: 0, endpointSlices: 0, endpoints: 0 }, services: 3 },
      'Nothing would change.',
    ],
    ['one that does not opt in', { services: 4 }, 'Would change the hints of 3 endpoints in 2 EndpointSlices of 1 Service; 1 Service does not opt in.'], // prettier-ignore
    ['several sources of demand', { demand: [{ source: 'cpu', services: 2 }, { source: 'clients', services: 1 }] }, 'Each Service counts alike; demand: cpu (2), clients (1).'], // prettier-ignore
  ])('%s', (_, parts, line) => {
    expect(truth(parts)).toContain(line);
  });

  test('Services with hints come first, then what keeps most from them; six outcomes, and the rest in one', () => {
    const groups = [outcome('b', 2), outcome('c', 5), outcome('hinted', 1), outcome('b', 1), outcome('w', 9, 'warning'), ...['d', 'e', 'f', 'g', 'h'].map((phrase) => outcome(phrase, 1))]; // prettier-ignore
    expect(truth({ groups })[1]).toBe('1 hinted, 5 c, 3 b, 1 d, 1 e, 1 f, 2 for other reasons below.');
  });

  test('is no outcome where nothing opts in', () => {
    expect(truth({ optedIn: 0 })).toHaveLength(3);
  });

  test.each<[string, PlanSummary['traffic'], string]>([
    ['bytes', { unit: 'bytes', measured: 2, unmeasured: 0 }, '2 Services count by measured bytes; demand: cpu.'],
    ['requests, of which some are not known', { unit: 'requests', measured: 1, unmeasured: 3 }, '1 Service counts by measured requests, 3 without a measurement count for nothing; demand: cpu.'], // prettier-ignore
    [
      'what it costs',
      { unit: 'bytes', measured: 2, unmeasured: 0, costPerMonth: { before: 100, after: 20.005, pricePerGb: 0.01 } },
      '2 Services count by measured bytes; demand: cpu; what crosses zones costs 100.00 → 20.00 a month at 0.01 per GB.',
    ],
  ] as never)('traffic weighs: %s', (_, traffic, line) => {
    expect(truth({ traffic } as never).at(-1)).toBe(line);
  });
});

test.each([
  [
    { services: 1, endpointSlices: 1, endpoints: 1 },
    'Would change the hints of 1 endpoint in 1 EndpointSlice of 1 Service',
  ],
  [{ services: 0, endpointSlices: 0, endpoints: 0 }, 'Nothing would change'],
])('the changes %j are: %s', (changes, text) => {
  expect(changesText({ changes })).toBe(text);
});
