import { costText, flowText } from '../../analysis/figures.js';
import { listed as listedBriefly } from '../../model/text/listed.js';
import type { DnsView } from '../../kubeproxy/dnsView.js';
import { targetText, type NodeView, type Routing, type ServicePortView } from '../../kubeproxy/view.js';
import type { Paint } from '../output/terminal.js';
import { renderTable, type Cell } from '../output/textTable.js';
import type { ServiceCosts } from './costs.js';
import type { ServiceLayers } from './layers.js';
import type { ViewModel } from './renderView.js';

const MAX_NODES = 4;
const MAX_ENDPOINTS = 8;
/** Narrower than this, lists are not shortened further: a line that breaks shows more than one that shows nothing. */
const MIN_LIST = 24;
const GAP = 3;

/** Nodes that do the same with a Service port. */
interface Row {
  readonly port: ServicePortView;
  /** Traffic to the cluster IP, or what enters from outside where that goes elsewhere. */
  readonly from: 'inside' | 'outside';
  readonly now: Routing;
  readonly before: Routing | undefined;
  readonly nodes: NodeView[];
}

/**
 * A line for every Service port and way of serving it. With `without` (the same nodes as if there were no hints) the
 * columns say what the hints take away.
 * @param width lists are shortened to fit it where they can
 */
export function renderViewTable(
  { nodes, without, dns, layers, costs }: ViewModel,
  paint: Paint,
  width: number | undefined,
): string {
  const rows = collectRows(nodes, without);
  const sections = [
    rows.length === 0 ? '' : portTable(rows, { nodes, isDiff: without !== undefined, paint, width }),
    layersNote(layers),
    costsNote(costs),
    affinityNote(rows),
    dnsTable(dns, paint, width),
  ].filter((section) => section !== '');
  return sections.length === 0 ? 'No Service port is served.\n' : sections.join('\n');
}

function portTable(
  rows: readonly Row[],
  { nodes, isDiff, paint, width }: { nodes: readonly NodeView[]; isDiff: boolean; paint: Paint; width: number | undefined }, // prettier-ignore
): string {
  const header = ['SERVICE', 'PORT', 'NODES', 'USES', 'CHANCE', 'ENDPOINTS', ...(isDiff ? ['NOT USED'] : [])];
  const namer = new NodeNames(nodes);
  const fixed = rows.map(({ port, from, now, before, nodes: members }) => {
    const count = now.endpoints.length;
    const local = now.policy === 'Local' ? ' (local)' : '';
    return [
      `${port.namespace}/${port.service}`,
      `${portLabel(port)}${from === 'outside' ? ' from outside' : ''}`,
      namer.of(members),
      before === undefined ? `${count}${local}` : `${before.endpoints.length} → ${count}${local}`,
      chance(now),
    ];
  });
  const lists = isDiff ? 2 : 1;
  const room = listRoom(width, header, fixed, lists);
  return renderTable(
    header,
    rows.map(({ now, before }, i): Cell[] => [
      ...fixed[i]!,
      endpointsCell(now, room),
      ...(before === undefined ? [] : [fitted(targets(missing(before, now)), MAX_ENDPOINTS, room) || '-']),
    ]),
    paint,
  );
}

/** What is left for each of the lists on a line of `width`; undefined: as much as they want. */
function listRoom(
  width: number | undefined,
  header: readonly string[],
  rows: readonly (readonly string[])[],
  lists: number,
): number | undefined {
  if (width === undefined) return undefined;
  const columns = header.slice(0, rows[0]?.length ?? 0);
  const taken = columns.map((title, c) =>
    rows.reduce((most, row) => Math.max(most, row[c]?.length ?? 0), title.length),
  );
  const left = width - taken.reduce((sum, most) => sum + most + GAP, 0);
  return Math.max(MIN_LIST, Math.floor((left - GAP * (lists - 1)) / lists));
}

/** Names groups of nodes: whole zones by zone, all nodes as all. */
class NodeNames {
  readonly #total: number;
  readonly #zoneSizes = new Map<string, number>();

  constructor(nodes: readonly NodeView[]) {
    this.#total = nodes.length;
    for (const { zone } of nodes) this.#zoneSizes.set(zone, (this.#zoneSizes.get(zone) ?? 0) + 1);
  }

