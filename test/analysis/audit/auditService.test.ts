import { expect, test } from 'vitest';
import fc from 'fast-check';
import { auditService } from '../../../src/index.js';
import { caseOf } from '../../oracles/run.js';
import { deepFreeze } from '../../support/arbitraryCluster.js';
import { autoService, nodeManifest, sliceManifest } from '../../support/vectors.js';

const cases = fc
  .record({ seed: fc.integer({ min: 1, max: 1_000_000 }), number: fc.nat(9) })
  .map(({ seed, number }) => caseOf(seed, number));
const nodes = ['a', 'b'].map((zone) =>
  nodeManifest({ name: zone, labels: { 'topology.kubernetes.io/zone': zone }, cpu: '4', ready: 'True' }),
);
const slices = [
  sliceManifest({
    name: 's',
    endpoints: ['a', 'b'].map((zone) => ({ address: zone, node: zone, zone, ready: true, forZones: [zone] })),
  }),
];
const service = autoService({ 'slicehints.io/mode': 'same-zone' });

test('policies decide what the Service asks for', () => {
  const policies = [{ kind: 'ClusterHintsPolicy', metadata: { name: 'p' }, spec: { limits: { allowedModes: [] } } }];
  expect(auditService({ service, slices, nodes }).mode).toBe('same-zone');
  expect(auditService({ service, slices, nodes, policies }).mode).toBe('off');
});

test('settings decide where the traffic comes from', () => {
  const uneven = [...nodes, nodeManifest({ ...nodes[0], name: 'a2', labels: { 'topology.kubernetes.io/zone': 'a' }, cpu: '8', ready: 'True' })]; // prettier-ignore
  expect(auditService({ service, slices, nodes: uneven }).busiestToday).toBeCloseTo(1.5, 9);
  expect(auditService({ service, slices, nodes: uneven, settings: { demand: 'equal' } }).busiestToday).toBeCloseTo(
    1,
    9,
  );
});

test('what is missing in the input is named', () => {
  expect(() => auditService({ service, slices: [] } as never)).toThrow(
    'auditService: expected nodes to be a list of Node objects, got nothing',
  );
});

test('equal input in any order gives the same to the byte, and nothing is mutated', () => {
  fc.assert(
    fc.property(cases, (input) => {
      const turned = { ...input, nodes: [...input.nodes].reverse(), slices: [...input.slices].reverse() };
      expect(JSON.stringify(auditService(turned))).toBe(JSON.stringify(auditService(deepFreeze(input))));
    }),
    { numRuns: 60 },
  );
});
