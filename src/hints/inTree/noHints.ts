import { usesOfNodes } from '../../kubeproxy/replay.js';
import { consumedEndpoints } from '../../kubeproxy/rule.js';
import { isReadyInTree } from '../../model/readiness.js';
import type { ServiceRecord } from '../../model/service.js';
import type { EndpointRecord, SliceRecord } from '../../model/slice.js';
import { nameEveryZone } from '../drain/everyZone.js';
import { gatherEndpoints, NOTHING_PLANNED, spread, type PlannedHints } from '../endpoints.js';
import { forecastSlices } from '../forecast.js';
import { isInTreeAuto, modeOfDistribution } from '../mode.js';
import { IN_TREE_MANAGER } from '../ownership.js';
import type { AddressTypePlan, PlanContext } from '../planAddressType.js';
import { portSets } from '../ports.js';
import { inTreeVerdict } from '../strategies/auto/inTreeVerdict.js';
import { withNames } from '../strategies/topologyKeys/assignment.js';
import { MAX_HINT_NAMES } from '../strategies/topologyKeys/problem.js';
import { sentenceOf, verdict } from '../verdict.js';

/**
 * A plan without hints, as the in-tree controller lets it stand. The guard keeps hints of ours; where there are none, in-tree
 * writes its own on the slices that it manages, by its rule of Auto or by `spec.trafficDistribution`, and to take them away
 * each time would be a fight. Under Auto those stay that it gives by its rule. In any other mode those stay that have no
 * effect; else each endpoint is hinted for every zone, which is to nodes what no hints are.
 * @param planned for these slices; returned as it is where it has hints, where there are none, or where in-tree writes none
 */
export function settleNoHints<Planned extends AddressTypePlan>(
  planned: Planned,
  slices: readonly SliceRecord[],
  context: PlanContext,
): Planned {
  const { mode, service, settings } = context;
  if (!settings.guard || settings.inTree === 'absent' || planned.verdict === undefined) return planned;
  for (const hints of planned.hints.values()) if (hints.some((hint) => hint !== undefined)) return planned;
  const own = slices.filter((slice) => slice.managedBy === IN_TREE_MANAGER && planned.hints.has(slice));
  if (own.length === 0) return planned;
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
  const explained = { ...planned, verdict: verdict({ ...planned.verdict!, sentence }) };
  if (!haveEffect(slices, context)) return { ...explained, hints: NOTHING_PLANNED };
  const written = slices.filter((slice) => planned.hints.has(slice));
  const hints = forEveryZone(written, context);
  return { ...explained, hints, forecast: forecastSlices(slices, hints, context) };
}

const isBare = ({ endpoints }: SliceRecord): boolean => endpoints.every(({ hints }) => hints === undefined);

const NO_ZONES: readonly string[] = Object.freeze([]);
/** Whether some node uses fewer endpoints by the hints that are there than it would without any. */
function haveEffect(slices: readonly SliceRecord[], { cluster: { nodes }, reading }: PlanContext): boolean {
  return portSets(slices).some((set) => {
    const endpoints = set.slices.flatMap((slice) => slice.endpoints);
    const hints = endpoints.map((endpoint) => endpoint.hints);
    const { sets, setOf } = usesOfNodes(endpoints, hints, nodes, reading);
    const all = consumedEndpoints(endpoints).length;
    return setOf.some((its) => sets.sizeOf(its) < all);
  });
}

/** Whether in-tree gives hints to slices without any (endpointslice/trafficdist: to ready endpoints that have a place). */
function inTreeWritesHints(own: readonly SliceRecord[], service: ServiceRecord): boolean {
  const distribution = isInTreeAuto(service) ? undefined : modeOfDistribution(service);
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
