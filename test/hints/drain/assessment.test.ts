import { expect, test } from 'vitest';
import { DrainAssessment, type DrainFigures } from '../../../src/hints/drain/assessment.js';
import { plan, type Plan } from '../../../src/hints/plan.js';
import { DEFAULT_SETTINGS } from '../../../src/hints/settings.js';
import { summariseCluster } from '../../../src/model/cluster.js';
import { readNode } from '../../../src/model/node.js';
import { readService } from '../../../src/model/service.js';
import { readSlice } from '../../../src/model/slice.js';
import { nodeManifest, sliceManifest } from '../../support/vectors.js';

const cluster = summariseCluster(
  ['a', 'b', 'c', 'd'].map((zone) =>
    readNode(
      nodeManifest({ name: `n-${zone}`, labels: { 'topology.kubernetes.io/zone': zone }, cpu: '4', ready: 'True' }),
    ),
  ),
);

interface Given {
  readonly mode?: string;
  readonly zones: readonly string[];
  readonly managedBy?: string;
  readonly distribution?: string;
  readonly clusterIP?: string;
  readonly heldBack?: boolean;
}

function planOf({ mode, zones, managedBy, distribution, clusterIP }: Given, drainedZones: readonly string[]): Plan {
  const slice = sliceManifest({
    name: 's',
    endpoints: zones.map((zone, i) => ({ address: `10.0.0.${i}`, zone, ready: true })),
  });
  const labels = managedBy === undefined ? {} : { 'endpointslice.kubernetes.io/managed-by': managedBy };
  return plan({
    service: readService({
      metadata: {
        namespace: 'default',
        name: 'svc',
        annotations: mode === undefined ? {} : { 'slicehints.io/mode': mode },
      },
      spec: {
        ...(clusterIP === undefined ? {} : { clusterIP }),
        ...(distribution === undefined ? {} : { trafficDistribution: distribution }),
      },
    }),
    slices: [readSlice({ ...slice, metadata: { ...slice.metadata, labels } })],
    cluster,
    settings: { ...DEFAULT_SETTINGS, drainedZones },
  });
}

function assess(given: Readonly<Record<string, Given>>, today: readonly string[] = []): DrainFigures {
  const assessment = new DrainAssessment(2);
  for (const [name, one] of Object.entries(given)) {
    assessment.add(name, planOf(one, [...today, 'a'].sort()), planOf(one, today), one.heldBack);
  }
  return assessment.figures;
}

const NOBODY = {
  drained: 0,
  endpoints: 0,
  last: [],
  overloaded: [],
  inTree: [],
  blocked: [],
  unsteered: [],
  sendingNodes: 0,
};
const IN_TREE = 'endpointslice-controller.k8s.io';

test.each<[string, Given, Partial<DrainFigures>]>([
  ['a Service without endpoints in the zone', { mode: 'balanced', zones: ['b', 'c'] }, {}],
  ['a Service without hints', { zones: ['a', 'b'] }, {}],
  [
    'a Service with others',
    { mode: 'balanced', zones: ['a', 'b', 'c', 'd'] },
    { drained: 1, endpoints: 1, busiest: { service: 'svc', busiest: expect.closeTo(4 / 3) as number } },
  ],
  [
    'a Service with half of its endpoints there, which is the limit and not beyond it',
    { mode: 'balanced', zones: ['a', 'b'] },
    { drained: 1, endpoints: 1, busiest: { service: 'svc', busiest: 2 } },
  ],
  [
    'a Service with too few others',
    { mode: 'balanced', zones: ['a', 'a', 'a', 'b'] },
    {
      drained: 1,
      endpoints: 3,
      busiest: { service: 'svc', busiest: 4 },
      overloaded: [{ service: 'svc', busiest: 4 }],
    },
  ],
  [
    'a Service whose busiest endpoint gets as much today',
    { mode: 'same-zone', zones: ['a', 'b', 'b', 'b', 'c', 'c', 'c', 'd', 'd', 'd'] },
    { drained: 1, endpoints: 1, busiest: { service: 'svc', busiest: expect.closeTo(1.111) as number } },
  ],
  ['a Service with no others', { mode: 'balanced', zones: ['a', 'a'] }, { last: ['svc'] }],
  [
    'a Service that Kubernetes hints itself',
    { zones: ['a', 'b'], managedBy: IN_TREE, distribution: 'PreferClose' },
    { inTree: ['svc'] },
  ],
  [
    'a Service whose hints may not be written',
    { mode: 'balanced', zones: ['a', 'b'], managedBy: IN_TREE },
    { blocked: ['svc'] },
  ],
  ['a Service that policies hold back', { mode: 'balanced', zones: ['a', 'b'], heldBack: true }, { blocked: ['svc'] }],
  ['a headless Service', { mode: 'balanced', zones: ['a', 'b'], clusterIP: 'None' }, { unsteered: ['svc'] }],
])('%s', (_, given, expected) => {
  expect(assess({ svc: given })).toEqual({ ...NOBODY, ...expected });
});

test('Services are summed up; names are sorted and the busiest come first', () => {
  const figures = assess({
    z: { mode: 'balanced', zones: ['a'] },
    y: { mode: 'balanced', zones: ['a', 'a', 'b'] },
    x: { mode: 'balanced', zones: ['a', 'a', 'a', 'b'] },
    w: { mode: 'balanced', zones: ['a'] },
  });
  expect(figures).toMatchObject({ drained: 2, endpoints: 5, last: ['w', 'z'] });
  expect(figures.overloaded.map(({ service }) => service)).toEqual(['x', 'y']);
  expect(figures.busiest?.service).toBe('x');
});

test('what another drain does already is no effect of this one', () => {
  expect(assess({ svc: { mode: 'balanced', zones: ['b'] } }, ['b'])).toEqual(NOBODY);
  expect(assess({ svc: { mode: 'balanced', zones: ['b', 'c', 'c'] } }, ['b'])).toEqual(NOBODY);
  expect(assess({ svc: { mode: 'balanced', zones: ['a', 'b'] } }, ['b'])).toEqual({ ...NOBODY, last: ['svc'] });
});
