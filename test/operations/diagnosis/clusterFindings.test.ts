import { describe, expect, test } from 'vitest';
import type { NodeManifest } from '../../../src/model/manifest.js';
import type { NodeConsumer, NodeRecord } from '../../../src/model/node.js';
import type { SliceRecord } from '../../../src/model/slice.js';
import { nodeHintsOf } from '../../../src/controller/coexistence/nodeHints.js';
import { parseServerVersion } from '../../../src/kube/rest/serverVersion.js';
import * as findings from '../../../src/operations/diagnosis/clusterFindings.js';
import type { Finding } from '../../../src/operations/diagnosis/finding.js';

const codes = (found: readonly Finding[]): string[] => found.map(({ level, code }) => `${level} ${code}`);

describe('the server', () => {
  test.each<[string | undefined, string[]]>([
    ['v1.34.0', ['info ServerVersion']],
    ['v1.36.1+k3s1', ['info ServerVersion']],
    ['v1.33.9', ['info ServerVersion', 'info NodeHintsNotStored']],
    ['1.28', ['info ServerVersion', 'info NodeHintsNotStored']],
    ['unknown', ['info ServerVersion']],
    [undefined, ['info ServerVersion']],
  ])('of version %p has %p', (version, expected) => {
    const nodeHints = nodeHintsOf(parseServerVersion({ gitVersion: version }));
    expect(codes(findings.aboutServer(version, nodeHints))).toEqual(expected);
  });

  test('is named with at most sixty characters of its version', () => {
    expect(findings.aboutServer('x'.repeat(100), 'stored')[0]?.message).toBe(`The API server is ${'x'.repeat(60)}.`);
  });
});

describe('the guard', () => {
  test('in force is fine', () => {
    expect(findings.aboutGuard({ inForce: true, how: 'a policy', served: true })).toEqual({
      level: 'ok',
      subject: 'guard',
      code: 'GuardInForce',
      message: 'The guard is in force as a policy.',
    });
  });

  test.each<[string, boolean, string]>([
    ['can be a policy', true, 'guard.enabled'],
    ['cannot be a policy', false, 'webhook'],
  ])('that is not in force and %s comes with advice', (_, served, advice) => {
    const finding = findings.aboutGuard({ inForce: false, how: 'there is none', served });
    expect(finding).toMatchObject({ level: 'warning', code: 'GuardNotInForce' });
    expect(finding.advice).toContain(advice);
  });
});

describe('nodes', () => {
  const node = (name: string, zone: string): NodeManifest => ({
    metadata: { name, labels: zone === '' ? {} : { 'topology.kubernetes.io/zone': zone } },
    status: { allocatable: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'True' }] },
  });

  test.each<[string, NodeManifest[], string[]]>([
    ['in two zones are fine', [node('a', 'x'), node('b', 'y')], ['ok NodesByZone']],
    ['in one zone get no zone hints', [node('a', 'x'), node('b', 'x')], ['problem NoTwoZones']],
    ['that are none get none either', [], ['problem NoTwoZones']],
    ['without a zone are named', [node('a', 'x'), node('b', 'y'), node('c', '')], ['ok NodesByZone', 'warning NodesWithoutZone']], // prettier-ignore
  ])('%s', (_, nodes, expected) => {
    expect(codes(findings.aboutNodes(nodes))).toEqual(expected);
  });

  test('are shown with the CPU of each zone', () => {
    const [found] = findings.aboutNodes([node('a', 'x'), node('b', 'y'), node('c', 'y')]);
    expect(found?.message).toBe('3 nodes; CPU by zone: x 33 %, y 67 %.');
  });
});

describe('what reads hints on the nodes', () => {
  const node = (name: string, consumer?: NodeConsumer): NodeRecord =>
    ({ name, ...(consumer === undefined ? {} : { consumer }) }) as NodeRecord;

  test.each<[string, NodeRecord[], NodeConsumer | undefined, string[]]>([
    ['is kube-proxy where nothing else is known', [node('a'), node('b', 'kube-proxy')], undefined, ['ok HintsReadOnNodes']], // prettier-ignore
    ['is not reported where there are no nodes', [], undefined, []],
    ['on Windows is none', [node('a'), node('w', 'kube-proxy-windows')], undefined, ['warning HintsNotReadOnNodes']],
    ['with OVN-Kubernetes is none', [node('a', 'ovn-kubernetes')], undefined, ['warning HintsNotReadOnNodes']],
    ['is not asked of virtual nodes', [node('a'), { ...node('v', 'kube-proxy-1.26'), virtual: true }], undefined, ['ok HintsReadOnNodes']], // prettier-ignore
    ['is what the flag names', [node('a'), node('w', 'kube-proxy-windows')], 'kube-proxy', ['ok HintsReadOnNodes']],
  ])('%s', (_, nodes, override, expected) => {
    expect(codes(findings.aboutConsumers(nodes, override))).toEqual(expected);
  });

  test('is reported with the nodes', () => {
    const nodes = [node('a'), node('w', 'kube-proxy-windows')];
    expect(findings.aboutConsumers(nodes, undefined)[0]).toMatchObject({ count: 1, names: ['w'] });
  });
});

test('slices are counted by manager, sorted, with those that carry the annotation', () => {
  const slice = (managedBy: string, owned = false): SliceRecord => ({ managedBy, owned }) as SliceRecord;
  const { message } = findings.aboutSlices([
    slice('endpointslice-controller.k8s.io', true),
    slice('endpointslicemirroring-controller.k8s.io'),
    slice('endpointslice-controller.k8s.io'),
    slice('other'),
    slice(''),
  ]);
  expect(message).toMatch(/: 1 by .+, 2 by the in-tree controller, 1 by mirroring, 1 by other; 1 carr/);
  expect(findings.aboutSlices([]).message).toMatch(/^There are no slices; 0 carr/);
});

test.each([
  ['present', 'info InTreePresent'],
  ['absent', 'warning InTreeAbsent'],
] as const)('in-tree that is %s is "%s"', (inTree, expected) => {
  const found = findings.aboutInTree({ inTree, how: 'a flag' });
  expect(codes([found])).toEqual([expected]);
  expect(found.message).toContain(`${inTree}: a flag.`);
});
