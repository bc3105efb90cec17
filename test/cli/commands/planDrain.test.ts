import { expect, test } from 'vitest';
import { nodeManifest, sliceManifest } from '../../support/vectors.js';
import { runPlan, type Ran } from '../runPlan.js';

const ZONES = ['a', 'b', 'c'];
/** The fake clock stands at the first of January 2026. */
const plan = (until: string, ...args: string[]): Promise<Ran> => {
  const items = [
    ...ZONES.map((zone) => ({
      apiVersion: 'v1',
      kind: 'Node',
      ...nodeManifest({ name: `n-${zone}`, labels: { 'topology.kubernetes.io/zone': zone }, cpu: '4', ready: 'True' }),
    })),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'svc', namespace: 'default', annotations: { 'slicehints.io/mode': 'same-zone' } },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      ...sliceManifest({
        name: 's',
        endpoints: ZONES.map((zone, i) => ({ address: `10.0.0.${i}`, zone, ready: true })),
      }),
    },
    {
      apiVersion: 'slicehints.io/v1alpha1',
      kind: 'ZoneDrain',
      metadata: { name: 'd' },
      spec: { zone: 'a', until },
    },
  ];
  return runPlan(['-f', '-', ...args], { stdin: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) });
};

const reasonOf = ({ stdout }: Ran): string | undefined => /"reason": "(\w+)"/.exec(stdout)?.[1];

test('a ZoneDrain in the files is in force until its time is over', async () => {
  const drained = await plan('2026-01-01T01:00:00Z', '-o', 'json');
  expect(drained.stderr).toContain('ZoneDrain d counts as accepted, though no controller has judged it');
  expect(reasonOf(drained)).toBe('ZoneDrained');
  const ended = await plan('2026-01-01T00:00:00Z', '-o', 'json');
  expect([ended.stderr, reasonOf(ended)]).toEqual(['', 'SameZoneHintsSet']);
});

test('the table counts hints for zones that there are', async () => {
  const { stdout } = await plan('2026-01-01T01:00:00Z');
  expect(stdout).toContain('a:2 b:1 c:1');
  expect(stdout).not.toContain('placeholder');
});

test('a ZoneDrain that cannot be used is refused with its field', async () => {
  const { stderr, code } = await plan('soon');
  expect(stderr).toContain('spec.until must be a time such as 2026-11-21T22:00:00Z but is "soon"');
  expect(code).toBe(1);
});
