import { expect, test } from 'vitest';
import { planCluster, type ClusterObjects } from '../../src/analysis/planCluster.js';
import { DEFAULT_SETTINGS } from '../../src/hints/settings.js';
import { anonymiseCluster } from '../../src/report/anonymise/cluster.js';
import { pseudonymsOf } from '../../src/report/anonymise/pseudonyms.js';
import { anonymiseSettings } from '../../src/report/anonymise/settings.js';
import { neededFields } from '../../src/report/neededFields.js';
import { withZonesByAddress } from '../../src/report/zonesByAddress.js';

const NETWORKS = [
  { cidr: '10.1.0.0/16', zone: 'west' },
  { cidr: '10.2.0.0/16', zone: 'east' },
];
const nodes = ['west', 'east', 'south'].map((zone) => ({
  metadata: { name: `node-${zone}`, labels: { 'topology.kubernetes.io/zone': zone } },
  status: { allocatable: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'True' }] },
}));
const outside = (name: string): ClusterObjects['endpointSlices'][number] => ({
  metadata: { namespace: 'shop', name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } },
  addressType: 'IPv4',
  ports: [{ name: 'http', port: 80 }],
  endpoints: ['10.1.0.1', '10.2.0.1', '10.9.0.1'].map((address) => ({ addresses: [address] })),
});
const objects: ClusterObjects = {
  nodes,
  services: ['web', 'api'].map((name) => ({
    metadata: { namespace: 'shop', name, labels: { app: name }, annotations: { 'slicehints.io/mode': 'balanced' } },
    spec: { selector: { app: name } },
  })),
  policies: [
    {
      kind: 'ClusterHintsPolicy',
      metadata: { name: 'zones' },
      spec: {
        serviceSelector: { matchLabels: { app: 'web' } },
        defaults: { zoneCosts: { west: { east: 1, south: 2 }, east: { south: 5 } }, zoneCIDRs: NETWORKS },
      },
    },
  ],
  endpointSlices: [outside('web'), outside('api')],
};
const zones = ({ endpointSlices }: ClusterObjects) => endpointSlices.map((slice) => slice.endpoints!.map((one) => one?.zone)); // prettier-ignore

test.each([
  ['of a policy for the Services that it selects', {}, [undefined, undefined, undefined]],
  ['of the settings for others', { zoneCidrs: [{ cidr: '10.0.0.0/8', zone: 'south' }] }, ['south', 'south', 'south']],
])('endpoints have zones by the networks %s', (_, settings, api) => {
  expect(zones(withZonesByAddress(objects, settings))).toEqual([['west', 'east', ''], api]);
});

test('an anonymised cluster has the plans of policies with costs and networks, and neither their zones nor networks', () => {
  const located = withZonesByAddress(objects, DEFAULT_SETTINGS);
  const needed = neededFields(located);
  const names = pseudonymsOf(needed);
  const anonymous = anonymiseCluster(needed, names);
  const shares = (cluster: ClusterObjects, settings = DEFAULT_SETTINGS) =>
    planCluster(cluster, { settings }).services.map(({ after }) => after.map(({ inZoneShare }) => inZoneShare)).sort(); // prettier-ignore
  expect(shares(anonymous, anonymiseSettings(DEFAULT_SETTINGS, names))).toEqual(shares(objects));
  expect(anonymous.policies?.[0]?.spec?.defaults).toEqual({
    zoneCosts: { 'zone-1': { 'zone-2': 5, 'zone-3': 1 }, 'zone-2': { 'zone-3': 2 } },
  });
  expect(JSON.stringify(anonymous)).not.toMatch(/10\.[129]\.|west|east|south/);
});

test('the needed fields of a policy have its costs and networks', () => {
  expect(neededFields(objects).policies?.[0]?.spec?.defaults).toEqual({
    zoneCosts: { east: { south: 5, west: 1 }, south: { west: 2 } },
    zoneCIDRs: NETWORKS,
  });
});
