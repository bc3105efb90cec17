import { describe, expect, test } from 'vitest';
import { readCluster, type ClusterRecords } from '../../../src/analysis/clusterRecords.js';
import { costsOf } from '../../../src/cli/view/costs.js';
import { DEFAULT_SETTINGS, type Settings } from '../../../src/hints/settings.js';
import { autoService, nodeManifest, sliceManifest, type VectorEndpoint } from '../../support/vectors.js';

const nodes = ['a', 'b', 'c'].map((zone) =>
  nodeManifest({ name: zone, labels: { 'topology.kubernetes.io/zone': zone }, cpu: '4', ready: 'True' }),
);
const endpoint = (address: string, zone: string, forZones: string[]): VectorEndpoint => ({ address, zone, node: zone, ready: true, forZones }); // prettier-ignore
const records = (endpoints: VectorEndpoint[], policies: object[] = []): ClusterRecords => {
  const services = [autoService({ 'slicehints.io/mode': 'balanced' })];
  const endpointSlices = [sliceManifest({ name: 's', endpoints })];
  return readCluster({ nodes, services, endpointSlices, policies }, DEFAULT_SETTINGS);
};
const settings: Settings = {
  ...DEFAULT_SETTINGS,
  zoneCosts: [
    { zones: ['a', 'b'], cost: 0.03 },
    { zones: ['a', 'c'], cost: 0.06 },
    { zones: ['b', 'c'], cost: 0.06 },
  ],
};
const TWO = [endpoint('10.0.0.1', 'a', ['a', 'b']), endpoint('10.0.0.2', 'c', ['c'])];
const ALL_AT_HOME = ['a', 'b', 'c'].map((zone, i) => endpoint(`10.0.0.${i}`, zone, [zone]));

describe('what leaves the zones of a Service', () => {
  test('is shown with what a unit of it costs, and what a unit of all traffic costs', () => {
    expect(costsOf(records(TWO), settings, undefined)).toEqual([
      {
        service: 'default/svc',
        addressType: 'IPv4',
        leaving: [{ from: 'b', to: 'a', share: expect.closeTo(1 / 3, 9), cost: 0.03 }],
        meanCost: expect.closeTo(0.01, 9),
      },
    ]);
  });

  test('costs what a policy states', () => {
    const spec = { defaults: { zoneCosts: { a: { b: 6, c: 1 }, b: { c: 1 } } } };
    const policy = { kind: 'ClusterHintsPolicy', metadata: { name: 'costs' }, spec };
    expect(costsOf(records(TWO, [policy]), DEFAULT_SETTINGS, undefined)[0]?.meanCost).toBeCloseTo(2, 9);
  });

  test.each<[string, ClusterRecords, Settings, string | undefined]>([
    ['without costs', records(TWO), DEFAULT_SETTINGS, undefined],
    ['where nothing leaves', records(ALL_AT_HOME), settings, undefined],
    ['of another Service than the one that is asked for', records(TWO), settings, 'default/other'],
  ])('is not shown %s', (_, given, own, wanted) => {
    expect(costsOf(given, own, wanted)).toEqual([]);
  });
});
