import type { AddressFamily, NodeView, Routing, ServicePortView } from '../../kubeproxy/view.js';
import { targetText } from '../../kubeproxy/view.js';
import type { NodeRenderer } from './ruleOptions.js';

const HEADER = [
  'IP Virtual Server version 1.2.1 (size=4096)',
  'Prot LocalAddress:Port Scheduler Flags',
  '  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn',
];

/** One node's virtual servers in the look of `ipvsadm -ln`; kube-proxy gives every real server the weight 1. */
export const IPVS: NodeRenderer = {
  render: (node) => [...HEADER, ...node.ports.flatMap((port) => virtualServers(port, node))],
  nodeKey: ({ ports, addresses }) => (ports.some(({ nodePort }) => nodePort !== undefined) ? addresses.join() : ''),
};

function virtualServers(port: ServicePortView, node: NodeView): string[] {
  const { clusterIP, clusterTraffic, nodePort, loadBalancer, family } = port;
  const lines = virtualServer(port, clusterIP === '' ? '<unassigned>' : clusterIP, port.port, clusterTraffic);
  for (const { address } of loadBalancer?.addresses ?? []) {
    lines.push(...virtualServer(port, address, port.port, loadBalancer!.routing));
  }
  if (nodePort === undefined) return lines;
  return [...lines, ...virtualServer(port, nodeAddress(node, family), nodePort.port, nodePort.routing)];
}

/** IPVS binds node ports to addresses of the node; where it does not say them, a word stands for them. */
function nodeAddress({ addresses }: NodeView, family: AddressFamily): string {
  return addresses.find((address) => (address.includes(':') ? 'IPv6' : 'IPv4') === family) ?? '<node-address>';
}

function virtualServer(
  { protocol, affinitySeconds }: ServicePortView,
  address: string,
  port: number,
  { endpoints }: Routing,
): string[] {
  const flags = affinitySeconds === undefined ? '' : ` persistent ${affinitySeconds}`;
  return [
    `${protocol.padEnd(4)} ${targetText(address, port)} rr${flags}`,
    ...endpoints.map((endpoint) => {
      const target = targetText(endpoint.address, endpoint.port);
      return `  -> ${target.padEnd(28)} Masq    1      0          0`;
    }),
  ];
}
