import type { AddressFamily, NodeView, Routing, ServicePortView } from '../../kubeproxy/view.js';
import { nftName, servicePortName } from './chainNames.js';
import { clusterCidrOf, externalRouting, usedRoutings, type NodeRenderer, type RuleOptions } from './ruleOptions.js';

/** How an address family is spelt in nft. */
const WORDS = { IPv4: { ip: 'ip', type: 'ipv4_addr' }, IPv6: { ip: 'ip6', type: 'ipv6_addr' } } as const;
const MARK = 'meta mark set meta mark | 0x00004000';

/** What one Service port adds to a node's table. */
interface PortRules {
  /** Elements of maps. */
  readonly services: string[];
  readonly nodePorts: string[];
  readonly noEndpoints: string[];
  readonly noNodePorts: string[];
  /** Chains, and with all rules the sets that remember clients. */
  readonly blocks: string[];
}

/**
 * One node's Service rules in the look of `nft list ruleset`, as kube-proxy 1.36 writes them in nftables mode: the maps
 * that lead to Services and the chains that choose endpoints; with all rules also the sets and the chains that filter
 * and masquerade.
 */
export function nftRenderer(options: RuleOptions): NodeRenderer {
  const known = new Map<ServicePortView, PortRules>();
  const rulesOf = (port: ServicePortView): PortRules => {
    let rules = known.get(port);
    if (rules === undefined) known.set(port, (rules = portRules(port, options)));
    return rules;
  };
  return {
    render: (node) =>
      (['IPv4', 'IPv6'] as const).flatMap((family) => {
        const ports = node.ports.filter((port) => port.family === family);
        return ports.length === 0 ? [] : table(node, family, ports, ports.map(rulesOf), options);
      }),
    nodeKey: ({ name }) => (options.allRules ? name : ''),
  };
}

function table(
  node: NodeView,
  family: AddressFamily,
  ports: readonly ServicePortView[],
  rules: readonly PortRules[],
  options: RuleOptions,
): string[] {
  const { ip, type } = WORDS[family];
  const target = `${type} . inet_proto . inet_service : verdict`;
  const nodePort = 'inet_proto . inet_service : verdict';
  const all = (pick: (rules: PortRules) => readonly string[]): string[] => rules.flatMap(pick);
  const maps = {
    noEndpoints: list(
      'map no-endpoint-services',
      target,
      'vmap to drop or reject packets to services with no endpoints',
      all((of) => of.noEndpoints),
    ),
    noNodePorts: list(
      'map no-endpoint-nodeports',
      nodePort,
      'vmap to drop or reject packets to service nodeports with no endpoints',
      all((of) => of.noNodePorts),
    ),
    services: list(
      'map service-ips',
      target,
      'ClusterIP, ExternalIP and LoadBalancer IP traffic',
      all((of) => of.services),
    ),
    nodePorts: list(
      'map service-nodeports',
      nodePort,
      'NodePort traffic',
      all((of) => of.nodePorts),
    ),
  };
  const lead = options.allRules
    ? [
        ...commonSets(node, family, ports),
        maps.noEndpoints,
        maps.noNodePorts,
        list('map firewall-ips', target, 'destinations that are subject to LoadBalancerSourceRanges', []),
      ]
    : [maps.noEndpoints, maps.noNodePorts];
  const chains = options.allRules ? baseChains(ip, clusterCidrOf(options, family)) : [];
  const blocks = [...lead, maps.services, maps.nodePorts, ...chains, ...all((of) => of.blocks)];
  return [`table ${ip} kube-proxy {\n\tcomment "rules for kube-proxy"`, ...blocks.map((text) => `\n${text}`), '}'];
}

/** A set or map with its elements, one on a line. */
function list(head: string, type: string, comment: string, elements: readonly string[]): string {
  const text = elements.join(`,\n\t\t\t     `);
  return block(head, [`type ${type}`, `comment "${comment}"`, ...(text === '' ? [] : [`elements = { ${text} }`])]);
}

function block(head: string, lines: readonly string[]): string {
  return [`\t${head} {`, ...lines.map((line) => `\t\t${line}`), '\t}'].join('\n');
}

