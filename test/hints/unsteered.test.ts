import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { planService, type ServicePlan } from '../../src/index.js';
import type { ServiceManifest } from '../../src/model/manifest.js';
import { clusters } from '../support/arbitraryCluster.js';
import { nodeManifest, sliceManifest } from '../support/vectors.js';

const ZONE = 'topology.kubernetes.io/zone';
const nodes = ['a', 'b'].map((zone) => nodeManifest({ name: `n-${zone}`, labels: { [ZONE]: zone }, cpu: '4', ready: 'True' })); // prettier-ignore
const endpoints = ['a', 'b'].map((zone, i) => ({ address: `10.0.0.${i}`, zone, node: `n-${zone}`, ready: true }));
const slices = [sliceManifest({ name: 's0', endpoints })];

const service = (spec: ServiceManifest['spec'], mode = 'slicehints.io/balanced'): ServiceManifest => ({
  metadata: { name: 'svc', namespace: 'default', annotations: { 'service.kubernetes.io/topology-mode': mode } },
  spec: spec ?? null,
});
const planned = (spec: ServiceManifest['spec'], own = slices): ServicePlan => planService({ service: service(spec), slices: own, nodes }); // prettier-ignore

describe('a Service whose traffic hints do not steer', () => {
  test.each<[string, ServiceManifest['spec']]>([
    ['HeadlessService', { clusterIP: 'None' }],
    ['InternalTrafficLocal', { internalTrafficPolicy: 'Local' }],
  ])('%s: hints are set, nothing is promised', (reason, spec) => {
    const { verdicts, forecast, patches } = planned(spec);
    expect(verdicts).toMatchObject([{ reason, type: 'Normal', hinted: true, addressType: 'IPv4' }]);
    expect(verdicts[0]!.message).not.toMatch(/%/);
    expect(forecast).toEqual([{ addressType: 'IPv4', steered: false, inZoneShare: 0, worstLoad: 0, byZone: [] }]);
    expect(patches).toEqual(planned({}).patches);
  });

  test.each<[string, ServiceManifest['spec']]>([
    ['HeadlessService', { clusterIP: 'None' }],
    ['InternalTrafficLocal', { internalTrafficPolicy: 'Local' }],
  ])('%s: a mistake in the topology keys is reported beside it', (reason, spec) => {
    const annotations = { 'slicehints.io/topology-keys': 'topology.kubernetes.io/zone,,*' };
    const { verdicts, warnings } = planService({
      service: { metadata: { name: 'svc', namespace: 'default', annotations }, spec: spec! },
      slices,
      nodes,
    });
    expect(verdicts).toMatchObject([{ reason, type: 'Normal' }]);
    expect(warnings).toMatchObject([{ reason: 'InvalidTopologyKeys', type: 'Warning' }]);
  });

  test('that hints may not be written is not reported, because they would steer nothing', () => {
    const labels = { 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' };
    const inTree = slices.map((slice) => ({
      ...slice,
      metadata: { ...slice.metadata, labels: { ...slice.metadata?.labels, ...labels } },
    }));
    const { verdicts, warnings } = planned({ clusterIP: 'None' }, inTree);
    expect([verdicts.map(({ reason }) => reason), warnings]).toEqual([['HeadlessService'], []]);
  });

  test('an ExternalName Service has no slices, and gets its reason beside the verdicts', () => {
    const { verdicts, forecast, warnings } = planned({ type: 'ExternalName', externalName: 'example.com' }, []);
    expect([verdicts, forecast]).toEqual([[], []]);
    expect(warnings).toMatchObject([{ reason: 'ExternalNameService', type: 'Normal', addressType: '' }]);
  });

  test('externalTrafficPolicy Local: the forecast is that of traffic from inside, and a note gives the rest', () => {
    const local = planned({ type: 'NodePort', externalTrafficPolicy: 'Local' });
    const plain = planned({});
    expect([local.verdicts, local.forecast]).toEqual([plain.verdicts, plain.forecast]);
    expect([plain.warnings, local.warnings.map(({ reason, type }) => [reason, type])]).toEqual([[], [['ExternalTrafficLocal', 'Normal']]]); // prettier-ignore
  });

  test('who asks for nothing hears nothing', () => {
    expect(planService({ service: service({ clusterIP: 'None' }, ''), slices, nodes })).toMatchObject({ verdicts: [], warnings: [] }); // prettier-ignore
  });

  test('no cluster gives it a share', () => {
    const modes = ['Auto', 'slicehints.io/balanced', 'slicehints.io/same-zone', 'slicehints.io/same-node'];
    const specs = [{ clusterIP: 'None' }, { internalTrafficPolicy: 'Local' }];
    fc.assert(
      fc.property(clusters, fc.constantFrom(...modes), fc.constantFrom(...specs), (cluster, mode, spec) => {
        const { forecast, verdicts } = planService({ service: service(spec, mode), ...cluster });
        expect(forecast.map(({ steered, inZoneShare, worstLoad }) => [steered, inZoneShare, worstLoad])).toEqual(verdicts.map(() => [false, 0, 0])); // prettier-ignore
      }),
    );
  });
});
