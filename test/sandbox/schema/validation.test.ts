import { describe, expect, test } from 'vitest';
import type { JsonObject, KubeObject, ObjectMeta } from '../../../src/sandbox/schema/kubeObject.js';
import { storedDefinition } from '../../../src/sandbox/schema/resources.js';
import type { BuiltInResource, ResourceDefinition } from '../../../src/sandbox/schema/resources.js';
import type { FieldError } from '../../../src/sandbox/schema/status.js';
import { validateCreate, validateUpdate } from '../../../src/sandbox/schema/validation.js';
import { drains } from './custom/drains.js';

const lines = (errors: readonly FieldError[]): string[] => errors.map(({ field, message }) => `${field}: ${message}`);

function created(resource: BuiltInResource | ResourceDefinition, fields: JsonObject, metadata: ObjectMeta = {}): string[] {
  const definition = typeof resource === 'string' ? storedDefinition(resource) : resource;
  return lines(validateCreate(definition, { metadata: { name: 'a', namespace: 'default', ...metadata }, ...fields }));
} // prettier-ignore

const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' };
const starting = (text: string): unknown => expect.stringMatching(new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`)); // prettier-ignore

describe('metadata', () => {
  test.each<[string, ObjectMeta, unknown[]]>([
    ['with labels, annotations, finalizers and owners', { labels: { 'a.b/c': 'd' }, annotations: { 'A.b/c': 'any text' }, finalizers: ['a.b/c'], ownerReferences: [owner] }, []],
    ['without a name', { name: '' }, ['metadata.name: Required value: name or generateName is required']],
    ['with a name that is none', { name: 'A' }, [starting('metadata.name: Invalid value: "A": a lowercase RFC 1123')]],
    ['with a prefix that ends in a dash', { generateName: 'a-' }, []],
    ['with a prefix that is none', { generateName: 'A-' }, [starting('metadata.generateName: Invalid value: "A-"')]],
    ['with a key that is none', { labels: { '-': '' } }, [starting('metadata.labels: Invalid value: "-"')]],
    ['with a value that is none', { labels: { a: 'b c' } }, [starting('metadata.labels: Invalid value: "b c"')]],
    ['with a key of an annotation that is none', { annotations: { 'a b': '' } }, [starting('metadata.annotations: Invalid value: "a b"')]],
    ['with as many annotations as it may have', { annotations: { a: 'x'.repeat(256 * 1024 - 1) } }, []],
    ['with too many annotations, counted in bytes', { annotations: { a: `${'x'.repeat(256 * 1024 - 2)}ä` } }, ['metadata.annotations: Too long: may not be more than 262144 bytes']],
    ['with a finalizer that is none', { finalizers: ['a b'] }, [starting('metadata.finalizers: Invalid value: "a b"')]],
    ['with an owner that lacks a field', { ownerReferences: [owner, { ...owner, uid: '' }] }, ['metadata.ownerReferences[1].uid: Invalid value: "": must not be empty']],
  ])('%s', (_, metadata, expected) => {
    expect(created('configmaps', {}, metadata)).toEqual(expected);
  }); // prettier-ignore

  test('has the form of names that the kind has', () => {
    expect(created('namespaces', {}, { name: 'a.b' })).toHaveLength(1);
    expect(created('configmaps', {}, { name: 'a.b' })).toEqual([]);
  });
});

describe('a Service', () => {
  const spec = { type: 'ClusterIP', sessionAffinity: 'None', ports: [{ port: 80, protocol: 'TCP' }] };
  const ports = (...list: JsonObject[]): JsonObject => ({ ports: list.map((one) => ({ protocol: 'TCP', ...one })) });
  test.each<[string, JsonObject, unknown[]]>([
    ['is accepted', {}, []],
    ['of an unknown type', { type: 'clusterIP' }, ['spec.type: Unsupported value: "clusterIP": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"']],
    ['without ports', { ports: [] }, ['spec.ports: Required value']],
    ['without ports that is headless', { ports: [], clusterIP: 'None' }, []],
    ['without ports by name', { ports: [], type: 'ExternalName', externalName: 'a.example.com' }, []],
    ['by name without a name', { ports: [], type: 'ExternalName' }, ['spec.externalName: Required value']],
    ['by a name that is none', { ports: [], type: 'ExternalName', externalName: 'A' }, [starting('spec.externalName: Invalid value: "A"')]],
    ['with two ports without names', ports({ port: 80 }, { port: 81 }), ['spec.ports[0].name: Required value', 'spec.ports[1].name: Required value']],
    ['with a name twice', ports({ name: 'a', port: 80 }, { name: 'a', port: 81 }), ['spec.ports[1].name: Duplicate value: "a"']],
    ['with a port twice', ports({ name: 'a', port: 80 }, { name: 'b', port: 80 }), ['spec.ports[1]: Duplicate value: {"protocol":"TCP","port":80}']],
    ['with a port of two protocols', ports({ name: 'a', port: 80 }, { name: 'b', port: 80, protocol: 'UDP' }), []],
    ['with the port 0', ports({ port: 0 }), ['spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive']],
    ['with the last port', ports({ port: 65535 }), []],
    ['with a port beyond it', ports({ port: 65536 }), ['spec.ports[0].port: Invalid value: 65536: must be between 1 and 65535, inclusive']],
    ['with an unknown protocol', ports({ port: 80, protocol: 'tcp' }), ['spec.ports[0].protocol: Unsupported value: "tcp": supported values: "SCTP", "TCP", "UDP"']],
    ['with an address of IPv6', { clusterIP: 'fd00::1' }, []],
    ['with an address that is none', { clusterIP: '10.0.0' }, ['spec.clusterIPs[0]: Invalid value: "10.0.0": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']],
    ['with unknown affinity', { sessionAffinity: 'Node' }, ['spec.sessionAffinity: Unsupported value: "Node": supported values: "ClientIP", "None"']],
    ['with a distribution', { trafficDistribution: 'PreferSameZone' }, []],
    ['with an unknown distribution', { trafficDistribution: 'Far' }, ['spec.trafficDistribution: Unsupported value: "Far": supported values: "PreferClose", "PreferSameNode", "PreferSameZone"']],
    ['with a selector that is none', { selector: { 'a b': 'c d' } }, [starting('spec.selector: Invalid value: "a b"'), starting('spec.selector: Invalid value: "c d"')]],
  ])('%s', (_, fields, expected) => {
    expect(created('services', { spec: { ...spec, ...fields } })).toEqual(expected);
  }); // prettier-ignore
});

describe('an Event', () => {
  const involved = (namespace: string): JsonObject => ({ involvedObject: { namespace } });
  const fresh = { ...involved('default'), eventTime: 'now', reportingInstance: 'i', action: 'a', reason: 'r', reportingComponent: 'c', type: 'Normal' }; // prettier-ignore
  test.each<[string, string, JsonObject, unknown[]]>([
    ['is in the namespace of its object', 'shop', involved('shop'), []],
    ['is in no other', 'shop', involved('default'), ['involvedObject.namespace: Invalid value: "default": does not match event.namespace']],
    ['about a cluster-wide object is in default', 'default', involved(''), []],
    ['about a cluster-wide object may be in kube-system', 'kube-system', involved(''), []],
    ['about a cluster-wide object is nowhere else', 'shop', involved(''), ['involvedObject.namespace: Invalid value: "": does not match event.namespace']],
    ['of the new API is accepted', 'default', fresh, []],
    ['of the new API has an action', 'default', { ...fresh, action: '' }, ['action: Required value']],
    ['of the new API has a controller', 'default', { ...fresh, reportingComponent: '' }, ['reportingController: Required value']],
    ['of the new API has a controller that is a key', 'default', { ...fresh, reportingComponent: 'a b' }, [starting('reportingController: Invalid value: "a b"')]],
    ['of the new API is of one of two types', 'default', { ...fresh, type: 'Odd' }, ['type: Invalid value: "Odd": ']],
    ['of the new API has a message of 1024 bytes', 'default', { ...fresh, message: 'x'.repeat(1024) }, []],
    ['of the new API has no longer message', 'default', { ...fresh, message: 'x'.repeat(1025) }, ['message: Invalid value: "": can have at most 1024 characters']],
  ])('%s', (_, namespace, fields, expected) => {
    expect(created('events', fields, { namespace })).toEqual(expected);
  }); // prettier-ignore
});

describe('other kinds', () => {
  const mebibyte = 1024 * 1024;
  test.each<[string, BuiltInResource | ResourceDefinition, JsonObject, unknown[]]>([
    ['a ConfigMap of one mebibyte', 'configmaps', { data: { a: 'x'.repeat(mebibyte) } }, []],
    ['a ConfigMap that is larger', 'configmaps', { data: { a: 'x'.repeat(mebibyte) }, binaryData: { b: 'AA==' } }, [': Too long: may not be more than 1048576 bytes']],
    ['a Lease', 'leases', { spec: { leaseDurationSeconds: 1, leaseTransitions: 0 } }, []],
    ['a Lease without duration', 'leases', { spec: { leaseDurationSeconds: 0 } }, ['spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0']],
    ['a Lease with less than no transitions', 'leases', { spec: { leaseTransitions: -1 } }, ['spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0']],
    ['a Pod without containers', 'pods', { spec: {} }, ['spec.containers: Required value']],
    ['a slice without a type of addresses', 'endpointslices', {}, ['addressType: Required value']],
    ['a definition, by its own rules', 'customresourcedefinitions', { spec: { versions: [] } }, expect.arrayContaining([starting('spec.scope')]) as unknown[]],
    ['a custom resource, by its definition', drains, { spec: { zone: 'all' } }, ['spec: Invalid value: one zone, not all']],
    ['a Node, which has no rules', 'nodes', {}, []],
  ])('%s', (_, resource, fields, expected) => {
    expect(created(resource, fields)).toEqual(expected);
  }); // prettier-ignore
});

describe('what may not change', () => {
  const metadata = { name: 'a', namespace: 'default', uid: 'u', creationTimestamp: 't' };
  const external = { type: 'ExternalName', externalName: 'a.b', sessionAffinity: 'None' };
  const service = { type: 'ClusterIP', sessionAffinity: 'None', ports: [{ port: 80, protocol: 'TCP' }], clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'] }; // prettier-ignore
  const pod = { containers: [{}] };
  const object = (spec: JsonObject, more: ObjectMeta = {}): KubeObject => ({
    metadata: { ...metadata, ...more },
    spec,
  });
  test.each<[string, BuiltInResource, KubeObject, KubeObject, unknown[]]>([
    ['nothing changed', 'services', object(service), object(service), []],
    ['the uid', 'services', object(service, { uid: 'v' }), object(service), ['metadata.uid: Invalid value: "v": field is immutable']],
    ['the namespace', 'services', object(service, { namespace: 'b' }), object(service), ['metadata.namespace: Invalid value: "b": field is immutable']],
    ['the address of a Service', 'services', object({ ...service, clusterIP: '10.0.0.2', clusterIPs: ['10.0.0.2'] }), object(service), ['spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set']],
    ['the address of what becomes a name', 'services', object(external), object(service), []],
    ['the address of what was a name', 'services', object(service), object({ ...external, clusterIP: '10.0.0.9' }), []],
    ['the node of a Pod', 'pods', object({ ...pod, nodeName: 'b' }), object({ ...pod, nodeName: 'a' }), ['spec: Forbidden: pod updates may not change the node of a scheduled pod']],
    ['the first node of a Pod', 'pods', object({ ...pod, nodeName: 'b' }), object(pod), []],
  ])('%s', (_, resource, after, before, expected) => {
    expect(lines(validateUpdate(storedDefinition(resource), after, before))).toEqual(expected);
  }); // prettier-ignore

  test('the type of addresses of a slice', () => {
    const slice = (addressType: string): KubeObject => ({ metadata, addressType });
    const errors = validateUpdate(storedDefinition('endpointslices'), slice('IPv6'), slice('IPv4'));
    expect(lines(errors)).toEqual(['addressType: Invalid value: "IPv6": field is immutable']);
  });
});
