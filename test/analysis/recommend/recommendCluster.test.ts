import { expect, test } from 'vitest';
import { planCluster, type ClusterObjects } from '../../../src/analysis/planCluster.js';
import { recommendCluster } from '../../../src/analysis/recommend/recommendCluster.js';
import { applyWhatIf } from '../../../src/analysis/whatIf/whatIf.js';
import { clusterObjects, loadManifests } from '../../../src/cli/input/manifests.js';
import { EXAMPLES } from '../../cli/runPlan.js';

const examples = async (): Promise<ClusterObjects> => clusterObjects(await loadManifests([EXAMPLES]));

/** The cluster with the hints that the controller writes. */
function written(objects: ClusterObjects): ClusterObjects {
  const slices = new Map(
    planCluster(objects).services.flatMap(({ result }) =>
      result.slices.map((slice) => [`${slice.namespace}/${slice.name}`, slice.endpoints] as const),
    ),
  );
  return {
    ...objects,
    endpointSlices: objects.endpointSlices.map((slice) => {
      const planned = slices.get(`${slice.metadata?.namespace}/${slice.metadata?.name}`);
      return { ...slice, endpoints: (slice.endpoints ?? []).map((one, i) => ({ ...one, hints: planned?.[i]?.hints })) };
    }),
  };
}

const figuresOf = (objects: ClusterObjects, key: string): { inZone: number; busiest: number } => {
  const [planned] = planCluster(objects, { service: key }).services;
  const forecast = planned?.before ?? [];
  return {
    inZone: Math.min(...forecast.map(({ inZoneShare }) => inZoneShare)),
    busiest: Math.max(...forecast.map(({ worstLoad }) => worstLoad)),
  };
};

test('all advice of the samples, applied at once, gives the promised figures within 2 points', async () => {
  const all = await examples();
  const { services } = recommendCluster(all);
  const set = services.flatMap(({ namespace, name, advice }) =>
    Object.entries(advice?.annotations ?? {}).map(([annotation, value]) => ({
      service: `${namespace}/${name}`,
      annotation,
      value: value ?? '',
    })),
  );
  expect(set.length).toBeGreaterThan(2);
  const applied = written(applyWhatIf(all, { set }));
  for (const { namespace, name, advice } of services) {
    if (advice === null) continue;
    const { inZone, busiest } = figuresOf(applied, `${namespace}/${name}`);
    expect(Math.abs(inZone - advice.inZoneShare)).toBeLessThan(0.02);
    expect(Math.abs(busiest - advice.busiest)).toBeLessThan(0.02);
  }
});

test('pods that are spread as advised give the promised gain within 2 points', async () => {
  const all = await examples();
  let judged = 0;
  for (const { namespace, name, advice, spread } of recommendCluster(all).services) {
    const service = `${namespace}/${name}`;
    for (const { zones, action, overloadThreshold, inZoneShare, gain } of spread) {
      const replicas = new Map(zones.map((zone) => [zone.zone, zone.replicas]));
      const scaled = applyWhatIf(all, { scale: [{ service, replicas }] });
      const again = recommendCluster(scaled, { service, judgeAll: true }).services[0]!;
      const same = [again.advice!, ...again.others].find(
        (one) => one.action === action && one.overloadThreshold === overloadThreshold,
      )!;
      const set = Object.entries(same.annotations).map(([annotation, value]) => ({
        service,
        annotation,
        value: value ?? '',
      }));
      const { inZone } = figuresOf(written(applyWhatIf(scaled, { set })), service);
      expect(Math.abs(inZone - inZoneShare)).toBeLessThan(0.02);
      expect(inZoneShare - (advice?.inZoneShare ?? 0)).toBeCloseTo(gain, 9);
      judged++;
    }
  }
  expect(judged).toBeGreaterThan(2);
});

test('a namespace that is in a mesh is advised nothing', async () => {
  const all = await examples();
  const namespaces = [{ metadata: { name: 'shop', labels: { 'istio-injection': 'enabled' } } }];
  const { services } = recommendCluster({ ...all, namespaces });
  const inShop = services.filter(({ namespace, reason }) => namespace === 'shop' && reason !== 'no-endpoints');
  expect(inShop.map(({ reason }) => reason)).toEqual(inShop.map(() => 'mesh'));
  expect(services.some(({ namespace, reason }) => namespace === 'default' && reason === 'mesh')).toBe(false);
});
