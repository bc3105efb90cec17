import { describe, expect, test } from 'vitest';
import { withAddresses, withCreateDefaults, withDecodeDefaults, withKeptFields } from '../../../src/sandbox/schema/defaults.js'; // prettier-ignore
import { ServiceAllocator } from '../../../src/sandbox/schema/identifiers.js';
import type { JsonObject, KubeObject } from '../../../src/sandbox/schema/kubeObject.js';
import { storedDefinition } from '../../../src/sandbox/schema/resources.js';
import type { BuiltInResource } from '../../../src/sandbox/schema/resources.js';
import { drains } from './custom/drains.js';

const metadata = { name: 'a' };
const withSpec = (spec: JsonObject): KubeObject => ({ metadata, spec });
const plain = { internalTrafficPolicy: 'Cluster', sessionAffinity: 'None', type: 'ClusterIP' };

describe('defaults of decoding', () => {
  test.each<[string, BuiltInResource, JsonObject, JsonObject]>([
    ['a Service', 'services', {}, { spec: plain }],
    ['a Service with what it has', 'services', { spec: { internalTrafficPolicy: 'Local' } }, { spec: { ...plain, internalTrafficPolicy: 'Local' } }],
    ['a Service by name', 'services', { spec: { type: 'ExternalName' } }, { spec: { sessionAffinity: 'None', type: 'ExternalName' } }],
    ['a Service on ports of nodes', 'services', { spec: { type: 'NodePort' } }, { spec: { ...plain, type: 'NodePort', externalTrafficPolicy: 'Cluster' } }],
    ['a Service of a load balancer', 'services', { spec: { type: 'LoadBalancer' } }, { spec: { ...plain, type: 'LoadBalancer', externalTrafficPolicy: 'Cluster', allocateLoadBalancerNodePorts: true } }],
    ['a Service with affinity', 'services', { spec: { sessionAffinity: 'ClientIP' } }, { spec: { ...plain, sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } } } }],
    ['a port of a Service', 'services', { spec: { ports: [{ port: 80 }, { port: 53, protocol: 'UDP', targetPort: 'dns' }] } }, { spec: { ...plain, ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }, { port: 53, protocol: 'UDP', targetPort: 'dns' }] } }],
    ['a port of a slice', 'endpointslices', { ports: [{ port: 80 }, { name: 'a', protocol: 'UDP' }] }, { ports: [{ port: 80, name: '', protocol: 'TCP' }, { name: 'a', protocol: 'UDP' }] }],
    ['a Node', 'nodes', { status: { capacity: { cpu: '4' } } }, { status: { capacity: { cpu: '4' }, allocatable: { cpu: '4' } } }],
    ['a Node with what it has', 'nodes', { status: { capacity: { cpu: '4' }, allocatable: { cpu: '3' } } }, { status: { capacity: { cpu: '4' }, allocatable: { cpu: '3' } } }],
    ['a policy', 'mutatingadmissionpolicies', {}, { spec: { failurePolicy: 'Fail' } }],
    ['the constraints of a policy', 'mutatingadmissionpolicies', { spec: { matchConstraints: { resourceRules: [{ resources: ['a'] }] } } }, { spec: { failurePolicy: 'Fail', matchConstraints: { namespaceSelector: {}, objectSelector: {}, matchPolicy: 'Equivalent', resourceRules: [{ resources: ['a'], scope: '*' }] } } }],
    ['a definition', 'customresourcedefinitions', { spec: { names: { kind: 'Drain' } } }, { spec: { conversion: { strategy: 'None' }, names: { singular: 'drain', listKind: 'DrainList', kind: 'Drain' } } }],
    ['a kind without any', 'leases', { spec: {} }, { spec: {} }],
  ])('%s', (_, resource, fields, expected) => {
    expect(withDecodeDefaults(storedDefinition(resource), { metadata, ...fields })).toEqual({ metadata, ...expected });
  }); // prettier-ignore

  test('a Namespace is labelled with its name, once it has one', () => {
    const namespaces = storedDefinition('namespaces');
    expect(withDecodeDefaults(namespaces, { metadata: { name: 'a', labels: { b: 'c' } } }).metadata.labels).toEqual({
      b: 'c',
      'kubernetes.io/metadata.name': 'a',
    });
    expect(withDecodeDefaults(namespaces, { metadata: {} })).toEqual({ metadata: {} });
  });

  test('a complete slice is the very same', () => {
    const slice = { metadata, ports: [{ name: '', protocol: 'TCP' }] };
    expect(withDecodeDefaults(storedDefinition('endpointslices'), slice)).toBe(slice);
  });

  test('a custom resource has those of its definition', () => {
    expect(withDecodeDefaults(drains, withSpec({ zone: 'a' }))).toEqual(withSpec({ zone: 'a', share: 1 }));
  });

  test.each([
    ['web', 'Always'],
    ['web:latest', 'Always'],
    ['registry:5000/web', 'Always'],
    ['web:1', 'IfNotPresent'],
    ['registry:5000/web:1', 'IfNotPresent'],
    ['web@sha256:00', 'IfNotPresent'],
  ])('the image %s is pulled %s', (image, imagePullPolicy) => {
    const pod = withDecodeDefaults(storedDefinition('pods'), withSpec({ containers: [{ image, ports: [{ containerPort: 80 }] }] })); // prettier-ignore
    expect(pod['spec']).toMatchObject({
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      containers: [{ imagePullPolicy, ports: [{ containerPort: 80, protocol: 'TCP' }] }],
    });
  });
});

