import { usableByNodes } from '../../../kubeproxy/replay.js';
import type { NodeConsumer } from '../../../model/node.js';
import { isReady } from '../../../model/readiness.js';
import type { EndpointRecord } from '../../../model/slice.js';
import type { EndpointHints } from '../../../model/hints.js';
import { notReadySentence } from '../notReady.js';
import { Reason } from '../../reasons.js';
import type { Judgement, Strategy, StrategyInput } from '../../strategy.js';
import { verdict } from '../../verdict.js';

const MAX_NAMES = 5;

/**
 * `spec.trafficDistribution: PreferSameZone` (and PreferClose) as Kubernetes 1.36 writes it: every endpoint is hinted to
 * its own zone, an endpoint without a zone to none (k8s.io/endpointslice trafficdist). Endpoints that are not ready get
 * the same hints, where upstream leaves them bare, so that none is unhinted at the moment it becomes ready.
 */
export const sameZone: Strategy = strategyOf(false);

/**
 * `PreferSameNode`: the own node too, where the endpoint names one; proxies use hints for nodes before those for zones.
 * Where the API server does not store node hints, zone hints alone.
 */
export const sameNode: Strategy = strategyOf(true);

function strategyOf(asksForNodes: boolean): Strategy {
  return {
    decide: (input) => {
      const byNode = asksForNodes && input.settings.nodeHints === 'stored';
      const nearest = new NearestHints(byNode);
      const hints = input.endpoints.map((endpoint) => nearest.of(endpoint));
      return { ...judge(input, hints, asksForNodes), hints };
    },
    judge: (input, hints) => judge(input, hints, asksForNodes),
  };
}

function judge(input: StrategyInput, hints: readonly (EndpointHints | undefined)[], asksForNodes: boolean): Judgement {
  const { addressType, endpoints, settings } = input;
  const notStored = asksForNodes && settings.nodeHints === 'dropped';
  const byNode = asksForNodes && !notStored;
  const hinted = hints.some((hint) => hint !== undefined);
  if (!endpoints.some(isReady)) {
    const reason = Reason.NoReadyEndpoints;
    const sentence = notReadySentence(endpoints);
    return { badness: -1, verdict: verdict({ addressType, hinted, type: 'Normal', reason, sentence }) };
  }
  const gaps = findGaps(endpoints, hints, byNode);
  const use = describeUse(input, hints, byNode, gaps.defeated);
  const instead = notStored
    ? ['This API server does not store node hints (Kubernetes before 1.34), so that zone hints are set instead']
    : [];
  const sentence = [...instead, ...gaps.sentences, use.sentence].join('; ');
  const reasons = asksForNodes
    ? { set: notStored ? Reason.NodeHintsNotStored : Reason.SameNodeHintsSet, ignored: Reason.SameNodeHintsIgnored }
    : { set: Reason.SameZoneHintsSet, ignored: Reason.SameZoneHintsIgnored };
  return {
    badness: use.away,
    verdict: verdict({
      addressType,
      hinted,
      type: notStored || gaps.sentences.length > 0 ? 'Warning' : 'Normal',
      reason: gaps.defeated ? reasons.ignored : reasons.set,
      sentence,
    }),
  };
}

interface HintsOfZone {
  readonly forZones: readonly string[];
  /** By node; '' for none. */
  readonly ofNodes: Map<string, EndpointHints>;
}

/** Hints for the own zone and node of endpoints: one object for each place, and one list for each zone. */
class NearestHints {
  readonly #byNode: boolean;
  readonly #known = new Map<string, HintsOfZone>();

  constructor(byNode: boolean) {
    this.#byNode = byNode;
  }

  /** The endpoint's hints; its own object when it has just these. */
  of({ zone, nodeName, hints }: EndpointRecord): EndpointHints | undefined {
    const node = this.#byNode ? nodeName : '';
    if (zone === '' && node === '') return undefined;
    if (hints !== undefined && namesJust(hints.forZones, zone) && namesJust(hints.forNodes, node)) return hints;
    let ofZone = this.#known.get(zone);
    if (ofZone === undefined) this.#known.set(zone, (ofZone = { forZones: [zone], ofNodes: new Map() }));
    let nearest = ofZone.ofNodes.get(node);
    if (nearest === undefined) {
      const { forZones } = ofZone;
      nearest = zone === '' ? { forNodes: [node] } : node === '' ? { forZones } : { forZones, forNodes: [node] };
      ofZone.ofNodes.set(node, nearest);
    }
    return nearest;
  }
}

