import { describe, expect, test } from 'vitest';
import { ClusterLosses } from '../../../src/analysis/audit/losses.js';
import { choicesFor, type Action, type Choice } from '../../../src/analysis/recommend/candidates.js';
import { figuresNow, planChoice, situationsOf, type JudgeContext } from '../../../src/analysis/recommend/judge.js';
import { indexClients } from '../../../src/hints/demand/clientIndex.js';
import { Scratch } from '../../../src/hints/scratch.js';
import { DEFAULT_SETTINGS } from '../../../src/hints/settings.js';
import { summariseCluster } from '../../../src/model/cluster.js';
import { readNode } from '../../../src/model/node.js';
import { readService } from '../../../src/model/service.js';
import { readSlice, type SliceRecord } from '../../../src/model/slice.js';
import { autoService, nodeManifest, sliceManifest } from '../../support/vectors.js';

const cluster = summariseCluster(
  ['a1', 'b1', 'c1'].map((name) =>
    readNode(nodeManifest({ name, labels: { 'topology.kubernetes.io/zone': name[0]! }, cpu: '4', ready: 'True' })),
  ),
);
const slicesOn = (places: readonly string[], managedBy?: string): SliceRecord[] => {
  const slice = sliceManifest({
    name: 's',
    endpoints: places.map((node, i) => ({ address: `10.0.0.${i}`, node, zone: node[0]!, ready: true })),
  });
  const labels = managedBy === undefined ? {} : { 'endpointslice.kubernetes.io/managed-by': managedBy };
  return [readSlice({ ...slice, metadata: { ...slice.metadata, labels: { ...slice.metadata?.labels, ...labels } } })];
};
const contextOf = (slices: readonly SliceRecord[]): JudgeContext => {
  const clients = indexClients(slices, (node) => cluster.nodeIndex.zoneOf(node));
  return { cluster, clients, losses: new ClusterLosses(cluster, slices, clients), settings: DEFAULT_SETTINGS, scratch: new Scratch() }; // prettier-ignore
};
const choice = (action: Action, annotations: Record<string, string> = {}): Choice =>
  choicesFor(autoService(annotations), readService, 0.2, 0.2).find((one) => one.action === action)!;

const SIX = ['a1', 'a1', 'b1', 'b1', 'c1', 'c1'];

describe('a choice', () => {
  test('is planned with what it comes to today, and how many endpoints get other hints', () => {
    const slices = slicesOn(SIX);
    const planned = planChoice(choice('same-zone'), slices, contextOf(slices));
    expect(planned).toMatchObject({
      blocked: false,
      endpointsChanged: 6,
      today: { situation: 'today', inZoneShare: 1 },
    });
    expect(planned?.slices[0]?.endpoints.map(({ hints }) => hints?.forZones)).toEqual([['a'], ['a'], ['b'], ['b'], ['c'], ['c']]); // prettier-ignore
  });

  test('may be blocked by the writer of the slices', () => {
    const slices = slicesOn(SIX, 'endpointslice-controller.k8s.io');
    expect(planChoice(choice('balanced'), slices, contextOf(slices))?.blocked).toBe(true);
    expect(planChoice(choice('auto'), slices, contextOf(slices))?.blocked).toBe(false);
  });

  test('comes to nothing while no endpoint takes traffic', () => {
    expect(planChoice(choice('auto'), [], contextOf([]))).toBeUndefined();
    expect(figuresNow(readService(autoService({})), [], contextOf([]))).toBeUndefined();
  });

  test('is compared with the hints that are there', () => {
    const slices = slicesOn(SIX);
    const now = figuresNow(readService(autoService({})), slices, contextOf(slices));
    expect(now?.inZoneShare).toBeCloseTo(1 / 3, 9);
    expect(now?.busiest).toBeCloseTo(1, 9);
  });
});

describe('the situations that hints must stand', () => {
  const situations = (
    action: Action,
    places: readonly string[],
    annotations: Record<string, string> = {},
  ): string[] => {
    const slices = slicesOn(places);
    const planned = planChoice(choice(action, annotations), slices, contextOf(slices))!;
    return situationsOf(planned, contextOf(slices)).map(({ situation, what, inZoneShare, busiest }) =>
      [situation, ...(what === undefined ? [] : [what]), inZoneShare.toFixed(2), busiest.toFixed(2)].join(' '),
    );
  };

  test('are today, each zone lost, a rollout in each, and other views of the demand', () => {
    expect(situations('same-zone', SIX)).toEqual([
      'today 1.00 1.00',
      'without-zone a 1.00 1.00',
      'rollout a 1.00 1.67',
      'without-zone b 1.00 1.00',
      'rollout b 1.00 1.67',
      'without-zone c 1.00 1.00',
      'rollout c 1.00 1.67',
      'demand cpu 1.00 1.00',
      'demand endpoints 1.00 1.00',
    ]);
  });

  test('without one that leaves no endpoint, in which no hints could help', () => {
    const names = situations('same-zone', ['a1']).map((text) => text.split(' ').slice(0, 2).join(' '));
    expect(names).not.toContain('without-zone a');
    expect(names).not.toContain('rollout a');
    expect(names).toContain('without-zone b');
  });

  test('without other views of a demand that is stated', () => {
    const texts = situations('same-zone', SIX, { 'slicehints.io/demand': 'cpu' });
    expect(texts.filter((text) => text.startsWith('demand'))).toEqual([]);
  });

  test('a rollout takes the first endpoint of the zone by its address', () => {
    // Of zone a one of three is missing: two have a third of the traffic of five.
    expect(situations('same-zone', ['a1', 'a1', 'a1', 'b1', 'b1', 'c1', 'c1'])).toContain('rollout a 1.00 1.00');
    expect(situations('same-zone', ['a1', 'a1', 'a1', 'b1', 'b1', 'c1', 'c1'])).toContain('rollout b 1.00 2.00');
  });
});
