import { describe, expect, test } from 'vitest';
import { clusterObjects, loadManifests } from '../../src/cli/input/manifests.js';
import { planService } from '../../src/hints/planService.js';
import { planCluster, type ClusterObjects } from '../../src/analysis/planCluster.js';
import type { EndpointSliceManifest, NodeManifest } from '../../src/model/manifest.js';
import {
  autoService,
  nodeManifest,
  readVectors,
  sliceManifest,
  type VectorNode,
  type VectorSlice,
} from '../support/vectors.js';
import { EXAMPLES } from '../cli/runPlan.js';

interface Vector {
  readonly id: string;
  readonly nodes: VectorNode[];
  readonly slices: VectorSlice[];
}

function objects(nodes: NodeManifest[], endpointSlices: EndpointSliceManifest[]): ClusterObjects {
  return { nodes, services: [autoService()], endpointSlices };
}

describe('before and after', () => {
  test.each(['auto-clean.jsonl', 'auto-dirty.jsonl'])(
    '%s: what is forecast is what is there once it is written',
    (file) => {
      for (const vector of readVectors<Vector>(file)) {
        const nodes = vector.nodes.map(nodeManifest);
        const slices = vector.slices.map((slice) => sliceManifest(slice));
        const [planned] = planCluster(objects(nodes, slices)).services;
        expect(planned?.after).toEqual(planned?.result.forecast);

        const written = slices.map((slice) => {
          const endpoints = planned?.result.slices.find(({ name }) => name === slice.metadata?.name)?.endpoints ?? [];
          return {
            ...slice,
            endpoints: (slice.endpoints ?? []).map((endpoint, i) => ({ ...endpoint, hints: endpoints[i]?.hints })),
          };
        });
        const [again] = planCluster(objects(nodes, written)).services;
        expect(again?.before).toEqual(planned?.after);
      }
    },
  );

  test('a Service by itself is planned as it is among all others', async () => {
    const all = clusterObjects(await loadManifests([EXAMPLES]));
    const together = planCluster(all).services;
    expect(together.map(({ namespace, name }) => `${namespace}/${name}`)).toEqual([
      'default/api',
      'default/cart',
      'default/legacy',
      'default/orders',
      'default/web',
      'kube-system/kube-dns',
      'shop/auto',
      'shop/balanced',
      'shop/cart',
      'shop/plain',
      'shop/web',
    ]);
    for (const one of together) {
      expect(planCluster(all, { service: `${one.namespace}/${one.name}` }).services).toEqual([one]);
    }
  });

  test('the order of the input makes no difference', async () => {
    const all = clusterObjects(await loadManifests([EXAMPLES]));
    const backwards = {
      ...all,
      nodes: [...all.nodes].reverse(),
      services: [...all.services].reverse(),
      endpointSlices: [...all.endpointSlices].reverse(),
    };
    expect(JSON.stringify(planCluster(backwards))).toBe(JSON.stringify(planCluster(all)));
  });
});

describe('policies', () => {
  const [vector] = readVectors<Vector>('auto-clean.jsonl');
  const nodes = vector!.nodes.map(nodeManifest);
  const slices = vector!.slices.map((slice) => sliceManifest(slice));
  const service = {
    ...autoService(),
    metadata: { ...autoService().metadata, annotations: {}, labels: { tier: 'web' } },
  };
  const policy = {
    kind: 'ClusterHintsPolicy',
    metadata: { name: 'web' },
    spec: {
      namespaceSelector: { matchLabels: { team: 'a' } },
      serviceSelector: { matchLabels: { tier: 'web' } },
      defaults: { mode: 'same-zone' },
      enforcement: 'DryRun',
    },
  };
  const namespaces = [{ metadata: { name: service.metadata.namespace, labels: { team: 'a' } } }];

  test.each<[string, Partial<ClusterObjects>, string]>([
    ['none: nothing is asked for', {}, 'off'],
    ['one that selects the Service: its default', { policies: [policy], namespaces }, 'same-zone'],
    ['one that selects other namespaces', { policies: [policy] }, 'off'],
  ])('%s', (_, policies, mode) => {
    const [planned] = planCluster({ ...objects(nodes, slices), services: [service], ...policies }).services;
    expect(planned?.result.mode).toBe(mode);
    expect(planned?.result.policy).toEqual(
      mode === 'off' ? undefined : { enforcement: 'DryRun', policies: ['ClusterHintsPolicy web'] },
    );
    expect(planService({ service, slices, nodes, ...policies })).toEqual(planned?.result);
  });
});
