import { describe, expect, test } from 'vitest';
import type { Controls, GivenChanges } from '../../src/report/controls.js';
import { counted, imagined, percent, times, zoneName } from '../../src/report/format.js';

test.each([
  [percent(0.5), '50 %'],
  [percent(1 / 3), '33.3 %'],
  [percent(0.9996), '100 %'],
  [times(1.256), '1.26×'],
  [times(2), '2.00×'],
  [counted(1, 'pod', 'pods'), '1 pod'],
  [counted(0, 'pod', 'pods'), '0 pods'],
  [counted(12_345, 'pod', 'pods'), '12,345 pods'],
  [zoneName('a'), 'a'],
  [zoneName(''), 'no zone'],
])('%s is shown as %s', (text, expected) => {
  expect(text.replaceAll('\u00a0', ' ')).toBe(expected);
});

test('a number and its sign stay on one line', () => {
  expect(percent(0.5)).toContain('\u00a0');
});

describe('what is imagined', () => {
  const start: Controls = { mode: '', overloadThreshold: 0.2, demand: 'cpu', guard: false, withoutZone: '', scale: [] };

  test.each<[string, Partial<Controls>, GivenChanges, string[]]>([
    ['nothing', {}, {}, []],
    ['a mode', { mode: 'balanced' }, {}, ['mode balanced for all']],
    ['a threshold', { overloadThreshold: 0.5 }, {}, ['overload threshold 50 %']],
    ['a demand', { demand: 'endpoints' }, {}, ['demand by where pods run']],
    ['the guard', { guard: true }, {}, ['with the guard']],
    ['zones', { withoutZone: 'c' }, { withoutZones: ['a', 'b'] }, ['without zone a', 'without zone b', 'without zone c']], // prettier-ignore
    ['nodes', {}, { withoutNodes: ['n'] }, ['without node n']],
    ['pods', { scale: [{ service: 's/a', replicas: 1 }] }, {}, ['s/a with 1 pod']],
    [
      'pods by zone',
      {},
      { scale: [{ service: 's/a', replicas: [['a', 1], ['b', 2]] }, { service: 's/b', replicas: 4 }] }, // prettier-ignore
      ['s/a with 1 pod in a and 2 pods in b', 's/b with 4 pods'],
    ],
    [
      'pods by zone of which a control has the number',
      { scale: [{ service: 's/a', replicas: 5 }] },
      { scale: [{ service: 's/a', replicas: [['a', 1]] }] },
      ['s/a with 5 pods'],
    ],
    [
      'annotations',
      {},
      { set: [{ service: 's/a', annotation: 'x', value: 'y' }, { service: 's/a', annotation: 'z', value: '' }] }, // prettier-ignore
      ['s/a with x: y', 's/a without z'],
    ],
  ])('%s', (_, controls, fixed, clauses) => {
    const shown = imagined({ ...start, ...controls }, start, fixed).map((clause) => clause.replaceAll('\u00a0', ' '));
    expect(shown).toEqual(clauses);
  });

  test('the absence of the guard, where the report has it', () => {
    expect(imagined(start, { ...start, guard: true }, {})).toEqual(['without the guard']);
  });
});
