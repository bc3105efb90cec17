import { beforeAll, describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { explainService } from '../../../src/analysis/explain/explainService.js';
import type { ExplainStep, Explanation } from '../../../src/analysis/explain/explanation.js';
import { planCluster, type ClusterObjects } from '../../../src/analysis/planCluster.js';
import { applyWhatIf } from '../../../src/analysis/whatIf/whatIf.js';
import { clusterObjects, loadManifests } from '../../../src/cli/input/manifests.js';
import { parseFlags } from '../../../src/cli/flags/parseFlags.js';
import { readWhatIf, WHAT_IF_FLAGS } from '../../../src/cli/flags/whatIfFlags.js';
import { nodeManifest, sliceManifest } from '../../support/vectors.js';
import type { EndpointSliceManifest } from '../../../src/model/manifest.js';
import { EXAMPLES } from '../../cli/runPlan.js';

const MODE = 'service.kubernetes.io/topology-mode';

function stepOf<Id extends ExplainStep['id']>(
  explanation: Explanation | undefined,
  id: Id,
): Extract<ExplainStep, { id: Id }> {
  const step = explanation?.steps.find((one) => one.id === id);
  if (step === undefined) throw new Error(`There is no step ${id}.`);
  return step as Extract<ExplainStep, { id: Id }>;
}

const example = async (name: string): Promise<ClusterObjects> =>
  clusterObjects(await loadManifests([`${EXAMPLES}/${name}.yaml`]));

describe('five pods in three zones, balanced', () => {
  let objects: ClusterObjects;
  let explanation: Explanation | undefined;
  beforeAll(async () => {
    objects = await example('five-pods');
    explanation = explainService({ ...objects, service: 'shop/balanced' });
  });

  test('the steps come in the order of the decision, each with a source and words', () => {
    expect(explanation?.steps.map(({ id }) => id)).toEqual([
      ...['request', 'nodes', 'demand', 'endpoints', 'limit', 'writers', 'choice', 'alternatives', 'use', 'consumers'],
      'writes',
    ]);
    for (const { source, lines, title } of explanation?.steps ?? []) {
      expect(source).not.toBe('');
      expect(title).not.toBe('');
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) expect(line).not.toMatch(/\.$|undefined|NaN/);
    }
  });

  test('the facts of each step', () => {
    expect(stepOf(explanation, 'request').facts).toEqual({
      mode: 'balanced',
      source: MODE,
      value: 'slicehints.io/balanced',
    });
    expect(stepOf(explanation, 'nodes').facts).toMatchObject({ total: 6, counted: 6, notCounted: [], odd: [] });
    expect(stepOf(explanation, 'demand').facts).toMatchObject({ source: 'cpu', stated: false });
    expect(stepOf(explanation, 'endpoints').facts.zones).toEqual([
      { zone: 'a', ready: 2, notReady: 0 },
      { zone: 'b', ready: 2, notReady: 0 },
      { zone: 'c', ready: 1, notReady: 0 },
    ]);
    const { overload, from, bound } = stepOf(explanation, 'limit').facts;
    expect([overload, from, bound]).toEqual([0.2, 'setting', expect.closeTo(5 / 6)]);
    expect(stepOf(explanation, 'writers').facts.slices[0]).toMatchObject({ name: 'balanced-1', policy: 'free' });
    expect(stepOf(explanation, 'use').facts.groups.map(({ zone, usable, local }) => [zone, usable, local])).toEqual([
      ['a', 2, 2],
      ['b', 2, 2],
      ['c', 5, 1],
    ]);
  });

  test('what was chosen is what the plan has', () => {
    const [planned] = planCluster(objects, { service: 'shop/balanced' }).services;
    const { before, after, verdict } = stepOf(explanation, 'choice').facts;
    expect(before).toEqual({ inZoneShare: planned?.before[0]?.inZoneShare, busiest: planned?.before[0]?.worstLoad });
    expect(after).toEqual({ inZoneShare: planned?.after[0]?.inZoneShare, busiest: planned?.after[0]?.worstLoad });
    expect(verdict?.message).toBe(planned?.plan.verdicts[0]?.message);
  });

  test('the runner-up is the best within the limit', () => {
    const { modes, runnerUp } = stepOf(explanation, 'alternatives').facts;
    expect(runnerUp).toBe('auto');
    expect(modes.map(({ mode, withinLimit }) => [mode, withinLimit])).toEqual([
      ['auto', true],
      ['off', true],
      ['same-zone', false],
      ['same-node', false],
    ]);
  });

  test('an improvement gives what its flags give when they are applied', () => {
    const computed = (explanation?.improvements ?? []).filter(({ inZoneShare }) => inZoneShare !== undefined);
    expect(computed.map(({ what }) => what)).toEqual(['one more endpoint in zone c', 'overload threshold 0.5']);
    for (const { flags, inZoneShare, busiest } of computed) {
      const changes = readWhatIf(parseFlags(WHAT_IF_FLAGS, flags).values)!;
      const [after] = planCluster(applyWhatIf(objects, changes), { service: 'shop/balanced' }).services;
      expect(inZoneShare?.after).toBe(after?.after[0]?.inZoneShare);
      expect(busiest?.after).toBe(after?.after[0]?.worstLoad);
    }
    expect(explanation?.improvements.at(-1)?.what).toMatch(/^clients annotation: /);
  });
});

