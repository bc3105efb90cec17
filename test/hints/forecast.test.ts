import { describe, expect, test } from 'vitest';
import { indexClients } from '../../src/hints/demand/clientIndex.js';
import { currentForecast, forecastSlices, NO_TRAFFIC, unsteeredForecast, zoneLayer } from '../../src/hints/forecast.js';
import { READS_ALL, readingOf, withoutNodeHints } from '../../src/kubeproxy/reading.js';
import { summariseCluster } from '../../src/model/cluster.js';
import type {
  EndpointManifest,
  EndpointSliceManifest,
  NodeManifest,
  ServiceManifest,
} from '../../src/model/manifest.js';
import { readNode, type NodeConsumer } from '../../src/model/node.js';
import { readService } from '../../src/model/service.js';
import { readSlice, type SliceRecord } from '../../src/model/slice.js';
import { ep, n1, n2, node, slice } from './planOf.js';

const CLUSTER = summariseCluster([n1, n2].map((node) => readNode(node)));
const OWN_MODE = 'slicehints.io/mode';
const CONTEXT = { service: {}, settings: {}, cluster: CLUSTER, demand: CLUSTER.demand, reading: READS_ALL };
const NOTHING = new Map<SliceRecord, never>();
const forZone = (...names: string[]) => ({ hints: { forZones: names.map((name) => ({ name })) } });
const HINTED = [...ep('a', 1, forZone('a')), ...ep('b', 1, forZone('b'))];
const records = (...slices: EndpointSliceManifest[]): SliceRecord[] => slices.map((each) => readSlice(each));

describe('forecastSlices', () => {
  test.each<[string, EndpointSliceManifest[], number, number]>([
    ['without slices there is no traffic', [], 0, 0],
    ['without endpoints there is no traffic', [slice('x', [])], 0, 0],
    ['without hints half of the traffic leaves its zone', [slice('x', [...ep('a'), ...ep('b')])], 0.5, 1],
    ['with hints for their own zones none does', [slice('x', HINTED)], 1, 1],
    [
      'of two ports the lowest share and the highest load are promised',
      [slice('x', [...ep('a'), ...ep('b')], ['http']), slice('y', [...HINTED, ...ep('a', 1, forZone('a'))], ['grpc'])],
      0.5,
      1.5,
    ],
    [
      'the order of the ports makes no difference',
      [slice('x', [...HINTED, ...ep('a', 1, forZone('a'))], ['http']), slice('y', [...ep('a'), ...ep('b')], ['grpc'])],
      0.5,
      1.5,
    ],
    ['a port without endpoints has no part in it', [slice('x', HINTED), slice('y', [], ['grpc'])], 1, 1],
    ['an address in two slices of a port counts once', [slice('x', [...HINTED, ...ep('a', 1, forZone('a'))]), slice('y', HINTED)], 1, 1.5], // prettier-ignore
  ])('%s', (_, slices, inZoneShare, worstLoad) => {
    const forecast = forecastSlices(records(...slices), NOTHING, CONTEXT);
    expect(forecast.inZoneShare).toBeCloseTo(inZoneShare, 12);
    expect(forecast.worstLoad).toBeCloseTo(worstLoad, 12);
  });

  test('the zones are those of the port with the lowest share', () => {
    const slices = records(slice('x', HINTED), slice('y', [...ep('a'), ...ep('b'), ...ep('b')], ['grpc']));
    expect(forecastSlices(slices, NOTHING, CONTEXT).byZone.map(({ zone, usableEndpoints }) => [zone, usableEndpoints])).toEqual([['a', 3], ['b', 3]]); // prettier-ignore
  });

  test('planned hints go before those of the slice, and slices that are not planned keep theirs', () => {
    const [planned, other] = records(slice('x', [...ep('a'), ...ep('b')]), slice('y', HINTED));
    const hints = new Map([[planned!, [{ forZones: ['a'] }, { forZones: ['b'] }]]]);
    expect(forecastSlices([planned!, other!], NOTHING, CONTEXT).inZoneShare).toBe(0.5);
    expect(forecastSlices([planned!, other!], hints, CONTEXT).inZoneShare).toBe(1);
  });
});

