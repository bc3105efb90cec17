import { expect, test } from 'vitest';
import { planService, type ServicePlan } from '../../../src/hints/planService.js';
import type { Settings } from '../../../src/hints/settings.js';
import type { EndpointSliceManifest, NodeManifest } from '../../../src/model/manifest.js';
import { writePlan } from '../../support/arbitraryCluster.js';
import { BALANCED, MODES } from '../../support/drainModes.js';
import { autoService, nodeManifest, sliceManifest } from '../../support/vectors.js';

const ZONES = ['a', 'b', 'c'];
const nodes = ZONES.map((zone) =>
  nodeManifest({ name: `n-${zone}`, labels: { 'topology.kubernetes.io/zone': zone }, cpu: '4', ready: 'True' }),
);
const threeZones = sliceManifest({
  name: 's',
  endpoints: ZONES.map((zone, i) => ({ address: `10.0.0.${i}`, zone, node: `n-${zone}`, ready: true })),
});
const planThree = (
  annotations: Record<string, string>,
  given: { slices?: EndpointSliceManifest[]; nodes?: NodeManifest[]; settings?: Partial<Settings> } = {},
): ServicePlan =>
  planService({
    service: autoService(annotations),
    slices: given.slices ?? [threeZones],
    nodes: given.nodes ?? nodes,
    settings: { drainedZones: ['a'], ...given.settings },
  });
const hintsOf = ({ slices }: ServicePlan): unknown =>
  slices[0]?.endpoints.map(({ hints }) => hints?.forZones?.map(({ name }) => name).join());

test.each<[string, Record<string, string>, string[]]>([
  ['same-zone: its clients use all others, other zones their own', MODES['same-zone'], ['a,b', 'a,c']],
  ['balanced: its clients use what the limit allows', BALANCED, ['a,b', 'a,c']],
  ['auto, which gives two endpoints no hints: all use all others', MODES.auto, ['a,b,c', 'a,b,c']],
])('%s', (_, annotations, others) => {
  expect(hintsOf(planThree(annotations))).toEqual(['placeholder.invalid', ...others]);
});

test('the verdict tells the drain and what the others do', () => {
  expect(planThree(MODES['same-zone']).verdicts).toMatchObject([
    {
      type: 'Normal',
      hinted: true,
      reason: 'ZoneDrained',
      message:
        'Zone a is drained: 1 ready endpoint there gets no new connections; without them: 2 ready endpoints: 2 nodes use only what is in the same zone, 1 node uses endpoints elsewhere (nodes of zone a), addressType: IPv4',
    },
  ]);
});

/** `threeZones` with so many endpoints in each zone, and these ports. */
const spread = (counts: Record<string, number>, ports: readonly string[] = ['http']): EndpointSliceManifest => ({
  ...sliceManifest({
    name: 's',
    endpoints: Object.entries(counts).flatMap(([zone, count]) =>
      Array.from({ length: count }, (_, i) => ({ address: `${zone}${i}`, zone, node: `n-${zone}`, ready: true })),
    ),
  }),
  ports: ports.map((name) => ({ name, port: 80 })),
});

test('several endpoints and several zones are told so', () => {
  const messageOf = (drainedZones: string[]): string | undefined =>
    planThree(MODES['same-zone'], { slices: [spread({ a: 2, b: 1, c: 1 })], settings: { drainedZones } }).verdicts[0]
      ?.message;
  expect(messageOf(['a'])).toMatch(
    /^Zone a is drained: 2 ready endpoints there get no new connections; without them: /,
  );
  expect(messageOf(['a', 'b'])).toMatch(/^Zones a, b are drained: 3 ready endpoints there get no new connections; /);
});