describe('defaults of creation', () => {
  const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
  test.each<[string, BuiltInResource, JsonObject, JsonObject]>([
    ['a Service has no address of a load balancer yet', 'services', { status: { loadBalancer: { ingress: [{}] } } }, { status: { loadBalancer: {} } }],
    ['a Namespace is active', 'namespaces', {}, { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } }],
    ['a Node is tainted until it is ready', 'nodes', { spec: { taints: [{ key: 'a' }] } }, { spec: { taints: [{ key: 'a' }, notReady] } }],
    ['a Node is not tainted twice', 'nodes', { spec: { taints: [notReady] } }, { spec: { taints: [notReady] } }],
    ['a taint of another effect does not count', 'nodes', { spec: { taints: [{ ...notReady, effect: 'NoExecute' }] } }, { spec: { taints: [{ ...notReady, effect: 'NoExecute' }, notReady] } }],
    ['a definition stores one version', 'customresourcedefinitions', { spec: { versions: [{ name: 'v1', storage: false }, { name: 'v2', storage: true }] } }, { status: { conditions: null, acceptedNames: { plural: '', kind: '' }, storedVersions: ['v2'] } }],
    ['a Lease has none', 'leases', { spec: {} }, { spec: {} }],
  ])('%s', (_, resource, fields, expected) => {
    expect(withCreateDefaults(resource, { metadata, ...fields })).toMatchObject(expected);
  }); // prettier-ignore

  test('a Pod waits, and tolerates nodes that are not ready for five minutes, unless it has its own toleration', () => {
    const own = { key: 'node.kubernetes.io/unreachable', operator: 'Exists' };
    const pod = withCreateDefaults('pods', { ...withSpec({ tolerations: [own], priority: 5 }), status: { phase: 'Running' } }); // prettier-ignore
    const added = { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 };
    expect(pod['spec']).toEqual({ priority: 5, preemptionPolicy: 'PreemptLowerPriority', tolerations: [own, added] });
    expect(pod['status']).toEqual({ phase: 'Pending', qosClass: 'BestEffort' });
  }); // prettier-ignore
});

