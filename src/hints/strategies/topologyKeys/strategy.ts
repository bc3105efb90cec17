import { labelOf, ZONE_LABEL, type NodeRecord } from '../../../model/node.js';
import { compareText } from '../../../model/objectKey.js';
import { isReady } from '../../../model/readiness.js';
import type { EndpointRecord } from '../../../model/slice.js';
import type { EndpointHints } from '../../../model/hints.js';
import type { Decision, Strategy, StrategyInput } from '../../strategy.js';
import { notReadySentence } from '../../notReady.js';
import { Reason } from '../../reasons.js';
import { verdict, type Verdict } from '../../verdict.js';
import { compareScores, compileTopology, replayTopology, type Compilation, type CompileInput } from './compiler.js';
import { parseTopologyKeys, type TopologyKeys } from './annotation.js';
import { judgeTopology } from './verdict.js';
import { EndpointDomains, type LabelledNode, type Selection } from './selection.js';
import { UnreadyHints } from './unready.js';

const REGION_LABEL = 'topology.kubernetes.io/region';

/**
 * Ordered topology keys (`slicehints.io/topology-keys`, `openyurt.io/topologyKeys`) written as hints. All nodes of the
 * cluster are served, ready or not and control-plane nodes too: a proxy runs on each.
 */
export const topologyKeys: Strategy = (input) => {
  const { service, addressType, endpoints, cluster } = input;
  const asked = parseTopologyKeys(service) ?? { error: 'The Service has no annotation with topology keys' };
  if ('error' in asked) return withoutHints(input, 'Warning', Reason.InvalidTopologyKeys, `${asked.error}; no hints`);
  if (cluster.nodes.length === 0) {
    return withoutHints(input, 'Warning', Reason.NoNodes, 'No node is known, so that no topology key can be read');
  }
  if (endpoints.length === 0)
    return withoutHints(input, 'Normal', Reason.NoReadyEndpoints, notReadySentence(endpoints));

  // Positions: the endpoints by address, whatever order they come in.
  const order = endpoints
    .map((_, index) => index)
    .sort((a, b) => compareEndpoints(endpoints[a], endpoints[b]) || a - b);
  const sorted = order.flatMap((index) => endpoints[index] ?? []);
  const ready = sorted.flatMap((endpoint, position) => (isReady(endpoint) ? [position] : []));
  // While none is ready, hints are made as if all were, to be right when they start together.
  const counted = ready.length > 0 ? ready : sorted.map((_, position) => position);
  const planned = plan(asked, cluster.nodes, sorted, counted, addressType);

  const hints: (EndpointHints | undefined)[] = endpoints.map(() => undefined);
  if (!asked.strict || planned.exact) order.forEach((index, position) => (hints[index] = planned.hints[position]));
  if (ready.length > 0) return { verdict: planned.verdict, hints };
  const sentence = notReadySentence(endpoints);
  const hinted = hints.some((hint) => hint !== undefined);
  const reason = Reason.NoReadyEndpoints;
  return { verdict: verdict({ addressType, hinted, type: 'Normal', reason, sentence }), hints };
};

function withoutHints(
  { endpoints, addressType }: StrategyInput,
  type: Verdict['type'],
  reason: Reason,
  sentence: string,
): Decision {
  return {
    verdict: verdict({ addressType, hinted: false, type, reason, sentence }),
    hints: endpoints.map(() => undefined),
  };
}

function compareEndpoints(a: EndpointRecord | undefined, b: EndpointRecord | undefined): number {
  for (const part of ['address', 'nodeName', 'zone'] as const) {
    const [x, y] = [a?.[part] ?? '', b?.[part] ?? ''];
    if (x !== y) return compareText(x, y);
  }
  return 0;
}

interface Plan {
  /** Parallel to all endpoints. */
  readonly hints: readonly (EndpointHints | undefined)[];
  readonly exact: boolean;
  readonly verdict: Verdict;
}

function plan(
  asked: TopologyKeys,
  nodes: readonly NodeRecord[],
  endpoints: readonly EndpointRecord[],
  counted: readonly number[],
  addressType: string,
): Plan {
  const stage = setStage(asked, nodes, endpoints, counted);
  const { selections } = stage;
  const planned = counted.length === endpoints.length ? planReady(stage) : planUnreadyToo(asked, stage);
  const { compilation } = planned;
  const hinted = planned.hints.some((hint) => hint !== undefined);
  const findings = { asked, nodes, selections, compilation, hinted, endpointCount: counted.length, addressType };
  const exact = compilation.outcomes.every((outcome) => outcome === 'exact');
  return { hints: planned.hints, exact, verdict: judgeTopology(findings) };
}

/** What the compiler and the rest need, for the endpoints that count. */
interface Stage {
  readonly nodes: readonly NodeRecord[];
  readonly endpoints: readonly EndpointRecord[];
  readonly counted: readonly number[];
  readonly domains: EndpointDomains;
  readonly selections: readonly Selection[];
  readonly natural: ReadonlyMap<string, { readonly node: LabelledNode; readonly selection: Selection }>;
  readonly input: CompileInput;
}

