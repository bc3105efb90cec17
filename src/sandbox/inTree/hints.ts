import type { ZoneShare } from '../../model/cluster.js';
import type { ServiceRecord } from '../../model/service.js';
import type { EndpointRecord } from '../../model/slice.js';
import type { EndpointHints } from '../../model/hints.js';
import { allocate, type ZoneBounds } from '../../hints/strategies/auto/allocation.js';

/** What the in-tree controller does for a Service: its own Auto, `spec.trafficDistribution`, or nothing. */
export type InTreeMode = 'auto' | 'same-zone' | 'same-node' | 'none';

export interface InTreeSlice {
  /** `changed`: the controller writes this slice anyway, because its endpoints are new; else it is as it was stored. */
  readonly changed: boolean;
  readonly endpoints: readonly EndpointRecord[];
}

export interface InTreeInput {
  readonly mode: InTreeMode;
  /** The strict shares of the cluster (`Cluster.strictShares`). */
  readonly shares: readonly ZoneShare[] | undefined;
  readonly addressType: string;
  /** The slices of one address type, in the order in which the controller has them. */
  readonly slices: readonly InTreeSlice[];
  /** Whether the controller has hints of its Auto for this Service in its cache. */
  readonly populated: boolean;
}

export interface InTreeEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export interface InTreeOutcome {
  /** Parallel to the slices: whether it is written, and the hints of its endpoints afterwards. */
  readonly slices: readonly {
    readonly written: boolean;
    readonly hints: readonly (EndpointHints | undefined)[];
  }[];
  readonly events: readonly InTreeEvent[];
  readonly populated: boolean;
}

/** endpointslice/utils.go hintsEnabled, reconciler.go validTrafficDistribution: the annotation goes before the field. */
export function inTreeMode(service: Pick<ServiceRecord, 'annotations' | 'trafficDistribution'>): InTreeMode {
  const { annotations, trafficDistribution } = service;
  const value =
    annotations['service.kubernetes.io/topology-aware-hints'] ?? annotations['service.kubernetes.io/topology-mode'];
  if (value === 'Auto' || value === 'auto') return 'auto';
  if (trafficDistribution === 'PreferSameNode') return 'same-node';
  return trafficDistribution === 'PreferClose' || trafficDistribution === 'PreferSameZone' ? 'same-zone' : 'none';
}

/**
 * A model of what the endpointslice controller of Kubernetes 1.36 does to the hints of one Service and address type when
 * it syncs it: which slices it writes, with which hints, and its Events (topologycache AddHints, trafficdist
 * ReconcileHints). Where upstream follows the random order of a Go map, the model takes zones by name, so its answer is
 * one of those that upstream may give.
 */
export function syncInTree(input: InTreeInput): InTreeOutcome {
  const { mode, populated, addressType } = input;
  if (mode === 'auto') return syncAuto(input);
  const events: InTreeEvent[] = populated ? [warning('Topology Aware Hints has been disabled', addressType)] : [];
  const slices = input.slices.map(({ changed, endpoints }) => {
    const written = changed || endpoints.some((endpoint) => needsUpdate(endpoint, mode));
    return { written, hints: endpoints.map((endpoint) => (written ? updated(endpoint, mode) : endpoint.hints)) };
  });
  return { slices, events, populated: false };
}

type Distribution = Exclude<InTreeMode, 'auto'>;

/** Only ready endpoints make the controller write a slice, except where it wants no hints at all. */
function needsUpdate(endpoint: EndpointRecord, mode: Distribution): boolean {
  if (mode === 'none') return endpoint.hints !== undefined;
  if (endpoint.ready !== true) return false;
  const wanted = ownPlace(endpoint, mode);
  return !sameList(endpoint.hints?.forZones, wanted?.forZones) || !sameList(endpoint.hints?.forNodes, wanted?.forNodes);
}

function updated(endpoint: EndpointRecord, mode: Distribution): EndpointHints | undefined {
  if (mode === 'none') return undefined;
  return endpoint.ready === true ? ownPlace(endpoint, mode) : endpoint.hints;
}

function ownPlace({ zone, nodeName }: EndpointRecord, mode: Distribution): EndpointHints | undefined {
  const forNodes = mode === 'same-node' && nodeName !== '' ? { forNodes: [nodeName] } : {};
  const forZones = zone === '' ? {} : { forZones: [zone] };
  return zone === '' && !('forNodes' in forNodes) ? undefined : { ...forZones, ...forNodes };
}

function sameList(a: readonly string[] = [], b: readonly string[] = []): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}

