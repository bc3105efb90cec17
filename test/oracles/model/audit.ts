import type { FuzzCase, Slice } from '../fuzzCase.js';
import { ZONE_LABEL } from '../fuzzCase.js';
import { demandOf, type Demand } from './demand.js';
import { ADDRESS_TYPES, byPort, consumed, knownZone, portNames, slicesOfType, type PortEndpoints } from './proxy.js';
import { trafficOf } from './traffic.js';

/** What is lost: a zone with all that lies in it, or one node. */
export type Place = { readonly zone: string } | { readonly node: string };

/** Loads in units of today's mean load per endpoint; null when none is left. */
export interface LossReplay {
  readonly lost: number;
  readonly left: number;
  readonly busiest: number | null;
}

const zoneOf = (input: FuzzCase, node: string): string =>
  input.nodes.find(({ metadata }) => metadata?.name === node)?.metadata?.labels?.[ZONE_LABEL] ?? '';

/** The cluster after the loss. */
export function withoutPlace(input: FuzzCase, place: Place): FuzzCase {
  const goneNode = (name: string): boolean =>
    'node' in place ? name === place.node : name !== '' && zoneOf(input, name) === place.zone;
  const rest = (slices: readonly Slice[]): Slice[] =>
    slices.map((slice) => ({
      ...slice,
      endpoints: (slice.endpoints ?? []).filter(
        ({ zone, nodeName }) => !goneNode(nodeName ?? '') && !('zone' in place && knownZone(zone) === place.zone),
      ),
    }));
  return {
    ...input,
    nodes: input.nodes.filter((node) => {
      const { name = '', labels } = node.metadata ?? {};
      return 'node' in place ? name !== place.node : (labels?.[ZONE_LABEL] ?? '') !== place.zone;
    }),
    slices: rest(input.slices),
    ...(input.clientSlices === undefined ? {} : { clientSlices: rest(input.clientSlices) }),
  };
}

/** Today's demand without a zone, the rest of it in proportion; undefined when nothing is left of it. */
export function spreadDemand(today: Demand, zone: string): Demand | undefined {
  const left = today.sources.filter((source) => source.zone !== zone);
  const total = left.reduce((sum, { share }) => sum + share, 0);
  if (total < 1e-12) return undefined;
  return {
    ...today,
    zones: today.zones.filter((own) => own.zone !== zone).map((own) => ({ ...own, share: own.share / total })),
    sources: left.map((source) => ({ ...source, share: source.share / total })),
  };
}

/** Every Service port, or undefined where a proxy may choose among contradictions. */
function portsOf(input: FuzzCase): (PortEndpoints & { readonly addressType: string })[] | undefined {
  const ports = ADDRESS_TYPES.flatMap((addressType) => {
    const group = slicesOfType(input.slices, addressType);
    if (group.length === 0) return [];
    const mixed = group.some((slice) => portNames(slice).length === 0) && group.some((s) => portNames(s).length > 0);
    return byPort(group, input.nodes).map((port) => ({ ...port, addressType, torn: port.torn || mixed }));
  });
  return ports.some(({ torn }) => torn) ? undefined : ports;
}

/**
 * What a loss comes to, port by port and node by node.
 * @param after the cluster after the loss, with the hints that it has then
 * @returns undefined where no figure is right or wrong
 */
export function replayLoss(input: FuzzCase, after: FuzzCase, place: Place): LossReplay | undefined {
  const before = portsOf(input);
  const remaining = portsOf({ ...after, slices: after.slices });
  if (before === undefined || remaining === undefined) return undefined;
  let lost = 0;
  let left = Infinity;
  let busiest: number | null = 0;
  for (const { addressType, port, endpoints } of before) {
    const today = consumed(endpoints);
    if (today.length === 0) continue;
    const rest = remaining.find((each) => each.addressType === addressType && each.port === port)?.endpoints ?? [];
    const now = consumed(rest);
    const still = new Set(rest.map(({ address }) => address));
    lost = Math.max(lost, today.filter(({ address }) => !still.has(address)).length);
    left = Math.min(left, now.length);
    const stated = demandOf(input, addressType);
    const fresh = demandOf(after, addressType);
    const demand = ('zone' in place ? spreadDemand(stated, place.zone) : undefined) ?? fresh;
    if (stated.torn || fresh.torn) return undefined;
    if (now.length === 0) busiest = null;
    else if (busiest !== null) {
      busiest = Math.max(busiest, (trafficOf(rest, demand).worstLoad * today.length) / now.length);
    }
  }
  return { lost, left, busiest };
}
