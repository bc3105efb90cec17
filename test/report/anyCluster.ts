import fc from 'fast-check';
import type { ClusterObjects } from '../../src/analysis/planCluster.js';
import type { HintsPolicyManifest } from '../../src/hints/policy/policy.js';
import type { ServiceManifest } from '../../src/model/manifest.js';
import { clusters } from '../support/arbitraryCluster.js';
import { measuredFigures, measuredService } from '../support/measured.js';

const ANNOTATIONS: readonly Record<string, string>[] = [
  { 'service.kubernetes.io/topology-mode': 'Auto' },
  { 'slicehints.io/mode': 'balanced' },
  { 'slicehints.io/mode': 'balanced', 'slicehints.io/overload-threshold': '0.5' },
  { 'slicehints.io/mode': 'same-zone', 'slicehints.io/demand': 'a=3, b=0.5' },
  { 'slicehints.io/mode': 'balanced', 'slicehints.io/clients': 'web=2, other/api' },
  { 'slicehints.io/mode': 'balanced', 'slicehints.io/demand': 'endpoints' },
  { 'slicehints.io/mode': 'balanced', 'slicehints.io/demand': 'measured', 'slicehints.io/clients': 'web' },
  { 'slicehints.io/mode': 'same-node' },
  { 'slicehints.io/mode': 'secret words' },
  { 'slicehints.io/mod': 'balanced', 'slicehints.io/secret': 'words' },
  { 'service.kubernetes.io/topology-mode': 'secret.io/words' },
  { 'slicehints.io/topology-keys': 'secret.io/rack,topology.kubernetes.io/zone,*' },
  { 'slicehints.io/topology-keys': 'secret.io/rack, secret.io/rack' },
  {},
];

const POLICIES: readonly HintsPolicyManifest[] = [
  {
    kind: 'ClusterHintsPolicy',
    metadata: { name: 'secret-shops', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: {
      namespaceSelector: { matchLabels: { tier: 'secret-tier' } },
      defaults: { mode: 'same-zone', demand: 'a=1,b=1' },
      limits: { maxOverloadThreshold: 0.3 },
    },
  },
  {
    kind: 'HintsPolicy',
    metadata: { namespace: 'other', name: 'secret-others' },
    spec: { serviceSelector: { matchLabels: { team: 'secret-team' } }, limits: { allowedModes: ['balanced'] } },
  },
  {
    kind: 'ClusterHintsPolicy',
    metadata: { name: 'secret-dry' },
    spec: { enforcement: 'DryRun', defaults: { nodeHints: true } },
  },
  { kind: 'ClusterHintsPolicy', metadata: { name: 'secret-wrong' }, spec: { defaults: { mode: 'secret-mode' } } },
];

const MEASURED = [
  measuredFigures(measuredService('a=0.6 b=0.3 secret-zone=0.1'), measuredService('b=1', { key: 'secret/secret' })),
  measuredFigures(
    measuredService('a=0.5 b=0.5', { latest: 'b=1', recent: 'a=0.5 hidden-zone=0.5', key: 'other/api' }),
    measuredService('a=1'),
  ),
];

/** Clusters with Services of all modes in two namespaces, each with slices. */
export const anyCluster: fc.Arbitrary<ClusterObjects> = fc
  .record({
    parts: fc.array(fc.record({ cluster: clusters, annotations: fc.constantFrom(...ANNOTATIONS) }), {
      minLength: 1,
      maxLength: 4,
    }),
    racks: fc.nat(3),
    policies: fc.subarray([...POLICIES]),
    measured: fc.option(fc.constantFrom(...MEASURED), { nil: undefined }),
  })
  .map(({ parts, racks, policies, measured }) => {
    const services = parts.map(({ annotations }, i): ServiceManifest => ({
      metadata: {
        namespace: i % 2 === 0 ? 'shop' : 'other',
        name: ['web', 'api', 'cart', 'db'][i] ?? 'more',
        uid: 'secret-uid',
        labels: { team: 'secret-team' },
        annotations: { ...annotations, 'secret.io/owner': 'secret-owner' },
      },
      spec: { selector: { app: 'secret-app' }, clusterIP: '10.96.0.1' },
    }));
    return {
      nodes: (parts[0]?.cluster.nodes ?? []).map((node, n) => ({
        ...node,
        metadata: {
          ...node.metadata,
          uid: 'secret-uid',
          labels: {
            ...node.metadata?.labels,
            'secret.io/rack': `secret-${n % (racks + 1)}`,
            'secret.io/x': 'secret-x',
          },
        },
        status: { ...node.status, addresses: [{ type: 'InternalIP', address: 'secret-ip' }] },
      })),
      services,
      policies,
      ...(measured === undefined ? {} : { measured }),
      namespaces: [{ metadata: { name: 'shop', labels: { tier: 'secret-tier', 'istio.io/rev': 'secret-rev' } } }],
      endpointSlices: parts.flatMap(({ cluster: { slices } }, i) =>
        slices.map((slice) => ({
          ...slice,
          metadata: {
            ...slice.metadata,
            name: `${services[i]?.metadata?.name}-${slice.metadata?.name}`,
            namespace: services[i]?.metadata?.namespace ?? '',
            labels: {
              'kubernetes.io/service-name': services[i]?.metadata?.name ?? '',
              'endpointslice.kubernetes.io/managed-by':
                i === 3 ? 'secret-controller' : 'endpointslice-controller.k8s.io',
            },
            ...(i === 1
              ? {
                  managedFields: [
                    { manager: 'secret-manager', fieldsV1: { 'f:endpoints': {} }, time: '2026-01-01T00:00:00Z' },
                  ],
                }
              : {}),
          },
        })),
      ),
    };
  });
