import { describe, expect, test } from 'vitest';
import type { ClusterObjects } from '../../../src/analysis/planCluster.js';
import { assessDrain } from '../../../src/cli/drain/assessDrain.js';
import { DEFAULT_SETTINGS } from '../../../src/hints/settings.js';
import { nodeOf } from '../../sandbox/samples.js';

const NOW = Date.UTC(2026, 0, 1);

/** Two endpoints in each zone of each Service. */
function clusterOf(zones: string, services: readonly string[], annotations: object): ClusterObjects {
  return {
    nodes: [...zones].map((zone) => nodeOf(`n-${zone}`, zone)),
    services: services.map((name) => ({ metadata: { namespace: 'shop', name, annotations: { ...annotations } }, spec: { ports: [{ port: 80 }] } })), // prettier-ignore
    endpointSlices: services.map((name, index) => ({
      metadata: { namespace: 'shop', name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 80 }],
      endpoints: [...zones, ...zones].map((zone, i) => ({ addresses: [`10.0.${index}.${i}`], nodeName: `n-${zone}`, zone, conditions: { ready: true } })), // prettier-ignore
    })),
  };
}

const balanced = { 'service.kubernetes.io/topology-mode': 'slicehints.io/balanced' };

function assess(objects: ClusterObjects, more: { zone?: string; limit?: number; drainedZones?: string[]; force?: boolean } = {}): ReturnType<typeof assessDrain> {
  const { zone = 'a', limit = 2, drainedZones, force = false } = more;
  return assessDrain({
    objects,
    settings: { ...DEFAULT_SETTINGS, ...(drainedZones === undefined ? {} : { drainedZones }) },
    drain: { zone, untilMs: NOW + 3_600_000, force },
    limit,
    nowMs: NOW,
  });
} // prettier-ignore

describe('a drain is judged as the controller does', () => {
  const three = clusterOf('abc', ['web', 'cart'], balanced);
  test.each<[string, ClusterObjects, Parameters<typeof assess>[1], string]>([
    ['of a zone of three', three, {}, 'Accepted'],
    ['of a zone without nodes', three, { zone: 'x' }, 'UnknownZone'],
    ['beyond what endpoints may get', three, { limit: 1.1 }, 'Overload'],
    ['beyond that, by force', three, { limit: 1.1, force: true }, 'Forced'],
    ['of the only zone', clusterOf('a', ['web'], balanced), {}, 'TooManyZones'],
    ['that is in force already, beside a cluster without it', three, { drainedZones: ['a'], limit: 1.1 }, 'Overload'],
    ['that is in force already, which does not count twice', three, { drainedZones: ['a'] }, 'Accepted'],
  ])('%s', (_, objects, more, reason) => {
    expect(assess(objects, more).judgement.reason).toBe(reason);
  });

  test('with the Services and endpoints that it takes out', () => {
    const { figures, judgement } = assess(three);
    expect(judgement.accepted).toBe(true);
    expect(figures).toMatchObject({ drained: 2, endpoints: 4, blocked: [], inTree: [] });
    expect(figures.busiest?.busiest).toBeCloseTo(1.5);
  });

  test('without Services whose hints a policy holds back', () => {
    const policy = { apiVersion: 'slicehints.io/v1alpha1', kind: 'ClusterHintsPolicy', metadata: { name: 'p' }, spec: { enforcement: 'DryRun' } }; // prettier-ignore
    const { figures } = assess({ ...three, policies: [policy] });
    expect(figures).toMatchObject({ drained: 0, blocked: ['shop/cart', 'shop/web'] });
  });
});
