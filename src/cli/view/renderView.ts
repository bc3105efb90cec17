import { consumersThatDiffer, type Consumer } from '../../kubeproxy/consumers.js';
import { consumerText } from '../../kubeproxy/reading.js';
import type { NodeConsumer } from '../../model/node.js';
import { compareText } from '../../model/objectKey.js';
import { viewNodes, type NodeView, type ViewInput } from '../../kubeproxy/view.js';
import { UsageError } from '../flags/usageError.js';
import { viewDns, type DnsView } from '../../kubeproxy/dnsView.js';
import type { Paint } from '../output/terminal.js';
import { iptablesRenderer } from './iptables.js';
import { IPVS } from './ipvs.js';
import { nftRenderer } from './nft.js';
import { renderJson } from './renderJson.js';
import { renderRules } from './renderRules.js';
import type { ServiceCosts } from './costs.js';
import type { ServiceLayers } from './layers.js';
import type { NodeRenderer, RuleOptions } from './ruleOptions.js';
import { renderViewTable } from './table.js';

export const VIEW_FORMATS = ['table', 'ipvs', 'iptables', 'nft', 'json'] as const;
export type ViewFormat = (typeof VIEW_FORMATS)[number];

export interface ViewModel {
  /** Services for which DNS answers, not a proxy. */
  readonly dns: readonly DnsView[];
  /** What the nodes do by the hints that are there. */
  readonly nodes: readonly NodeView[];
  /** What the same nodes would do without hints; only for a diff. */
  readonly without: readonly NodeView[] | undefined;
  /** Of Services whose hints name nodes beside zones; for the table. */
  readonly layers: readonly ServiceLayers[];
  /** Of Services with traffic that leaves its zone at a cost; for the table. */
  readonly costs: readonly ServiceCosts[];
}

export interface RunViewInput extends Omit<ViewInput, 'withoutHints'> {
  /** Only this node; all of them without it. */
  readonly node?: string | undefined;
  /** Only this Service, `namespace/name`. */
  readonly service?: string | undefined;
  readonly format: ViewFormat;
  readonly diff: boolean;
  /** For the table, by `layersOf`. */
  readonly layers?: readonly ServiceLayers[] | undefined;
  /** For the table, by `costsOf`. */
  readonly costs?: readonly ServiceCosts[] | undefined;
  readonly paint: Paint;
  /** Width of the terminal, for the table; undefined: as wide as it gets. */
  readonly width?: number | undefined;
  /** For nft and iptables. */
  readonly rules?: RuleOptions | undefined;
}

const CHOOSING_RULES: RuleOptions = { allRules: false, clusterCidr: {} };

/**
 * `slicehints view`: what kube-proxy on the nodes does with Services by the hints that are there.
 * @returns the text in pieces
 * @throws {UsageError} when there is no such node or Service
 */
export function runView(input: RunViewInput): Iterable<string> {
  const {
    services,
    node,
    service,
    consumer,
    format,
    diff,
    paint,
    endpointSlices,
    rules = CHOOSING_RULES,
    width,
  } = input;
  const nodes = node === undefined ? input.nodes : input.nodes.filter(({ metadata }) => metadata?.name === node);
  if (node !== undefined && nodes.length === 0) {
    throw new UsageError(`--node: expected one of the ${input.nodes.length} nodes, got "${node}"`);
  }
  if (nodes.length === 0) throw new UsageError('there is no Node, so there is no kube-proxy whose view could be shown');
  const chosen =
    service === undefined
      ? services
      : services.filter(({ metadata }) => `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}` === service);
  if (service !== undefined && chosen.length === 0) {
    throw new UsageError(`--service: expected one of the ${services.length} Services, got "${service}"`);
  }
  const scene = { services: chosen, endpointSlices, nodes, consumer };
  const model = {
    dns: viewDns(chosen, endpointSlices),
    nodes: viewNodes(scene),
    without: diff ? viewNodes({ ...scene, withoutHints: true }) : undefined,
    layers: input.layers ?? [],
    costs: input.costs ?? [],
  };
  return renderView(model, format, { paint, rules, width });
}

/** In pieces: the rules of all nodes of a large cluster fit no string. */
export function* renderView(
  model: ViewModel,
  format: ViewFormat,
  { paint, rules, width }: { readonly paint: Paint; readonly rules: RuleOptions; readonly width?: number | undefined },
): Generator<string> {
  const consumers = consumersThatDiffer(hintsUsed(model.nodes));
  if (format === 'json') yield* renderJson(model, consumers);
  else if (format === 'table') yield renderViewTable(model, paint, width) + renderConsumers(consumers, model.nodes, '');
  else {
    yield* renderRules(model, rendererOf(format, model, rules));
    yield renderConsumers(consumers, model.nodes, '# ');
  }
}

function rendererOf(format: 'ipvs' | 'iptables' | 'nft', model: ViewModel, rules: RuleOptions): NodeRenderer {
  if (format === 'ipvs') return IPVS;
  return format === 'nft' ? nftRenderer(rules) : iptablesRenderer([...model.nodes, ...(model.without ?? [])], rules);
}

function hintsUsed(nodes: readonly NodeView[]): { forZones: boolean; forNodes: boolean } {
  const ports = nodes[0]?.ports ?? [];
  return {
    forZones: ports.some(({ hints }) => hints.forZones),
    forNodes: ports.some(({ hints }) => hints.forNodes),
  };
}

function renderConsumers(consumers: readonly Consumer[], nodes: readonly NodeView[], prefix: string): string {
  if (consumers.length === 0) return '';
  const lines = consumers.map(({ name, differs, needs }) => {
    const condition = needs === undefined ? '' : `; needs ${needs}`;
    return `${prefix}  ${name}: ${differs}${condition}`;
  });
  const lead = `${nodesText(nodes)} Others read these hints differently:`;
  return `\n${[`${prefix}${lead}`, ...lines].join('\n')}\n`;
}

/** What the view goes by: the newest kube-proxy everywhere, or what each node runs. */
function nodesText(nodes: readonly NodeView[]): string {
  const counts = new Map<NodeConsumer, number>();
  for (const { consumer } of nodes) counts.set(consumer, (counts.get(consumer) ?? 0) + 1);
  if (counts.size === 1 && counts.has('kube-proxy')) return 'This is what kube-proxy 1.34 and later does on Linux.';
  const kinds = [...counts].sort(([a], [b]) => compareText(a, b));
  return `This follows what each node runs: ${kinds.map(([kind, count]) => `${count} ${consumerText(kind)}`).join(', ')}.`;
}