function setStage(
  asked: TopologyKeys,
  nodes: readonly NodeRecord[],
  endpoints: readonly EndpointRecord[],
  counted: readonly number[],
): Stage {
  const domains = new EndpointDomains(asked.keys, nodes, endpoints, counted);
  const selections = nodes.map((node) => domains.select(node));
  const toCounted = renumber(counted);
  const natural = new Map(
    naturalNodes(nodes).map(({ zone, node }) => [zone, { node, selection: domains.select(node) }]),
  );
  const input = {
    endpoints: counted.flatMap((position) => endpoints[position] ?? []),
    nodes,
    wanted: selections.map((selection) => toCounted(selection.endpoints)),
    natural: new Map([...natural].map(([zone, { selection }]) => [zone, toCounted(selection.endpoints)])),
  };
  return { nodes, endpoints, counted, domains, selections, natural, input };
}

type Planned = { readonly hints: readonly (EndpointHints | undefined)[]; readonly compilation: Compilation };

function planReady({ input }: Stage): Planned {
  const compilation = compileTopology(input);
  return { hints: compilation.hints, compilation };
}

/**
 * Hints for all endpoints as if they were ready serve best when they cost the nodes nothing now: an endpoint that goes
 * and comes back changes no hint. Where they would cost something, the ready ones are planned alone, and the others
 * get what they would be selected for. Where the ready ones keep their hints, the others keep theirs.
 */
function planUnreadyToo(asked: TopologyKeys, stage: Stage): Planned {
  const { nodes, endpoints, counted, input } = stage;
  const alone = planReady(stage).compilation;
  const stays = counted.every((position, i) => alone.hints[i] === endpoints[position]?.hints);
  const present = endpoints.map((endpoint) => endpoint.hints);
  if (stays && alone.hints[0] !== undefined && endpoints.every((endpoint) => isHintedLike(endpoint, alone.hints[0]))) {
    return { hints: present, compilation: alone };
  }
  const everyone = endpoints.map((_, position) => position);
  const asIfReady = planReady(setStage(asked, nodes, endpoints, everyone)).hints;
  const kept = counted.map((position) => asIfReady[position]);
  const replayed = replayTopology(input, kept);
  if (compareScores(replayed.score, alone.score) > 0) return { hints: withUnready(stage, alone), compilation: alone };
  // From there the ready ones alone may be planned better still, which planning again would find.
  const onward = compileTopology({
    ...input,
    endpoints: input.endpoints.map((endpoint, i) => ({ ...endpoint, hints: kept[i] })),
  });
  return compareScores(onward.score, replayed.score) < 0
    ? { hints: withUnready(stage, onward), compilation: onward }
    : { hints: asIfReady, compilation: replayed };
}

function withUnready(stage: Stage, compilation: Compilation): readonly (EndpointHints | undefined)[] {
  const { nodes, endpoints, counted, domains, selections, natural } = stage;
  const hints: (EndpointHints | undefined)[] = endpoints.map(() => undefined);
  counted.forEach((position, i) => (hints[position] = compilation.hints[i]));
  const unready = new UnreadyHints({
    nodes,
    selections,
    natural,
    positions: counted,
    hints: compilation.hints,
    domains,
  });
  endpoints.forEach((endpoint, position) => {
    if (!isReady(endpoint)) hints[position] = unready.of(endpoint, position);
  });
  return hints;
}

/** Has hints of every kind that the model has. */
function isHintedLike({ hints }: EndpointRecord, model: EndpointHints | undefined): boolean {
  return (['forZones', 'forNodes'] as const).every(
    (kind) => (model?.[kind]?.length ?? 0) === 0 || (hints?.[kind]?.length ?? 0) > 0,
  );
}

/** Indexes of all endpoints → indexes of the counted ones; equal arrays stay one array. */
function renumber(counted: readonly number[]): (selected: Selection['endpoints']) => readonly number[] {
  const place = new Map(counted.map((position, i) => [position, i]));
  const known = new Map<readonly number[], readonly number[]>();
  return (selected) => {
    let renumbered = known.get(selected);
    if (renumbered === undefined) {
      renumbered = selected.map((position) => place.get(position) ?? 0);
      known.set(selected, renumbered);
    }
    return renumbered;
  };
}

/**
 * The node that may join each zone tomorrow: it has the labels on which all nodes of the zone agree. Of a zone with one
 * node only zone and region are taken, for everything else about that node may be its own.
 */
function naturalNodes(
  nodes: readonly NodeRecord[],
): { zone: string; node: { name: string; labels: Record<string, string> } }[] {
  const byZone = new Map<string, NodeRecord[]>();
  for (const node of nodes) {
    const list = byZone.get(node.zone);
    if (list === undefined) byZone.set(node.zone, [node]);
    else list.push(node);
  }
  return [...byZone].map(([zone, members]) => {
    const [first, ...others] = members;
    const shared = Object.entries(first?.labels ?? {}).filter(([label, value]) =>
      others.length === 0
        ? label === ZONE_LABEL || label === REGION_LABEL
        : others.every((node) => labelOf(node, label) === value),
    );
    return { zone, node: { name: '', labels: Object.fromEntries(shared) } };
  });
}
