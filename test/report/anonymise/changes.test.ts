import { describe, expect, test } from 'vitest';
import type { WhatIf } from '../../../src/analysis/whatIf/whatIf.js';
import { anonymiseChanges } from '../../../src/report/anonymise/changes.js';
import { pseudonymsOf } from '../../../src/report/anonymise/pseudonyms.js';

describe('what flags of the report imagine', () => {
  const names = pseudonymsOf({
    nodes: [{ metadata: { name: 'node-x', labels: { 'topology.kubernetes.io/zone': 'west' } } }],
    services: [{ metadata: { namespace: 'shop', name: 'web' } }],
    endpointSlices: [],
  });

  test.each<[string, WhatIf, WhatIf]>([
    ['zones that are gone', { withoutZones: ['west'] }, { withoutZones: ['zone-1'] }],
    ['a zone that the cluster does not have', { withoutZones: ['east'] }, { withoutZones: ['zone-other'] }],
    ['nodes that are gone', { withoutNodes: ['node-x', 'y'] }, { withoutNodes: ['node-1', 'node-other'] }],
    ['a number of pods', { scale: [{ service: 'shop/web', replicas: 3 }] }, { scale: [{ service: 'namespace-1/service-1', replicas: 3 }] }], // prettier-ignore
    [
      'pods by zone',
      { scale: [{ service: 'shop/web', replicas: new Map([['west', 2]]) }] },
      { scale: [{ service: 'namespace-1/service-1', replicas: new Map([['zone-1', 2]]) }] },
    ],
    [
      'an annotation that names a zone',
      { set: [{ service: 'shop/web', annotation: 'slicehints.io/demand', value: 'west=1' }] },
      { set: [{ service: 'namespace-1/service-1', annotation: 'slicehints.io/demand', value: 'zone-1=1' }] },
    ],
    [
      'an annotation that goes',
      { set: [{ service: 'shop/web', annotation: 'slicehints.io/mode', value: '' }] },
      { set: [{ service: 'namespace-1/service-1', annotation: 'slicehints.io/mode', value: '' }] },
    ],
    ['a mode', { mode: 'balanced' }, { mode: 'balanced' }],
  ])('%s', (_, changes, expected) => {
    const none = { withoutZones: [], withoutNodes: [], scale: [], set: [], mode: undefined };
    expect(anonymiseChanges(changes, names)).toEqual({ ...none, ...expected });
  });
});
