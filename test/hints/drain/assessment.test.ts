import { describe, expect, test } from 'vitest';
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

describe('of plans', () => {
  type Part = readonly [addressType: string, kind: string, endpoints: number, load: number, sendingNodes?: number];
  const made = (...parts: readonly Part[]): Plan =>
    ({
      drain: parts
        .filter(([, kind]) => kind !== 'none')
        .map(([addressType, kind, endpoints, , sendingNodes = 0]) => ({ addressType, kind, endpoints, sendingNodes })),
      forecast: parts.map(([addressType, , , worstLoad]) => ({ addressType, worstLoad })),
    }) as unknown as Plan;
  const assessed = (
    ...added: readonly (readonly [service: string, planned: Plan, today: Plan, heldBack?: boolean])[]
  ): DrainFigures => {
    const assessment = new DrainAssessment(2);
    for (const [service, planned, today, heldBack] of added) assessment.add(service, planned, today, heldBack);
    return assessment.figures;
  };

  test.each<[string, Plan, Plan, Partial<DrainFigures>]>([
    [
      'slices of names have no part in it',
      made(['FQDN', 'drained', 3, 1], ['IPv4', 'drained', 1, 1.5]),
      made(['FQDN', 'none', 0, 0], ['IPv4', 'none', 0, 1]),
      { drained: 1, endpoints: 1, busiest: { service: 'svc', busiest: 1.5 } },
    ],
    [
      'each address type is compared with what it is today',
      made(['IPv4', 'drained', 2, 1.5], ['IPv6', 'drained', 2, 1.8]),
      made(['IPv4', 'drained', 2, 1.5], ['IPv6', 'none', 0, 1]),
      { drained: 1, endpoints: 2, busiest: { service: 'svc', busiest: 1.8 } },
    ],
    [
      'of a drain that grows only what it drains more counts',
      made(['IPv4', 'drained', 5, 1.5]),
      made(['IPv4', 'drained', 2, 1.2]),
      { drained: 1, endpoints: 3, busiest: { service: 'svc', busiest: 1.5 } },
    ],
    [
      'what was kept for lack of others before counts in full',
      made(['IPv4', 'drained', 5, 1.5]),
      made(['IPv4', 'last', 2, 1.2]),
      { drained: 1, endpoints: 5, busiest: { service: 'svc', busiest: 1.5 } },
    ],
    [
      'a load that an address type has today is no effect',
      made(['IPv4', 'drained', 1, 3], ['IPv6', 'drained', 1, 1]),
      made(['IPv4', 'none', 0, 1], ['IPv6', 'none', 0, 3]),
      { drained: 1, endpoints: 2, busiest: { service: 'svc', busiest: 3 } },
    ],
    [
      'traffic that is not forecast has no load',
      {
        drain: [{ addressType: 'IPv4', kind: 'drained', endpoints: 1, sendingNodes: 0 }],
        forecast: [],
      } as unknown as Plan,
      made(),
      { drained: 1, endpoints: 1, busiest: { service: 'svc', busiest: 0 } },
    ],
  ])('%s', (_, planned, today, expected) => {
    expect(assessed(['svc', planned, today])).toEqual({ ...NOBODY, ...expected });
  });

  test('a Service without another endpoint is one, also where policies hold it back', () => {
    expect(assessed(['svc', made(['IPv4', 'last', 1, 1]), made(), true])).toEqual({ ...NOBODY, last: ['svc'] });
  });

  test('the nodes that go on sending are the most of any Service', () => {
    const sending = (nodes: number): Plan => made(['IPv4', 'drained', 1, 1, nodes]);
    expect(assessed(['x', sending(5), made()], ['y', sending(3), made()]).sendingNodes).toBe(5);
  });

  test('all lists are sorted: by load, then by name, or by name', () => {
    const loaded = (load: number): Plan => made(['IPv4', 'drained', 1, load]);
    const kept = (kind: string): Plan => made(['IPv4', kind, 1, 1]);
    const services: [string, Plan][] = ['in-tree', 'blocked', 'unsteered', 'last'].flatMap((kind) =>
      ['z', 'y'].map((name): [string, Plan] => [`${name} ${kind}`, kept(kind)]),
    );
    for (const [name, load] of [
      ['b', 3],
      ['c', 4],
      ['a', 3],
      ['d', 2.5],
    ] as const)
      services.push([name, loaded(load)]);
    const figures = assessed(...services.map(([name, plan]) => [name, plan, made()] as const));
    expect(figures.overloaded.map(({ service }) => service)).toEqual(['c', 'a', 'b', 'd']);
    expect([figures.inTree, figures.blocked, figures.unsteered, figures.last]).toEqual(
      ['in-tree', 'blocked', 'unsteered', 'last'].map((kind) => [`y ${kind}`, `z ${kind}`]),
    );
  });
});
