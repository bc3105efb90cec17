import { usesOfNodes } from '../../kubeproxy/replay.js';
import { consumedEndpoints } from '../../kubeproxy/rule.js';
import { isReadyInTree } from '../../model/readiness.js';
import { NOBODY, type EndpointHints } from '../../model/hints.js';
import type { ServiceRecord } from '../../model/service.js';
import type { EndpointRecord, SliceRecord } from '../../model/slice.js';
import { nameEveryZone } from '../drain/everyZone.js';
import { gatherEndpoints, isBare, NOTHING_PLANNED, spread, type PlannedHints } from '../endpoints.js';
import { forecastSlices } from '../forecast.js';
import { isInTreeAuto, modeOfDistribution, type Mode } from '../mode.js';
import { IN_TREE_MANAGER } from '../ownership.js';
import type { AddressTypePlan, PlanContext } from '../planAddressType.js';
import { portSets, type PortSet } from '../ports.js';
import { inTreeVerdict } from '../strategies/auto/inTreeVerdict.js';
import { withNames } from '../strategies/topologyKeys/assignment.js';
import { MAX_HINT_NAMES } from '../strategies/topologyKeys/problem.js';
import { sentenceOf, verdict } from '../verdict.js';

/**
 * What a plan leaves without hints, as the in-tree controller lets it stand. The guard keeps hints of ours; where there are
 * none, in-tree writes its own on the slices that it manages, by its rule of Auto or by `spec.trafficDistribution`, and to take
 * them away each time would be a fight.
 *
 * Where no endpoint has hints: under Auto those stay that in-tree gives by its rule. In any other mode those stay that have no
 * effect; else each endpoint is hinted for every zone, which is to nodes what no hints are. Where some have: names of nodes
 * stay that have no effect; else they become a placeholder.
 * @param planned for these slices; returned as it is where there are none, or where in-tree gives nothing back
 */
export function settleNoHints<Planned extends AddressTypePlan>(
  planned: Planned,
  slices: readonly SliceRecord[],
  context: PlanContext,
): Planned {
  const { mode, service, settings } = context;
  if (!settings.guard || settings.inTree === 'absent' || planned.verdict === undefined) return planned;
  const isHinted = [...planned.hints.values()].some((hints) => hints.some((hint) => hint !== undefined));
  if (isHinted && distributionOf(service) !== 'same-node') return planned;
  const own = slices.filter((slice) => slice.managedBy === IN_TREE_MANAGER && planned.hints.has(slice));
  if (own.length === 0) return planned;
  if (isHinted) return leaveNodeNames(planned, slices, own, context);
  return mode === 'auto' && isInTreeAuto(service)
    ? leaveInTreeHints(planned, slices, own, context)
    : writeOutForEveryZone(planned, slices, own, context);
}

/** @param own those that in-tree manages */
function leaveInTreeHints<Planned extends AddressTypePlan>(
  planned: Planned,
  slices: readonly SliceRecord[],
  own: readonly SliceRecord[],
  context: PlanContext,
): Planned {
  const its = inTreeVerdict(own, context.cluster, context.addressType);
  // Hints of ours were made for other nodes or endpoints.
  if (its?.hinted !== true || own.some(({ owned }) => owned) || own.every(isBare)) return planned;
  const hints = new Map([...planned.hints].filter(([slice]) => !own.includes(slice)));
  const left = { ...planned, hints, forecast: forecastSlices(slices, hints, context) };
  // Beside slices of others nodes heed no hints.
  return own.length < slices.length ? left : { ...left, verdict: { ...its, recordedInTree: true } };
}

/** @param own those that in-tree manages */
function writeOutForEveryZone<Planned extends AddressTypePlan>(
  planned: Planned,
  slices: readonly SliceRecord[],
  own: readonly SliceRecord[],
  context: PlanContext,
): Planned {
  if (!inTreeWritesHints(own, context.service) || slices.every(isBare)) return planned;
  const sentence = `${sentenceOf(planned.verdict!)} (the hints that are there have no effect; without any, Kubernetes would write its own)`;
  const explained = { ...planned, verdict: verdict({ ...planned.verdict!, hinted: true, sentence }) };
  if (!haveEffect(portSets(slices), NOTHING_PLANNED, context)) return { ...explained, hints: NOTHING_PLANNED };
  const written = slices.filter((slice) => planned.hints.has(slice));
  const hints = forEveryZone(written, context);
  return { ...explained, hints, forecast: forecastSlices(slices, hints, context) };
}

