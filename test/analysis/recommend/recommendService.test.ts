import { expect, test } from 'vitest';
import fc from 'fast-check';
import { recommendService } from '../../../src/index.js';
import { caseOf } from '../../oracles/run.js';
import { deepFreeze } from '../../support/arbitraryCluster.js';
import { autoService, nodeManifest, sliceManifest } from '../../support/vectors.js';

const cases = fc
  .record({ seed: fc.integer({ min: 1, max: 1_000_000 }), number: fc.nat(9) })
  .map(({ seed, number }) => caseOf(seed, number));
const nodes = ['a', 'b', 'c'].map((zone) =>
  nodeManifest({ name: zone, labels: { 'topology.kubernetes.io/zone': zone }, cpu: '4', ready: 'True' }),
);
const slices = [
  sliceManifest({
    name: 's',
    endpoints: ['a', 'b', 'c'].map((zone) => ({ address: zone, node: zone, zone, ready: true })),
  }),
];
const service = autoService({});

test('the labels of the namespace of the Service tell whether it is in a mesh, those of others do not', () => {
  const inMesh = (name: string): string =>
    recommendService({ service, slices, nodes, namespaces: [{ metadata: { name, labels: { 'istio.io/rev': 'x' } } }] }).reason; // prettier-ignore
  expect([inMesh('default'), inMesh('other')]).toEqual(['mesh', 'better']);
});

test('policies decide what may be asked for', () => {
  const policies = [{ kind: 'ClusterHintsPolicy', metadata: { name: 'p' }, spec: { defaults: { mode: 'balanced' } } }];
  expect(recommendService({ service, slices, nodes, policies }).mode).toBe('balanced');
  expect(recommendService({ service, slices, nodes }).mode).toBe('off');
});

test('settings decide the limit', () => {
  const limitOf = (settings: object): number => recommendService({ service, slices, nodes, settings }).limit;
  expect(limitOf({ overloadThreshold: 0.5, overloadHold: 0 })).toBe(1.5);
  expect(limitOf({ overloadThreshold: 0.5, overloadHold: 0.1 })).toBeCloseTo(1.6, 9);
});

test('what is missing in the input is named', () => {
  expect(() => recommendService({ service, nodes } as never)).toThrow(
    'recommendService: expected slices to be a list of EndpointSlice objects, got nothing',
  );
});

test('equal input in any order gives the same to the byte, and nothing is mutated', () => {
  fc.assert(
    fc.property(cases, (input) => {
      const turned = { ...input, nodes: [...input.nodes].reverse(), slices: [...input.slices].reverse() };
      expect(JSON.stringify(recommendService(turned))).toBe(JSON.stringify(recommendService(deepFreeze(input))));
    }),
    { numRuns: 30 },
  );
});
