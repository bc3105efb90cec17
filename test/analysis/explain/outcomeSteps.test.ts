import { describe, expect, test } from 'vitest';
import { choiceStep, consumersStep, figuresText, useStep, writesStep } from '../../../src/analysis/explain/outcomeSteps.js'; // prettier-ignore
import type { LiveFacts } from '../../../src/analysis/explain/explanation.js';
import type { ManagedFieldsManifest } from '../../../src/model/manifest.js';
import { nodeManifest } from '../../support/vectors.js';
import { contextOf, MODE, objectsOf, type Sketch } from './contexts.js';

const BALANCED = { [MODE]: 'slicehints.io/balanced' };
const SAME_ZONE = { [MODE]: 'slicehints.io/same-zone' };
const AUTO = { [MODE]: 'Auto' };

test.each([
  [{ inZoneShare: 0.5, busiest: 1.234 }, '50% in zone, busiest endpoint 1.23x'],
  [{ inZoneShare: 0, busiest: 0 }, 'nothing can be used'],
])('the figures %j are %s', (figures, text) => {
  expect(figuresText(figures)).toBe(text);
});

describe('what was chosen', () => {
  test('hints, with what they change', () => {
    const step = choiceStep(contextOf({ annotations: BALANCED }), 'IPv4');
    expect(step.lines).toEqual([
      expect.stringMatching(/^Hints, \w+: /),
      'Now 33.3% in zone, busiest endpoint 1.00x; planned 100% in zone, busiest endpoint 1.00x',
    ]);
    expect(step.facts.verdict).toMatchObject({ hinted: true, type: 'Normal' });
    expect(step.facts.cause?.wayOut).toBeUndefined();
  });

  test('no hints, with the cause and the way out', () => {
    const odd = nodeManifest({ name: 'odd', cpu: '4', ready: 'True' });
    const objects = objectsOf({ annotations: AUTO, managedBy: 'endpointslice-controller.k8s.io' });
    const context = contextOf({}, { ...objects, nodes: [...objects.nodes, odd] });
    const step = choiceStep(context, 'IPv4');
    expect(step.facts.cause?.cause).toBe('NodesWithoutZone');
    expect(step.lines[0]).toMatch(/^No hints, /);
    expect(step.lines.at(-1)).toBe(`Way out: ${step.facts.cause?.wayOut?.replace(/\.$/, '')}`);
  });

  test.each<[string, Sketch, string]>([
    ['the Service asks for none', {}, 'Nothing: the Service does not ask for hints'],
    ['Kubernetes writes them', { spec: { trafficDistribution: 'PreferClose' }, managedBy: 'endpointslice-controller.k8s.io' }, 'Nothing: Kubernetes itself writes these hints'], // prettier-ignore
  ])('nothing, where %s', (_, sketch, line) => {
    expect(choiceStep(contextOf(sketch), 'IPv4').lines[0]).toBe(line);
  });

  test('has no figures where hints do not steer the traffic', () => {
    const step = choiceStep(contextOf({ annotations: BALANCED, spec: { clusterIP: 'None' } }), 'IPv4');
    expect(step.lines.filter((line) => line.startsWith('Now'))).toEqual([]);
  });

  test.each<[Record<string, string>, string]>([
    [AUTO, 'KEP-2433; k8s.io/endpointslice topologycache.go'],
    [SAME_ZONE, 'KEP-4444; k8s.io/endpointslice trafficdist'],
    [{ 'slicehints.io/topology-keys': '*' }, 'docs/topology-keys.md'],
    [{}, 'docs/modes.md'],
  ])('has the source of its rule: %j', (annotations, source) => {
    expect(choiceStep(contextOf({ annotations }), 'IPv4').source).toBe(source);
  });
});

test('what each node does: those of a zone together, with how many endpoints lie in it', () => {
  const step = useStep(contextOf({ annotations: SAME_ZONE, nodes: ['a1', 'a2', 'b1'], endpoints: ['a1', 'b1'] }), 'IPv4'); // prettier-ignore
  expect(step.lines).toEqual([
    '2 nodes in zone a (a1, a2): 1 endpoint, 1 in the same zone',
    '1 node in zone b (b1): 1 endpoint, 1 in the same zone',
  ]);
  const objects = objectsOf({ annotations: SAME_ZONE });
  const outside = nodeManifest({ name: 'n', cpu: '4', ready: 'True' });
  expect(useStep(contextOf({}, { ...objects, nodes: [outside] }), 'IPv4').lines).toEqual([
    '1 node without a zone (n): 3 endpoints, 0 in the same zone',
  ]);
});

