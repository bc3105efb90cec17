import { describe, expect, test } from 'vitest';
import { auditCluster, lossesAbove } from '../../../src/analysis/audit/auditCluster.js';
import { planCluster, type ClusterObjects } from '../../../src/analysis/planCluster.js';
import { applyWhatIf } from '../../../src/analysis/whatIf/whatIf.js';
import { clusterObjects, loadManifests } from '../../../src/cli/input/manifests.js';
import { auditService, type ServiceAudit } from '../../../src/index.js';
import { EXAMPLES } from '../../cli/runPlan.js';

const examples = async (): Promise<ClusterObjects> => clusterObjects(await loadManifests([EXAMPLES]));

describe('a whole cluster', () => {
  test('a Service is audited as it is by itself', async () => {
    const all = await examples();
    const { services } = auditCluster(all);
    expect(services.length).toBe(all.services.length);
    for (const audit of services) {
      const key = `${audit.namespace}/${audit.name}`;
      expect(auditCluster(all, { service: key }).services).toEqual([audit]);
      const isOwn = (slice: (typeof all.endpointSlices)[number]): boolean =>
        `${slice.metadata?.namespace}/${slice.metadata?.labels?.['kubernetes.io/service-name']}` === key;
      const input = {
        service: all.services.find(({ metadata }) => `${metadata?.namespace}/${metadata?.name}` === key)!,
        slices: all.endpointSlices.filter(isOwn),
        clientSlices: all.endpointSlices.filter((slice) => !isOwn(slice)),
        nodes: all.nodes,
      };
      expect(auditService(input)).toEqual(audit);
    }
  });

  test('the loss of a zone is what a plan of the cluster without that zone gives', async () => {
    const all = await examples();
    const { services } = auditCluster(all);
    for (const zone of ['a', 'b', 'c']) {
      const without = planCluster(applyWhatIf(all, { withoutZones: [zone] })).services;
      for (const audit of services) {
        const loss = audit.zones.find((one) => one.zone === zone);
        const planned = without.find(({ namespace, name }) => namespace === audit.namespace && name === audit.name)!;
        if (loss === undefined || loss.busiestAtOnce === null) continue;
        const perMean = audit.endpoints / loss.left;
        const busiest = (forecast: typeof planned.before): number => Math.max(...forecast.map((f) => f.worstLoad));
        expect(loss.busiestAtOnce).toBeCloseTo(busiest(planned.before) * perMean, 9);
        expect(loss.busiestReplanned).toBeCloseTo(busiest(planned.after) * perMean, 9);
      }
    }
  });

  test('the summary names the Services that fare worst', async () => {
    const { summary, services } = auditCluster(await examples());
    for (const { zone, lost, noneLeft, busiestAtOnce } of summary.zones) {
      const losses = services.flatMap((audit) =>
        audit.zones
          .filter((one) => one.zone === zone)
          .map((loss) => ({ ...loss, key: `${audit.namespace}/${audit.name}` })),
      );
      expect(lost).toBe(losses.reduce((sum, loss) => sum + loss.lost, 0));
      expect(noneLeft).toEqual(losses.filter((loss) => loss.lost > 0 && loss.left === 0).map(({ key }) => key));
      const highest = Math.max(...losses.map((loss) => loss.busiestAtOnce ?? 0));
      expect(busiestAtOnce?.load).toBe(highest);
      expect(losses.find(({ key }) => key === busiestAtOnce?.service)?.busiestAtOnce).toBe(highest);
    }
    expect(summary).toMatchObject({ services: services.length, unsteered: 1 });
  });
});

describe('losses above a limit', () => {
  const audit = (name: string, zones: ServiceAudit['zones']): ServiceAudit => ({
    namespace: 'shop',
    name,
    mode: 'off',
    endpoints: 6,
    unplaced: 0,
    busiestToday: 1,
    zones,
    worstNode: null,
  });
  const even = { lost: 2, left: 4, busiestAtOnce: 1.5, busiestReplanned: 1.5 };

  test('the worst zone of each Service, worst first, a last endpoint lost before all', () => {
    const audits = [
      audit('even', [{ zone: 'a', ...even }]),
      audit('later', [{ zone: 'a', ...even, busiestReplanned: 1.8 }]),
      audit('hot', [
        { zone: 'a', ...even, busiestAtOnce: 2 },
        { zone: 'b', ...even, busiestAtOnce: 2.5 },
      ]),
      audit('single', [{ zone: 'c', lost: 1, left: 0, busiestAtOnce: null, busiestReplanned: null }]),
    ];
    expect(lossesAbove(audits, 1.5)).toEqual([
      { service: 'shop/single', zone: 'c', load: Infinity, when: 'at once' },
      { service: 'shop/hot', zone: 'b', load: 2.5, when: 'at once' },
      { service: 'shop/later', zone: 'a', load: 1.8, when: 'after planning again' },
    ]);
    expect(lossesAbove(audits, 2.5).map(({ service }) => service)).toEqual(['shop/single']);
  });

  test('what rounding adds is not above it', () => {
    expect(lossesAbove([audit('even', [{ zone: 'a', ...even, busiestAtOnce: 1.5000000000000002 }])], 1.5)).toEqual([]);
  });

  test('a Service whose last endpoint was lost before is not', () => {
    const zone = { zone: 'a', lost: 0, left: 0, busiestAtOnce: null, busiestReplanned: null };
    expect(lossesAbove([audit('gone', [zone])], 1)).toEqual([]);
  });
});