function portRules(port: ServicePortView, options: RuleOptions): PortRules {
  const rules: PortRules = { services: [], nodePorts: [], noEndpoints: [], noNodePorts: [], blocks: [] };
  const protocol = port.protocol.toLowerCase();
  const comment = ` comment "${servicePortName(port)}"`;
  const { ip } = WORDS[port.family];
  const name = nftName(port);
  const address = port.clusterIP === '' ? '<unassigned>' : port.clusterIP;
  const key = `${address} . ${protocol} . ${port.port}`;
  const external = externalRouting(port);
  if (port.clusterTraffic.action === 'forward') {
    rules.services.push(`${key} : goto ${policyChain(port.clusterTraffic, name)}`);
  } else rules.noEndpoints.push(`${key}${comment} : ${refusal(port.clusterTraffic)}`);
  for (const { address: outer } of port.loadBalancer?.addresses ?? []) {
    const outerKey = `${outer} . ${protocol} . ${port.port}`;
    if (external !== undefined) rules.services.push(`${outerKey} : goto external-${name}`);
    if (external?.action !== 'forward') rules.noEndpoints.push(`${outerKey}${comment} : ${refusal(external)}`);
  }
  if (port.nodePort !== undefined) {
    const nodeKey = `${protocol} . ${port.nodePort.port}`;
    if (external !== undefined) rules.nodePorts.push(`${nodeKey} : goto external-${name}`);
    if (external?.action !== 'forward') rules.noNodePorts.push(`${nodeKey}${comment} : ${refusal(external)}`);
  }
  const affinity = new Map<string, string[]>();
  for (const routing of usedRoutings(port)) rules.blocks.push(balance(port, routing, name, affinity));
  for (const [own, lines] of affinity) {
    if (options.allRules) rules.blocks.push(affinitySet(own, port));
    rules.blocks.push(block(`chain endpoint-${own}`, lines));
  }
  if (external !== undefined) {
    const lines = externalRules(port, external, name, ip, clusterCidrOf(options, port.family));
    rules.blocks.push(block(`chain external-${name}`, lines));
  }
  return rules;
}

/** A verdict map cannot reject by itself. */
function refusal(routing: Routing | undefined): string {
  return routing?.action === 'drop' ? 'drop' : 'goto reject-chain';
}

/** The chain of the endpoints that the node may use, or, with policy Local, of those on it. */
function policyChain({ policy }: Routing, name: string): string {
  return `${policy === 'Local' ? 'local' : 'service'}-${name}`;
}

function externalRules(
  { shortCircuit }: ServicePortView,
  external: Routing,
  name: string,
  ip: string,
  cidr: string,
): string[] {
  const last = external.action === 'forward' ? [`goto ${policyChain(external, name)}`] : [];
  if (shortCircuit === undefined) return [`${MARK} comment "masquerade"`, ...last];
  const cluster = policyChain(shortCircuit, name);
  return [
    `${ip} saddr ${cidr} goto ${cluster} comment "short-circuit pod traffic"`,
    `fib saddr type local ${MARK} comment "masquerade local traffic"`,
    `fib saddr type local goto ${cluster} comment "short-circuit local traffic"`,
    ...last,
  ];
}

/** @param affinity gets for each endpoint the rules of its chain, when the Service has session affinity */
function balance(port: ServicePortView, routing: Routing, name: string, affinity: Map<string, string[]>): string {
  const { ip } = WORDS[port.family];
  const protocol = port.protocol.toLowerCase();
  const { endpoints } = routing;
  const head = `chain ${policyChain(routing, name)}`;
  if (port.affinitySeconds === undefined) {
    const elements = endpoints.map((endpoint, i) => `${i} : ${endpoint.address} . ${endpoint.port}`).join(', ');
    const choice = `numgen random mod ${endpoints.length} map { ${elements} }`;
    return block(head, [`meta l4proto ${protocol} dnat ${ip} addr . port to ${choice}`]);
  }
  // With session affinity each endpoint has a chain, which remembers the client in a set of its own.
  const names = endpoints.map((endpoint) => nftName(port, endpoint));
  endpoints.forEach((endpoint, i) => {
    const own = names[i] ?? '';
    const address = endpoint.address.includes(':') ? `[${endpoint.address}]` : endpoint.address;
    affinity.set(own, [
      `update @affinity-${own} { ${ip} saddr }`,
      `meta l4proto ${protocol} dnat to ${address}:${endpoint.port}`,
    ]);
  });
  const remembered = names.map((own) => `${ip} saddr @affinity-${own} goto endpoint-${own}`);
  const elements = names.map((own, i) => `${i} : goto endpoint-${own}`).join(', ');
  return block(head, [...remembered, `numgen random mod ${endpoints.length} vmap { ${elements} }`]);
}

