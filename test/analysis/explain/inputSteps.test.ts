import { describe, expect, test } from 'vitest';
import { demandStep, endpointsStep, limitStep, writersStep } from '../../../src/analysis/explain/inputSteps.js';
import { contextOf, MODE, type Sketch } from './contexts.js';

const BALANCED = { [MODE]: 'slicehints.io/balanced' };
const FIVE = ['a1', 'a1', 'b1', 'b1', 'c1'];

describe('where the traffic comes from', () => {
  test.each<[string, Sketch, RegExp, boolean]>([
    ['by the setting', { nodes: ['a1', 'a2', 'b1'] }, /, by the setting --demand: a 66.7%, b 33.3%$/, false],
    ['stated by the Service', { nodes: ['a1', 'b1'], annotations: { ...BALANCED, 'slicehints.io/demand': 'a=3,b=1' } }, /, stated by the Service: a 75%, b 25%$/, true], // prettier-ignore
    ['no zone is known', { nodes: [] }, /, by the setting --demand: no zone is known$/, false],
  ])('%s', (_, sketch, line, stated) => {
    const step = demandStep(contextOf(sketch), 'IPv4');
    expect(step.lines).toEqual([expect.stringMatching(line)]);
    expect(step.facts.stated).toBe(stated);
    expect(step.lines[0]).toContain(step.facts.words);
  });
});

describe('where the endpoints are', () => {
  test('by zone, with those that are not ready', () => {
    const endpoints = [
      'a1',
      'a1',
      { address: '10.0.0.8', zone: 'b', ready: false },
      { address: '10.0.0.9', ready: true },
    ];
    const step = endpointsStep(contextOf({ endpoints }), 'IPv4');
    expect(step.lines).toEqual(['3 of 4 endpoints are ready: no zone 1, a 2, b 0 (+1 not ready)']);
    expect(step.facts).toMatchObject({ total: 4, ready: 3, used: 3 });
  });

  test('of a node whose zone the endpoint does not name', () => {
    const step = endpointsStep(contextOf({ endpoints: [{ address: '10.0.0.1', node: 'c1', ready: true }] }), 'IPv4');
    expect(step.lines).toEqual(['1 of 1 endpoint is ready: c 1']);
  });

  test('while none is ready, proxies use those that still serve', () => {
    const endpoints = [{ address: '10.0.0.1', zone: 'a', ready: false, serving: true, terminating: true }];
    expect(endpointsStep(contextOf({ endpoints }), 'IPv4').lines).toEqual([
      '0 of 1 endpoint is ready: a 0 (+1 not ready)',
      'Proxies use the 1 that still serve while terminating, and read no hints',
    ]);
  });

  test('of another address type there are none', () => {
    expect(endpointsStep(contextOf({}), 'IPv6').lines).toEqual(['0 of 0 endpoints are ready']);
  });
});

describe('the limit of load', () => {
  test('of balanced, by the setting, and what it allows', () => {
    const step = limitStep(contextOf({ annotations: BALANCED, endpoints: FIVE }), 'IPv4');
    expect(step?.lines).toEqual([
      'The busiest endpoint may have 1.20 times the mean load, by --overload-threshold',
      'Within that no assignment keeps more than 83.3% in zone',
    ]);
    expect(step?.facts).toMatchObject({ overload: 0.2, from: 'setting', zones: [] });
  });

  test.each<[string, string, string, number]>([
    ['of its own', '0.5', 'annotation', 0.5],
    ['that is not understood: the setting', 'much', 'setting', 0.2],
  ])('of balanced with a threshold %s', (_, value, from, overload) => {
    const annotations = { ...BALANCED, 'slicehints.io/overload-threshold': value };
    expect(limitStep(contextOf({ annotations, endpoints: FIVE }), 'IPv4')?.facts).toMatchObject({ from, overload });
  });

  test('of Auto as Kubernetes has it: 20 %, and how many endpoints each zone gets', () => {
    const step = limitStep(contextOf({ annotations: { [MODE]: 'Auto' }, settings: { autoStrategy: 'proportional' } }), 'IPv4'); // prettier-ignore
    expect(step?.lines).toEqual([
      "No zone's endpoints may be loaded more than 20% above the mean; each zone gets so many of 3: a 1 to 1, b 1 to 1, c 1 to 1",
    ]);
    expect(step?.facts).toMatchObject({ overload: 0.2, from: 'upstream' });
  });

  test('of Auto where its rule gives up: why', () => {
    const sketch = { annotations: { [MODE]: 'Auto' }, endpoints: ['a1'], settings: { autoStrategy: 'proportional' as const } }; // prettier-ignore
    const step = limitStep(contextOf(sketch), 'IPv4');
    expect(step?.facts.zones).toEqual([]);
    expect(step?.lines[0]).toMatch(/above the mean; [A-Z1-9].*endpoint/);
  });

  test.each(['slicehints.io/same-zone', 'slicehints.io/same-node', 'Disabled'])('of %s is none', (mode) => {
    expect(limitStep(contextOf({ annotations: { [MODE]: mode } }), 'IPv4')).toBeUndefined();
  });
});

describe('who may write hints to a slice', () => {
  const IN_TREE = 'endpointslice-controller.k8s.io';
  test.each<[string, Sketch, RegExp]>([
    ['nobody else', { annotations: BALANCED }, /^s, without a manager: free, no other controller writes hints here$/],
    ['Kubernetes, without the guard', { annotations: BALANCED, managedBy: IN_TREE }, /^s, managed by endpointslice-controller\.k8s\.io: blocked, its writer would take the hints away, or the flags exclude it \(endpointslice-controller\.k8s\.io\)$/], // prettier-ignore
    ['Kubernetes, with the guard', { annotations: BALANCED, managedBy: IN_TREE, settings: { guard: true } }, /: guarded, the guard keeps hints/], // prettier-ignore
    ['Kubernetes, for its own mode', { annotations: { [MODE]: 'Auto' }, managedBy: IN_TREE }, /: adopt, Kubernetes writes it too/], // prettier-ignore
    ['Kubernetes, which mirrors it', { annotations: BALANCED, managedBy: 'endpointslicemirroring-controller.k8s.io' }, /: mirrored, /], // prettier-ignore
    ['Kubernetes, for trafficDistribution', { spec: { trafficDistribution: 'PreferClose' }, managedBy: IN_TREE }, /: leave, Kubernetes itself writes/], // prettier-ignore
  ])('%s', (_, sketch, line) => {
    const step = writersStep(contextOf(sketch), 'IPv4');
    expect(step.lines).toEqual([expect.stringMatching(line)]);
    expect(step.facts.slices).toHaveLength(1);
  });
});
