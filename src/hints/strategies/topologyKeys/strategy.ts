import type { Reading } from '../../../kubeproxy/reading.js';
import { labelOf, ZONE_LABEL, type NodeRecord } from '../../../model/node.js';
import { compareText } from '../../../model/objectKey.js';
import { isReady } from '../../../model/readiness.js';
import type { EndpointRecord } from '../../../model/slice.js';
import type { EndpointHints } from '../../../model/hints.js';
import type { Judgement, Strategy, StrategyInput } from '../../strategy.js';
import { notReadySentence } from '../notReady.js';
import { Reason } from '../../reasons.js';
import { verdict } from '../../verdict.js';
import { compareScores, TopologyCompiler, type Compilation, type CompileInput } from './compiler.js';
import { type TopologyKeys } from './annotation.js';
import { judgeTopology } from './verdict.js';
import { EndpointDomains, type LabelledNode, type Selection } from './selection.js';
import { UnreadyHints } from './unready.js';

const REGION_LABEL = 'topology.kubernetes.io/region';

/**
 * Ordered topology keys (`slicehints.io/topology-keys`, `openyurt.io/topologyKeys`) written as hints. All nodes of the
 * cluster are served, ready or not and control-plane nodes too: a proxy runs on each.
 */
export const topologyKeys: Strategy = {
  decide(input) {
    const question = ask(input);
    const hints: (EndpointHints | undefined)[] = input.endpoints.map(() => undefined);
    if (!('asked' in question)) return { ...question, hints };
    const { asked, order } = question;
    const stage = setStage(asked, readersOf(input), question.sorted, question.counted);
    const planned = question.counted.length === order.length ? planReady(stage) : planUnreadyToo(stage);
    const judgement = judgeHints(question, stage, planned, input);
    if (judgement.refused !== true) order.forEach((index, position) => (hints[index] = planned.hints[position]));
    return { ...judgement, hints };
  },

  judge(input, hints) {
    const question = ask(input);
    if (!('asked' in question)) return question;
    const stage = setStage(question.asked, readersOf(input), question.sorted, question.counted);
    const own = question.order.map((index) => hints[index]);
    const compilation = stage.compiler.replay(question.counted.map((position) => own[position]));
    return judgeHints(question, stage, { hints: own, compilation }, input);
  },
};

/** What is asked, of which endpoints. */
interface Question {
  readonly asked: TopologyKeys;
  /** Position → index: the endpoints by address, whatever order they come in. */
  readonly order: readonly number[];
  /** By position. */
  readonly sorted: readonly EndpointRecord[];
  /** Positions of the ready endpoints. While none is ready all of them, to be right when they start together. */
  readonly counted: readonly number[];
  readonly someReady: boolean;
}

/** @returns a judgement where there is nothing to select */
function ask({ keys: asked, addressType, endpoints, cluster }: StrategyInput): Question | Judgement {
  if (cluster.nodes.length === 0) {
    const reason = Reason.NoNodes;
    const sentence = 'No node is known, so that no topology key can be read';
    const its = verdict({ addressType, hinted: false, type: 'Warning', reason, sentence });
    return { badness: Infinity, refused: true, verdict: its };
  }
  if (endpoints.length === 0) return notReady(addressType, endpoints, false);
  const order = endpoints
    .map((_, index) => index)
    .sort((a, b) => compareEndpoints(endpoints[a], endpoints[b]) || a - b);
  const sorted = order.flatMap((index) => endpoints[index] ?? []);
  const ready = sorted.flatMap((endpoint, position) => (isReady(endpoint) ? [position] : []));
  const someReady = ready.length > 0;
  return { asked, order, sorted, counted: someReady ? ready : sorted.map((_, position) => position), someReady };
}

function notReady(addressType: string, endpoints: readonly EndpointRecord[], hinted: boolean): Judgement {
  const reason = Reason.NoReadyEndpoints;
  const sentence = notReadySentence(endpoints);
  return { badness: -1, verdict: verdict({ addressType, hinted, type: 'Normal', reason, sentence }) };
}

function judgeHints(
  { asked, sorted, counted, someReady }: Question,
  { selections }: Stage,
  { hints, compilation }: Planned,
  { addressType, cluster: { nodes }, settings }: StrategyInput,
): Judgement {
  const hinted = hints.some((hint) => hint !== undefined);
  const refused = asked.strict && !isExact(compilation);
  if (!someReady && !refused) return notReady(addressType, sorted, hinted);
  const findings = {
    asked,
    nodes,
    selections,
    compilation,
    hinted,
    zonesOnly: settings.nodeHints === 'dropped',
    endpointCount: counted.length,
    addressType,
  };
  const counts = { exact: 0, narrowed: 0, softened: 0, leaking: 0 };
  for (const outcome of compilation.outcomes) counts[outcome]++;
  return {
    verdict: judgeTopology(findings),
    badness: (counts.leaking * nodes.length + counts.softened) * nodes.length + counts.narrowed,
    refused,
  };
}

function isExact({ outcomes }: Compilation): boolean {
  return outcomes.every((outcome) => outcome === 'exact');
}

function compareEndpoints(a: EndpointRecord | undefined, b: EndpointRecord | undefined): number {
  for (const part of ['address', 'nodeName', 'zone'] as const) {
    const [x, y] = [a?.[part] ?? '', b?.[part] ?? ''];
    if (x !== y) return compareText(x, y);
  }
  return 0;
}