describe('other Services', () => {
  test('an odd node stops Auto: the cause, the way out, and what its absence gives', async () => {
    const explanation = explainService({ ...(await example('odd-node')), service: 'default/web' });
    expect(stepOf(explanation, 'nodes').facts.odd).toEqual(['node-odd']);
    expect(stepOf(explanation, 'choice').facts.cause?.cause).toBe('NodesWithoutZone');
    expect(stepOf(explanation, 'limit').facts.zones).toEqual([]);
    expect(explanation?.improvements.map(({ what }) => what)).toContain(
      'a zone and CPU for node node-odd, or the cluster without it',
    );
  });

  test('a slice without endpoints that Kubernetes has left behind: there is nothing to write to it', async () => {
    const objects = await example('five-pods');
    const labels = {
      'kubernetes.io/service-name': 'balanced',
      'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    };
    const left: EndpointSliceManifest = {
      metadata: { namespace: 'shop', name: 'left', labels },
      addressType: 'IPv4',
      endpoints: null,
      ports: null,
    };
    const endpointSlices = [...objects.endpointSlices, left];
    const explanation = explainService({ ...objects, endpointSlices, service: 'shop/balanced' });
    expect(stepOf(explanation, 'writers').facts.slices).toContainEqual(
      expect.objectContaining({ name: 'left', policy: 'leave', why: expect.stringContaining('no endpoints') }),
    );
    expect(stepOf(explanation, 'choice').facts.after).toEqual(
      stepOf(explainService({ ...objects, service: 'shop/balanced' }), 'choice').facts.after,
    );
  });

  test('without the guard, slices of Kubernetes: blocked, and what the guard would give', async () => {
    const objects = await example('five-pods');
    const inTree = objects.endpointSlices.map((slice) => ({
      ...slice,
      metadata: {
        ...slice.metadata,
        labels: {
          ...slice.metadata?.labels,
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        },
      },
    }));
    const explanation = explainService({ ...objects, endpointSlices: inTree, service: 'shop/balanced' });
    expect(stepOf(explanation, 'writers').facts.slices[0]).toMatchObject({ policy: 'blocked' });
    expect(explanation?.improvements[0]).toMatchObject({ what: 'the guard', flags: ['--guard=true'] });
    expect(explanation?.improvements[0]?.inZoneShare?.after).toBeCloseTo(0.7333, 3);
  });

  test('a Service that states its clients gets no advice to do so', async () => {
    const objects = await example('five-pods');
    const changes = {
      set: [{ service: 'shop/balanced', annotation: 'slicehints.io/clients', value: 'auto' }],
    };
    const explanation = explainService({ ...applyWhatIf(objects, changes), service: 'shop/balanced' });
    expect(stepOf(explanation, 'demand').facts).toMatchObject({ source: 'clients', stated: true });
    expect(explanation?.improvements.filter(({ what }) => what.startsWith('clients'))).toEqual([]);
  });

  test('each address type has its own steps, and a headless Service no advice', async () => {
    const objects = await example('three-zones');
    const api = explainService({ ...objects, service: 'default/api' });
    expect(api?.steps.filter(({ id }) => id === 'choice').map(({ addressType }) => addressType)).toEqual([
      'IPv4',
      'IPv6',
    ]);
    const orders = explainService({ ...objects, service: 'default/orders' });
    expect(stepOf(orders, 'request').facts.unsteered).toBe('HeadlessService');
    expect(orders?.improvements).toEqual([]);
  });

  test('a mode that is not understood is named', async () => {
    const objects = applyWhatIf(await example('five-pods'), {
      set: [{ service: 'shop/auto', annotation: MODE, value: 'slicehints.io/balance' }],
    });
    expect(stepOf(explainService({ ...objects, service: 'shop/auto' }), 'request').lines).toEqual([
      `${MODE}: "slicehints.io/balance" asks for mode off`,
      'The value is not understood, so hints stay as they are until it is corrected',
      expect.stringContaining('did you mean slicehints.io/balanced?'),
    ]);
  });

  test('no such Service', async () => {
    expect(explainService({ ...(await example('five-pods')), service: 'shop/none' })).toBeUndefined();
  });
});

test('any Service: nothing throws, inputs stay, equal input gives equal output', () => {
  const endpoint = fc.record({
    address: fc.nat(20).map((i) => `10.0.0.${i}`),
    zone: fc.constantFrom('a', 'b', 'gone', ''),
    ready: fc.boolean(),
    terminating: fc.boolean(),
  });
  const input = fc.record({
    zones: fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 5 }),
    endpoints: fc.uniqueArray(endpoint, { selector: ({ address }) => address, maxLength: 8 }),
    mode: fc.constantFrom('Auto', 'slicehints.io/balanced', 'slicehints.io/same-node', 'Disabled'),
  });
  fc.assert(
    fc.property(input, ({ zones, endpoints, mode }) => {
      const given = {
        nodes: zones.map((zone, i) =>
          nodeManifest({
            name: `n${i}`,
            labels: zone === '' ? {} : { 'topology.kubernetes.io/zone': zone },
            cpu: '4',
            ready: 'True',
          }),
        ),
        services: [
          {
            metadata: { namespace: 'default', name: 'svc', annotations: { [MODE]: mode } },
            spec: { selector: { a: 'b' } },
          },
        ],
        endpointSlices: [sliceManifest({ name: 's', endpoints })],
        service: 'default/svc',
      };
      const before = structuredClone(given);
      const explanation = explainService(given);
      expect(given).toEqual(before);
      expect(JSON.stringify(explainService(given))).toBe(JSON.stringify(explanation));
      for (const { inZoneShare, busiest } of explanation?.improvements ?? []) {
        if (inZoneShare === undefined || busiest === undefined) continue;
        expect(inZoneShare.after > inZoneShare.before || busiest.after < busiest.before).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});