describe('what reads the hints differently', () => {
  test('nothing, where there are none', () => {
    expect(consumersStep(contextOf({}), 'IPv4')).toMatchObject({ lines: ['There are no hints to read'], facts: { consumers: [], unread: [] } }); // prettier-ignore
  });

  test('the consumers that differ on zone hints, each with its source', () => {
    const { lines, facts } = consumersStep(contextOf({ annotations: BALANCED }), 'IPv4');
    expect(facts.consumers.length).toBeGreaterThan(0);
    expect(lines).toEqual(facts.consumers.map(({ name, differs, source }) => `${name} ${differs} (${source})`));
  });

  test('nodes of this cluster come first', () => {
    const objects = objectsOf({ annotations: BALANCED });
    const nodes = objects.nodes.map((node) => ({ ...node, metadata: { ...node.metadata, labels: { ...node.metadata?.labels, 'kubernetes.io/os': 'windows' } } })); // prettier-ignore
    const { lines, facts } = consumersStep(contextOf({}, { ...objects, nodes }), 'IPv4');
    expect(facts.unread).toHaveLength(1);
    expect(lines[0]).toBe(`In this cluster ${facts.unread[0]}`);
  });
});

describe('writes', () => {
  const written = (more: object, live?: LiveFacts): ReturnType<typeof writesStep> => {
    const objects = objectsOf({ annotations: BALANCED });
    const endpointSlices = objects.endpointSlices.map((slice) => ({ ...slice, metadata: { ...slice.metadata, ...more } })); // prettier-ignore
    return writesStep(contextOf({}, { ...objects, endpointSlices }), live);
  };
  const managed = (manager: string, time: string): ManagedFieldsManifest => ({ manager, time, fieldsV1: { 'f:endpoints': {} } }); // prettier-ignore

  test.each<[string, object, string]>([
    ['managedFields are not there', {}, 's does not have the annotation of slicehints; managedFields are not known'],
    [
      'another writer wrote last',
      { managedFields: [managed('kube-controller-manager', '2026-01-01T00:00:00Z')] },
      's does not have the annotation of slicehints; slicehints did not write the endpoints as they are, the last other writer is kube-controller-manager',
    ],
    [
      'slicehints wrote last',
      {
        annotations: { 'slicehints.io/hints': 'v1' },
        managedFields: [
          managed('kube-controller-manager', '2026-01-01T00:00:00Z'),
          managed('slicehints', '2026-01-01T00:00:01Z'),
        ],
      },
      's has the annotation of slicehints; slicehints wrote the endpoints as they are, the last other writer is kube-controller-manager',
    ],
    [
      'nobody else wrote',
      { managedFields: [managed('slicehints', '2026-01-01T00:00:01Z')] },
      's does not have the annotation of slicehints; slicehints wrote the endpoints as they are, nobody else did',
    ],
  ])('%s', (_, more, line) => {
    expect(written(more).lines[0]).toBe(line);
  });

  const lease = { namespace: 'slicehints', name: 'slicehints', holder: 'pod-1', isLive: true };
  const event = { type: 'Normal', reason: 'BalancedHintsSet', message: 'm', count: 1, lastSeen: '' };
  test.each<[string, LiveFacts | undefined, string[]]>([
    ['not of a live cluster', undefined, ['The Lease of a controller and the Events are not known without a live cluster']], // prettier-ignore
    ['that could not be read', {}, ['Leases could not be read, so that it is not known whether a controller leads', 'Events could not be read']], // prettier-ignore
    ['of a cluster without a controller', { leases: [], events: [] }, ['No controller leads', 'There is no Event of slicehints on this Service']], // prettier-ignore
    ['of a controller that has gone', { leases: [{ ...lease, isLive: false }], events: [] }, ['No controller leads', 'There is no Event of slicehints on this Service']], // prettier-ignore
    [
      'of two shards',
      { leases: [lease, { ...lease, name: 'slicehints-2', holder: 'pod-2' }], events: [event] },
      ['pod-1 leads (Lease slicehints/slicehints); pod-2 leads (Lease slicehints/slicehints-2)', 'Event Normal BalancedHintsSet: m'], // prettier-ignore
    ],
    [
      'with an Event that repeats',
      { leases: [lease], events: [{ ...event, count: 2, lastSeen: '2026-01-01T00:00:00Z' }] },
      ['pod-1 leads (Lease slicehints/slicehints)', 'Event 2026-01-01T00:00:00Z Normal BalancedHintsSet (2 times): m'], // prettier-ignore
    ],
  ])('live facts %s', (_, live, lines) => {
    const step = written({}, live);
    expect(step.lines.slice(1)).toEqual(lines);
    expect('live' in step.facts).toBe(live !== undefined);
  });
});
