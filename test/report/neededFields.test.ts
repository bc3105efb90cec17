import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { planCluster, type ClusterObjects } from '../../src/analysis/planCluster.js';
import { neededFields } from '../../src/report/neededFields.js';
import { packCluster, unpackCluster } from '../../src/report/packedCluster.js';
import { clusterObjects, loadManifests } from '../../src/cli/input/manifests.js';
import { EXAMPLES } from '../cli/runPlan.js';
import { anyCluster } from './anyCluster.js';

/** What a reader of the report sees of a plan. */
function outcome(objects: ClusterObjects): unknown {
  const { services, notes } = planCluster(objects, { settings: { guard: true } });
  return {
    notes,
    services: services.map(({ namespace, name, before, after, reading, plan }) => {
      const slices = plan.slices.map(({ slice, hints, moved }) => [slice.name, hints, moved]);
      return { namespace, name, before, after, reading, verdicts: plan.verdicts, warnings: plan.warnings, slices };
    }),
  };
}

describe('the needed fields of a cluster', () => {
  test('give the same plans, also packed and unpacked through JSON', () => {
    fc.assert(
      fc.property(anyCluster, (objects) => {
        const needed = neededFields(objects);
        const unpacked = unpackCluster(
          JSON.parse(JSON.stringify(packCluster(needed))) as ReturnType<typeof packCluster>,
        );
        expect(outcome(needed)).toEqual(outcome(objects));
        expect(outcome(unpacked)).toEqual(outcome(objects));
        expect(neededFields(unpacked)).toEqual({ ...needed, clientSlices: [] });
      }),
      { numRuns: 60 },
    );
  });

  test('give the same plans of the examples', async () => {
    const objects = clusterObjects(await loadManifests([EXAMPLES]));
    expect(outcome(unpackCluster(packCluster(neededFields(objects))))).toEqual(outcome(objects));
  });

  test('have no uid, label, annotation or address that no plan reads', () => {
    fc.assert(
      fc.property(anyCluster, (objects) => {
        expect(JSON.stringify(neededFields(objects))).not.toMatch(/secret-(uid|team|owner|app|ip|x)/);
      }),
      { numRuns: 50 },
    );
  });
});