function syncAuto(input: InTreeInput): InTreeOutcome {
  const { shares, addressType, slices, populated } = input;
  const ready = slices.flatMap(({ endpoints }) => endpoints).filter((endpoint) => endpoint.ready === true);
  const allocation = allocate(shares, ready.length);
  if (!allocation.ok) return withoutHints(input, allocation.message);
  const bounds = new Map(allocation.zones.map((zone) => [zone.zone, zone]));

  // Slices that were not to be written are kept one by one while their hints fit below every zone's maximum.
  const counts = new Map<string, number>();
  const kept = slices.map(({ changed, endpoints }) => !changed && keep(endpoints, bounds, counts));
  // First come the slices that are written anyway, then those whose hints did not fit.
  const rewritten = [
    ...slices.filter((slice) => slice.changed),
    ...slices.filter((slice, i) => !slice.changed && kept[i] === false),
  ].flatMap(({ endpoints }) => endpoints.filter((endpoint) => endpoint.ready === true));
  if (rewritten.some((endpoint) => endpoint.zone === '')) {
    return withoutHints(input, 'One or more endpoints do not have a zone specified');
  }
  for (const { zone } of rewritten) counts.set(zone, (counts.get(zone) ?? 0) + 1);
  const moved = redistribute(rewritten, transfers(allocation.zones, counts));
  return {
    slices: slices.map(({ endpoints }, i) =>
      kept[i] === true
        ? { written: false, hints: endpoints.map((endpoint) => endpoint.hints) }
        : {
            written: true,
            hints: endpoints.map((endpoint) =>
              endpoint.ready === true ? { forZones: [moved.get(endpoint) ?? endpoint.zone] } : endpoint.hints,
            ),
          },
    ),
    events: populated
      ? []
      : [
          {
            type: 'Normal',
            reason: 'TopologyAwareHintsEnabled',
            message: `Topology Aware Hints has been enabled, addressType: ${addressType}`,
          },
        ],
    populated: true,
  };
}

function withoutHints({ slices, addressType }: InTreeInput, message: string): InTreeOutcome {
  return {
    slices: slices.map(({ changed, endpoints }) => ({
      written: changed || endpoints.some((endpoint) => endpoint.hints !== undefined),
      hints: endpoints.map(() => undefined),
    })),
    events: [warning(message, addressType)],
    populated: false,
  };
}

function warning(message: string, addressType: string): InTreeEvent {
  return {
    type: 'Warning',
    reason: 'TopologyAwareHintsDisabled',
    message: `${message}, addressType: ${addressType}`,
  };
}

/** Adds the slice's hints to `counts` when it may stay as it is. Each name in a hint counts, and so does nothing else. */
function keep(
  endpoints: readonly EndpointRecord[],
  bounds: ReadonlyMap<string, ZoneBounds>,
  counts: Map<string, number>,
): boolean {
  const own = new Map<string, number>();
  for (const { ready, hints } of endpoints) {
    if (ready !== true) continue;
    const zones = hints?.forZones ?? [];
    if (zones.length === 0 || zones.some((zone) => !bounds.has(zone))) return false;
    for (const zone of zones) own.set(zone, (own.get(zone) ?? 0) + 1);
  }
  for (const [zone, count] of own) {
    if (count + (counts.get(zone) ?? 0) > (bounds.get(zone)?.maximum ?? 0)) return false;
  }
  for (const [zone, count] of own) counts.set(zone, count + (counts.get(zone) ?? 0));
  return true;
}

interface Transfers {
  /** How many endpoints a zone gives away, and how many it is to get. */
  readonly giving: Map<string, number>;
  readonly receiving: Map<string, number>;
}

/** Whole endpoints go from the zone with most above its desired number to the one with most below. */
function transfers(zones: readonly ZoneBounds[], counts: ReadonlyMap<string, number>): Transfers {
  const above = new Map<string, number>();
  const below = new Map<string, number>();
  for (const { zone, desired } of zones) {
    const surplus = (counts.get(zone) ?? 0) - desired;
    if (surplus > 0) above.set(zone, surplus);
    else if (surplus < 0) below.set(zone, -surplus);
  }
  const giving = new Map<string, number>();
  const receiving = new Map<string, number>();
  for (;;) {
    const [giver, surplus] = most(above);
    const [receiver, lack] = most(below);
    if (giver === '' || receiver === '' || (surplus < 1 && lack < 1) || surplus < 0.5 || lack < 0.5) break;
    giving.set(giver, (giving.get(giver) ?? 0) + 1);
    receiving.set(receiver, (receiving.get(receiver) ?? 0) + 1);
    above.set(giver, surplus - 1);
    below.set(receiver, lack - 1);
  }
  return { giving, receiving };
}

function most(amounts: ReadonlyMap<string, number>): [string, number] {
  let best: [string, number] = ['', 0];
  for (const [zone, amount] of [...amounts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (amount > best[1]) best = [zone, amount];
  }
  return best;
}

function redistribute(
  endpoints: readonly EndpointRecord[],
  { giving, receiving }: Transfers,
): ReadonlyMap<EndpointRecord, string> {
  const moved = new Map<EndpointRecord, string>();
  const receivers = [...receiving.keys()].sort().flatMap((zone) => Array<string>(receiving.get(zone) ?? 0).fill(zone));
  for (const endpoint of endpoints) {
    const left = giving.get(endpoint.zone) ?? 0;
    const receiver = receivers[0];
    if (left === 0 || receiver === undefined) continue;
    receivers.shift();
    giving.set(endpoint.zone, left - 1);
    moved.set(endpoint, receiver);
  }
  return moved;
}