/** The nodes, and which hints they heed. */
interface Readers {
  readonly nodes: readonly NodeRecord[];
  readonly placeOf: (name: string) => number;
  readonly reading: Reading;
  /** Node hints cannot be written. */
  readonly zonesOnly: boolean;
}

function readersOf({ cluster: { nodes, nodeIndex }, reading, settings }: StrategyInput): Readers {
  const placeOf = (name: string): number => nodeIndex.placeOf(name);
  return { nodes, placeOf, reading, zonesOnly: settings.nodeHints === 'dropped' };
}

/** What the compiler and the rest need, for the endpoints that count. */
interface Stage extends Readers {
  readonly endpoints: readonly EndpointRecord[];
  readonly counted: readonly number[];
  readonly domains: EndpointDomains;
  readonly selections: readonly Selection[];
  readonly natural: ReadonlyMap<string, { readonly node: LabelledNode; readonly selection: Selection }>;
  readonly input: CompileInput;
  readonly compiler: TopologyCompiler;
}

function setStage(
  { keys }: TopologyKeys,
  readers: Readers,
  endpoints: readonly EndpointRecord[],
  counted: readonly number[],
): Stage {
  const domains = EndpointDomains.of(keys, readers.nodes, endpoints, counted, readers.placeOf);
  return stageOf(readers, endpoints, counted, domains, naturalNodes(readers.nodes));
}

/** The same where every endpoint counts. */
function withEveryone({ nodes, placeOf, reading, zonesOnly, endpoints, domains, natural }: Stage): Stage {
  const everyone = endpoints.map((_, position) => position);
  const joining = [...natural].map(([zone, { node }]) => ({ zone, node }));
  return stageOf({ nodes, placeOf, reading, zonesOnly }, endpoints, everyone, domains.counting(everyone), joining);
}

/** @param joining of each zone the node that may join it */
function stageOf(
  { nodes, placeOf, reading, zonesOnly }: Readers,
  endpoints: readonly EndpointRecord[],
  counted: readonly number[],
  domains: EndpointDomains,
  joining: readonly { readonly zone: string; readonly node: LabelledNode }[],
): Stage {
  const selections = nodes.map((node) => domains.select(node));
  const natural = new Map(joining.map(({ zone, node }) => [zone, { node, selection: domains.select(node) }]));
  const input = {
    endpoints: counted.flatMap((position) => endpoints[position] ?? []),
    nodes,
    placeOf,
    reading,
    zonesOnly,
    wanted: selections.map((selection) => selection.endpoints),
    natural: new Map([...natural].map(([zone, { selection }]) => [zone, selection.endpoints])),
  };
  const compiler = new TopologyCompiler(input);
  return { nodes, placeOf, reading, zonesOnly, endpoints, counted, domains, selections, natural, input, compiler };
}

type Planned = { readonly hints: readonly (EndpointHints | undefined)[]; readonly compilation: Compilation };

function planReady({ compiler }: Stage): Planned {
  const compilation = compiler.compile();
  return { hints: compilation.hints, compilation };
}

/**
 * Hints for all endpoints as if they were ready serve best when they cost the nodes nothing now: an endpoint that goes
 * and comes back changes no hint. Where they would cost something, or planning twice too much, the ready ones are planned
 * alone, and the others get what they would be selected for. Where the ready ones keep their hints, the others keep theirs.
 */
function planUnreadyToo(stage: Stage): Planned {
  const { endpoints, counted, input, compiler } = stage;
  const alone = planReady(stage).compilation;
  const stays = counted.every((position, i) => alone.hints[i] === endpoints[position]?.hints);
  const present = endpoints.map((endpoint) => endpoint.hints);
  if (stays && alone.hints[0] !== undefined && endpoints.every((endpoint) => isHintedLike(endpoint, alone.hints[0]))) {
    return { hints: present, compilation: alone };
  }
  if (weightOf(input) > MOST_WEIGHT) return { hints: withUnready(stage, alone), compilation: alone };
  const asIfReady = planReady(withEveryone(stage)).hints;
  const kept = counted.map((position) => asIfReady[position]);
  const replayed = compiler.replay(kept);
  if (compareScores(replayed.score, alone.score) > 0) return { hints: withUnready(stage, alone), compilation: alone };
  // From there the ready ones alone may be planned better still, which planning again would find.
  const onward = compiler.compile(kept, replayed);
  return compareScores(onward.score, replayed.score) < 0
    ? { hints: withUnready(stage, onward), compilation: onward }
    : { hints: asIfReady, compilation: replayed };
}

/** Endpoints wanted, each different wish once: above this, which only keys with "!" reach, the ready ones are planned alone. */
const MOST_WEIGHT = 50_000;

function weightOf({ wanted }: CompileInput): number {
  let weight = 0;
  for (const wish of new Set(wanted)) weight += wish.length;
  return weight;
}

function withUnready(stage: Stage, compilation: Compilation): readonly (EndpointHints | undefined)[] {
  const { nodes, endpoints, counted, domains, selections, natural } = stage;
  const hints: (EndpointHints | undefined)[] = endpoints.map(() => undefined);
  counted.forEach((position, i) => (hints[position] = compilation.hints[i]));
  const unready = new UnreadyHints({
    nodes,
    selections,
    natural,
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
