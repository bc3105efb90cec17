import { targetText, type NodeView, type Routing, type ServicePortView } from '../../kubeproxy/view.js';
import { iptablesChain, servicePortName } from './chainNames.js';
import { clusterCidrOf, externalRouting, usedRoutings, type NodeRenderer, type RuleOptions } from './ruleOptions.js';

const MARK = '-j KUBE-MARK-MASQ';

/** What one Service port adds to a node's tables; rules without `-A CHAIN`. */
interface PortRules {
  /** Rules of the port's own chains in the nat table, each chain as one text. */
  readonly chains: ReadonlyMap<string, string>;
  readonly services: readonly string[];
  readonly nodePorts: readonly string[];
  readonly refusedServices: readonly string[];
  readonly refusedExternal: readonly string[];
}

/**
 * One node's Service rules in the look of `iptables-save`, as kube-proxy 1.36 writes them in iptables mode: the rules
 * that choose endpoints and, in the filter table, those that refuse; with all rules the whole nat table.
 * @param nodes all nodes that will be rendered
 */
export function iptablesRenderer(nodes: readonly NodeView[], options: RuleOptions): NodeRenderer {
  const known = new Map<ServicePortView, PortRules>();
  for (const { ports } of nodes) {
    for (const port of ports) if (!known.has(port)) known.set(port, portRules(port, options));
  }
  // iptables-save sorts chains by name; sorting them once for all nodes costs a hundredth of sorting them for each.
  const names = [...new Set([...known.values()].flatMap(({ chains }) => [...chains.keys()]))];
  const ranks = new Map([...names, ...COMMON_CHAINS].sort().map((name, rank) => [name, rank]));
  return {
    render: (node) =>
      (['IPv4', 'IPv6'] as const).flatMap((family) => {
        const ports = node.ports.filter((port) => port.family === family);
        if (ports.length === 0) return [];
        const rules = ports.map((port) => known.get(port)!);
        const command = family === 'IPv6' ? ['# ip6tables-save'] : [];
        return [...command, natTable(rules, ranks, options), filterTable(rules)];
      }),
    nodeKey: () => '',
  };
}

const COMMON_CHAINS = ['KUBE-MARK-MASQ', 'KUBE-NODEPORTS', 'KUBE-POSTROUTING', 'KUBE-PROXY-CANARY', 'KUBE-SERVICES'];
const JUMPS = [
  '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
  '-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
  '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
];
const POSTROUTING = [
  '-m mark ! --mark 0x4000/0x4000 -j RETURN',
  '-j MARK --set-xmark 0x4000/0x0',
  '-m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
];

