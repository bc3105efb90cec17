import { describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/hints/settings.js';
import { changesOf, givenChanges, settingsOf, startOf, type Controls, type GivenChanges } from '../../src/report/controls.js'; // prettier-ignore

const SETTINGS = { ...DEFAULT_SETTINGS, overloadThreshold: 0.3, demand: 'nodes' as const, guard: true };
const NOTHING = { withoutZones: [], withoutNodes: [], scale: [], set: [], mode: undefined };

describe('the controls when the report is opened', () => {
  test('stand as the settings have them', () => {
    expect(startOf(SETTINGS, {})).toEqual({
      controls: { mode: '', overloadThreshold: 0.3, demand: 'nodes', guard: true, withoutZone: '', scale: [] },
      fixed: { withoutZones: [], scale: [] },
    });
  });

  test.each<[string, GivenChanges, Partial<Controls>, GivenChanges]>([
    ['a mode', { mode: 'balanced' }, { mode: 'balanced' }, {}],
    ['one zone that is gone', { withoutZones: ['a'] }, { withoutZone: 'a' }, {}],
    ['a number of pods', { scale: [{ service: 's/a', replicas: 3 }] }, { scale: [{ service: 's/a', replicas: 3 }] }, {}], // prettier-ignore
    ['two zones, for which there is no place', { withoutZones: ['a', 'b'] }, {}, { withoutZones: ['a', 'b'] }],
    ['pods by zone, likewise', { scale: [{ service: 's/a', replicas: [['a', 1]] }] }, {}, { scale: [{ service: 's/a', replicas: [['a', 1]] }] }], // prettier-ignore
    ['nodes and annotations, likewise', { withoutNodes: ['n'], set: [] }, {}, { withoutNodes: ['n'], set: [] }],
  ])('show %s', (_, given, controls, fixed) => {
    const { controls: plain, fixed: none } = startOf(SETTINGS, {});
    expect(startOf(SETTINGS, given)).toEqual({ controls: { ...plain, ...controls }, fixed: { ...none, ...fixed } });
  });
});

describe('what the controls ask for', () => {
  const { controls } = startOf(SETTINGS, {});

  test('is nothing when they are left alone', () => {
    expect(changesOf(controls, {})).toEqual(NOTHING);
    expect(settingsOf(SETTINGS, controls)).toEqual(SETTINGS);
  });

  test('goes into the settings, of which the others stay', () => {
    const changed = { ...controls, overloadThreshold: 1, demand: 'cpu' as const, guard: false };
    expect(settingsOf(SETTINGS, changed)).toEqual({ ...SETTINGS, overloadThreshold: 1, demand: 'cpu', guard: false });
  });

  test('is added to what no control has a place for', () => {
    const fixed: GivenChanges = { withoutZones: ['a', 'b'], withoutNodes: ['n'], scale: [{ service: 's/a', replicas: [['a', 1]] }] }; // prettier-ignore
    const asked = { ...controls, mode: 'off', withoutZone: 'c', scale: [{ service: 's/b', replicas: 2 }] } as const;
    expect(changesOf(asked, fixed)).toEqual({
      ...NOTHING,
      mode: 'off',
      withoutZones: ['a', 'b', 'c'],
      withoutNodes: ['n'],
      scale: [
        { service: 's/a', replicas: new Map([['a', 1]]) },
        { service: 's/b', replicas: 2 },
      ],
    });
  });

  test('replaces the pods by zone of the same Service', () => {
    const fixed: GivenChanges = { scale: [{ service: 's/a', replicas: [['a', 1]] }] };
    expect(changesOf({ ...controls, scale: [{ service: 's/a', replicas: 2 }] }, fixed).scale).toEqual([
      { service: 's/a', replicas: 2 },
    ]);
  });
});

test('changes go through JSON and come back', () => {
  const changes = {
    ...NOTHING,
    withoutZones: ['a', 'b'],
    withoutNodes: ['n'],
    scale: [
      { service: 's/a', replicas: new Map([['a', 1]]) },
      { service: 's/b', replicas: 2 },
    ],
    set: [{ service: 's/a', annotation: 'x', value: '' }],
    mode: 'same-zone' as const,
  };
  const { controls, fixed } = startOf(SETTINGS, JSON.parse(JSON.stringify(givenChanges(changes))) as GivenChanges);
  expect(changesOf(controls, fixed)).toEqual(changes);
});
