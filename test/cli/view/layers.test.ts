import { describe, expect, test } from 'vitest';
import { readCluster, type ClusterRecords } from '../../../src/analysis/clusterRecords.js';
import { layersOf } from '../../../src/cli/view/layers.js';
import { DEFAULT_SETTINGS } from '../../../src/hints/settings.js';
import { autoService, nodeManifest, sliceManifest, type VectorEndpoint } from '../../support/vectors.js';

const nodes = ['a1', 'a2', 'b1'].map((name) =>
  nodeManifest({ name, labels: { 'topology.kubernetes.io/zone': name[0]! }, cpu: '4', ready: 'True' }),
);
const records = (endpoints: VectorEndpoint[]): ClusterRecords => {
  const services = [autoService({ 'slicehints.io/mode': 'balanced' })];
  return readCluster({ nodes, services, endpointSlices: [sliceManifest({ name: 's', endpoints })] }, DEFAULT_SETTINGS);
};
const A: VectorEndpoint = { address: '10.0.0.1', zone: 'a', node: 'a1', ready: true, forZones: ['a'] };
const B: VectorEndpoint = { address: '10.0.0.2', zone: 'b', node: 'b1', ready: true, forZones: ['a', 'b'] };

describe('what node hints add to zone hints', () => {
  test('is the share in zone without and with them', () => {
    const named = records([
      { ...A, forNodes: ['a1', 'a2'] },
      { ...B, forNodes: ['b1'] },
    ]);
    expect(layersOf(named, DEFAULT_SETTINGS, undefined)).toEqual([
      {
        service: 'default/svc',
        addressType: 'IPv4',
        inZoneByZones: expect.closeTo(2 / 3, 9),
        inZone: expect.closeTo(1, 9),
      },
    ]);
  });

  test('is nothing of a Service without node hints', () => {
    expect(layersOf(records([A, B]), DEFAULT_SETTINGS, undefined)).toEqual([]);
  });

  test('is shown of the Service that is asked for', () => {
    const named = records([
      { ...A, forNodes: ['a1', 'a2'] },
      { ...B, forNodes: ['b1'] },
    ]);
    expect(layersOf(named, DEFAULT_SETTINGS, 'default/svc')).toHaveLength(1);
    expect(layersOf(named, DEFAULT_SETTINGS, 'default/other')).toEqual([]);
  });
});
