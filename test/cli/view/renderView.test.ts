import { describe, expect, test } from 'vitest';
import { iptablesChain, nftName, shortHash } from '../../../src/cli/view/chainNames.js';
import { diffLines } from '../../../src/cli/view/lineDiff.js';
import { runView, type RunViewInput } from '../../../src/cli/view/renderView.js';
import type { ServiceManifest } from '../../../src/model/manifest.js';
import { viewEndpoint, viewNode, viewService, viewSlice } from '../../support/viewCluster.js';

const nodes = [viewNode('n1', 'a', '192.168.0.1'), viewNode('n2', 'a'), viewNode('n3', 'b'), viewNode('n4')];
const slice = viewSlice('svc1', [
  viewEndpoint('10.180.0.1', 'n1', { zones: ['a'] }),
  viewEndpoint('10.180.0.2', 'n2', { zones: ['a'] }),
  viewEndpoint('10.180.0.3', 'n3', { zones: ['b'] }),
]);

function view(change: Partial<RunViewInput> = {}): string {
  const pieces = runView({
    services: [viewService('svc1')],
    endpointSlices: [slice],
    nodes,
    format: 'table',
    diff: false,
    paint: (_, text) => text,
    ...change,
  });
  return [...pieces].join('');
}

const withoutNotes = (text: string): string => text.replace(/\n(# )?This is what kube-proxy[^]*$/, '');
const affine: ServiceManifest = viewService('svc1', { sessionAffinity: 'ClientIP', ports: [{ name: 'p80', port: 80, nodePort: 30080 }] }); // prettier-ignore

/** A Service with an external address, a load balancer that kube-proxy serves, and one that serves itself. */
function balanced(spec: ServiceManifest['spec']): ServiceManifest {
  const ingress = [{ ip: '203.0.113.9' }, { ip: '203.0.113.10', ipMode: 'Proxy' }];
  return { ...viewService('svc1', { externalIPs: ['198.51.100.7'], ...spec }), status: { loadBalancer: { ingress } } };
}

describe('names of chains', () => {
  // From Kubernetes' own unit tests and from clusters: default/kubernetes:https is NPX46… everywhere.
  test.each([
    [iptablesChain('SVC', 'default/kubernetes:https', 'TCP'), 'KUBE-SVC-NPX46M4PTMTKRN6Y'],
    [iptablesChain('SVC', 'kube-system/kube-dns:dns', 'UDP'), 'KUBE-SVC-TCOU7JCQXEZGVUNU'],
    [iptablesChain('SVC', 'ns1/svc1:p80', 'TCP'), 'KUBE-SVC-XPGD46QRK7WJZT7O'],
    [iptablesChain('SEP', 'ns1/svc1:p80', 'TCP', '10.180.0.1:80'), 'KUBE-SEP-SXIVWICOYRO3J4NJ'],
    [nftName({ namespace: 'ns3', service: 'svc3', portName: 'p80', protocol: 'TCP' }), '4AT6LBPK-ns3/svc3/tcp/p80'],
    [
      nftName(
        { namespace: 'ns1', service: 'svc1', portName: 'p80', protocol: 'TCP' },
        { address: '10.180.0.1', port: 80 },
      ),
      '5OJB2KTY-ns1/svc1/tcp/p80__10.180.0.1/80',
    ],
    [shortHash('', 51), '4OYMIQUY7QOBJGX36TEJS35ZEQT24QPEMSNZGTFESWMRW6CSXBK'],
  ])('%s', (name, known) => {
    expect(name).toBe(known);
  });

  test('a very long nft name is cut', () => {
    const name = nftName({ namespace: 'n'.repeat(200), service: 's'.repeat(60), portName: 'p', protocol: 'TCP' });
    expect(name).toHaveLength(240);
    expect(name).toMatch(/\.\.\.$/);
  });
});

describe('table', () => {
  test('nodes that do the same share a line, and other consumers are named', () => {
    expect(withoutNotes(view())).toBe(
      `SERVICE    PORT         NODES    USES   CHANCE   ENDPOINTS
ns1/svc1   p80 80/TCP   n1, n2   2      50%      10.180.0.1:80, 10.180.0.2:80
ns1/svc1   p80 80/TCP   n3       1      100%     10.180.0.3:80
ns1/svc1   p80 80/TCP   n4       3      33.3%    10.180.0.1:80, 10.180.0.2:80, 10.180.0.3:80
`,
    );
    expect(view()).toContain('kube-proxy on Windows: ignores all hints and uses every endpoint');
    expect(view()).toContain('Cilium without kube-proxy: ignores forNodes');
  });

  test('the notes name what the nodes run where that is not the newest kube-proxy everywhere', () => {
    expect(view()).toContain('This is what kube-proxy 1.34 and later does on Linux.');
    expect(view({ consumer: 'cilium' })).toContain('This follows what each node runs: 4 nodes with Cilium (needs loadBalancer.serviceTopology=true).'); // prettier-ignore
  });

  test('--diff says what the hints take away', () => {
    const lines = view({ diff: true, node: 'n3' }).split('\n');
    expect(lines[0]).toMatch(/USES +CHANCE +ENDPOINTS +NOT USED$/);
    expect(lines[1]).toMatch(/n3 +3 → 1 +100% +10\.180\.0\.3:80 +10\.180\.0\.1:80, 10\.180\.0\.2:80$/);
  });

  test('what enters from outside has a line of its own where it goes elsewhere', () => {
    const ports = [{ name: 'p80', port: 80, nodePort: 30080 }];
    const services = [viewService('svc1', { externalTrafficPolicy: 'Local', ports })];
    expect(view({ services })).toMatch(/p80 80\/TCP from outside +n1 +1 \(local\) +100% +10\.180\.0\.1:80\n/);
    expect(view({ services })).toMatch(/from outside +n4 +0 \(local\) +- +none on this node: dropped\n/);
    expect(view({ services: [viewService('svc1', { ports })] })).not.toContain('from outside');
  });

  test('headless and ExternalName Services show what DNS answers, and how to ask for a zone', () => {
    const services = [viewService('svc1', { clusterIP: 'None' }), viewService('ext', { type: 'ExternalName', externalName: 'example.com' })]; // prettier-ignore
    const text = view({ services });
    expect(text).toMatch(/ns1\/ext +ExternalName +example\.com\nns1\/svc1 +headless +3: 10\.180\.0\.1, 10\.180\.0\.2, 10\.180\.0\.3\n/); // prettier-ignore
    expect(text).toContain('ZONE.pin._zone.svc1.ns1.svc.cluster.local');
    const parsed = JSON.parse(view({ services, format: 'json' })) as object;
    expect(parsed).toMatchObject({ dns: [{ service: 'ext', kind: 'ExternalName' }, { service: 'svc1', answers: ['10.180.0.1', '10.180.0.2', '10.180.0.3'] }] }); // prettier-ignore
  });

  test('session affinity is said once', () => {
    const services = [affine, viewService('svc2', { sessionAffinity: 'ClientIP' })];
    expect(view({ services }).match(/^Session affinity.*/gm)).toEqual(['Session affinity (ns1/svc1, ns1/svc2): nodes choose among the same endpoints, and a client keeps the one that it got.']); // prettier-ignore
  });

  test('many nodes that do the same are named by zone, or as all', () => {
    const many = Array.from({ length: 12 }, (_, i) => viewNode(`node-${i}`, 'ab'[i % 2]));
    expect(view({ nodes: many })).toMatch(/zone a \(6\) +2 [^]*zone b \(6\) +1 /);
    expect(view({ nodes: many, endpointSlices: [] })).toMatch(/ all 12 +0 /);
    expect(view({ nodes: [...many, viewNode('node-x', 'c')], endpointSlices: [viewSlice('svc1', [viewEndpoint('10.1.0.1', 'n', { zones: ['a'] }), viewEndpoint('10.1.0.2', 'n', { zones: ['b'] })])] })).toMatch(/zone b \(6\)/); // prettier-ignore
  });

  test.each([60, 80, 120])('lists are shortened to fit %d columns', (width) => {
    const endpoints = Array.from({ length: 20 }, (_, i) => viewEndpoint(`10.180.0.${i}`, 'n1', { zones: ['a'] }));
    const table = view({ width, nodes: nodes.slice(0, 1), endpointSlices: [viewSlice('svc1', endpoints)] }).split('\n\n')[0]!; // prettier-ignore
    expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThanOrEqual(Math.max(width, 75));
    expect(table).toMatch(/10\.180\.0\.0:80.* and \d+ more$/m);
  });

  test('refused, dropped and nothing at all are said', () => {
    expect(view({ endpointSlices: [] })).toMatch(/n1, n2, n3, n4 +0 +- +none: refused/);
    const services = [viewService('svc1', { internalTrafficPolicy: 'Local' })];
    expect(view({ services })).toMatch(/n4 +0 \(local\) +- +none on this node: dropped/);
    expect(view({ services: [] })).toBe('No Service port is served.\n');
  });
});

describe('ipvs', () => {
  test('as ipvsadm -ln prints it', () => {
    expect(withoutNotes(view({ format: 'ipvs', node: 'n1', services: [affine] }))).toBe(
      `# node n1 (zone a)
IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
TCP  172.30.0.41:80 rr persistent 10800
  -> 10.180.0.1:80                Masq    1      0          0
  -> 10.180.0.2:80                Masq    1      0          0
TCP  192.168.0.1:30080 rr persistent 10800
  -> 10.180.0.1:80                Masq    1      0          0
  -> 10.180.0.2:80                Masq    1      0          0
`,
    );
  });

  test('--diff marks the real servers that hints take away, nodes alike together', () => {
    const text = withoutNotes(view({ format: 'ipvs', diff: true }));
    expect(text.match(/^# .*/gm)).toEqual(['# nodes n1 (zone a), n2 (zone a)', '# node n3 (zone b)', '# node n4']);
    expect(text.match(/^[-+].*/gm)).toEqual(
      ['10.180.0.3:80', '10.180.0.1:80', '10.180.0.2:80'].map(
        (target) => `-  -> ${target}                Masq    1      0          0`,
      ),
    );
  });
});

describe('iptables', () => {
  test('as iptables-save prints what kube-proxy wrote', () => {
    expect(withoutNotes(view({ format: 'iptables', node: 'n4' }))).toBe(
      `# node n4
*nat
:KUBE-MARK-MASQ - [0:0]
:KUBE-NODEPORTS - [0:0]
:KUBE-SEP-ICDUIKC33SFI6ZPR - [0:0]
:KUBE-SEP-LXVODXWDISEETFEF - [0:0]
:KUBE-SEP-SXIVWICOYRO3J4NJ - [0:0]
:KUBE-SERVICES - [0:0]
:KUBE-SVC-XPGD46QRK7WJZT7O - [0:0]
-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
-A KUBE-SEP-ICDUIKC33SFI6ZPR -s 10.180.0.3/32 -m comment --comment "ns1/svc1:p80" -j KUBE-MARK-MASQ
-A KUBE-SEP-ICDUIKC33SFI6ZPR -p tcp -m comment --comment "ns1/svc1:p80" -m tcp -j DNAT --to-destination 10.180.0.3:80
-A KUBE-SEP-LXVODXWDISEETFEF -s 10.180.0.2/32 -m comment --comment "ns1/svc1:p80" -j KUBE-MARK-MASQ
-A KUBE-SEP-LXVODXWDISEETFEF -p tcp -m comment --comment "ns1/svc1:p80" -m tcp -j DNAT --to-destination 10.180.0.2:80
-A KUBE-SEP-SXIVWICOYRO3J4NJ -s 10.180.0.1/32 -m comment --comment "ns1/svc1:p80" -j KUBE-MARK-MASQ
-A KUBE-SEP-SXIVWICOYRO3J4NJ -p tcp -m comment --comment "ns1/svc1:p80" -m tcp -j DNAT --to-destination 10.180.0.1:80
-A KUBE-SERVICES -d 172.30.0.41/32 -p tcp -m comment --comment "ns1/svc1:p80 cluster IP" -m tcp --dport 80 -j KUBE-SVC-XPGD46QRK7WJZT7O
-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
-A KUBE-SVC-XPGD46QRK7WJZT7O -m comment --comment "ns1/svc1:p80 -> 10.180.0.1:80" -m statistic --mode random --probability 0.33333333349 -j KUBE-SEP-SXIVWICOYRO3J4NJ
-A KUBE-SVC-XPGD46QRK7WJZT7O -m comment --comment "ns1/svc1:p80 -> 10.180.0.2:80" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-LXVODXWDISEETFEF
-A KUBE-SVC-XPGD46QRK7WJZT7O -m comment --comment "ns1/svc1:p80 -> 10.180.0.3:80" -j KUBE-SEP-ICDUIKC33SFI6ZPR
COMMIT
*filter
:KUBE-EXTERNAL-SERVICES - [0:0]
:KUBE-SERVICES - [0:0]
COMMIT
`,
    );
  });

  test('session affinity remembers clients, node ports lead to the same chain', () => {
    const text = view({ format: 'iptables', node: 'n3', services: [affine] });
    const own = sep('10.180.0.3');
    expect(text).toContain(
      `-A KUBE-SVC-XPGD46QRK7WJZT7O -m comment --comment "ns1/svc1:p80 -> 10.180.0.3:80" -m recent --rcheck --seconds 10800 --reap --name ${own} --mask 255.255.255.255 --rsource -j ${own}\n`,
    );
    expect(text).toContain(`-m recent --set --name ${own} --mask 255.255.255.255 --rsource -m tcp -j DNAT --to-destination 10.180.0.3:80\n`); // prettier-ignore
    const external = iptablesChain('EXT', 'ns1/svc1:p80', 'TCP');
    expect(text).toContain(`-A KUBE-NODEPORTS -p tcp -m comment --comment "ns1/svc1:p80" -m tcp --dport 30080 -j ${external}\n`); // prettier-ignore
    expect(text).toContain(`-A ${external} -j KUBE-SVC-XPGD46QRK7WJZT7O\n`);
    expect(text.match(/-j KUBE-SEP/g)).toHaveLength(2);
  });

  test('nothing to forward to: refused, or dropped where only the node has none', () => {
    expect(view({ format: 'iptables', node: 'n4', endpointSlices: [] })).toContain(
      '-A KUBE-SERVICES -d 172.30.0.41/32 -p tcp -m comment --comment "ns1/svc1:p80 has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable\n',
    );
    const local = viewService('svc1', { internalTrafficPolicy: 'Local', externalTrafficPolicy: 'Local', ports: [{ name: 'p80', port: 80, nodePort: 30080 }] }); // prettier-ignore
    const dropped = view({ format: 'iptables', node: 'n4', services: [local] });
    expect(dropped).toContain('"ns1/svc1:p80 has no local endpoints" -m tcp --dport 80 -j DROP\n');
    expect(dropped).toContain(
      '-A KUBE-EXTERNAL-SERVICES -p tcp -m comment --comment "ns1/svc1:p80 has no local endpoints" -m addrtype --dst-type LOCAL -m tcp --dport 30080 -j DROP\n',
    );
    expect(view({ format: 'iptables', node: 'n1', services: [local] })).toContain(
      `-j ${iptablesChain('SVL', 'ns1/svc1:p80', 'TCP')}\n`,
    );
  });

  test('load balancer and external addresses lead to the external chain of the node', () => {
    const services = [balanced({ externalTrafficPolicy: 'Local' })];
    const external = iptablesChain('EXT', 'ns1/svc1:p80', 'TCP');
    const here = view({ format: 'iptables', node: 'n1', services });
    for (const [address, kind] of [['198.51.100.7', 'external IP'], ['203.0.113.9', 'loadbalancer IP']]) expect(here).toContain(`-A KUBE-SERVICES -d ${address}/32 -p tcp -m comment --comment "ns1/svc1:p80 ${kind}" -m tcp --dport 80 -j ${external}\n`); // prettier-ignore
    expect(here).not.toContain('203.0.113.10');
    expect(here).toContain(`-A ${external} -j ${iptablesChain('SVL', 'ns1/svc1:p80', 'TCP')}\n`);
    const elsewhere = view({ format: 'iptables', node: 'n4', services });
    expect(elsewhere).toContain(`-A ${external} -s <cluster-cidr> -m comment --comment "pod traffic for ns1/svc1:p80 external destinations" -j ${iptablesChain('SVC', 'ns1/svc1:p80', 'TCP')}\n`); // prettier-ignore
    expect(elsewhere).toContain('-A KUBE-EXTERNAL-SERVICES -d 203.0.113.9/32 -p tcp -m comment --comment "ns1/svc1:p80 has no local endpoints" -m tcp --dport 80 -j DROP\n'); // prettier-ignore
  });

  test('IPv6 is a save of its own', () => {
    const services = [viewService('svc1', { clusterIP: 'fd00::41' })];
    const endpointSlices = [viewSlice('svc1', [viewEndpoint('fd00::1', 'n1')], undefined, 'IPv6')];
    const text = view({ format: 'iptables', node: 'n1', services, endpointSlices });
    expect(text).toContain('# ip6tables-save\n*nat\n');
    expect(text).toContain('-d fd00::41/128 -p tcp');
    expect(text).toContain('--to-destination [fd00::1]:80\n');
  });
});

const sep = (address: string): string => iptablesChain('SEP', 'ns1/svc1:p80', 'TCP', `${address}:80`);

describe('nft', () => {
  test('as nft list ruleset prints it', () => {
    const services = [viewService('svc1', { ports: [{ name: 'p80', port: 80, nodePort: 30080 }] }), viewService('svc2', { clusterIP: '172.30.0.42' })]; // prettier-ignore
    expect(withoutNotes(view({ format: 'nft', node: 'n1', services }))).toBe(
      `# node n1 (zone a)
table ip kube-proxy {
	comment "rules for kube-proxy"

	map no-endpoint-services {
		type ipv4_addr . inet_proto . inet_service : verdict
		comment "vmap to drop or reject packets to services with no endpoints"
		elements = { 172.30.0.42 . tcp . 80 comment "ns1/svc2:p80" : goto reject-chain }
	}

	map no-endpoint-nodeports {
		type inet_proto . inet_service : verdict
		comment "vmap to drop or reject packets to service nodeports with no endpoints"
	}

	map service-ips {
		type ipv4_addr . inet_proto . inet_service : verdict
		comment "ClusterIP, ExternalIP and LoadBalancer IP traffic"
		elements = { 172.30.0.41 . tcp . 80 : goto service-ULMVA6XW-ns1/svc1/tcp/p80 }
	}

	map service-nodeports {
		type inet_proto . inet_service : verdict
		comment "NodePort traffic"
		elements = { tcp . 30080 : goto external-ULMVA6XW-ns1/svc1/tcp/p80 }
	}

	chain service-ULMVA6XW-ns1/svc1/tcp/p80 {
		meta l4proto tcp dnat ip addr . port to numgen random mod 2 map { 0 : 10.180.0.1 . 80, 1 : 10.180.0.2 . 80 }
	}

	chain external-ULMVA6XW-ns1/svc1/tcp/p80 {
		meta mark set meta mark | 0x00004000 comment "masquerade"
		goto service-ULMVA6XW-ns1/svc1/tcp/p80
	}
}
`,
    );
  });

  test('load balancer and external addresses are keys of service-ips', () => {
    const name = nftName({ namespace: 'ns1', service: 'svc1', portName: 'p80', protocol: 'TCP' });
    const here = view({ format: 'nft', node: 'n1', services: [balanced({})] });
    for (const address of ['198.51.100.7', '203.0.113.9']) expect(here).toContain(`${address} . tcp . 80 : goto external-${name}`); // prettier-ignore
    const dropped = view({ format: 'nft', node: 'n4', services: [balanced({ externalTrafficPolicy: 'Local' })] });
    expect(dropped).toContain(`203.0.113.9 . tcp . 80 comment "ns1/svc1:p80" : drop`);
    expect(dropped).toContain(`ip saddr <cluster-cidr> goto service-${name} comment "short-circuit pod traffic"`);
    expect(dropped).not.toContain(`goto local-${name}`);
  });

  test('session affinity gives every endpoint a chain', () => {
    const text = view({ format: 'nft', node: 'n3', services: [affine] });
    const own = `${shortHash('ns1/svc1/tcp/p80__10.180.0.3/80', 8)}-ns1/svc1/tcp/p80__10.180.0.3/80`;
    expect(text).toContain(`\t\tip saddr @affinity-${own} goto endpoint-${own}\n\t\tnumgen random mod 1 vmap { 0 : goto endpoint-${own} }\n`); // prettier-ignore
    expect(text).toContain(`\tchain endpoint-${own} {\n\t\tupdate @affinity-${own} { ip saddr }\n\t\tmeta l4proto tcp dnat to 10.180.0.3:80\n\t}\n`); // prettier-ignore
  });

  test('several elements stand one on a line', () => {
    const services = ['172.30.0.41', '172.30.0.42'].map((clusterIP) => viewService('svc1', { clusterIP }));
    expect(view({ format: 'nft', node: 'n3', services })).toMatch(/elements = \{ 172\.30\.0\.41 .*,\n\t\t\t {5}172\.30\.0\.42 .* \}\n/); // prettier-ignore
  });
});

describe('json', () => {
  test('has every node, port, endpoint and chance, and the other side of a diff', () => {
    const parsed = JSON.parse(view({ format: 'json', node: 'n3', diff: true })) as unknown;
    expect(parsed).toMatchObject({
      nodes: [
        {
          name: 'n3',
          zone: 'b',
          ports: [
            {
              namespace: 'ns1',
              service: 'svc1',
              hints: { forZones: true, forNodes: false },
              clusterTraffic: { policy: 'Cluster', action: 'forward', endpoints: [{ address: '10.180.0.3', port: 80, probability: 1, nodeName: 'n3' }] }, // prettier-ignore
              clusterTrafficWithoutHints: { endpoints: [{ probability: 1 / 3 }, {}, {}] },
            },
          ],
        },
      ],
      otherConsumers: expect.arrayContaining([expect.objectContaining({ name: 'kube-proxy on Windows' })]) as unknown,
    });
  });
});

describe('a large cluster', () => {
  const many = Array.from({ length: 60 }, (_, i) => viewNode(`node-${i}`, 'ab'[i % 2], `10.0.0.${i + 1}`));
  const services = Array.from({ length: 40 }, (_, i) => ({ ...viewService(`svc${i}`, { internalTrafficPolicy: i % 4 === 0 ? 'Local' : 'Cluster', ports: [{ name: 'p80', port: 80, nodePort: 30000 + i }] }) })); // prettier-ignore
  const endpointSlices = services.map((_, i) => viewSlice(`svc${i}`, [viewEndpoint(`10.1.0.${i}`, `node-${i}`), viewEndpoint(`10.1.1.${i}`, `node-${i + 1}`)])); // prettier-ignore
  const scene = { services, endpointSlices, nodes: many, diff: false, paint: (_: unknown, text: string) => text };

  // One string of all nodes ends at half a gigabyte, which 300 nodes and 500 Services pass.
  test.each(['json', 'ipvs', 'iptables', 'nft'] as const)(
    '%s comes in pieces that do not grow with nodes',
    (format) => {
      const longest = (nodes: typeof many): number =>
        [...runView({ ...scene, format, nodes })].reduce((most, piece) => Math.max(most, piece.length), 0);
      expect(longest(many)).toBeLessThanOrEqual(longest(many.slice(0, 12)) * 1.2);
    },
  );

  test('json in pieces is one document, and each node has every port', () => {
    const parsed = JSON.parse([...runView({ ...scene, format: 'json' })].join('')) as { nodes: { ports: unknown[] }[] };
    expect(parsed.nodes.map(({ ports }) => ports.length)).toEqual(many.map(() => 40));
    expect(JSON.parse([...runView({ ...scene, format: 'json', services: [] })].join(''))).toMatchObject({ nodes: many.map(() => ({ ports: [] })) }); // prettier-ignore
  });
});

describe('what cannot be shown', () => {
  test.each([
    [{ node: 'nope' }, '--node: expected one of the 4 nodes, got "nope"'],
    [{ service: 'ns1/nope' }, '--service: expected one of the 1 Services, got "ns1/nope"'],
    [{ nodes: [] }, 'there is no Node, so there is no kube-proxy whose view could be shown'],
  ])('%j', (change, message) => {
    expect(() => view(change)).toThrow(message);
  });
});

describe('diffLines', () => {
  test.each([
    [
      ['a', 'b', 'c'],
      ['a', 'c'],
      [' a', '-b', ' c'],
    ],
    [['a'], ['b'], ['-a', '+b']],
    [[], ['a'], ['+a']],
    [
      ['x', 'a', 'y', 'b'],
      ['a', 'z', 'b'],
      ['-x', ' a', '-y', '+z', ' b'],
    ],
  ])('%j to %j', (before, after, expected) => {
    expect(diffLines(before, after)).toEqual(expected);
  });
});
