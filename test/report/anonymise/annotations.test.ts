import { describe, expect, test } from 'vitest';
import { anonymiseCluster } from '../../../src/report/anonymise/cluster.js';

describe('annotations that are not understood', () => {
  const valueOf = (annotation: string, value: string): Record<string, string> | null | undefined =>
    anonymiseCluster({
      nodes: [],
      services: [{ metadata: { namespace: 'shop', name: 'web', annotations: { [annotation]: value } } }],
      endpointSlices: [],
    }).services[0]?.metadata?.annotations;

  test.each([
    ['slicehints.io/mode', 'secret', 'not understood'],
    ['slicehints.io/mode', 'off', 'off'],
    ['service.kubernetes.io/topology-mode', 'secret.io/words', 'example.com/other'],
    ['service.kubernetes.io/topology-mode', 'Disabled', 'Disabled'],
    ['slicehints.io/overload-threshold', '0.25', '0.25'],
    ['slicehints.io/overload-threshold', 'secret', 'not understood'],
    ['slicehints.io/node-hints', 'true', 'true'],
    ['slicehints.io/node-hints', 'secret', 'not understood'],
    ['slicehints.io/demand', 'clients', 'clients'],
    ['slicehints.io/demand', 'nodes', 'nodes'],
    ['slicehints.io/demand', 'secret=x', 'not understood'],
    ['slicehints.io/clients', 'Secret?', 'not understood'],
    ['slicehints.io/topology-keys', 'secret?', 'not understood'],
    ['slicehints.io/topology-keys', '!secret.io/rack,*', '!example.com/label-1,*'],
    ['openyurt.io/topologyKeys', 'openyurt.io/nodepool', 'openyurt.io/nodepool'],
  ])('%s: %s becomes %s', (annotation, value, expected) => {
    expect(valueOf(annotation, value)).toEqual({ [annotation]: expected });
  });

  test('an unknown one is counted, without its name', () => {
    expect(valueOf('slicehints.io/secret', 'words')).toEqual({ 'slicehints.io/unknown-1': 'not understood' });
  });
});
