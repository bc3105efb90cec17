import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../src/hints/settings.js';
import { anonymiseCluster } from '../../../src/report/anonymise/cluster.js';
import { pseudonymsOf } from '../../../src/report/anonymise/pseudonyms.js';
import { anonymiseSettings } from '../../../src/report/anonymise/settings.js';

test('names no controller of the settings but those of Kubernetes', () => {
  const names = pseudonymsOf({ nodes: [], services: [], endpointSlices: [] });
  const settings = { ...DEFAULT_SETTINGS, managedBy: ['secret-controller', 'endpointslice-controller.k8s.io', ''] };
  expect(anonymiseSettings(settings, names).managedBy).toEqual([
    'manager-other',
    'endpointslice-controller.k8s.io',
    '',
  ]);
});

test('drained zones have their pseudonyms, and a hint for no zone still names none', () => {
  const objects = {
    nodes: ['west', 'east'].map((zone) => ({
      metadata: { name: `node-${zone}`, labels: { 'topology.kubernetes.io/zone': zone } },
    })),
    services: [],
    endpointSlices: [
      {
        metadata: { name: 's', namespace: 'n' },
        addressType: 'IPv4',
        endpoints: [{ addresses: ['10.0.0.1'], zone: 'west', hints: { forZones: [{ name: 'placeholder.invalid' }] } }],
      },
    ],
  };
  const names = pseudonymsOf(objects);
  const settings = { ...DEFAULT_SETTINGS, drainedZones: ['east', 'west'] };
  expect(anonymiseSettings(settings, names).drainedZones).toEqual(['zone-1', 'zone-2']);
  const [slice] = anonymiseCluster(objects, names).endpointSlices;
  expect(slice?.endpoints?.[0]?.hints?.forZones).toEqual([{ name: 'placeholder.invalid' }]);
});
