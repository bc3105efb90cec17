import { describe, expect, test } from 'vitest';
import { meshOf, meshSentence, type Mesh } from '../../../src/analysis/recommend/mesh.js';

type Metadata = { readonly labels?: Record<string, string>; readonly annotations?: Record<string, string> };
const meshFor = (namespace: Metadata | undefined, service: Metadata = {}): Mesh | undefined =>
  meshOf(
    { metadata: { namespace: 'shop', name: 'web', ...service } },
    namespace === undefined ? undefined : { metadata: { name: 'shop', ...namespace } },
  );

describe('the mesh of a Service', () => {
  test.each<[string, Metadata, Mesh | undefined]>([
    ['injection', { labels: { 'istio-injection': 'enabled' } }, 'Istio'],
    ['a revision', { labels: { 'istio.io/rev': 'stable' } }, 'Istio'],
    ['ambient mode', { labels: { 'istio.io/dataplane-mode': 'ambient' } }, 'Istio'],
    ['a waypoint', { labels: { 'istio.io/use-waypoint': 'waypoint' } }, 'Istio'],
    ['no waypoint', { labels: { 'istio.io/use-waypoint': 'none' } }, undefined],
    ['injection switched off', { labels: { 'istio-injection': 'disabled', 'istio.io/rev': 'stable' } }, undefined],
    ['a data plane switched off', { labels: { 'istio.io/rev': 'stable', 'istio.io/dataplane-mode': 'none' } }, undefined], // prettier-ignore
    ['injection of Linkerd', { annotations: { 'linkerd.io/inject': 'enabled' } }, 'Linkerd'],
    ['ingress of Linkerd', { annotations: { 'linkerd.io/inject': 'ingress' } }, 'Linkerd'],
    ['Linkerd switched off', { annotations: { 'linkerd.io/inject': 'disabled' } }, undefined],
    ['a label of Linkerd, which reads annotations', { labels: { 'linkerd.io/inject': 'enabled' } }, undefined],
    ['nothing', {}, undefined],
  ])('by the namespace, and by itself: %s', (_, metadata, mesh) => {
    expect([meshFor(metadata), meshFor(undefined, metadata)]).toEqual([mesh, mesh]);
  });

  test('is what it names itself, before its namespace', () => {
    expect(meshFor({ labels: { 'istio.io/rev': 'x' } }, { annotations: { 'linkerd.io/inject': 'enabled' } })).toBe('Linkerd'); // prettier-ignore
  });

  test('switched off on the Service leaves what its namespace has', () => {
    const off = { labels: { 'istio-injection': 'disabled' } };
    expect(meshFor({ labels: { 'istio-injection': 'enabled' } }, off)).toBe('Istio');
  });

  test('is none where a label is only what every object has', () => {
    expect(meshOf({ metadata: { labels: null, annotations: null } }, { metadata: null })).toBeUndefined();
  });
});

test.each<[Mesh, string]>([
  ['Istio', 'read no hints'],
  ['Linkerd', 'balance by latency'],
])('%s is told with what it does: %s', (mesh, words) => {
  expect(meshSentence(mesh)).toContain(`in an ${mesh}`.replace('an L', 'a L'));
  expect(meshSentence(mesh)).toContain(words);
  expect(meshSentence(mesh)).not.toMatch(/\.$/);
});