describe('currentForecast', () => {
  function forecast(spec: ServiceManifest['spec'], slices: EndpointSliceManifest[], nodes: NodeManifest[] = [n1, n2]) {
    const cluster = summariseCluster(nodes.map((node) => readNode(node)));
    const all = records(...slices);
    const clients = indexClients(all, (node, own) => cluster.nodeIndex.zoneOfClient(node, own));
    const service = readService({ metadata: { namespace: 'ns', name: 'svc' }, spec: spec ?? null });
    return currentForecast({ service, slices: all, cluster, clients, settings: { demand: 'cpu', measuredFactor: 4 } });
  }
  const ipv6 = (name: string): EndpointSliceManifest => ({
    ...slice(name, [{ addresses: ['fd00::1'], conditions: { ready: true }, zone: 'a' }]),
    addressType: 'IPv6',
  });
  const names: EndpointSliceManifest = { ...slice('n', [{ addresses: ['db.example.com'] }]), addressType: 'FQDN' };

  test('has one entry for each address type, sorted, each with the slices of its own', () => {
    const entries = forecast({}, [ipv6('y'), names, slice('x', HINTED), ipv6('z')]);
    expect(entries.map(({ addressType, inZoneShare }) => [addressType, inZoneShare])).toEqual([
      ['FQDN', 0],
      ['IPv4', 1],
      ['IPv6', 0.5],
    ]);
    expect(entries[0]).toEqual({ addressType: 'FQDN', ...NO_TRAFFIC });
  });

  test('promises nothing of traffic that hints do not steer, but for names, which have none', () => {
    const entries = forecast({ clusterIP: 'None' }, [slice('x', HINTED), names]);
    expect(entries).toEqual([{ addressType: 'FQDN', ...NO_TRAFFIC }, unsteeredForecast('IPv4')]);
    expect(entries[1]).toMatchObject({ steered: false, inZoneShare: 0, worstLoad: 0, byZone: [] });
  });

  test('is that of traffic from inside where only external traffic stays on its node', () => {
    expect(forecast({ externalTrafficPolicy: 'Local' }, [slice('x', HINTED)])).toMatchObject([{ inZoneShare: 1 }]);
  });

  test('goes by what reads hints on the nodes', () => {
    const windows = (node: NodeManifest): NodeManifest => ({
      ...node,
      metadata: { ...node.metadata, labels: { ...node.metadata?.labels, 'kubernetes.io/os': 'windows' } },
    });
    expect(forecast({}, [slice('x', HINTED)], [n1, n2].map(windows))).toMatchObject([{ inZoneShare: 0.5 }]);
  });

  test('does not depend on the order of the slices', () => {
    const slices = [slice('x', [...ep('a', 1, forZone('b'))]), slice('y', HINTED), ipv6('z')];
    expect(forecast({}, [...slices].reverse())).toEqual(forecast({}, slices));
  });
});

