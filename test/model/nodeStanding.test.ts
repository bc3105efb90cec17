import { describe, expect, test } from 'vitest';
import { explainService, planService } from '../../src/index.js';
import { aboutNodes } from '../../src/operations/diagnosis/clusterFindings.js';
import type { EndpointSliceManifest, NodeManifest, ServiceManifest } from '../../src/model/manifest.js';
import type { Settings } from '../../src/hints/settings.js';
import { readText } from '../observability/repository.js';

const ZONE = 'topology.kubernetes.io/zone';
const at = (minute: number): string => `2026-01-01T00:${String(minute).padStart(2, '0')}:00Z`;

type Labels = Record<string, string>;

interface Kind {
  readonly labels?: Labels;
  readonly cpu?: string;
  readonly spec?: object;
  readonly deletionTimestamp?: string;
  readonly notReadySince?: string;
}

/** The last report of all nodes is that of minute 30. */
function node(
  name: string,
  { labels = {}, cpu = '4', spec = {}, notReadySince, ...metadata }: Kind = {},
): NodeManifest {
  const ready =
    notReadySince === undefined
      ? { status: 'True', lastTransitionTime: at(0), lastHeartbeatTime: at(30) }
      : { status: 'Unknown', lastTransitionTime: notReadySince, lastHeartbeatTime: at(1) };
  return {
    metadata: { name, labels: { [ZONE]: name, pool: 'web', ...labels }, ...metadata },
    spec,
    status: { allocatable: cpu === '' ? {} : { cpu }, conditions: [{ type: 'Ready', ...ready }] },
  };
}

const service = (annotations: Labels = {}): ServiceManifest => ({
  metadata: { namespace: 'shop', name: 'web', annotations: { 'slicehints.io/mode': 'balanced', ...annotations } },
  spec: { selector: { app: 'web' } },
});
/** Two endpoints each in a and b, one in c, on the nodes of these names. */
const slice: EndpointSliceManifest = {
  metadata: { namespace: 'shop', name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
  addressType: 'IPv4',
  ports: [{ name: 'http', port: 80 }],
  endpoints: ['a', 'a', 'b', 'b', 'c'].map((zone, i) => ({
    addresses: [`10.0.0.${i}`],
    conditions: { ready: true },
    nodeName: zone,
    zone,
  })),
};

/** Each is node c of a cluster with workers a and b. */
const KINDS: readonly (readonly [string, Kind])[] = [
  ['ready worker', {}],
  ['without a zone', { labels: { [ZONE]: '' } }],
  ['without CPU', { cpu: '' }],
  ['control plane', { labels: { 'node-role.kubernetes.io/control-plane': '' } }],
  ['cordoned or draining', { spec: { unschedulable: true, taints: [{ key: 'node.kubernetes.io/unschedulable' }] } }],
  ['being deleted', { deletionTimestamp: at(29) }],
  ['virtual', { labels: { type: 'virtual-kubelet' } }],
  ['not ready for up to five minutes', { notReadySince: '2026-01-01T00:25:01Z' }],
  ['not ready for more than five minutes', { notReadySince: at(25) }],
  ['left out by `--node-selector`', { labels: { pool: 'batch' } }],
];

const settings: Partial<Settings> = { nodeSelector: [{ key: 'pool', operator: 'In', values: ['web'] }] };

/** What a cluster with such a node shows, in the columns of the page. */
function shown(kind: Kind): readonly (string | boolean)[] {
  const nodes = [node('a'), node('b'), node('c', kind)];
  const input = { slices: [slice], nodes, settings };
  const byCpu = planService({ service: service(), ...input });
  const byPods = planService({ service: service({ 'slicehints.io/demand': 'endpoints' }), ...input });
  const share = ({ demand }: typeof byCpu): number => demand[0]?.zones.find(({ zone }) => zone === 'c')?.share ?? 0;
  const message = byCpu.verdicts[0]?.message ?? '';
  const explained = explainService({ ...input, services: [service()], endpointSlices: [slice], service: 'shop/web' });
  const lines = explained?.steps.find(({ id }) => id === 'nodes')?.lines.slice(1) ?? [];
  const found = aboutNodes(nodes, settings).filter(({ code }) => code !== 'NodesByZone');
  const places = [
    ...(/ without (c |1 on nodes)/.test(message) ? ['verdict'] : []),
    ...(lines.some((line) => line.endsWith(': c')) ? ['`explain`'] : []),
    ...(found.some(({ names }) => names?.includes('c')) ? ['`doctor`'] : []),
  ];
  return [share(byCpu) > 0, share(byPods) > 0, message.includes(' 5 endpoints'), places.join(', ')];
}

const documented = readText('docs/nodes.md')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(2)
  .map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim())); // prettier-ignore

