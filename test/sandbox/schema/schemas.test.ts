import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/sandbox/schema/kubeObject.js';
import { decode } from '../../../src/sandbox/schema/schema.js';
import type { ObjectSchema } from '../../../src/sandbox/schema/schema.js';
import * as schemas from '../../../src/sandbox/schema/schemas.js';

const noTimes = { eventTime: null };

describe('an empty object of a kind is stored', () => {
  test.each<[string, ObjectSchema, JsonObject]>([
    ['Namespace', schemas.namespaceSchema, { spec: {}, status: {} }],
    ['Service', schemas.serviceSchema, { spec: {}, status: { loadBalancer: {} } }],
    ['EndpointSlice', schemas.endpointSliceSchema, { addressType: '', endpoints: null, ports: null }],
    ['ConfigMap', schemas.configMapSchema, {}],
    ['Lease', schemas.leaseSchema, { spec: {} }],
    ['Event', schemas.coreEventSchema, { ...noTimes, involvedObject: {}, source: {}, firstTimestamp: null, lastTimestamp: null, reportingComponent: '', reportingInstance: '' }],
    ['Event of events.k8s.io', schemas.eventSchema, { ...noTimes, regarding: {}, deprecatedSource: {}, deprecatedFirstTimestamp: null, deprecatedLastTimestamp: null }],
    ['Pod', schemas.podSchema, { spec: { containers: null }, status: {} }],
    ['MutatingAdmissionPolicy', schemas.admissionPolicySchema, { spec: {} }],
    ['MutatingAdmissionPolicyBinding', schemas.admissionPolicyBindingSchema, { spec: {} }],
    ['CustomResourceDefinition', schemas.customResourceDefinitionSchema, { spec: { group: '', names: { plural: '', kind: '' }, scope: '' }, status: { conditions: null, acceptedNames: { plural: '', kind: '' }, storedVersions: null } }],
  ])('%s', (_, schema, expected) => {
    expect(decode({}, schema, '').object).toEqual(expected);
  }); // prettier-ignore
});

describe('fields as the Go types have them', () => {
  test.each<[string, ObjectSchema, JsonObject, JsonObject]>([
    ['type and metadata of every kind', schemas.configMapSchema, { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a', labels: {}, odd: 1 } }, { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a' } }],
    ['a condition that is false stays', schemas.endpointSliceSchema, { endpoints: [{ addresses: ['a'], conditions: { ready: false } }] }, { endpoints: [{ addresses: ['a'], conditions: { ready: false } }] }],
    ['a hint without zones is an empty hint', schemas.endpointSliceSchema, { endpoints: [{ addresses: ['a'], conditions: {}, hints: { forZones: [] } }] }, { endpoints: [{ addresses: ['a'], conditions: {}, hints: {} }] }],
    ['an immutable false stays, empty data goes', schemas.configMapSchema, { immutable: false, data: {} }, { immutable: false }],
    ['a node that is schedulable has no mark', schemas.nodeSchema, { spec: { unschedulable: false } }, { spec: {} }],
    ['a Lease without holder keeps the empty name', schemas.leaseSchema, { spec: { holderIdentity: '', leaseTransitions: 0 } }, { spec: { holderIdentity: '', leaseTransitions: 0 } }],
    ['a Pod keeps fields that are not named here', schemas.podSchema, { spec: { containers: [], priorityClassName: 'a' } }, { spec: { containers: null, priorityClassName: 'a' } }],
    ['a Service does not', schemas.serviceSchema, { spec: { priorityClassName: 'a' } }, { spec: {} }],
  ])('%s', (_, schema, object, expected) => {
    expect(decode(object, schema, '', false).object).toEqual(expected);
  }); // prettier-ignore
});

describe('lists are found by', () => {
  const list = (schema: ObjectSchema, ...path: string[]): unknown =>
    path.reduce<unknown>((at, step) => (at as ObjectSchema).fields.get(step), schema);
  test.each<[string, unknown, object]>([
    ['port and protocol in a Service, where a patch needs the port alone', list(schemas.serviceSchema, 'spec', 'ports'), { keys: ['port', 'protocol'], keyDefaults: { protocol: 'TCP' }, mergeKey: 'port' }],
    ['the type of a condition', list(schemas.nodeSchema, 'status', 'conditions'), { keys: ['type'], mergeKey: 'type' }],
    ['the name of a container', list(schemas.podSchema, 'spec', 'containers'), { keys: ['name'], mergeKey: 'name' }],
    ['the uid of an owner', list(schemas.metadataSchema, 'ownerReferences'), { keys: ['uid'] }],
    ['their values: finalizers', list(schemas.metadataSchema, 'finalizers'), { set: true }],
    ['nothing: endpoints are one value', list(schemas.endpointSliceSchema, 'endpoints'), { keys: undefined, set: false, mergeKey: undefined }],
  ])('%s', (_, schema, expected) => {
    expect(schema).toMatchObject(expected);
  }); // prettier-ignore
});
