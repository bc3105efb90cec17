import { describe, expect, test } from 'vitest';
import { targetText, viewNodes, type NodeView, type ViewInput } from '../../src/kubeproxy/view.js';
import { viewEndpoint, viewNode, viewService, viewSlice } from '../support/viewCluster.js';

const nodes = [viewNode('n2', 'b'), viewNode('n1', 'a', '192.168.0.1'), viewNode('n3')];
const hinted = viewSlice('svc1', [
  viewEndpoint('10.180.0.2', 'n2', { zones: ['b'] }),
  viewEndpoint('10.180.0.1', 'n1', { zones: ['a'] }),
]);

function show(input: Partial<ViewInput>): NodeView[] {
  return viewNodes({ services: [viewService('svc1')], endpointSlices: [hinted], nodes, ...input });
}

/** Node → what new connections to the first Service port do. */
function routes(views: NodeView[]): Record<string, string> {
  return Object.fromEntries(
    views.map(({ name, ports }) => {
      const { action, endpoints } = ports[0]!.clusterTraffic;
      return [name, [action, ...endpoints.map(({ address, port, probability }) => `${address}:${port}=${probability}`)].join(' ')]; // prettier-ignore
    }),
  );
}

describe('viewNodes', () => {
  test('every node uses what the hints leave it, with equal chances, nodes sorted by name', () => {
    expect(Object.entries(routes(show({})))).toEqual([
      ['n1', 'forward 10.180.0.1:80=1'],
      ['n2', 'forward 10.180.0.2:80=1'],
      ['n3', 'forward 10.180.0.1:80=0.5 10.180.0.2:80=0.5'],
    ]);
  });

  test('nodes that do the same with a port share one object, those that do not have their own', () => {
    const many = [...nodes, viewNode('n4', 'a'), viewNode('n5', 'c')];
    const [n1, n2, n3, n4, n5] = show({ nodes: many }).map(({ ports }) => ports[0]);
    expect([n1 === n4, n3 === n5, n1 === n2, n1 === n3]).toEqual([true, true, false, false]);
    const services = [viewService('svc1', { internalTrafficPolicy: 'Local' })];
    const local = show({ nodes: many, services }).map(({ ports }) => ports[0]);
    expect([local[0] === local[1], local[0] === local[3], local[2] === local[4]]).toEqual([false, false, true]);
  });

  test('pods and the node itself reach a Service of externalTrafficPolicy Local as hints have it', () => {
    const ports = [{ name: 'p80', port: 80, nodePort: 30080 }];
    const [, n2, n3] = show({ services: [viewService('svc1', { externalTrafficPolicy: 'Local', ports })] });
    expect([n2!.ports[0]!.nodePort?.routing.policy, n3!.ports[0]!.nodePort?.routing.action]).toEqual(['Local', 'drop']);
    expect(n3!.ports[0]!.shortCircuit?.endpoints).toHaveLength(2);
    expect(show({ services: [viewService('svc1', { ports })] })[0]!.ports[0]!.shortCircuit).toBeUndefined();
  });

  test('a node whose consumer ignores the hints uses all, and the override goes before the Node object', () => {
    const windows = { ...viewNode('n1', 'a'), metadata: { name: 'n1', labels: { 'topology.kubernetes.io/zone': 'a', 'kubernetes.io/os': 'windows' } } }; // prettier-ignore
    const views = show({ nodes: [windows, viewNode('n2', 'b')] });
    expect(views.map(({ consumer }) => consumer)).toEqual(['kube-proxy-windows', 'kube-proxy']);
    expect(routes(views)).toEqual({ n1: 'forward 10.180.0.1:80=0.5 10.180.0.2:80=0.5', n2: 'forward 10.180.0.2:80=1' });
    expect(routes(show({ nodes: [windows], consumer: 'kube-proxy' }))).toEqual({ n1: 'forward 10.180.0.1:80=1' });
  });

  test('without hints every node uses all', () => {
    const views = show({ withoutHints: true });
    expect(new Set(Object.values(routes(views)))).toEqual(new Set(['forward 10.180.0.1:80=0.5 10.180.0.2:80=0.5']));
    expect(views[0]!.ports[0]!.hints).toEqual({ forZones: false, forNodes: false });
  });

  test('slices are joined by port name and protocol, and each port is decided by itself', () => {
    const services = [
      viewService('svc1', {
        ports: [
          { name: 'p80', port: 80 },
          { name: 'dns', port: 53, protocol: 'UDP' },
        ],
      }),
    ];
    const dns = {
      ...viewSlice('svc1', [viewEndpoint('10.180.0.3', 'n3')], [{ name: 'dns', port: 5353, protocol: 'UDP' }]),
    };
    const tcp = viewSlice('svc1', [viewEndpoint('10.180.0.4', 'n3')], [{ name: 'dns', port: 5353, protocol: 'TCP' }]);
    const [n1] = show({ services, endpointSlices: [hinted, dns, tcp] });
    const shown = n1!.ports.map(({ portName, clusterTraffic }) => [portName, clusterTraffic.endpoints.map(({ address, port }) => targetText(address, port))]); // prettier-ignore
    expect(shown).toEqual([
      ['p80', ['10.180.0.1:80']],
      ['dns', ['10.180.0.3:5353']],
    ]);
  });

  test('an endpoint in two slices counts once', () => {
    const [n1] = show({ endpointSlices: [hinted, { ...hinted, metadata: { ...hinted.metadata, name: 'svc1-2' } }] });
    expect(n1!.ports[0]!.clusterTraffic.endpoints).toHaveLength(1);
  });

  test('each address family is a Service port of its own', () => {
    const services = [viewService('svc1', { clusterIP: '172.30.0.41', clusterIPs: ['172.30.0.41', 'fd00::41'] })];
    const six = viewSlice('svc1', [viewEndpoint('fd00::1', 'n1')], undefined, 'IPv6');
    const [n1] = show({ services, endpointSlices: [hinted, six] });
    expect(n1!.ports.map(({ family, clusterIP }) => [family, clusterIP])).toEqual([
      ['IPv4', '172.30.0.41'],
      ['IPv6', 'fd00::41'],
    ]);
    expect(targetText('fd00::1', 80)).toBe('[fd00::1]:80');
  });

  test.each([
    ['headless', viewService('svc1', { clusterIP: 'None' })],
    ['an ExternalName', viewService('svc1', { type: 'ExternalName', clusterIP: '' })],
    ["another proxy's", { ...viewService('svc1'), metadata: { namespace: 'ns1', name: 'svc1', labels: { 'service.kubernetes.io/service-proxy-name': 'x' } } }], // prettier-ignore
  ])('a Service that is %s is not served', (_, service) => {
    expect(show({ services: [service] })[0]!.ports).toEqual([]);
  });

  test('a Service without an address yet has the families of its slices', () => {
    const [n1] = show({ services: [viewService('svc1', { clusterIP: '' })] });
    expect(n1!.ports.map(({ family, clusterIP }) => [family, clusterIP])).toEqual([['IPv4', '']]);
  });

  test('policy Local takes what is on the node, hints or not; without any it drops, and without endpoints it rejects', () => {
    const services = [viewService('svc1', { internalTrafficPolicy: 'Local' })];
    expect(routes(show({ services }))).toEqual({
      n1: 'forward 10.180.0.1:80=1',
      n2: 'forward 10.180.0.2:80=1',
      n3: 'drop',
    });
    expect(routes(show({ services, endpointSlices: [] }))).toMatchObject({ n1: 'reject', n3: 'reject' });
  });

  test('a node port has a policy of its own', () => {
    const services = [
      viewService('svc1', { ports: [{ name: 'p80', port: 80, nodePort: 30080 }], externalTrafficPolicy: 'Local' }),
    ];
    const views = show({ services });
    expect(views.map(({ ports }) => ports[0]!.nodePort!.routing.action)).toEqual(['forward', 'forward', 'drop']);
    expect(views[2]!.ports[0]!.clusterTraffic.action).toBe('forward');
  });

  test('while nothing is ready, what terminates but serves is used, everywhere and locally', () => {
    const leaving = { ready: false, serving: true, terminating: true };
    const slice = viewSlice('svc1', [
      viewEndpoint('10.180.0.1', 'n1', { zones: ['a'] }, leaving),
      viewEndpoint('10.180.0.2', 'n2', { zones: ['b'] }, { ready: false, serving: false, terminating: true }),
    ]);
    expect(routes(show({ endpointSlices: [slice] }))).toMatchObject({ n2: 'forward 10.180.0.1:80=1' });
    const services = [viewService('svc1', { internalTrafficPolicy: 'Local' })];
    expect(routes(show({ services, endpointSlices: [slice] }))).toEqual({ n1: 'forward 10.180.0.1:80=1', n2: 'drop', n3: 'drop' }); // prettier-ignore
  });
});
