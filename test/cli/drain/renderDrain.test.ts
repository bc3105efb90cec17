import { describe, expect, test } from 'vitest';
import { renderAssessment, renderDrains, renderNotFollowing, stateOf } from '../../../src/cli/drain/renderDrain.js';
import type { ListedDrain } from '../../../src/cli/drain/renderDrain.js';

const NOW = Date.UTC(2026, 0, 1);
const paint = (style: unknown, text: string): string => `<${String(style)}>${text}`;

function drainOf(conditions: Record<string, string>, more: { status?: object; until?: string } = {}): ListedDrain {
  return {
    apiVersion: 'slicehints.io/v1alpha1',
    kind: 'ZoneDrain',
    metadata: { name: 'd', generation: 1 },
    spec: { zone: 'a', until: more.until ?? '2026-01-01T01:00:00Z' },
    status: {
      observedGeneration: 1,
      conditions: Object.entries(conditions).map(([type, status]) => ({ type, status, reason: 'R', message: `is ${type}` })),
      ...more.status,
    },
  };
} // prettier-ignore

const past = { until: '2025-12-31T23:00:00Z' };

describe('the state of a drain', () => {
  test.each<[string, ListedDrain, ReturnType<typeof stateOf>]>([
    ['that nobody judged', drainOf({}), 'Pending'],
    ['that is accepted', drainOf({ Accepted: 'True', Refused: 'False' }), 'Active'],
    ['that is refused', drainOf({ Accepted: 'False', Refused: 'True' }), 'Refused'],
    ['that was refused and changed since', drainOf({ Refused: 'True' }, { status: { observedGeneration: 0 } }), 'Pending'],
    ['whose time is over', drainOf({ Accepted: 'True' }, past), 'Ended'],
    ['whose time ends now', drainOf({ Accepted: 'True' }, { until: '2026-01-01T00:00:00Z' }), 'Ended'],
    ['that was refused and whose time is over', drainOf({ Refused: 'True' }, past), 'Refused'],
    ['without a status', { ...drainOf({}), status: null }, 'Pending'],
  ])('%s', (_, drain, expected) => {
    expect(stateOf(drain, NOW)).toBe(expected);
  }); // prettier-ignore
});

describe('the table', () => {
  const rows = (...drains: ListedDrain[]): string[][] =>
    renderDrains(drains, NOW, paint).trimEnd().split('\n').slice(1).map((line) => line.split(/ {2,}/)); // prettier-ignore
  test('has what the controller wrote', () => {
    const status = { services: { drained: 3 }, busiest: '1.5' };
    expect(rows(drainOf({ Accepted: 'True' }, { status }))).toEqual([['d', 'a', '2026-01-01T01:00:00Z', '<green>Active', '3', '1.5x', 'is Accepted']]); // prettier-ignore
  });

  test('has what is not written yet as a dash', () => {
    expect(rows(drainOf({}))).toEqual([['d', 'a', '2026-01-01T01:00:00Z', '<yellow>Pending', '-', '-', 'No controller has judged it yet']]); // prettier-ignore
  });

  test('is a sentence when there is no drain', () => {
    expect(renderDrains([], NOW, paint)).toBe('No zone is drained.\n');
  });
});

describe('what does not follow', () => {
  test.each<[string, object, string]>([
    ['is listed', { notFollowing: ['CoreDNS: ignores hints', 'Envoy: too'] }, 'What does not follow:\n  CoreDNS: ignores hints\n  Envoy: too\n'],
    ['is nothing', { notFollowing: [] }, ''],
    ['is not known', {}, ''],
  ])('%s', (_, status, expected) => {
    expect(renderNotFollowing(drainOf({}, { status }))).toBe(expected);
  }); // prettier-ignore
});

describe('what a drain would do', () => {
  const figures = { drained: 1, endpoints: 2, last: [], overloaded: [], inTree: [], blocked: [], unsteered: [], sendingNodes: 0 }; // prettier-ignore
  const judgement = { accepted: true, reason: 'Accepted', message: '1 Service' } as const;
  test('is one line when all follows', () => {
    expect(renderAssessment('a', { judgement, figures, notFollowing: [] })).toBe('A drain of zone a would be accepted (Accepted): 1 Service\n'); // prettier-ignore
  });

  test('names what is not drained and what does not follow', () => {
    const refused = { accepted: false, reason: 'Overload', message: 'too much' } as const;
    const more = { ...figures, inTree: ['x/a', 'x/b'], blocked: ['x/c'], unsteered: ['x/d'] };
    expect(renderAssessment('a', { judgement: refused, figures: more, notFollowing: ['CoreDNS: no'] }).split('\n')).toEqual([
      'A drain of zone a would be refused (Overload): too much',
      'Not drained, because Kubernetes writes their hints: 2 (x/a, x/b)',
      'Not drained, because hints may not be written: 1 (x/c)',
      'Not drained, because hints do not steer them: 1 (x/d)',
      'What does not follow:',
      '  CoreDNS: no',
      '',
    ]);
  }); // prettier-ignore
});