  of(nodes: readonly NodeView[]): string {
    const names = listed(nodes.map(({ name }) => name), MAX_NODES); // prettier-ignore
    if (nodes.length <= MAX_NODES) return names;
    if (nodes.length === this.#total) return `all ${this.#total}`;
    const zones = [...new Set(nodes.map(({ zone }) => zone))].sort();
    const size = zones.reduce((sum, zone) => sum + (this.#zoneSizes.get(zone) ?? 0), 0);
    if (size !== nodes.length || zones.includes('')) return names;
    return `zone${zones.length === 1 ? '' : 's'} ${zones.join(', ')} (${size})`;
  }
}

function collectRows(nodes: readonly NodeView[], without: readonly NodeView[] | undefined): Row[] {
  const rows: Map<string, Row>[] = [];
  const ways = new Map<Routing, string>();
  const wayOf = (routing: Routing): string => {
    let way = ways.get(routing);
    if (way === undefined) ways.set(routing, (way = [routing.action, routing.policy, ...targets(routing.endpoints)].join())); // prettier-ignore
    return way;
  };
  const add = (p: number, node: NodeView, row: Omit<Row, 'nodes'>): void => {
    const key = `${row.from} ${wayOf(row.now)} ${row.before === undefined ? '' : wayOf(row.before)}`;
    const known = (rows[p] ??= new Map<string, Row>()).get(key);
    if (known === undefined) rows[p].set(key, { ...row, nodes: [node] });
    else known.nodes.push(node);
  };
  nodes.forEach((node, n) => {
    // All nodes have the same ports in the same order.
    node.ports.forEach((port, p) => {
      const bare = without?.[n]?.ports[p];
      add(p, node, { port, from: 'inside', now: port.clusterTraffic, before: bare?.clusterTraffic });
      const outer = port.nodePort?.routing ?? port.loadBalancer?.routing;
      if (outer === undefined || outer === port.clusterTraffic) return;
      add(p, node, {
        port,
        from: 'outside',
        now: outer,
        before: bare?.nodePort?.routing ?? bare?.loadBalancer?.routing,
      });
    });
  });
  const order = ({ from }: Row): number => (from === 'inside' ? 0 : 1);
  return rows.flatMap((ofPort) => [...ofPort.values()].sort((a, b) => order(a) - order(b)));
}

function portLabel({ portName, port, protocol, family }: ServicePortView): string {
  return `${portName === '' ? '' : `${portName} `}${port}/${protocol}${family === 'IPv6' ? ' IPv6' : ''}`;
}

function targets(endpoints: readonly { readonly address: string; readonly port: number }[]): string[] {
  return endpoints.map(({ address, port }) => targetText(address, port));
}

function missing(before: Routing, now: Routing): Routing['endpoints'] {
  const kept = new Set(targets(now.endpoints));
  return before.endpoints.filter(({ address, port }) => !kept.has(targetText(address, port)));
}

function chance({ endpoints }: Routing): string {
  const [first] = endpoints;
  return first === undefined ? '-' : `${(first.probability * 100).toFixed(1).replace(/\.0$/, '')}%`;
}

function endpointsCell({ action, endpoints }: Routing, room: number | undefined): Cell {
  if (action === 'reject') return { text: 'none: refused', style: 'yellow' };
  if (action === 'drop') return { text: 'none on this node: dropped', style: 'yellow' };
  return fitted(targets(endpoints), MAX_ENDPOINTS, room);
}

/** As many names as fit, at least one. */
function fitted(names: readonly string[], most: number, room: number | undefined): string {
  let shown = Math.min(most, names.length);
  while (room !== undefined && shown > 1 && listed(names, shown).length > room) shown--;
  return listed(names, shown);
}

function listed(names: readonly string[], most: number): string {
  const more = names.length - most;
  return names.slice(0, most).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function layersNote(layers: readonly ServiceLayers[]): string {
  return layers
    .map((own) => {
      const { inZoneByZones, inZone } = own;
      return `${nameAmong(layers, own)}: ${whole(inZoneByZones)} in zone, ${whole(inZone)} with node hints\n`;
    })
    .join('');
}

function costsNote(costs: readonly ServiceCosts[]): string {
  return costs
    .map((own) => {
      const { leaving, meanCost } = own;
      const flows = listedBriefly(leaving.map(flowText));
      return `${nameAmong(costs, own)}: ${flows}; a unit of traffic costs ${costText(meanCost)} on average\n`;
    })
    .join('');
}

/** Of one address type of a Service, with that where the Service has another, too. */
function nameAmong<T extends { readonly service: string; readonly addressType: string }>(
  all: readonly T[],
  { service, addressType }: T,
): string {
  const isOneOfTwo = all.some((other) => other.service === service && other.addressType !== addressType);
  return isOneOfTwo ? `${service} ${addressType}` : service;
}

function whole(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function affinityNote(rows: readonly Row[]): string {
  const affine = new Set(rows.filter(({ port }) => port.affinitySeconds !== undefined).map(({ port }) => `${port.namespace}/${port.service}`)); // prettier-ignore
  if (affine.size === 0) return '';
  return `Session affinity (${listed([...affine], MAX_NODES)}): nodes choose among the same endpoints, and a client keeps the one that it got.\n`;
}

function dnsTable(dns: readonly DnsView[], paint: Paint, width: number | undefined): string {
  if (dns.length === 0) return '';
  const header = ['NOT PROXIED', 'KIND', 'DNS ANSWERS'];
  const fixed = dns.map(({ namespace, service, kind }) => [`${namespace}/${service}`, kind]);
  const room = listRoom(width, header, fixed, 1);
  const rows = dns.map(({ kind, answers }, i): Cell[] => [
    ...fixed[i]!,
    answers.length === 0
      ? 'nothing'
      : `${kind === 'headless' ? `${answers.length}: ` : ''}${fitted(answers, MAX_ENDPOINTS, room)}`,
  ]);
  const headless = dns.find(({ kind }) => kind === 'headless');
  const ask =
    headless === undefined
      ? ''
      : `Hints do not change what DNS answers. CoreDNS with zone answers (coredns pull request 8388) gives the addresses of one zone:\nask for ZONE.pin._zone.${headless.service}.${headless.namespace}.svc.cluster.local, or ZONE.prefer._zone.… for all of them where the zone has none.\n`;
  return renderTable(header, rows, paint) + ask;
}