/** @param name '' for none */
function namesJust(names: readonly string[] | undefined, name: string): boolean {
  if (name === '') return names === undefined || names.length === 0;
  return names?.length === 1 && names[0] === name;
}

/** Ready endpoints that cannot be hinted, and what that does to the others: proxies heed hints only if all have them. */
function findGaps(
  endpoints: readonly EndpointRecord[],
  hints: readonly (EndpointHints | undefined)[],
  byNode: boolean,
): { sentences: string[]; defeated: boolean } {
  // An address may have its hints from another slice that has its zone or node.
  const unhinted = (kind: keyof EndpointHints, place: 'zone' | 'nodeName'): readonly EndpointRecord[] =>
    endpoints.filter((one, i) => isReady(one) && one[place] === '' && (hints[i]?.[kind]?.length ?? 0) === 0);
  const zoneless = unhinted('forZones', 'zone');
  // On slices that the in-tree controller writes, which may not have come to it yet, or write hints of one kind only.
  const lacking = (kind: keyof EndpointHints): ReadonlySet<EndpointRecord> =>
    new Set(endpoints.filter((one, i) => isReady(one) && (hints[i]?.[kind]?.length ?? 0) === 0));
  const withoutZones = lacking('forZones');
  const withoutNodes = lacking('forNodes');
  const waitsForZones = [...withoutZones].filter(({ zone }) => zone !== '');
  const waitsForNodes = byNode ? [...withoutNodes].filter(({ nodeName }) => nodeName !== '') : [];
  const isBare = (one: EndpointRecord): boolean => withoutZones.has(one) && withoutNodes.has(one);
  const isHalf = (one: EndpointRecord): boolean => !isBare(one);
  const bare = [...new Set([...waitsForZones, ...waitsForNodes])].filter(isBare);
  const zonesMissing = waitsForZones.filter(isHalf);
  const nodesMissing = waitsForNodes.filter(isHalf);
  const nodeless = byNode ? unhinted('forNodes', 'nodeName') : [];
  const sentences: string[] = [];
  const have = (gap: readonly EndpointRecord[], what: string): string =>
    `${listed(gap.map(({ address }) => address).sort(), 'endpoint')} ${gap.length === 1 ? 'has' : 'have'} no ${what}`;
  if (nodeless.length > 0)
    sentences.push(`${have(nodeless, 'node name')}, so that kube-proxy ignores the node hints of the whole Service`);
  if (zoneless.length > 0)
    sentences.push(`${have(zoneless, 'zone')}, so that kube-proxy ignores the zone hints of the whole Service`);
  if (bare.length > 0)
    sentences.push(`${have(bare, 'hints yet')}, so that kube-proxy ignores the hints of the whole Service`);
  if (nodesMissing.length > 0)
    sentences.push(
      `${have(nodesMissing, 'node hints yet')}, so that kube-proxy ignores the node hints of the whole Service`,
    );
  if (zonesMissing.length > 0)
    sentences.push(
      `${have(zonesMissing, 'zone hints yet')}, so that kube-proxy ignores the zone hints of the whole Service`,
    );
  return { sentences, defeated: withoutZones.size > 0 && withoutNodes.size > 0 };
}