test.each([
  [['http', 'metrics'], ' for ports http, metrics'],
  [['http', ''], ' for port http'],
  [[''], ''],
])('of the ports %j without another endpoint those with a name are told', (ports, place) => {
  const plan = planThree(MODES['same-zone'], { slices: [spread({ a: 1 }, ports)] });
  expect(plan.warnings).toMatchObject([{ type: 'Warning', hinted: false, reason: 'ZoneNotDrained' }]);
  expect(plan.warnings[0]?.message).toBe(
    `Zone a is drained, but endpoints there stay in use: there is no other ready endpoint${place}, addressType: IPv4`,
  );
});

test.each<[string, Record<string, string>, unknown]>([
  ['a node too where others name nodes', MODES['same-node'], [['placeholder.invalid'], ['n-b'], ['n-c']]],
  ['none where none is named', MODES['same-zone'], [undefined, undefined, undefined]],
])('an endpoint of a drained zone names %s', (_, annotations, expected) => {
  const [planned] = planThree(annotations).slices;
  expect(planned?.endpoints.map(({ hints }) => hints?.forNodes?.map(({ name }) => name))).toEqual(expected);
});

test('nodes that heed no hints are counted, and the verdict is about the others', () => {
  const windows = nodeManifest({
    ...{ name: 'w', cpu: '4', ready: 'True' },
    labels: { 'topology.kubernetes.io/zone': 'b', 'kubernetes.io/os': 'windows' },
  });
  const plan = planThree(MODES['same-zone'], { nodes: [...nodes, windows] });
  expect(plan.verdicts).toMatchObject([{ type: 'Normal', reason: 'ZoneDrained' }]);
  expect(plan.verdicts[0]?.message).toContain('1 ready endpoint there gets no new connections');
});

test('one node that is left over is one', () => {
  const many = Array.from({ length: 6 }, (_, i) =>
    nodeManifest({ name: `m${i}`, labels: { 'topology.kubernetes.io/zone': `m${i}` }, cpu: '4', ready: 'True' }),
  );
  const slices = [{ ...threeZones, endpoints: threeZones.endpoints!.slice(0, 2) }];
  const [verdict] = planThree(MODES['same-zone'], { slices, nodes: [...nodes, ...many] }).verdicts;
  expect(verdict?.message).toContain('1 node still may use 1 ready endpoint there, because the others cannot name');
});

test.each([
  ['balanced', BALANCED],
  ['balanced with node hints', MODES['balanced with node hints']],
  ['auto', MODES.auto],
])('in mode %s zones that were named for the drain alone are no choice of the next plan', (_, annotations) => {
  const odd = nodeManifest({ name: 'odd', cpu: '4', ready: 'True' });
  const given = { nodes: [...nodes, odd], slices: [spread({ a: 2, b: 2, c: 2 })] };
  const first = planThree(annotations, given);
  const again = planThree(annotations, { ...given, slices: writePlan(given.slices, first) });
  expect([again.patches, again.verdicts]).toEqual([[], first.verdicts]);
});

test('the load is told over the mean of all endpoints, those of the drained zone too', () => {
  expect(planThree(BALANCED).forecast).toMatchObject([{ worstLoad: expect.closeTo(1.5) as number }]);
});

test('hints do not depend on the names of nodes', () => {
  const names: Record<string, string> = { a: 'z', b: 'y', c: 'x' };
  const renamed = ZONES.map((zone) =>
    nodeManifest({ name: names[zone]!, labels: { 'topology.kubernetes.io/zone': zone }, cpu: '4', ready: 'True' }),
  );
  const slices = [
    sliceManifest({ name: 's', endpoints: ZONES.map((zone, i) => ({ address: `10.0.0.${i}`, zone, ready: true })) }),
  ];
  for (const annotations of [MODES['same-zone'], BALANCED, MODES.auto]) {
    expect(hintsOf(planThree(annotations, { slices, nodes: renamed }))).toEqual(
      hintsOf(planThree(annotations, { slices })),
    );
  }
});