/** Parallel to the endpoints of a slice. */
type Hints = readonly (EndpointHints | undefined)[];

/**
 * By PreferSameNode in-tree names the node also of an endpoint without a zone, which other modes leave without hints.
 * @param own those that in-tree manages
 */
function leaveNodeNames<Planned extends AddressTypePlan>(
  planned: Planned,
  slices: readonly SliceRecord[],
  own: readonly SliceRecord[],
  context: PlanContext,
): Planned {
  const { hints } = planned;
  const concerned = own.filter((slice) => slice.endpoints.some((each, k) => isNamedAgain(each, hints.get(slice)![k])));
  if (concerned.length === 0) return planned;
  const naming = (namesOf: (endpoint: EndpointRecord) => EndpointHints | undefined): PlannedHints => {
    const named = concerned.map((slice): [SliceRecord, Hints] => {
      const its = hints.get(slice)!;
      return [slice, slice.endpoints.map((each, k) => (isNamedAgain(each, its[k]) ? namesOf(each) : its[k]))];
    });
    return new Map([...hints, ...named]);
  };
  const left = naming((endpoint) => endpoint.hints);
  // Beside an endpoint without a zone hint only those for nodes could have an effect.
  const beside = portSets(slices).filter((set) => set.slices.some((slice) => concerned.includes(slice)));
  const isHeeded = haveEffect(beside, left, context);
  return { ...planned, hints: isHeeded ? naming(() => NO_NODE) : left };
}

const NO_NODE: EndpointHints = Object.freeze({ forNodes: NOBODY });

/** Whether an endpoint that is to have no hints has the name of a node and nothing else. */
function isNamedAgain(endpoint: EndpointRecord, planned: EndpointHints | undefined): boolean {
  const { hints } = endpoint;
  if (planned !== undefined || hints === undefined || !isReadyInTree(endpoint)) return false;
  return (hints.forZones?.length ?? 0) === 0 && (hints.forNodes?.length ?? 0) > 0;
}

const NO_ZONES: readonly string[] = Object.freeze([]);

/** Whether some node uses fewer endpoints of a port than it would without hints. */
function haveEffect(
  sets: readonly PortSet[],
  planned: PlannedHints,
  { cluster: { nodes }, reading }: PlanContext,
): boolean {
  return sets.some((set) => {
    const endpoints = set.slices.flatMap((slice) => slice.endpoints);
    const hints = set.slices.flatMap(
      (slice) => planned.get(slice) ?? slice.endpoints.map((endpoint) => endpoint.hints),
    );
    const { sets: used, setOf } = usesOfNodes(endpoints, hints, nodes, reading);
    const all = consumedEndpoints(endpoints).length;
    return setOf.some((its) => used.sizeOf(its) < all);
  });
}

/** Undefined: in-tree does not go by it. */
function distributionOf(service: ServiceRecord): Mode | undefined {
  return isInTreeAuto(service) ? undefined : modeOfDistribution(service);
}

/** Whether in-tree gives hints to slices without any (endpointslice/trafficdist: to ready endpoints that have a place). */
function inTreeWritesHints(own: readonly SliceRecord[], service: ServiceRecord): boolean {
  const distribution = distributionOf(service);
  if (distribution === undefined) return false;
  const hasPlace = ({ zone, nodeName }: EndpointRecord): boolean =>
    zone !== '' || (distribution === 'same-node' && nodeName !== '');
  return own.some(({ endpoints }) => endpoints.some((endpoint) => isReadyInTree(endpoint) && hasPlace(endpoint)));
}

/** Where there are more zones than an endpoint may name, it names none of them: nodes of a zone that nothing names use all. */
function forEveryZone(slices: readonly SliceRecord[], { cluster }: PlanContext): PlannedHints {
  const gathered = gatherEndpoints(slices);
  const zones = [...new Set(cluster.nodes.map(({ zone }) => zone))].filter((zone) => zone !== '').sort();
  const none = gathered.endpoints.map(() => NO_ZONES);
  const names = zones.length > MAX_HINT_NAMES ? none : nameEveryZone(gathered, slices, none, zones);
  const namesOf = spread(gathered, slices, names);
  return new Map(
    slices.map((slice, s) => [slice, slice.endpoints.map((each, k) => withNames(each, namesOf[s]![k], undefined))]),
  );
}
