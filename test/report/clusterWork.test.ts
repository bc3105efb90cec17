import { expect, test } from 'vitest';
import fc from 'fast-check';
import { auditCluster } from '../../src/analysis/audit/auditCluster.js';
import { recommendCluster } from '../../src/analysis/recommend/recommendCluster.js';
import { DEFAULT_SETTINGS } from '../../src/hints/settings.js';
import type { ClusterWork } from '../../src/report/clusterWork.js';
import { startOf } from '../../src/report/controls.js';
import { neededFields } from '../../src/report/neededFields.js';
import { ReportPlanner } from '../../src/report/reportModel.js';
import { anyCluster } from './anyCluster.js';

function finish(work: ClusterWork): ClusterWork {
  let steps = 1;
  while (work.step()) steps++;
  expect(steps).toBe(Math.max(1, work.total));
  return work;
}

test('the audit and the recommendations of a report are those of the library, for all Services and for one', () => {
  fc.assert(
    fc.property(anyCluster, (objects) => {
      const planner = new ReportPlanner(neededFields(objects), DEFAULT_SETTINGS);
      const model = planner.modelFor(startOf(DEFAULT_SETTINGS, {}).controls);
      const { audits, recommendations } = finish(planner.workOn(model));
      expect(audits).toEqual(auditCluster(objects, { planned: true }).services);
      expect(recommendations).toEqual(recommendCluster(objects).services);
      const one = finish(planner.workOn(model, 'shop/web'));
      const isOne = ({ namespace, name }: { readonly namespace: string; readonly name: string }): boolean =>
        namespace === 'shop' && name === 'web';
      expect(one.audits).toEqual(audits.filter(isOne));
      expect(one.recommendations).toEqual(recommendations.filter(isOne));
    }),
    { numRuns: 40 },
  );
});
