import { targetText, type NodeView, type Routing, type ServicePortView } from '../../kubeproxy/view.js';
import type { Paint } from '../output/terminal.js';
import { renderTable, type Cell } from '../output/textTable.js';
import { servicePortName } from './chainNames.js';

const MAX_NODES = 4;
const MAX_ENDPOINTS = 8;

/** Nodes that do the same with a Service port. */
interface Row {
  readonly port: ServicePortView;
  readonly before: Routing | undefined;
  readonly nodes: string[];
}

/**
 * A line for every Service port and way of serving it. With `without` (the same nodes as if there were no hints) the
 * columns say what the hints take away.
 */
export function renderViewTable(
  nodes: readonly NodeView[],
  without: readonly NodeView[] | undefined,
  paint: Paint,
): string {
  const header = ['SERVICE', 'PORT', 'NODES', 'USES', 'CHANCE', 'ENDPOINTS', ...(without ? ['NOT USED'] : [])];
  const rows = collectRows(nodes, without).map(({ port, before, nodes: names }): Cell[] => {
    const { clusterTraffic } = port;
    const count = clusterTraffic.endpoints.length;
    const local = clusterTraffic.policy === 'Local' ? ' (local)' : '';
    return [
      `${port.namespace}/${port.service}`,
      `${portLabel(port)}`,
      listed(names, MAX_NODES),
      before === undefined ? `${count}${local}` : `${before.endpoints.length} → ${count}${local}`,
      chance(clusterTraffic),
      endpointsCell(clusterTraffic),
      ...(before === undefined ? [] : [listed(targets(missing(before, clusterTraffic)), MAX_ENDPOINTS) || '-']),
    ];
  });
  return rows.length === 0 ? 'No Service port is served.\n' : renderTable(header, rows, paint);
}

function collectRows(nodes: readonly NodeView[], without: readonly NodeView[] | undefined): Row[] {
  const byPort = new Map<string, Map<string, Row>>();
  nodes.forEach((node, n) => {
    node.ports.forEach((port, p) => {
      const key = `${servicePortName(port)} ${port.protocol} ${port.family}`;
      let rows = byPort.get(key);
      if (rows === undefined) byPort.set(key, (rows = new Map<string, Row>()));
      const way = [port.clusterTraffic.action, ...targets(port.clusterTraffic.endpoints)].join();
      const row = rows.get(way);
      if (row !== undefined) row.nodes.push(node.name);
      else rows.set(way, { port, before: without?.[n]?.ports[p]?.clusterTraffic, nodes: [node.name] });
    });
  });
  return [...byPort.values()].flatMap((rows) => [...rows.values()]);
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

function endpointsCell({ action, endpoints }: Routing): Cell {
  if (action === 'reject') return { text: 'none: refused', style: 'yellow' };
  if (action === 'drop') return { text: 'none on this node: dropped', style: 'yellow' };
  return listed(targets(endpoints), MAX_ENDPOINTS);
}

function listed(names: readonly string[], most: number): string {
  const more = names.length - most;
  return names.slice(0, most).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