test.each(Object.entries(MODES))('a drain of another zone leaves nothing of the one before: %s', (_, annotations) => {
  const slices = [spread({ a: 2, b: 2, c: 2 })];
  const moved = { drainedZones: ['b'] };
  const before = planThree(annotations, { slices });
  const after = planThree(annotations, { slices: writePlan(slices, before), settings: moved });
  expect(hintsOf(after)).toEqual(hintsOf(planThree(annotations, { slices, settings: moved })));
});

test('endpoints that are not ready are used by nobody, also where a port has no other', () => {
  const leaving = { ready: false, serving: true, terminating: true };
  const metrics = {
    ...spread({ a: 1 }, ['metrics']),
    metadata: { ...threeZones.metadata, name: 't' },
    endpoints: [{ addresses: ['a9'], zone: 'a', nodeName: 'n-a', conditions: leaving }],
  };
  const plan = planThree(MODES['same-zone'], { slices: [threeZones, metrics] });
  expect(plan.verdicts[0]?.message).toContain('1 ready endpoint there gets no new connections');
});

test('nodes without a zone use no endpoint of a drained zone', () => {
  const odd = nodeManifest({ name: 'odd', cpu: '4', ready: 'True' });
  expect(hintsOf(planThree(MODES['same-zone'], { nodes: [...nodes, odd] }))).toEqual([
    'placeholder.invalid',
    ',a,b',
    ',a,c',
  ]);
});

test('slices that Kubernetes hints itself are left as without the drain, with a Warning', () => {
  const inTree = {
    ...threeZones,
    metadata: {
      ...threeZones.metadata,
      labels: { 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' },
    },
  };
  const plan = planThree(MODES.auto, { slices: [inTree] });
  expect(hintsOf(plan)).toEqual(['a', 'b', 'c']);
  expect(plan.warnings).toMatchObject([
    {
      reason: 'ZoneNotDrained',
      message:
        'Zone a is drained, but endpoints there stay in use: Kubernetes itself writes the hints of EndpointSlice s, addressType: IPv4',
    },
  ]);
  expect(hintsOf(planThree(MODES.auto, { slices: [inTree], settings: { guard: true } }))).toEqual([
    'placeholder.invalid',
    'a,b,c',
    'a,b,c',
  ]);
});

test('a drain of all zones changes nothing but for the Warning', () => {
  const plan = planThree(BALANCED, { settings: { drainedZones: ZONES } });
  expect(plan.slices).toEqual(planThree(BALANCED, { settings: { drainedZones: [] } }).slices);
  expect(plan.warnings).toMatchObject([
    {
      reason: 'ZoneNotDrained',
      message:
        'Zones a, b, c are drained, but endpoints there stay in use: there is no other ready endpoint for port http, addressType: IPv4',
    },
  ]);
});

test('where more zones have nodes than the other endpoints can name, the nodes left over are a Warning', () => {
  const many = Array.from({ length: 10 }, (_, i) =>
    nodeManifest({ name: `m${i}`, labels: { 'topology.kubernetes.io/zone': `m${i}` }, cpu: '4', ready: 'True' }),
  );
  const unready = { addresses: ['10.0.1.1'], zone: 'b', nodeName: 'n-b', conditions: { ready: false } };
  const slices = [{ ...threeZones, endpoints: [...threeZones.endpoints!.slice(0, 2), unready] }];
  const [verdict] = planThree(MODES['same-zone'], { slices, nodes: [...nodes, ...many] }).verdicts;
  expect(verdict).toMatchObject({ type: 'Warning', reason: 'ZoneDrained' });
  expect(verdict?.message).toContain('5 nodes still may use 1 ready endpoint there');
});

test('traffic that hints do not steer keeps its verdict', () => {
  const service = { ...autoService(BALANCED), spec: { clusterIP: 'None' } };
  const plan = planService({ service, slices: [threeZones], nodes, settings: { drainedZones: ['a'] } });
  expect(plan.verdicts).toMatchObject([{ reason: 'HeadlessService' }]);
});
