import type { AddressFamily, NodeView, Routing, ServicePortView } from '../../kubeproxy/view.js';
import { nftName, servicePortName } from './chainNames.js';

/** How an address family is spelt in nft. */
const WORDS = { IPv4: { ip: 'ip', type: 'ipv4_addr' }, IPv6: { ip: 'ip6', type: 'ipv6_addr' } } as const;

interface Chain {
  readonly name: string;
  readonly rules: readonly string[];
}

/**
 * One node's Service rules in the look of `nft list ruleset`, as kube-proxy 1.36 writes them in nftables mode: the maps
 * that lead to Services and the chains that choose endpoints, without its filter and masquerading chains.
 */
export function renderNft(node: NodeView): string[] {
  return (['IPv4', 'IPv6'] as const).flatMap((family) => {
    const ports = node.ports.filter((port) => port.family === family);
    return ports.length === 0 ? [] : table(family, ports);
  });
}

function table(family: AddressFamily, ports: readonly ServicePortView[]): string[] {
  const { ip, type } = WORDS[family];
  const services: string[] = [];
  const nodePorts: string[] = [];
  const noEndpoints: string[] = [];
  const noNodePorts: string[] = [];
  const chains = new Map<string, Chain>();
  for (const port of ports) {
    const protocol = port.protocol.toLowerCase();
    const comment = `comment "${servicePortName(port)}"`;
    const address = port.clusterIP === '' ? '<unassigned>' : port.clusterIP;
    const key = `${address} . ${protocol} . ${port.port} ${comment}`;
    if (port.clusterTraffic.action === 'forward') {
      services.push(`${key} : goto ${balance(chains, port, port.clusterTraffic, ip)}`);
    } else noEndpoints.push(`${key} : ${refusal(port.clusterTraffic)}`);
    if (port.nodePort === undefined) continue;
    const { routing } = port.nodePort;
    const nodeKey = `${protocol} . ${port.nodePort.port} ${comment}`;
    if (routing.action === 'forward') {
      nodePorts.push(`${nodeKey} : goto ${external(chains, port, routing, ip)}`);
    } else noNodePorts.push(`${nodeKey} : ${refusal(routing)}`);
  }
  const address = `${type} . inet_proto . inet_service : verdict`;
  const port = 'inet_proto . inet_service : verdict';
  const blocks = [
    map('no-endpoint-services', address, 'vmap to drop or reject packets to services with no endpoints', noEndpoints),
    map(
      'no-endpoint-nodeports',
      port,
      'vmap to drop or reject packets to service nodeports with no endpoints',
      noNodePorts,
    ),
    map('service-ips', address, 'ClusterIP, ExternalIP and LoadBalancer IP traffic', services),
    map('service-nodeports', port, 'NodePort traffic', nodePorts),
    ...[...chains.values()].map(({ name, rules }) => block(`chain ${name}`, rules)),
  ];
  const body = ['\tcomment "rules for kube-proxy"', ...blocks.flatMap((lines) => ['', ...lines])];
  return [`table ${ip} kube-proxy {`, ...body, '}'];
}

function map(name: string, type: string, comment: string, elements: readonly string[]): string[] {
  const indent = `\t\t\t     `;
  const list = elements.map((element, i) => {
    const start = i === 0 ? 'elements = { ' : '';
    return `${start}${element}${i === elements.length - 1 ? ' }' : ','}`;
  });
  const lines = block(`map ${name}`, [`type ${type}`, `comment "${comment}"`]);
  return [
    ...lines.slice(0, -1),
    ...list.map((line, i) => (i === 0 ? `\t\t${line}` : indent + line)),
    ...lines.slice(-1),
  ];
}

function block(head: string, lines: readonly string[]): string[] {
  return [`\t${head} {`, ...lines.map((line) => `\t\t${line}`), '\t}'];
}

/** A verdict map cannot reject by itself. */
function refusal({ action }: Routing): string {
  return action === 'drop' ? 'drop' : 'goto reject-chain';
}

function external(chains: Map<string, Chain>, port: ServicePortView, routing: Routing, ip: string): string {
  const name = `external-${nftName(port)}`;
  const mark = routing.policy === 'Cluster' ? ['meta mark set meta mark | 0x00004000'] : [];
  chains.set(name, { name, rules: [...mark, `goto ${balance(chains, port, routing, ip)}`] });
  return name;
}

/** The chain of the endpoints that the node may use, or, with policy Local, of those on it. */
function balance(chains: Map<string, Chain>, port: ServicePortView, routing: Routing, ip: string): string {
  const name = `${routing.policy === 'Local' ? 'local' : 'service'}-${nftName(port)}`;
  const protocol = port.protocol.toLowerCase();
  const { endpoints } = routing;
  if (port.affinitySeconds === undefined) {
    const elements = endpoints.map((endpoint, i) => `${i} : ${endpoint.address} . ${endpoint.port}`).join(', ');
    const choice = `numgen random mod ${endpoints.length} map { ${elements} }`;
    chains.set(name, { name, rules: [`meta l4proto ${protocol} dnat ${ip} addr . port to ${choice}`] });
    return name;
  }
  // With session affinity each endpoint has a chain, which remembers the client in a set of its own.
  const names = endpoints.map((endpoint) => nftName(port, endpoint));
  const remembered = names.map((own) => `${ip} saddr @affinity-${own} goto endpoint-${own}`);
  const elements = names.map((own, i) => `${i} : goto endpoint-${own}`).join(', ');
  chains.set(name, { name, rules: [...remembered, `numgen random mod ${endpoints.length} vmap { ${elements} }`] });
  endpoints.forEach((endpoint, i) => {
    const own = names[i] ?? '';
    const address = endpoint.address.includes(':') ? `[${endpoint.address}]` : endpoint.address;
    chains.set(`endpoint-${own}`, {
      name: `endpoint-${own}`,
      rules: [
        `update @affinity-${own} { ${ip} saddr }`,
        `meta l4proto ${protocol} dnat to ${address}:${endpoint.port}`,
      ],
    });
  });
  return name;
}
