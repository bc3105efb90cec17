import { describe, expect, test } from 'vitest';
import { nodesStep, requestStep } from '../../../src/analysis/explain/requestSteps.js';
import { nodeManifest } from '../../support/vectors.js';
import { contextOf, MODE, objectsOf, type Sketch } from './contexts.js';

describe('what the Service asks for', () => {
  test.each<[string, Sketch, string[], object]>([
    ['nothing', {}, ['No annotation and no trafficDistribution asks for hints: mode off'], { mode: 'off', source: '', value: '' }], // prettier-ignore
    [
      'a mode by annotation',
      { annotations: { [MODE]: 'Auto' } },
      [`${MODE}: "Auto" asks for mode auto`],
      { mode: 'auto', source: MODE, value: 'Auto' },
    ],
    [
      'trafficDistribution',
      { spec: { trafficDistribution: 'PreferClose' } },
      ['spec.trafficDistribution: "PreferClose" asks for mode same-zone'],
      { mode: 'same-zone', source: 'spec.trafficDistribution', value: 'PreferClose' },
    ],
    [
      'a value that is not understood',
      { annotations: { 'slicehints.io/mode': 'best' } },
      [
        'slicehints.io/mode: "best" asks for mode off',
        'The value is not understood, so hints stay as they are until it is corrected',
        expect.stringContaining('slicehints.io/mode'),
      ],
      { mode: 'off', source: 'slicehints.io/mode', value: 'best' },
    ],
    [
      'hints that do not steer its traffic',
      { annotations: { [MODE]: 'Auto' }, spec: { clusterIP: 'None' } },
      [`${MODE}: "Auto" asks for mode auto`, expect.stringContaining('headless')],
      { mode: 'auto', source: MODE, value: 'Auto', unsteered: 'HeadlessService' },
    ],
  ])('%s', (_, sketch, lines, facts) => {
    const step = requestStep(contextOf(sketch));
    expect(step.lines).toEqual(lines);
    expect(step.facts).toEqual(facts);
  });
});

describe('the nodes that count', () => {
  const stepFor = (nodes: ReturnType<typeof nodeManifest>[]): ReturnType<typeof nodesStep> =>
    nodesStep(contextOf({}, { ...objectsOf({}), nodes }));
  const zone = (name: string): Record<string, string> => ({ 'topology.kubernetes.io/zone': name });

  test('are those with zone and CPU; others are named with why they do not', () => {
    const step = stepFor([
      nodeManifest({ name: 'n1', labels: zone('a'), cpu: '4', ready: 'True' }),
      nodeManifest({ name: 'n2', labels: zone('a'), cpu: '1500m', ready: 'True' }),
      nodeManifest({ name: 'n3', labels: { ...zone('b'), 'node-role.kubernetes.io/control-plane': '' }, cpu: '4', ready: 'True' }), // prettier-ignore
      nodeManifest({ name: 'n4', labels: zone('b'), cpu: '4', ready: 'False' }),
      nodeManifest({ name: 'n5', cpu: '4', ready: 'True' }),
      nodeManifest({ name: 'n6', labels: zone('b'), ready: 'True' }),
    ]);
    expect(step.lines).toEqual([
      '4 of 6 nodes count: a 2 with 5.5 CPU',
      'Not counted, control plane: n3',
      'Not counted, not ready: n4',
      'Passed over, without zone or CPU: n5, n6',
    ]);
    expect(step.facts).toEqual({
      total: 6,
      counted: 4,
      zones: [{ zone: 'a', nodes: 2, cpuMilli: 5500 }],
      notCounted: [
        { why: 'control plane', nodes: ['n3'] },
        { why: 'not ready', nodes: ['n4'] },
      ],
      odd: ['n5', 'n6'],
      leaving: [],
    });
  });

  test('may be none', () => {
    expect(stepFor([]).lines).toEqual(['0 of 0 nodes count']);
  });

  test('may be the one that there is', () => {
    const one = nodeManifest({ name: 'n1', labels: zone('a'), cpu: '4', ready: 'True' });
    expect(stepFor([one]).lines).toEqual(['1 of 1 node counts: a 1 with 4 CPU']);
  });
});