function natTable(rules: readonly PortRules[], ranks: ReadonlyMap<string, number>, { allRules }: RuleOptions): string {
  const names = new Array<string | undefined>(ranks.size);
  const texts = new Array<string | undefined>(ranks.size);
  const put = (name: string, text: string): void => {
    const rank = ranks.get(name) ?? 0;
    names[rank] = name;
    texts[rank] = text;
  };
  put('KUBE-MARK-MASQ', chainText('KUBE-MARK-MASQ', ['-j MARK --set-xmark 0x4000/0x4000']));
  put(
    'KUBE-NODEPORTS',
    chainText(
      'KUBE-NODEPORTS',
      rules.flatMap(({ nodePorts }) => nodePorts),
    ),
  );
  put(
    'KUBE-SERVICES',
    chainText('KUBE-SERVICES', [
      ...rules.flatMap(({ services }) => services),
      '-m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
    ]),
  );
  if (allRules) {
    put('KUBE-POSTROUTING', chainText('KUBE-POSTROUTING', POSTROUTING));
    put('KUBE-PROXY-CANARY', '');
  }
  for (const { chains } of rules) for (const [name, text] of chains) put(name, text);
  let head = '*nat';
  if (allRules) for (const name of ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING']) head += `\n:${name} ACCEPT [0:0]`;
  let body = allRules ? `\n${JUMPS.join('\n')}` : '';
  for (let rank = 0; rank < names.length; rank++) {
    const name = names[rank];
    if (name === undefined) continue;
    head += `\n:${name} - [0:0]`;
    const text = texts[rank];
    if (text !== undefined && text !== '') body += `\n${text}`;
  }
  return `${head}${body}\nCOMMIT`;
}

function filterTable(rules: readonly PortRules[]): string {
  const refusedServices = chainText(
    'KUBE-SERVICES',
    rules.flatMap((of) => of.refusedServices),
  );
  const refusedExternal = chainText(
    'KUBE-EXTERNAL-SERVICES',
    rules.flatMap((of) => of.refusedExternal),
  );
  const lines = [
    '*filter',
    ':KUBE-EXTERNAL-SERVICES - [0:0]',
    ':KUBE-SERVICES - [0:0]',
    refusedExternal,
    refusedServices,
    'COMMIT',
  ];
  return lines.filter((line) => line !== '').join('\n');
}

function chainText(chain: string, rules: readonly string[]): string {
  return rules.map((rule) => `-A ${chain} ${rule}`).join('\n');
}

function portRules(port: ServicePortView, options: RuleOptions): PortRules {
  const name = servicePortName(port);
  const protocol = port.protocol.toLowerCase();
  const bits = port.family === 'IPv6' ? 128 : 32;
  const cidr = clusterCidrOf(options, port.family);
  const to = (address: string): string => (address === '' ? '' : `-d ${address}/${bits} `);
  const match = (comment: string, dport: number, extra = ''): string =>
    `-p ${protocol} -m comment --comment "${comment}"${extra} -m ${protocol} --dport ${dport}`;
  const external = externalRouting(port);
  const externalChain = iptablesChain('EXT', name, port.protocol);
  const chains = new Map<string, string>();
  const services: string[] = [];
  const nodePorts: string[] = [];
  const refusedServices: string[] = [];
  const refusedExternal: string[] = [];

  const clusterIP = `${to(port.clusterIP)}${match(`${name} cluster IP`, port.port)}`;
  if (port.clusterTraffic.action === 'forward') {
    services.push(`${clusterIP} -j ${policyChain(port, port.clusterTraffic)}`);
  } else {
    const [lack, verdict] = refusal(port, port.clusterTraffic);
    refusedServices.push(`${to(port.clusterIP)}${match(`${name} ${lack}`, port.port)} ${verdict}`);
  }
  for (const { address, kind } of port.loadBalancer?.addresses ?? []) {
    if (external !== undefined)
      services.push(`${to(address)}${match(`${name} ${kind}`, port.port)} -j ${externalChain}`);
    if (external?.action === 'forward') continue;
    const [lack, verdict] = refusal(port, external);
    refusedExternal.push(`${to(address)}${match(`${name} ${lack}`, port.port)} ${verdict}`);
  }
  if (port.nodePort !== undefined) {
    const { port: number } = port.nodePort;
    if (external !== undefined) {
      const counter = `${match(name, number)} -m nfacct --nfacct-name  localhost_nps_accepted_pkts -j ${externalChain}`;
      if (options.allRules && port.family === 'IPv4') nodePorts.push(`-d 127.0.0.0/8 ${counter}`);
      nodePorts.push(`${match(name, number)} -j ${externalChain}`);
    }
    if (external?.action !== 'forward') {
      const [lack, verdict] = refusal(port, external);
      refusedExternal.push(`${match(`${name} ${lack}`, number, ' -m addrtype --dst-type LOCAL')} ${verdict}`);
    }
  }
  for (const routing of usedRoutings(port)) {
    const fromOutside =
      options.allRules && routing === port.clusterTraffic ? [`! -s ${cidr} ${clusterIP} ${MARK}`] : [];
    balance(chains, port, routing, fromOutside);
  }
  if (external !== undefined) chains.set(externalChain, chainText(externalChain, externalRules(port, external, cidr)));
  return { chains, services, nodePorts, refusedServices, refusedExternal };
}

function policyChain(port: ServicePortView, { policy }: Routing): string {
  return iptablesChain(policy === 'Local' ? 'SVL' : 'SVC', servicePortName(port), port.protocol);
}

function refusal({ family }: ServicePortView, routing: Routing | undefined): [lack: string, verdict: string] {
  if (routing?.action === 'drop') return ['has no local endpoints', '-j DROP'];
  const reject = family === 'IPv6' ? 'icmp6-port-unreachable' : 'icmp-port-unreachable';
  return ['has no endpoints', `-j REJECT --reject-with ${reject}`];
}

function externalRules(port: ServicePortView, external: Routing, cidr: string): string[] {
  const comment = (what: string): string =>
    `-m comment --comment "${what} for ${servicePortName(port)} external destinations"`;
  const last = external.action === 'forward' ? [`-j ${policyChain(port, external)}`] : [];
  if (port.shortCircuit === undefined) return [`${comment('masquerade traffic')} ${MARK}`, ...last];
  const cluster = `-j ${policyChain(port, port.shortCircuit)}`;
  const fromNode = '-m addrtype --src-type LOCAL';
  return [
    `-s ${cidr} ${comment('pod traffic')} ${cluster}`,
    `${comment('masquerade LOCAL traffic')} ${fromNode} ${MARK}`,
    `${comment('route LOCAL traffic')} ${fromNode} ${cluster}`,
    ...last,
  ];
}

/** The chain that shares connections out among endpoints, and one chain for each of them. */
function balance(
  chains: Map<string, string>,
  port: ServicePortView,
  routing: Routing,
  fromOutside: readonly string[],
): void {
  const name = servicePortName(port);
  const protocol = port.protocol.toLowerCase();
  const mask = port.family === 'IPv6' ? 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' : '255.255.255.255';
  const bits = port.family === 'IPv6' ? 128 : 32;
  const { affinitySeconds } = port;
  const steps = routing.endpoints.map((endpoint) => {
    const target = targetText(endpoint.address, endpoint.port);
    return { target, address: endpoint.address, own: iptablesChain('SEP', name, port.protocol, target) };
  });
  const arrow = (target: string): string => `-m comment --comment "${name} -> ${target}"`;
  const remembered = steps.map(
    ({ target, own }) =>
      `${arrow(target)} -m recent --rcheck --seconds ${affinitySeconds} --reap --name ${own} --mask ${mask} --rsource -j ${own}`,
  );
  const chosen = steps.map(({ target, own }, index) => {
    const left = steps.length - index;
    const chance = left === 1 ? '' : ` -m statistic --mode random --probability ${savedProbability(left)}`;
    return `${arrow(target)}${chance} -j ${own}`;
  });
  const chain = policyChain(port, routing);
  chains.set(
    chain,
    chainText(chain, [...fromOutside, ...(affinitySeconds === undefined ? [] : remembered), ...chosen]),
  );
  for (const { target, address, own } of steps) {
    const remember = affinitySeconds === undefined ? '' : ` -m recent --set --name ${own} --mask ${mask} --rsource`;
    const rules = [
      `-s ${address}/${bits} -m comment --comment "${name}" ${MARK}`,
      `-p ${protocol} -m comment --comment "${name}"${remember} -m ${protocol} -j DNAT --to-destination ${target}`,
    ];
    chains.set(own, chainText(own, rules));
  }
}

/**
 * The chance of the first of `left` endpoints: kube-proxy writes ten digits, the kernel keeps 31 bits, and
 * iptables-save prints those with eleven digits, so that a third reads 0.33333333349.
 */
function savedProbability(left: number): string {
  const written = Number((1 / left).toFixed(10));
  return (Math.round(written * 2 ** 31) / 2 ** 31).toFixed(11);
}
