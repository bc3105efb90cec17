import { demandFor } from '../../hints/demand/demandFor.js';
import { plan, type Plan } from '../../hints/plan.js';
import { Reason } from '../../hints/reasons.js';
import type { ServiceRecord } from '../../model/service.js';
import type { SliceRecord } from '../../model/slice.js';
import { withoutLost, type ClusterLosses, type Loss } from '../audit/losses.js';
import { loadOfPort, portsOfService, ServiceTraffic, sortedByName, type TrafficContext } from '../audit/ports.js';
import { plannedSlices } from '../planCluster.js';
import type { Choice } from './candidates.js';

/** One state of the cluster, or one view of its demand, that hints must stand. */
export interface Situation {
  readonly situation: 'today' | 'without-zone' | 'rollout' | 'demand';
  /** The zone that is lost, the zone in which an endpoint is missing, or the source of the demand; absent for today. */
  readonly what?: string;
  /** The part of the traffic that stays in its zone, a fraction of 1. Of several ports the lowest. */
  readonly inZoneShare: number;
  /** Load of the busiest endpoint over the mean of those that take traffic then. Of several ports the highest. */
  readonly busiest: number;
}

export interface JudgeContext extends Omit<TrafficContext, 'service'> {
  readonly losses: ClusterLosses;
}

/** A choice with what is planned for it today. */
export interface PlannedChoice {
  readonly choice: Choice;
  /** Another writer owns the slices, and no guard keeps hints on them. */
  readonly blocked: boolean;
  /** Endpoints whose hints would be written now. */
  readonly endpointsChanged: number;
  readonly slices: readonly SliceRecord[];
  readonly today: Situation;
}

/** @returns undefined when no endpoint takes traffic */
export function planChoice(
  choice: Choice,
  slices: readonly SliceRecord[],
  context: JudgeContext,
): PlannedChoice | undefined {
  const planned = plan({ ...context, service: choice.service, slices });
  const traffic = new ServiceTraffic({ ...context, service: choice.service });
  const now = sortedByName(plannedSlices(planned));
  const figures = figuresOf(now, traffic);
  if (figures === undefined) return undefined;
  return {
    choice,
    blocked: isBlocked(planned),
    endpointsChanged: planned.slices.reduce((sum, { moved }) => sum + moved, 0),
    slices: now,
    today: { situation: 'today', ...figures },
  };
}

/** With the hints that are there. @returns undefined when no endpoint takes traffic */
export function figuresNow(
  service: ServiceRecord,
  slices: readonly SliceRecord[],
  context: JudgeContext,
): Pick<Situation, 'inZoneShare' | 'busiest'> | undefined {
  return figuresOf(sortedByName(slices), new ServiceTraffic({ ...context, service }));
}

function isBlocked({ verdicts }: Plan): boolean {
  return verdicts.some(({ reason }) => reason === Reason.HintsBlocked);
}

/**
 * Today; then the loss of each zone and the rollout in each, both once hints are planned again for what is left; then the
 * same hints under demand by CPU and by endpoints, unless the Service states its demand. A situation in which no endpoint
 * is left is left out: no hints could help.
 */
export function situationsOf({ choice, slices, today }: PlannedChoice, context: JudgeContext): readonly Situation[] {
  const { service } = choice;
  const { cluster, clients, losses } = context;
  const traffic = new ServiceTraffic({ ...context, service });
  const after = (loss: Loss): ReturnType<typeof figuresOf> => {
    const left = withoutLost(slices, loss.takes);
    const state = { ...context, service, cluster: loss.cluster, clients: loss.clients };
    return figuresOf(sortedByName(plannedSlices(plan({ ...state, slices: left }))), new ServiceTraffic(state));
  };
  const situations: Situation[] = [today];
  const firstOf = firstByZone(slices, traffic);
  const zones = new Set([...cluster.nodes.map(({ zone }) => zone), ...firstOf.keys()]);
  for (const zone of [...zones].filter((name) => name !== '').sort()) {
    const lost = after(losses.zone(zone));
    if (lost !== undefined) situations.push({ situation: 'without-zone', what: zone, ...lost });
    const first = firstOf.get(zone);
    const missing =
      first === undefined ? undefined : after({ cluster, clients, takes: ({ address }) => address === first });
    if (missing !== undefined) situations.push({ situation: 'rollout', what: zone, ...missing });
  }
  for (const source of ['cpu', 'endpoints'] as const) {
    const other = { ...context, service, settings: { ...context.settings, demand: source } };
    if (portsOfService(slices).every(({ addressType }) => demandFor(other, addressType).stated)) break;
    const figures = figuresOf(slices, new ServiceTraffic(other));
    if (figures !== undefined) situations.push({ situation: 'demand', what: source, ...figures });
  }
  return situations;
}

/** The first endpoint that takes traffic in each zone, by address: the one that a rollout replaces. */
function firstByZone(slices: readonly SliceRecord[], traffic: ServiceTraffic): ReadonlyMap<string, string> {
  const first = new Map<string, string>();
  for (const port of portsOfService(slices)) {
    for (const { zone, address } of loadOfPort(port, slices, traffic).endpoints) {
      const known = first.get(zone);
      if (known === undefined || address < known) first.set(zone, address);
    }
  }
  return first;
}

/** Of the ports that have endpoints which take traffic. @returns undefined when none has */
function figuresOf(
  slices: readonly SliceRecord[],
  traffic: ServiceTraffic,
): Pick<Situation, 'inZoneShare' | 'busiest'> | undefined {
  const loads = portsOfService(slices)
    .map((port) => loadOfPort(port, slices, traffic))
    .filter(({ endpoints }) => endpoints.length > 0);
  if (loads.length === 0) return undefined;
  return {
    inZoneShare: Math.min(...loads.map(({ inZone }) => inZone)),
    busiest: Math.max(...loads.map(({ busiest }) => busiest)),
  };
}
