import { describe, expect, test } from 'vitest';
import { ageOf, columnsOf } from '../../../src/sandbox/wire/tableColumns.js';
import type { JsonObject, KubeObject, ObjectMeta } from '../../../src/sandbox/schema/kubeObject.js';
import { builtInDefinitions, storedDefinition } from '../../../src/sandbox/schema/resources.js';
import type { BuiltInResource } from '../../../src/sandbox/schema/resources.js';
import { resourceOf } from '../../../src/sandbox/schema/custom/definition.js';
import { FakeClock } from '../../support/fakeClock.js';
import { definitionOf } from '../schema/custom/drains.js';

const clock = new FakeClock();
const ago = (seconds: number): string => new Date(clock.wallMs() - seconds * 1000).toISOString();

/** One cell of a row. */
function cell(resource: BuiltInResource, name: string, fields: JsonObject, metadata: ObjectMeta = {}): unknown {
  const column = columnsOf(storedDefinition(resource)).find((one) => one.name === name);
  return column?.cell({ metadata: { name: 'a', ...metadata }, ...fields }, clock);
}

describe('an age', () => {
  const [minute, hour, day] = [60, 3600, 86_400];
  const year = 365 * day;
  test.each<[number, string]>([
    [-2, '<invalid>'],
    [-1, '0s'],
    [0, '0s'],
    [119, '119s'],
    [2 * minute, '2m'],
    [3 * minute + 12, '3m12s'],
    [10 * minute + 5, '10m'],
    [3 * hour - 1, '179m'],
    [3 * hour, '3h'],
    [4 * hour + 5 * minute, '4h5m'],
    [8 * hour + 5 * minute, '8h'],
    [2 * day - 1, '47h'],
    [2 * day, '2d'],
    [3 * day + 4 * hour, '3d4h'],
    [8 * day + 4 * hour, '8d'],
    [2 * year - 1, '729d'],
    [2 * year, '2y'],
    [3 * year + 5 * day, '3y5d'],
    [8 * year + 5 * day, '8y'],
  ])('of %i s is %s', (seconds, text) => {
    expect(ageOf(ago(seconds), clock)).toBe(text);
  });

  test.each([undefined, '', 'soon'])('of %j is unknown', (text) => {
    expect(ageOf(text, clock)).toBe('<unknown>');
  });
});

