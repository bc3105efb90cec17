import { describe, expect, test } from 'vitest';
import { loadOfPort, portsOfService, ServiceTraffic, sortedByName } from '../../../src/analysis/audit/ports.js';
import { indexClients } from '../../../src/hints/demand/clientIndex.js';
import { Scratch } from '../../../src/hints/scratch.js';
import { DEFAULT_SETTINGS } from '../../../src/hints/settings.js';
import { summariseCluster } from '../../../src/model/cluster.js';
import { readNode } from '../../../src/model/node.js';
import { readService } from '../../../src/model/service.js';
import { readSlice, type SliceRecord } from '../../../src/model/slice.js';
import { autoService, nodeManifest, sliceManifest, type VectorEndpoint } from '../../support/vectors.js';

const cluster = summariseCluster(
  ['a1', 'b1'].map((name) =>
    readNode(nodeManifest({ name, labels: { 'topology.kubernetes.io/zone': name[0]! }, cpu: '4', ready: 'True' })),
  ),
);

/** @param ports by name; each has all endpoints */
function slice(
  name: string,
  endpoints: readonly VectorEndpoint[],
  { ports = ['http'], addressType = 'IPv4' } = {},
): SliceRecord {
  // prettier-ignore
  const manifest = sliceManifest({ name, endpoints: [...endpoints] }, 'svc', addressType);
  return readSlice({ ...manifest, ports: ports.map((port) => ({ name: port, port: 80 })) });
}

const traffic = (settings = {}, slices: readonly SliceRecord[] = []): ServiceTraffic =>
  new ServiceTraffic({
    service: readService(autoService({})),
    cluster,
    clients: indexClients(slices, (node) => cluster.nodeIndex.zoneOf(node)),
    settings: { ...DEFAULT_SETTINGS, ...settings },
    scratch: new Scratch(),
  });

const A: VectorEndpoint = { address: '10.0.0.1', node: 'a1', zone: 'a', ready: true };
const B: VectorEndpoint = { address: '10.0.0.2', node: 'b1', zone: 'b', ready: true };

describe('the ports of a Service', () => {
  test.each<[string, SliceRecord[], [string, number[]][]]>([
    ['slices with one port are one', [slice('s1', [A]), slice('s2', [B])], [['IPv4', [0, 1]]]],
    ['each address type has its own', [slice('s1', [A]), slice('s2', [{ ...B, address: 'fd00::2' }], { addressType: 'IPv6' })], [['IPv4', [0]], ['IPv6', [1]]]], // prettier-ignore
    ['of FQDN there are none, as no proxy serves it', [slice('s1', [{ address: 'a.example' }], { addressType: 'FQDN' })], []], // prettier-ignore
    ['slices that share no port are apart', [slice('s1', [A], { ports: ['grpc'] }), slice('s2', [B], { ports: ['http'] })], [['IPv4', [0]], ['IPv4', [1]]]], // prettier-ignore
    ['there are none without slices', [], []],
  ])('%s', (_, slices, ports) => {
    expect(portsOfService(slices).map((port) => [port.addressType, [...port.slices]])).toEqual(ports);
  });

  test('are found in slices by name', () => {
    const slices = [slice('s2', [A]), slice('s1', [B])];
    expect(sortedByName(slices).map(({ name }) => name)).toEqual(['s1', 's2']);
    expect(slices.map(({ name }) => name)).toEqual(['s2', 's1']);
  });
});

describe('what the nodes do with one port', () => {
  const load = (endpoints: readonly VectorEndpoint[]): unknown => {
    const slices = [slice('s', endpoints)];
    const { endpoints: taken, inZone, busiest } = loadOfPort({ addressType: 'IPv4', slices: [0] }, slices, traffic());
    return [taken.map(({ address }) => address), inZone, busiest];
  };

  test.each<[string, VectorEndpoint[], unknown]>([
    ['without hints all share the traffic evenly', [A, B], [['10.0.0.1', '10.0.0.2'], 0.5, 1]],
    ['with hints each zone keeps its own', [{ ...A, forZones: ['a'] }, { ...B, forZones: ['b'] }], [['10.0.0.1', '10.0.0.2'], 1, 1]], // prettier-ignore
    ['one endpoint that two zones name has both', [{ ...A, forZones: ['a', 'b'] }, { ...B, forZones: ['c'] }], [['10.0.0.1', '10.0.0.2'], 0.5, 2]], // prettier-ignore
    ['an endpoint that is not ready takes none', [A, { ...B, ready: false }], [['10.0.0.1'], 0.5, 1]],
    ['nothing is loaded where no endpoint takes traffic', [{ ...A, ready: false }], [[], 0, 0]],
  ])('%s', (_, endpoints, expected) => {
    expect(load(endpoints)).toEqual(expected);
  });

  test('only the slices of the port count', () => {
    const slices = [slice('s1', [A]), slice('s2', [B])];
    const port = { addressType: 'IPv4', slices: [1] };
    expect(loadOfPort(port, slices, traffic()).endpoints.map(({ address }) => address)).toEqual(['10.0.0.2']);
  });
});

test('the demand and the reading of a Service are worked out once', () => {
  const one = traffic({ demand: 'endpoints' }, [slice('s', [A, B])]);
  expect(one.demand('IPv4')).toBe(one.demand('IPv4'));
  expect(one.demand('IPv6')).not.toBe(one.demand('IPv4'));
  expect(one.reading).toBe(one.reading);
  expect(one.cluster).toBe(cluster);
});