describe('addresses of a Service', () => {
  const [v4, v6] = ['10.96.0.10', 'fd00:10:96::b'];
  const single = (family: string, address: string): object => ({ clusterIP: address, clusterIPs: [address], ipFamilies: [family], ipFamilyPolicy: 'SingleStack' }); // prettier-ignore
  test.each<[string, JsonObject, object]>([
    ['one of IPv4', { selector: {} }, single('IPv4', v4)],
    ['one of the family that it asks for', { selector: {}, ipFamilies: ['IPv6'] }, single('IPv6', 'fd00:10:96::a')],
    ['the one that it has', { selector: {}, clusterIP: '10.96.7.7' }, single('IPv4', '10.96.7.7')],
    ['the one of IPv6 that it has', { selector: {}, clusterIP: 'fd00::1' }, single('IPv6', 'fd00::1')],
    ['two, if it can have them', { selector: {}, ipFamilyPolicy: 'PreferDualStack' }, { clusterIP: v4, clusterIPs: [v4, v6], ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'PreferDualStack' }],
    ['two, if it asks for two families', { selector: {}, ipFamilies: ['IPv6', 'IPv4'] }, { clusterIP: 'fd00:10:96::a', clusterIPs: ['fd00:10:96::a', '10.96.0.11'], ipFamilies: ['IPv6', 'IPv4'], ipFamilyPolicy: 'RequireDualStack' }],
    ['none of a headless one', { selector: {}, clusterIP: 'None' }, { clusterIP: 'None', clusterIPs: ['None'], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' }],
    ['both families of a headless one without selector', { clusterIP: 'None' }, { clusterIP: 'None', clusterIPs: ['None'], ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' }],
  ])('%s', (_, spec, expected) => {
    expect(withAddresses('services', withSpec(spec), new ServiceAllocator())['spec']).toMatchObject(expected);
  }); // prettier-ignore

  test('a Service by name loses its own, other kinds have none', () => {
    const spec = { type: 'ExternalName', clusterIP: v4, clusterIPs: [v4] };
    expect(withAddresses('services', withSpec(spec), new ServiceAllocator())['spec']).toEqual({ type: 'ExternalName' });
    const pod = withSpec({});
    expect(withAddresses('pods', pod, new ServiceAllocator())).toBe(pod);
  });

  test.each(['NodePort', 'LoadBalancer'])('a Service of type %s gets ports of nodes where it has none', (type) => {
    const service = withSpec({ type, selector: {}, ports: [{ port: 80 }, { port: 81, nodePort: 31000 }] });
    expect(withAddresses('services', service, new ServiceAllocator())['spec']).toMatchObject({
      ports: [
        { port: 80, nodePort: 30000 },
        { port: 81, nodePort: 31000 },
      ],
    });
  });

  test('an address that a Service has is not given to another', () => {
    const allocator = new ServiceAllocator();
    withAddresses('services', withSpec({ selector: {}, clusterIP: v4 }), allocator);
    expect(withAddresses('services', withSpec({ selector: {} }), allocator)['spec']).toMatchObject({ clusterIP: '10.96.0.11' }); // prettier-ignore
  });
});

describe('an update keeps', () => {
  const live = withSpec({ clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1'], ipFamilyPolicy: 'SingleStack', type: 'ClusterIP' }); // prettier-ignore
  test('the addresses that the client leaves out, and no more', () => {
    const updated = withKeptFields('services', withSpec({ ipFamilyPolicy: 'PreferDualStack' }), live);
    expect(updated['spec']).toEqual({ clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1'], ipFamilyPolicy: 'PreferDualStack' }); // prettier-ignore
  });

  test.each<[string, BuiltInResource, KubeObject]>([
    ['nothing where all is there', 'services', live],
    ['nothing of what became a name', 'services', withSpec({ type: 'ExternalName' })],
    ['nothing of other kinds', 'pods', withSpec({})],
  ])('%s', (_, resource, object) => {
    expect(withKeptFields(resource, object, live)).toBe(object);
  });
});
