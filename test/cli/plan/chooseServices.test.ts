import { expect, test } from 'vitest';
import type { PlannedService } from '../../../src/analysis/planCluster.js';
import { chooseServices, isChanged, type Choice } from '../../../src/cli/plan/chooseServices.js';

/** A Service with a share in zone, a busiest load, and perhaps something to write. */
function planned(name: string, inZoneShare: number, worstLoad: number, changes = false): PlannedService {
  const forecast = [{ addressType: 'IPv4', inZoneShare, worstLoad, byZone: [] }];
  const slices = [{ patch: changes ? [] : undefined }];
  return {
    namespace: 'x',
    name,
    before: forecast,
    after: forecast,
    plan: { mode: 'auto', verdicts: [], slices },
  } as never;
}

const A = planned('a', 0.9, 1.1);
const B = planned('b', 0.2, 1.2, true);
const C = planned('c', 0.5, 1);
const NONE = planned('none', 0, 0, true);
const ALL = [A, B, C, NONE];
const traffic = {
  unit: 'bytes' as const,
  perSecond: new Map([
    ['x/a', 100],
    ['x/c', 1],
  ]),
};

test.each<[string, Partial<Choice>, string[]]>([
  ['as they come', {}, ['a', 'b', 'c', 'none']],
  ['only those to write', { onlyChanges: true }, ['b', 'none']],
  ['most across zones first', { sort: 'cross-zone' }, ['b', 'c', 'a', 'none']],
  ['by measured traffic across zones', { sort: 'cross-zone', traffic }, ['a', 'c', 'b', 'none']],
  ['busiest first', { sort: 'busiest' }, ['b', 'a', 'c', 'none']],
  [
    'those that an imagined change concerns',
    {
      onlyChanges: true,
      today: new Map([
        ['x/a', planned('a', 0.8, 1.1)],
        ['x/c', C],
      ]),
    },
    ['a', 'b', 'none'],
  ],
])('%s', (_, choice, names) => {
  const before = [...ALL];
  expect(chooseServices(ALL, { onlyChanges: false, sort: 'name', ...choice }).map(({ name }) => name)).toEqual(names);
  expect(ALL).toEqual(before);
});

test('a Service changes where something is written or its plan is not today’s', () => {
  expect([isChanged(B), isChanged(A), isChanged(A, A), isChanged(A, C)]).toEqual([true, false, false, true]);
});
