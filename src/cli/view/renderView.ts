import { consumersThatDiffer, type Consumer } from '../../kubeproxy/consumers.js';
import { viewNodes, type NodeView, type Routing, type ServicePortView, type ViewInput } from '../../kubeproxy/view.js';
import { InputError } from '../flags/inputError.js';
import type { Paint } from '../output/terminal.js';
import { renderIptables } from './iptables.js';
import { renderIpvs } from './ipvs.js';
import { diffLines } from './lineDiff.js';
import { renderNft } from './nft.js';
import { renderViewTable } from './table.js';

export const VIEW_FORMATS = ['table', 'ipvs', 'iptables', 'nft', 'json'] as const;
export type ViewFormat = (typeof VIEW_FORMATS)[number];

export interface ViewModel {
  /** What the nodes do by the hints that are there. */
  readonly nodes: readonly NodeView[];
  /** What the same nodes would do without hints; only for a diff. */
  readonly without: readonly NodeView[] | undefined;
}

export interface RunViewInput extends Omit<ViewInput, 'withoutHints'> {
  /** Only this node; all of them without it. */
  readonly node?: string | undefined;
  /** Only this Service, `namespace/name`. */
  readonly service?: string | undefined;
  readonly format: ViewFormat;
  readonly diff: boolean;
  readonly paint: Paint;
}

const MAX_NODE_NAMES = 8;

/**
 * `slicehints view`: what kube-proxy on the nodes does with Services by the hints that are there.
 * @throws {InputError} when there is no such node or Service
 */
export function runView(input: RunViewInput): string {
  const { services, node, service, format, diff, paint, endpointSlices } = input;
  const nodes = node === undefined ? input.nodes : input.nodes.filter(({ metadata }) => metadata?.name === node);
  if (node !== undefined && nodes.length === 0) {
    throw new InputError(`--node: expected one of the ${input.nodes.length} nodes, got "${node}"`);
  }
  if (nodes.length === 0) throw new InputError('there is no Node, so there is no kube-proxy whose view could be shown');
  const chosen =
    service === undefined
      ? services
      : services.filter(({ metadata }) => `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}` === service);
  if (service !== undefined && chosen.length === 0) {
    throw new InputError(`--service: expected one of the ${services.length} Services, got "${service}"`);
  }
  const scene = { services: chosen, endpointSlices, nodes };
  const model = {
    nodes: viewNodes(scene),
    without: diff ? viewNodes({ ...scene, withoutHints: true }) : undefined,
  };
  return renderView(model, format, { paint });
}

export function renderView(model: ViewModel, format: ViewFormat, { paint }: { readonly paint: Paint }): string {
  const consumers = consumersThatDiffer(hintsUsed(model.nodes));
  switch (format) {
    case 'json':
      return `${JSON.stringify(toJson(model, consumers), null, 2)}\n`;
    case 'table':
      return renderViewTable(model.nodes, model.without, paint) + renderConsumers(consumers, '');
    case 'ipvs':
      return renderText(model, renderIpvs) + renderConsumers(consumers, '# ');
    case 'iptables':
      return renderText(model, renderIptables) + renderConsumers(consumers, '# ');
    case 'nft':
      return renderText(model, renderNft) + renderConsumers(consumers, '# ');
  }
}

function hintsUsed(nodes: readonly NodeView[]): { forZones: boolean; forNodes: boolean } {
  const ports = nodes[0]?.ports ?? [];
  return {
    forZones: ports.some(({ hints }) => hints.forZones),
    forNodes: ports.some(({ hints }) => hints.forNodes),
  };
}

/** Nodes with the same rules are shown once. */
function renderText({ nodes, without }: ViewModel, render: (node: NodeView) => string[]): string {
  const groups = new Map<string, { readonly nodes: NodeView[]; readonly lines: string[] }>();
  nodes.forEach((node, index) => {
    const bare = without?.[index];
    const lines = bare === undefined ? render(node) : diffLines(render(bare), render(node));
    const key = lines.join('\n');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { nodes: [node], lines });
    else group.nodes.push(node);
  });
  const blocks = [...groups.values()].map(({ nodes: members, lines }) => [nodesLine(members), ...lines].join('\n'));
  return `${blocks.join('\n\n')}\n`;
}

function nodesLine(nodes: readonly NodeView[]): string {
  const names = nodes.map(({ name, zone }) => (zone === '' ? name : `${name} (zone ${zone})`));
  const more = names.length - MAX_NODE_NAMES;
  const rest = more > 0 ? ` and ${more} more` : '';
  return `# ${names.length === 1 ? 'node' : 'nodes'} ${names.slice(0, MAX_NODE_NAMES).join(', ')}${rest}`;
}

function renderConsumers(consumers: readonly Consumer[], prefix: string): string {
  if (consumers.length === 0) return '';
  const lines = consumers.map(({ name, differs, needs }) => {
    const condition = needs === undefined ? '' : `; needs ${needs}`;
    return `${prefix}  ${name}: ${differs}${condition}`;
  });
  const lead = 'This is what kube-proxy 1.34 and later does on Linux. Others see these hints differently:';
  return `\n${[`${prefix}${lead}`, ...lines].join('\n')}\n`;
}

function toJson({ nodes, without }: ViewModel, consumers: readonly Consumer[]): object {
  return {
    nodes: nodes.map((node, n) => ({
      name: node.name,
      zone: node.zone,
      ports: node.ports.map((port, p) => portJson(port, without?.[n]?.ports[p]?.clusterTraffic)),
    })),
    otherConsumers: consumers.map(({ name, differs, needs }) => ({ name, differs, ...(needs ? { needs } : {}) })),
  };
}

function portJson(port: ServicePortView, withoutHints: Routing | undefined): object {
  const { hints, ...rest } = port;
  return { ...rest, hints, ...(withoutHints === undefined ? {} : { clusterTrafficWithoutHints: withoutHints }) };
}