describe('node hints beside zone hints', () => {
  const nodes = [n1, n2, node('n3', 'a', '4')];
  const named = (zone: string, nodeName: string) =>
    ep(zone, 1, { hints: { forZones: [{ name: zone }], forNodes: [{ name: nodeName }] } });
  /** What serves n3, in zone a, is in zone b; by zones alone it would use what is in its own. */
  const crossing = [...named('a', 'n1'), ...named('b', 'n2'), ...named('b', 'n3')];

  function forecast(annotations: Record<string, string>, slices: EndpointSliceManifest[], consumer?: NodeConsumer) {
    const cluster = summariseCluster(nodes.map((each) => readNode(each)));
    const all = records(...slices);
    const clients = indexClients(all, (name, own) => cluster.nodeIndex.zoneOfClient(name, own));
    const service = readService({ metadata: { namespace: 'ns', name: 'svc', annotations } });
    const settings = { demand: 'cpu', measuredFactor: 4, ...(consumer === undefined ? {} : { consumer }) } as const;
    return currentForecast({ service, slices: all, cluster, clients, settings })[0];
  }

  test.each<[string, Record<string, string>, EndpointManifest[], boolean]>([
    ['the figures without them are there in mode balanced', { [OWN_MODE]: 'balanced' }, crossing, true],
    ['and in mode auto, which may be balanced', { [OWN_MODE]: 'auto' }, crossing, true],
    ['not in another mode', { [OWN_MODE]: 'same-node' }, crossing, false],
    ['not without a mode', {}, crossing, false],
    ['not where no node is named', { [OWN_MODE]: 'balanced' }, HINTED, false],
    ['not without hints', { [OWN_MODE]: 'balanced' }, [...ep('a'), ...ep('b')], false],
    ['not without endpoints', { [OWN_MODE]: 'balanced' }, [], false],
  ])('%s', (_, annotations, endpoints, isThere) => {
    const found = forecast(annotations, [slice('x', endpoints)]);
    expect(found?.withoutNodeHints !== undefined).toBe(isThere);
    if (isThere) {
      expect(found?.inZoneShare).toBeCloseTo(2 / 3, 12);
      expect(found?.withoutNodeHints?.inZoneShare).toBeCloseTo(1, 12);
      expect(found?.withoutNodeHints?.worstLoad).toBeCloseTo(2, 12);
    }
  });

  test('the figures without them are the worst of all ports', () => {
    const slices = [slice('x', crossing), slice('y', [...ep('a'), ...ep('b')], ['grpc'])];
    expect(forecast({ [OWN_MODE]: 'balanced' }, slices)?.withoutNodeHints).toEqual({
      inZoneShare: expect.closeTo(1 / 2, 12),
      worstLoad: expect.closeTo(2, 12),
    });
  });

  describe('where nodes heed different hints', () => {
    const windows = node('w', 'b', '4', { 'kubernetes.io/os': 'windows' });
    const cluster = summariseCluster([...nodes, windows].map((each) => readNode(each)));
    const service = readService({
      metadata: { namespace: 'ns', name: 'svc', annotations: { [OWN_MODE]: 'balanced' } },
    });
    const reading = readingOf(service, cluster.consumers, undefined);
    const context = { ...CONTEXT, cluster, demand: cluster.demand, reading };
    const without = (slices: SliceRecord[], planned: Parameters<typeof forecastSlices>[1] = NOTHING) => {
      const { inZoneShare, worstLoad } = forecastSlices(slices, planned, {
        ...context,
        reading: withoutNodeHints(reading),
      });
      return { withoutNodeHints: { inZoneShare, worstLoad } };
    };
    const layerOf = (slices: SliceRecord[], planned: Parameters<typeof forecastSlices>[1] = NOTHING) =>
      zoneLayer(slices, planned, forecastSlices(slices, planned, context), context);

    test('they do', () => expect(reading.uniform).toBeUndefined());

    test.each<[string, EndpointManifest[][], boolean]>([
      ['the figures without node hints are there where a node is named', [crossing], true],
      ['also where one of two slices has no endpoint', [[], crossing], true],
      ['not where none is named', [HINTED], false],
      ['not without endpoints', [[]], false],
      ['not without hints', [[...ep('a'), ...ep('b')]], false],
    ])('%s', (_, endpoints, isThere) => {
      const slices = records(...endpoints.map((each, i) => slice(`s${i}`, each)));
      expect(layerOf(slices)).toEqual(isThere ? without(slices) : {});
      if (isThere)
        expect(layerOf(slices).withoutNodeHints?.inZoneShare).not.toBe(
          forecastSlices(slices, NOTHING, context).inZoneShare,
        );
    });

    test('what is planned counts, not what is there', () => {
      const [bare, named_] = [records(slice('x', [...ep('a'), ...ep('b')])), records(slice('x', crossing))];
      const naming = new Map([
        [
          bare[0]!,
          [
            { forZones: ['a'], forNodes: ['n1'] },
            { forZones: ['b'], forNodes: ['n2'] },
          ],
        ],
      ]);
      expect(layerOf(bare, naming)).toEqual(without(bare, naming));
      expect(
        layerOf(named_, new Map([[named_[0]!, [{ forZones: ['a'] }, { forZones: ['b'] }, { forZones: ['b'] }]]])),
      ).toEqual({});
    });
  });
});
