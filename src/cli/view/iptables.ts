import { targetText, type NodeView, type Routing, type ServicePortView } from '../../kubeproxy/view.js';
import { iptablesChain, servicePortName } from './chainNames.js';

/** A table of `iptables-save`: its own chains, and rules by chain. */
class Table {
  readonly #rules = new Map<string, string[]>();

  chain(name: string): void {
    if (!this.#rules.has(name)) this.#rules.set(name, []);
  }

  has(name: string): boolean {
    return this.#rules.has(name);
  }

  add(chain: string, rule: string): void {
    this.chain(chain);
    this.#rules.get(chain)?.push(`-A ${chain} ${rule}`);
  }

  render(name: string): string[] {
    const chains = [...this.#rules.keys()].sort();
    return [
      `*${name}`,
      ...chains.map((chain) => `:${chain} - [0:0]`),
      ...chains.flatMap((chain) => this.#rules.get(chain) ?? []),
      'COMMIT',
    ];
  }
}

interface Tables {
  readonly nat: Table;
  readonly filter: Table;
}

/**
 * One node's Service rules in the look of `iptables-save`, as kube-proxy 1.36 writes them in iptables mode: the rules
 * that choose endpoints, without those that only mark traffic from outside the cluster's own network.
 */
export function renderIptables(node: NodeView): string[] {
  const families = (['IPv4', 'IPv6'] as const).filter((family) => node.ports.some((port) => port.family === family));
  return families.flatMap((family) => {
    const tables = { nat: new Table(), filter: new Table() };
    for (const chain of ['KUBE-MARK-MASQ', 'KUBE-NODEPORTS', 'KUBE-SERVICES']) tables.nat.chain(chain);
    for (const chain of ['KUBE-EXTERNAL-SERVICES', 'KUBE-SERVICES']) tables.filter.chain(chain);
    tables.nat.add('KUBE-MARK-MASQ', '-j MARK --set-xmark 0x4000/0x4000');
    for (const port of node.ports) if (port.family === family) addPort(tables, port);
    tables.nat.add(
      'KUBE-SERVICES',
      '-m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
    );
    const command = family === 'IPv6' ? ['# ip6tables-save'] : [];
    return [...command, ...tables.nat.render('nat'), ...tables.filter.render('filter')];
  });
}

function addPort(tables: Tables, port: ServicePortView): void {
  const name = servicePortName(port);
  const protocol = port.protocol.toLowerCase();
  const bits = port.family === 'IPv6' ? 128 : 32;
  const destination = port.clusterIP === '' ? '' : `-d ${port.clusterIP}/${bits} `;
  const match = (comment: string, dport: number): string =>
    `-p ${protocol} -m comment --comment "${comment}" -m ${protocol} --dport ${dport}`;
  if (port.clusterTraffic.action === 'forward') {
    const chain = balance(tables.nat, port, port.clusterTraffic);
    tables.nat.add('KUBE-SERVICES', `${destination}${match(`${name} cluster IP`, port.port)} -j ${chain}`);
  } else {
    refuse(tables.filter, 'KUBE-SERVICES', { destination, dport: port.port }, port.clusterTraffic, port);
  }
  if (port.nodePort === undefined) return;
  const { port: number, routing } = port.nodePort;
  if (routing.action !== 'forward') {
    refuse(tables.filter, 'KUBE-EXTERNAL-SERVICES', { destination: '', dport: number }, routing, port);
    return;
  }
  const external = iptablesChain('EXT', name, port.protocol);
  tables.nat.add('KUBE-NODEPORTS', `${match(name, number)} -j ${external}`);
  if (routing.policy === 'Cluster') {
    const comment = `masquerade traffic for ${name} external destinations`;
    tables.nat.add(external, `-m comment --comment "${comment}" -j KUBE-MARK-MASQ`);
  }
  tables.nat.add(external, `-j ${balance(tables.nat, port, routing)}`);
}

/** @param to a cluster IP, or, without one, a port of the node itself */
function refuse(
  filter: Table,
  chain: string,
  to: { readonly destination: string; readonly dport: number },
  { action }: Routing,
  port: ServicePortView,
): void {
  const protocol = port.protocol.toLowerCase();
  const reject = port.family === 'IPv6' ? 'icmp6-port-unreachable' : 'icmp-port-unreachable';
  const [lack, verdict] =
    action === 'drop' ? ['has no local endpoints', 'DROP'] : ['has no endpoints', `REJECT --reject-with ${reject}`];
  const comment = `-m comment --comment "${servicePortName(port)} ${lack}"`;
  const local = chain === 'KUBE-EXTERNAL-SERVICES' ? ' -m addrtype --dst-type LOCAL' : '';
  filter.add(
    chain,
    `${to.destination}-p ${protocol} ${comment}${local} -m ${protocol} --dport ${to.dport} -j ${verdict}`,
  );
}

/** The chain that shares connections out among endpoints, and one chain for each of them. */
function balance(nat: Table, port: ServicePortView, { policy, endpoints }: Routing): string {
  const name = servicePortName(port);
  const protocol = port.protocol.toLowerCase();
  const chain = iptablesChain(policy === 'Local' ? 'SVL' : 'SVC', name, port.protocol);
  const mask = port.family === 'IPv6' ? 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' : '255.255.255.255';
  const bits = port.family === 'IPv6' ? 128 : 32;
  const steps = endpoints.map((endpoint) => {
    const target = targetText(endpoint.address, endpoint.port);
    return { target, address: endpoint.address, own: iptablesChain('SEP', name, port.protocol, target) };
  });
  // The chain is written once, though cluster IP and node port both lead to it.
  if (nat.has(chain)) return chain;
  const arrow = (target: string): string => `-m comment --comment "${name} -> ${target}"`;
  if (port.affinitySeconds !== undefined) {
    for (const { target, own } of steps) {
      const recent = `-m recent --rcheck --seconds ${port.affinitySeconds} --reap --name ${own} --mask ${mask} --rsource`;
      nat.add(chain, `${arrow(target)} ${recent} -j ${own}`);
    }
  }
  steps.forEach(({ target, address, own }, index) => {
    const left = steps.length - index;
    const chance = left === 1 ? '' : ` -m statistic --mode random --probability ${savedProbability(left)}`;
    nat.add(chain, `${arrow(target)}${chance} -j ${own}`);
    if (nat.has(own)) return;
    const remember =
      port.affinitySeconds === undefined ? '' : ` -m recent --set --name ${own} --mask ${mask} --rsource`;
    nat.add(own, `-s ${address}/${bits} -m comment --comment "${name}" -j KUBE-MARK-MASQ`);
    nat.add(
      own,
      `-p ${protocol} -m comment --comment "${name}"${remember} -m ${protocol} -j DNAT --to-destination ${target}`,
    );
  });
  return chain;
}

/**
 * The chance of the first of `left` endpoints: kube-proxy writes ten digits, the kernel keeps 31 bits, and
 * iptables-save prints those with eleven digits, so that a third reads 0.33333333349.
 */
function savedProbability(left: number): string {
  const written = Number((1 / left).toFixed(10));
  return (Math.round(written * 2 ** 31) / 2 ** 31).toFixed(11);
}