describe('docs/nodes.md', () => {
  test.each(KINDS)('%s', (name, kind) => {
    const row = documented.find(([first]) => first === name);
    const [, cpu, pods, relied, named] = row ?? [];
    const wanted = [cpu, pods, relied].map((cell) => /^yes\b/.test(cell ?? ''));
    expect(shown(kind)).toEqual([...wanted, named]);
  });

  test('has no other rows', () => {
    expect(documented.map(([first]) => first)).toEqual(KINDS.map(([name]) => name));
  });
});

describe('a node that is being deleted', () => {
  const taints = [
    'ToBeDeletedByClusterAutoscaler',
    'karpenter.sh/disrupted',
    'karpenter.sh/disruption',
    'cloud.google.com/impending-node-termination',
    'aws-node-termination-handler/spot-itn',
    'aws-node-termination-handler/scheduled-maintenance',
    'aws-node-termination-handler/asg-lifecycle-termination',
    'node.cloudprovider.kubernetes.io/shutdown',
    'node.kubernetes.io/out-of-service',
  ];
  test.each(taints)('by the taint %s', (key) => {
    expect(shown({ spec: { taints: [{ key }] } })).toEqual(shown({ deletionTimestamp: at(29) }));
    expect(readText('docs/nodes.md')).toContain(`\`${key}\``);
  });

  const hintsOf = (given: EndpointSliceManifest, nodes: NodeManifest[]): string[] => {
    const { slices } = planService({ service: service(), slices: [given], nodes });
    return slices[0]!.endpoints.map(({ hints }) => (hints?.forZones ?? []).map(({ name }) => name).join('+'));
  };
  const leaving = [node('a'), node('b'), node('c', { deletionTimestamp: at(29) })];

  test('its endpoints keep their zone, and the others have the hints that they have without it', () => {
    const planned = hintsOf(slice, leaving);
    expect(planned[4]).toBe('c');
    expect(planned.slice(0, 4)).toEqual(hintsOf({ ...slice, endpoints: slice.endpoints!.slice(0, 4) }, leaving));
    expect(planned.slice(0, 4).join()).toContain('c');
  });

  test('is relied on where no other endpoint is ready', () => {
    const only = { ...slice, endpoints: slice.endpoints!.slice(4) };
    expect(hintsOf(only, leaving)).toEqual(hintsOf(only, [node('a'), node('b'), node('c')]));
    expect(planService({ service: service(), slices: [only], nodes: leaving }).verdicts[0]?.message).toMatch(
      / 1 endpoints, 3 zones/,
    );
  });
});

describe('an odd node', () => {
  const nodes = [node('a'), node('b'), node('odd', { labels: { [ZONE]: '' } })];
  const four = { ...slice, endpoints: slice.endpoints!.slice(0, 4) };
  const auto: ServiceManifest = service({
    'slicehints.io/mode': 'auto',
    'service.kubernetes.io/topology-mode': 'Auto',
  });
  const ofKubernetes: EndpointSliceManifest = {
    ...four,
    metadata: {
      ...slice.metadata,
      labels: {
        ...slice.metadata?.labels,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
    },
  };
  const verdictOf = (given: EndpointSliceManifest, more: Partial<Settings> = {}): string =>
    planService({ service: auto, slices: [given], nodes, settings: more }).verdicts[0]?.message ?? '';

  test('stops Auto on slices of Kubernetes, whose rule that is', () => {
    expect(verdictOf(ofKubernetes)).toMatch(/^Insufficient Node information: allocatable CPU or zone not specified/);
  });

  test.each<[string, EndpointSliceManifest, Partial<Settings>]>([
    ['on the slices of others', four, {}],
    ['under the guard', ofKubernetes, { guard: true }],
    ['without the controller of Kubernetes', ofKubernetes, { inTree: 'absent' }],
  ])('is passed over by Auto %s, and named', (_, given, more) => {
    expect(verdictOf(given, more)).toMatch(
      /^Topology Aware Hints has been enabled, demand: cpu without odd \(no zone or CPU\)/,
    );
  });

  test('of many three are named', () => {
    const many = [...nodes, ...[1, 2, 3].map((n) => node(`odd-${n}`, { cpu: '' }))];
    const { verdicts, demand } = planService({ service: service(), slices: [slice], nodes: many });
    expect(verdicts[0]?.message).toContain('demand: cpu without odd, odd-1, odd-2 and 1 more (no zone or CPU)');
    expect(demand[0]?.note).toBe('cpu without odd, odd-1, odd-2 and 1 more (no zone or CPU)');
  });
});