/** What the nodes will do, by replay. */
function describeUse(
  { endpoints, cluster, reading }: StrategyInput,
  hints: readonly (EndpointHints | undefined)[],
  byNode: boolean,
  defeated: boolean,
): { sentence: string; away: number } {
  const ready = endpoints.filter(isReady).length;
  if (defeated) return { sentence: `every node uses all ${ready} endpoints`, away: cluster.nodes.length + 1 };
  const nodes = nodesToReplay(endpoints, hints, cluster);
  const ordinals = new Map(nodes.map(({ name }, i) => [name, name === '' ? -1 : i]));
  const usable = usableByNodes(endpoints, hints, nodes, reading, (name) => ordinals.get(name) ?? -1);
  let onNode = 0;
  let inZone = 0;
  const away = new Map<string, number>();
  // Nodes of a zone share one array, so each is looked at once.
  const placeOf = new Map<readonly number[], Place>();
  nodes.forEach(({ name, zone, count }, i) => {
    const used = usable[i] ?? [];
    let place = placeOf.get(used);
    if (place === undefined) placeOf.set(used, (place = commonPlace(used, endpoints)));
    if (byNode && name !== '' && isAt(place.nodeName, name)) onNode += count;
    else if (zone !== '' && isAt(place.zone, zone)) inZone += count;
    else away.set(zone, (away.get(zone) ?? 0) + count);
  });
  const zones = [...away.keys()].filter((zone) => zone !== '').sort();
  const places = [...(zones.length > 0 ? [listed(zones, 'zone')] : []), ...(away.has('') ? ['no zone'] : [])].join(
    ', ',
  );
  const elsewhere = [...away.values()].reduce((sum, count) => sum + count, 0);
  const parts = [
    ...(byNode ? [`${nodesUse(onNode)} only what runs on the node itself`] : []),
    `${nodesUse(inZone)} only what is in the same zone`,
    ...(elsewhere > 0 ? [`${nodesUse(elsewhere)} endpoints elsewhere (nodes of ${places})`] : []),
  ];
  const sentence = `${ready} ready ${ready === 1 ? 'endpoint' : 'endpoints'}: ${parts.join(', ')}`;
  return { sentence, away: elsewhere };
}

/**
 * The nodes that endpoints lie on or name, and one without a name for all others of a kind: each port of a Service is judged
 * by itself, and going through thousands of nodes for each would take seconds where there are thousands of ports.
 */
function nodesToReplay(
  endpoints: readonly EndpointRecord[],
  hints: readonly (EndpointHints | undefined)[],
  { nodes, nodeIndex }: StrategyInput['cluster'],
): {
  readonly name: string;
  readonly zone: string;
  readonly consumer: NodeConsumer | undefined;
  readonly count: number;
}[] {
  const places = new Set<number>();
  endpoints.forEach(({ nodeName }, i) => {
    places.add(nodeIndex.placeOf(nodeName));
    for (const name of hints[i]?.forNodes ?? []) places.add(nodeIndex.placeOf(name));
  });
  places.delete(-1);
  const { list, kindOf } = nodeIndex.kinds;
  const left = list.map(({ count }) => count);
  for (const place of places) left[kindOf[place]!]!--;
  return [
    ...[...places].map((place) => {
      const { name, zone, consumer } = nodes[place]!;
      return { name, zone, consumer, count: 1 };
    }),
    ...list.map(({ zone, consumer }, kind) => ({ name: '', zone, consumer, count: left[kind]! })),
  ].filter(({ count }) => count > 0);
}

/** Where endpoints lie, as far as it is one place; undefined: in several, ANY: there are none. */
interface Place {
  readonly nodeName: string | typeof ANY | undefined;
  readonly zone: string | typeof ANY | undefined;
}

const ANY = Symbol('any');

function commonPlace(used: readonly number[], endpoints: readonly EndpointRecord[]): Place {
  const common = (key: 'nodeName' | 'zone'): Place['zone'] => {
    const [first] = used;
    if (first === undefined) return ANY;
    const value = endpoints[first]![key];
    return used.every((index) => endpoints[index]![key] === value) ? value : undefined;
  };
  return { nodeName: common('nodeName'), zone: common('zone') };
}

function isAt(place: Place['zone'], name: string): boolean {
  return place === ANY || place === name;
}

function nodesUse(count: number): string {
  return count === 1 ? '1 node uses' : `${count} nodes use`;
}

function listed(names: readonly string[], noun: string): string {
  const more = names.length - MAX_NAMES;
  return `${noun}${names.length === 1 ? '' : 's'} ${names.slice(0, MAX_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
