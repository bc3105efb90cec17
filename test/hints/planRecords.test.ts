import { describe, expect, test } from 'vitest';
import { plan, type Plan } from '../../src/hints/plan.js';
import { DEFAULT_SETTINGS, type Settings } from '../../src/hints/settings.js';
import { summariseCluster } from '../../src/model/cluster.js';
import type { EndpointSliceManifest, NodeManifest } from '../../src/model/manifest.js';
import { readNode } from '../../src/model/node.js';
import { readService } from '../../src/model/service.js';
import { readSlice } from '../../src/model/slice.js';
import { ep, IN_TREE, mode, n1, n2, slice } from './planOf.js';

/** What the plan has for the controller and `planService` does not pass on. */
function planned(
  annotations: Record<string, string>,
  slices: EndpointSliceManifest[],
  settings: Partial<Settings> = {},
  given: { clusterIP?: string; nodes?: NodeManifest[]; trafficDistribution?: string } = {},
): Plan {
  const { clusterIP = '10.0.0.1', nodes = [n1, n2], trafficDistribution } = given;
  const spec = { clusterIP, trafficDistribution };
  return plan({
    service: readService({ metadata: { name: 'svc', namespace: 'ns', annotations }, spec }),
    slices: slices.map((one) => readSlice(one)),
    cluster: summariseCluster(nodes.map((one) => readNode(one))),
    settings: { ...DEFAULT_SETTINGS, ...settings },
  });
}

const both = (managedBy = ''): EndpointSliceManifest => slice('x', [...ep('a', 2), ...ep('b', 1)], ['http'], managedBy);
const inZoneA = { drainedZones: ['a'] };

describe('what becomes of endpoints in drained zones', () => {
  test.each<[string, () => Plan, object | undefined]>([
    [
      'they get no traffic',
      () => planned(mode('same-zone'), [both()], inZoneA),
      { addressType: 'IPv4', kind: 'drained', endpoints: 2, sendingNodes: 0 },
    ],
    [
      'they keep it where they are the last',
      () => planned(mode('same-zone'), [both()], { drainedZones: ['a', 'b'] }),
      { addressType: 'IPv4', kind: 'last', endpoints: 3, sendingNodes: 2 },
    ],
    [
      'they keep it where hints may not be written',
      () => planned(mode('same-zone'), [both(IN_TREE)], inZoneA),
      { addressType: 'IPv4', kind: 'blocked', endpoints: 2, sendingNodes: 2 },
    ],
    [
      'they keep it where Kubernetes gives hints by its rule of Auto',
      () => planned(mode('Auto'), [both(IN_TREE)], inZoneA),
      { addressType: 'IPv4', kind: 'in-tree', endpoints: 2, sendingNodes: 2 },
    ],
    [
      'they keep it where Kubernetes serves trafficDistribution',
      () => planned({}, [both(IN_TREE)], inZoneA, { trafficDistribution: 'PreferSameZone' }),
      { addressType: 'IPv4', kind: 'in-tree', endpoints: 2, sendingNodes: 2 },
    ],
    [
      'they keep it where hints do not steer',
      () => planned(mode('same-zone'), [both()], inZoneA, { clusterIP: 'None' }),
      { addressType: 'IPv4', kind: 'unsteered', endpoints: 2, sendingNodes: 0 },
    ],
    ['there is none where none is drained', () => planned(mode('same-zone'), [both()]), undefined],
    ['there is none in a zone without endpoints', () => planned(mode('same-zone'), [both()], { drainedZones: ['c'] }), undefined], // prettier-ignore
  ])('%s', (_, decide, expected) => {
    const plan = decide();
    expect(plan.drain).toEqual(expected === undefined ? undefined : [expected]);
    expect('drain' in plan).toBe(expected !== undefined);
  });

  test.each([
    ['told where hints steer', '10.0.0.1', ['ZoneNotDrained', 'InvalidOverloadThreshold']],
    ['not told where they do not, as other mistakes are', 'None', ['InvalidOverloadThreshold']],
  ])('that they stay is %s', (_, clusterIP, reasons) => {
    const annotations = { ...mode('balanced'), 'slicehints.io/overload-threshold': 'much' };
    const { warnings } = planned(annotations, [both()], { drainedZones: ['a', 'b'] }, { clusterIP });
    expect(warnings.map(({ reason }) => reason).sort()).toEqual([...reasons].sort());
  });
});

describe('how many endpoints move', () => {
  const own = (made: EndpointSliceManifest): EndpointSliceManifest => ({
    ...made,
    metadata: { ...made.metadata, annotations: { 'slicehints.io/hints': 'v1' } },
  });
  const forZone = (name: string) => ({ hints: { forZones: [{ name }] } });
  const hinted = own(slice('x', [...ep('a', 2, forZone('a')), ...ep('b', 1, forZone('b'))]));

  test.each<[string, () => Plan, number]>([
    ['all that get hints for the first time', () => planned(mode('same-zone'), [both()]), 3],
    ['none of those whose hints stay', () => planned(mode('same-zone'), [hinted]), 0],
    ['all whose hints are withdrawn', () => planned({}, [hinted]), 3],
    ['none where hints of others stay', () => planned({}, [{ ...hinted, metadata: { ...hinted.metadata, annotations: {} } }]), 0], // prettier-ignore
  ])('%s', (_, decide, moved) => {
    const { slices } = decide();
    expect(slices.map((one) => [one.moved, one.patch !== undefined])).toEqual([[moved, moved > 0]]);
    expect(slices[0]?.hints).toHaveLength(3);
  });
});

test('clients that are not handed in are the endpoints of the Service itself', () => {
  const { demand } = planned({ ...mode('balanced'), 'slicehints.io/demand': 'endpoints' }, [both()]);
  expect(demand[0]?.demand.zones.map(({ zone, share }) => [zone, share])).toEqual([
    ['a', 2 / 3],
    ['b', 1 / 3],
  ]);
});

describe('nodes that read no hints are told of', () => {
  const windows = { ...n2, metadata: { ...n2.metadata, labels: { ...n2.metadata?.labels, 'kubernetes.io/os': 'windows' } } }; // prettier-ignore
  const nodes = [n1, windows];
  const reasonsOf = ({ warnings }: Plan): string[] => warnings.map(({ reason }) => reason);

  test.each<[string, string, EndpointSliceManifest[], Partial<Settings>, string[]]>([
    ['where one slice of several has hints', 'same-zone', [both(), slice('y', [])], {}, ['HintsNotRead']],
    ['but not where no endpoint has any', 'Auto', [both()], {}, []],
    ['but not where the setting makes all nodes readers', 'same-zone', [both()], { consumer: 'kube-proxy' }, []],
    ['where the setting makes none a reader', 'same-zone', [both()], { consumer: 'kube-proxy-windows' }, ['HintsNotRead']], // prettier-ignore
  ])('%s', (_, name, slices, settings, reasons) => {
    const plan = planned(mode(name), slices, settings, { nodes });
    expect(reasonsOf(plan)).toEqual(reasons);
  });
});