function affinitySet(own: string, { family, affinitySeconds = 0 }: ServicePortView): string {
  const { type } = WORDS[family];
  return block(`set affinity-${own}`, [
    `type ${type}`,
    'size 65535',
    'flags dynamic,timeout',
    `timeout ${duration(affinitySeconds)}`,
  ]);
}

/** Seconds as nft prints them: 10800 is 3h, 90061 is 1d1h1m1s. */
function duration(seconds: number): string {
  const parts: [number, string][] = [
    [Math.floor(seconds / 86400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ];
  return parts.flatMap(([count, unit]) => (count > 0 ? [`${count}${unit}`] : [])).join('') || '0s';
}

/** The sets beside the maps: endpoints on the node that reach themselves, cluster IPs, addresses for node ports. */
function commonSets(node: NodeView, family: AddressFamily, ports: readonly ServicePortView[]): string[] {
  const { type } = WORDS[family];
  const hairpin = ports.flatMap((port) =>
    usedRoutings(port).flatMap(({ endpoints }) =>
      endpoints
        .filter(({ nodeName }) => nodeName === node.name)
        .map(({ address, port: number }) => `${address} . ${address} . ${port.protocol.toLowerCase()} . ${number}`),
    ),
  );
  const clusterIPs = ports.flatMap(({ clusterIP }) => (clusterIP === '' ? [] : [clusterIP]));
  const own = node.addresses.find((address) => (address.includes(':') ? 'IPv6' : 'IPv4') === family);
  return [
    list('set hairpin-connections', `${type} . ${type} . inet_proto . inet_service`, 'service hairpin connections', [
      ...new Set(hairpin),
    ]),
    list('set cluster-ips', type, 'Active ClusterIPs', [...new Set(clusterIPs)]),
    list('set nodeport-ips', type, 'IPs that accept NodePort traffic', own === undefined ? [] : [own]),
  ];
}

/** The chains that are the same on every node. */
function baseChains(ip: string, cidr: string): string[] {
  const target = `${ip} daddr . meta l4proto . th dport`;
  const chains: Record<string, string[]> = {
    'filter-prerouting-pre-dnat': [
      'type filter hook prerouting priority dstnat - 10; policy accept;',
      'ct state new jump firewall-check',
    ],
    'filter-output-pre-dnat': [
      'type filter hook output priority -110; policy accept;',
      'ct state new jump firewall-check',
    ],
    'filter-input': [
      'type filter hook input priority filter; policy accept;',
      'ct state new jump nodeport-endpoints-check',
      'ct state new jump service-endpoints-check',
    ],
    'filter-forward': [
      'type filter hook forward priority filter; policy accept;',
      'ct state new jump service-endpoints-check',
      'ct state new jump cluster-ips-check',
    ],
    'filter-output': [
      'type filter hook output priority filter; policy accept;',
      'ct state new jump service-endpoints-check',
      'ct state new jump cluster-ips-check',
    ],
    'nat-prerouting': ['type nat hook prerouting priority dstnat; policy accept;', 'jump services'],
    'nat-output': ['type nat hook output priority -100; policy accept;', 'jump services'],
    'nat-postrouting': ['type nat hook postrouting priority srcnat; policy accept;', 'jump masquerading'],
    'nodeport-endpoints-check': [`${ip} daddr @nodeport-ips meta l4proto . th dport vmap @no-endpoint-nodeports`],
    'service-endpoints-check': [`${target} vmap @no-endpoint-services`],
    'firewall-check': [`${target} vmap @firewall-ips`],
    services: [
      `${ip} daddr @cluster-ips ${ip} saddr != ${cidr} ${MARK} comment "masquerade clusterIP traffic from outside cluster"`,
      `${target} vmap @service-ips`,
      `${ip} daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports`,
    ],
    masquerading: [
      'meta mark & 0x00004000 != 0x00000000 meta mark set meta mark ^ 0x00004000 masquerade fully-random',
      `ct status dnat ${ip} saddr . ${ip} daddr . meta l4proto . th dport @hairpin-connections masquerade fully-random`,
    ],
    'cluster-ips-check': [`${ip} daddr @cluster-ips reject comment "Reject traffic to invalid ports of ClusterIPs"`],
    'reject-chain': ['comment "helper for @no-endpoint-services / @no-endpoint-nodeports"', 'reject'],
  };
  return Object.entries(chains).map(([name, lines]) => block(`chain ${name}`, lines));
}