describe('a cell', () => {
  const ports = (...numbers: number[]): JsonObject => ({ ports: numbers.map((port) => ({ port })) });
  const condition = (status: string): JsonObject => ({ status: { conditions: [{ type: 'Ready', status }] } });
  const addresses = { status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] } };
  const pod = { spec: { containers: [{}, {}] }, status: { containerStatuses: [{ ready: true, restartCount: 2 }, { ready: false, restartCount: 1 }] } }; // prettier-ignore
  test.each<[string, BuiltInResource, string, JsonObject, unknown, ObjectMeta?]>([
    ['of three ports', 'endpointslices', 'Ports', ports(1, 2, 3), '1,2,3'],
    ['of more ports', 'endpointslices', 'Ports', ports(1, 2, 3, 4, 5), '1,2,3 + 2 more...'],
    ['of no ports', 'endpointslices', 'Ports', {}, '<unset>'],
    ['of a port without number', 'endpointslices', 'Ports', { ports: [{}] }, '*'],
    ['of addresses', 'endpointslices', 'Endpoints', { endpoints: [{ addresses: ['a'] }, { addresses: ['b', 'c'] }] }, 'a,b,c'],
    ['of no addresses', 'endpointslices', 'Endpoints', {}, '<unset>'],
    ['of a Service without address', 'services', 'Cluster-IP', {}, '<none>'],
    ['of a name outside', 'services', 'External-IP', { spec: { type: 'ExternalName', externalName: 'a.b' } }, 'a.b'],
    ['of a load balancer that waits', 'services', 'External-IP', { spec: { type: 'LoadBalancer' } }, '<pending>'],
    ['of a load balancer', 'services', 'External-IP', { spec: { type: 'LoadBalancer', externalIPs: ['1.1.1.1'] }, status: { loadBalancer: { ingress: [{ ip: '2.2.2.2' }, { hostname: 'a.b' }] } } }, '2.2.2.2,a.b,1.1.1.1'],
    ['of no address outside', 'services', 'External-IP', { spec: { type: 'ClusterIP' } }, '<none>'],
    ['of ports of a Service', 'services', 'Port(s)', { spec: { ports: [{ port: 80, protocol: 'TCP' }, { port: 53, nodePort: 30053, protocol: 'UDP' }] } }, '80/TCP,53:30053/UDP'],
    ['of no ports of a Service', 'services', 'Port(s)', {}, '<none>'],
    ['of a selector, in order', 'services', 'Selector', { spec: { selector: { b: '2', a: '1' } } }, 'a=1,b=2'],
    ['of no selector', 'services', 'Selector', {}, '<none>'],
    ['of a node that is ready', 'nodes', 'Status', condition('True'), 'Ready'],
    ['of a node that is not', 'nodes', 'Status', condition('Unknown'), 'NotReady'],
    ['of a node that is cordoned', 'nodes', 'Status', { ...condition('True'), spec: { unschedulable: true } }, 'Ready,SchedulingDisabled'],
    ['of a node without conditions', 'nodes', 'Status', {}, 'Unknown'],
    ['of roles, in order', 'nodes', 'Roles', {}, 'etcd,worker', { labels: { 'node-role.kubernetes.io/worker': '', 'kubernetes.io/role': 'etcd', other: 'x' } }],
    ['of no role', 'nodes', 'Roles', {}, '<none>'],
    ['of an address inside', 'nodes', 'Internal-IP', addresses, '10.0.0.1'],
    ['of no address outside of a node', 'nodes', 'External-IP', addresses, '<none>'],
    ['of ready containers', 'pods', 'Ready', pod, '1/2'],
    ['of restarts', 'pods', 'Restarts', pod, '3'],
    ['of keys', 'configmaps', 'Data', { data: { a: '', b: '' }, binaryData: { c: '' } }, 3],
    ['of no keys', 'configmaps', 'Data', {}, 0],
    ['of the object of an Event', 'events', 'Object', { involvedObject: { kind: 'Service', name: 'cart' } }, 'service/cart'],
    ['of an object without name', 'events', 'Object', { involvedObject: { kind: 'Node' } }, 'node'],
    ['of the source of an Event', 'events', 'Source', { source: { component: 'a', host: 'h' } }, 'a, h'],
    ['of the reporter of an Event', 'events', 'Source', { reportingComponent: 'a' }, 'a'],
    ['of a series', 'events', 'Last Seen', { series: { lastObservedTime: ago(5) }, lastTimestamp: ago(60) }, '5s'],
    ['of the last time', 'events', 'Last Seen', { lastTimestamp: ago(60), eventTime: ago(90) }, '60s'],
    ['of the only time', 'events', 'First Seen', { eventTime: ago(90) }, '90s'],
    ['of a count', 'events', 'Count', { count: 2, series: { count: 7 } }, 7],
    ['of no count', 'events', 'Count', {}, 1],
    ['of a message', 'events', 'Message', { message: ' text\n' }, 'text'],
    ['of an age', 'leases', 'Age', {}, '30s', { creationTimestamp: ago(30) }],
    ['of no parameters', 'mutatingadmissionpolicies', 'ParamKind', {}, '<unset>'],
  ])('%s', (_, resource, name, fields, expected, metadata) => {
    expect(cell(resource, name, fields, metadata)).toEqual(expected);
  }); // prettier-ignore
});

test('each resource has a name and something more, in columns of different names', () => {
  for (const definition of builtInDefinitions) {
    const names = columnsOf(definition).map(({ name }) => name);
    expect(names).toContain('Name');
    expect(names.length).toBeGreaterThan(1);
    expect(new Set(names).size).toBe(names.length);
  }
});

describe('a column of a definition', () => {
  const object: KubeObject = { metadata: { name: 'd', creationTimestamp: ago(60) }, spec: { zone: 'a', share: 2, none: null, list: [1] } }; // prettier-ignore
  const cellOf = (type: string, jsonPath: string): unknown => {
    const definition = resourceOf(definitionOf({ additionalPrinterColumns: [{ name: 'C', type, jsonPath }] }));
    return columnsOf(definition)[1]?.cell(object, clock);
  };
  test.each<[string, string, unknown]>([
    ['string', '.spec.zone', 'a'],
    ['string', '.spec.list', '[1]'],
    ['integer', '.spec.share', 2],
    ['date', '.metadata.creationTimestamp', '60s'],
    ['date', '.spec.share', '<invalid>'],
    ['string', '.spec.none', null],
    ['string', '.spec.absent', null],
  ])('of type %s at %s', (type, path, expected) => {
    expect(cellOf(type, path)).toEqual(expected);
  });

  test('is described by its path where it has no description', () => {
    const columns = [{ name: 'Z', type: 'string', jsonPath: '.spec.zone' }, { name: 'D', description: 'text', jsonPath: '.a' }]; // prettier-ignore
    const [name, ...more] = columnsOf(resourceOf(definitionOf({ additionalPrinterColumns: columns })));
    expect(name?.name).toBe('Name');
    expect(more.map(({ description }) => description)).toEqual([
      'Custom resource definition column (in JSONPath format): .spec.zone',
      'text',
    ]);
  });
});
