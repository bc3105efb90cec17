import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { planCluster, type ClusterObjects } from '../../src/analysis/planCluster.js';
import { summarisePlan } from '../../src/analysis/planSummary.js';
import { applyWhatIf } from '../../src/analysis/whatIf/whatIf.js';
import { DEFAULT_SETTINGS } from '../../src/hints/settings.js';
import { changesOf, MODES, settingsOf, startOf, type Controls } from '../../src/report/controls.js';
import { imagined } from '../../src/report/format.js';
import { ReportPlanner, type ClusterFigures } from '../../src/report/reportModel.js';
import { clusterObjects, loadManifests } from '../../src/cli/input/manifests.js';
import { EXAMPLES } from '../cli/runPlan.js';
import { anyCluster } from './anyCluster.js';

const START = startOf(DEFAULT_SETTINGS, {}).controls;
const diagonal = ({ flows }: ClusterFigures): number =>
  flows.reduce((sum, { from, to, share }) => (from === to ? sum + share : sum), 0);

const anyControls = (objects: ClusterObjects): fc.Arbitrary<Controls> =>
  fc.record({
    mode: fc.constantFrom(...MODES),
    overloadThreshold: fc.constantFrom(0, 0.2, 1),
    demand: fc.constantFrom('cpu' as const, 'nodes' as const, 'endpoints' as const, 'equal' as const),
    guard: fc.boolean(),
    withoutZone: fc.constantFrom('', ...new ReportPlanner(objects, DEFAULT_SETTINGS).offer().zones),
    scale: fc.constant([]),
  });

describe('the model of a report', () => {
  test('has the figures of the library, for any position of the controls, one after the other', () => {
    fc.assert(
      fc.property(
        anyCluster.chain((objects) =>
          fc.record({ objects: fc.constant(objects), positions: fc.array(anyControls(objects), { maxLength: 3 }) }),
        ),
        ({ objects, positions }) => {
          const planner = new ReportPlanner(objects, DEFAULT_SETTINGS);
          for (const controls of [...positions, START]) {
            const model = planner.modelFor(controls);
            const settings = settingsOf(DEFAULT_SETTINGS, controls);
            const today = summarisePlan(planCluster(objects, { settings }).services);
            const summary = summarisePlan(
              planCluster(applyWhatIf(objects, changesOf(controls, {})), { settings }).services,
            );
            expect({ ...model.summary, groups: [], demand: [] }).toEqual({ ...summary, groups: [], demand: [] });
            const pairs: [ClusterFigures, number | undefined, number | undefined][] = [
              [model.today, today.inZoneShare?.before, today.busiest?.before.load],
              [model.planned, summary.inZoneShare?.after, summary.busiest?.after.load],
            ];
            if (model.atOnce !== undefined) {
              pairs.push([model.atOnce, summary.inZoneShare?.before, summary.busiest?.before.load]);
            }
            for (const [figures, inZoneShare, busiest] of pairs) {
              expect(figures.inZoneShare ?? -1).toBeCloseTo(inZoneShare ?? -1, 9);
              expect(figures.busiest?.load ?? -1).toBeCloseTo(busiest ?? -1, 9);
              if (figures.inZoneShare !== undefined) expect(diagonal(figures)).toBeCloseTo(figures.inZoneShare, 9);
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('sorts Services by what they send across zones', async () => {
    const objects = clusterObjects(await loadManifests([`${EXAMPLES}/five-pods.yaml`]));
    const { services } = new ReportPlanner(objects, DEFAULT_SETTINGS).modelFor(START);
    const across = services.map(({ planned }) => (planned === undefined ? -1 : 1 - planned.inZoneShare));
    expect(across).toEqual([...across].sort((a, b) => b - a));
  });

  test('follows one Service to its endpoints at each moment', async () => {
    const objects = clusterObjects(await loadManifests([`${EXAMPLES}/five-pods.yaml`]));
    const planner = new ReportPlanner(objects, DEFAULT_SETTINGS);
    const model = planner.modelFor({ ...START, withoutZone: 'a' });
    const detail = planner.detailOf('shop/balanced', model);
    const endpoints = { today: 5, atOnce: 3, planned: 3 };
    for (const moment of ['today', 'atOnce', 'planned'] as const) {
      const [traffic] = detail?.traffic[moment] ?? [];
      expect(traffic?.endpoints).toHaveLength(endpoints[moment]);
      expect(Math.max(...(traffic?.endpoints ?? []).map(({ load }) => load))).toBeCloseTo(
        detail?.forecast[moment][0]?.worstLoad ?? -1,
        9,
      );
    }
    expect(planner.detailOf('shop/nowhere', model)).toBeUndefined();
  });
});

describe('the controls', () => {
  const GIVEN = {
    mode: 'balanced',
    withoutZones: ['a'],
    withoutNodes: ['n1'],
    scale: [
      { service: 'shop/web', replicas: 3 },
      { service: 'shop/cart', replicas: [['a', 1] as const, ['b', 2] as const] },
    ],
    set: [{ service: 'shop/web', annotation: 'slicehints.io/mode', value: '' }],
  } as const;

  test('start where the flags are, and keep what no control has a place for', () => {
    const { controls, fixed } = startOf(DEFAULT_SETTINGS, GIVEN);
    expect(controls).toMatchObject({
      mode: 'balanced',
      withoutZone: 'a',
      scale: [{ service: 'shop/web', replicas: 3 }],
    });
    expect(changesOf(controls, fixed)).toEqual({
      ...GIVEN,
      scale: [
        {
          service: 'shop/cart',
          replicas: new Map([
            ['a', 1],
            ['b', 2],
          ]),
        },
        { service: 'shop/web', replicas: 3 },
      ],
    });
    // A control goes before the flag.
    expect(changesOf({ ...controls, scale: [{ service: 'shop/cart', replicas: 9 }] }, fixed).scale).toEqual([
      { service: 'shop/cart', replicas: 9 },
    ]);
  });

  test('say what is imagined', () => {
    const { controls, fixed } = startOf(DEFAULT_SETTINGS, GIVEN);
    expect(imagined(START, START, {})).toEqual([]);
    expect(imagined({ ...controls, demand: 'equal', overloadThreshold: 0.5, guard: true }, START, fixed)).toEqual([
      'mode balanced for all',
      'overload threshold 50\u00a0%',
      'demand by every zone alike',
      'with the guard',
      'without zone a',
      'without node n1',
      'shop/cart with 1 pod in a and 2 pods in b',
      'shop/web with 3 pods',
      'shop/web without slicehints.io/mode',
    ]);
  });
});
