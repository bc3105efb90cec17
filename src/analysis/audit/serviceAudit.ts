import { chooseMode, type Mode } from '../../hints/mode.js';
import { plan } from '../../hints/plan.js';
import { unsteeredTraffic, type UnsteeredTraffic } from '../../kubeproxy/steering.js';
import type { EndpointRecord, SliceRecord } from '../../model/slice.js';
import { plannedSlices } from '../planCluster.js';
import { withoutLost, type ClusterLosses, type Loss } from './losses.js';
import {
  loadOfPort,
  portsOfService,
  ServiceTraffic,
  sortedByName,
  type PortLoad,
  type PortOfService,
  type TrafficContext,
} from './ports.js';

/**
 * What a loss does to a Service. Of several ports and address types each figure is that of the one that fares worst;
 * mostly all are alike.
 */
export interface LossFigures {
  /** Endpoints that take traffic today and are gone. */
  readonly lost: number;
  /** Endpoints that take traffic afterwards. */
  readonly left: number;
  /**
   * Load of the busiest endpoint with the hints as they stand, over the mean load of an endpoint today: 1.5 is half as
   * much again. null when no endpoint is left, or when hints do not steer the Service.
   */
  readonly busiestAtOnce: number | null;
  /** The same once the hints have been planned again for what is left. */
  readonly busiestReplanned: number | null;
}

export interface ZoneLoss extends LossFigures {
  readonly zone: string;
}

export interface NodeLoss extends LossFigures {
  readonly node: string;
  /** Empty when the node has none. */
  readonly zone: string;
}

export interface ServiceAudit {
  readonly namespace: string;
  readonly name: string;
  /** What the Service asks for. */
  readonly mode: Mode;
  /** Endpoints that take traffic today, at the port with the most. */
  readonly endpoints: number;
  /** Those of them whose zone is not known: they count as left whatever zone is lost. */
  readonly unplaced: number;
  /** Load of the busiest endpoint today over the mean; null when no endpoint takes traffic, or hints do not steer it. */
  readonly busiestToday: number | null;
  /** Why hints do not steer the traffic: endpoints are counted, and no load is given. Absent when they do. */
  readonly unsteered?: UnsteeredTraffic['reason'];
  /** Every zone that has a node, or an endpoint of this Service, sorted; empty when no endpoint takes traffic. */
  readonly zones: readonly ZoneLoss[];
  /** The worst of the nodes that run its endpoints, by what happens at once; null when no node is known to. */
  readonly worstNode: NodeLoss | null;
}

export interface AuditInput extends TrafficContext {
  /** The slices of this Service only. */
  readonly slices: readonly SliceRecord[];
  readonly losses: ClusterLosses;
  /** Audit the hints that would be written, in place of those that are there. */
  readonly planned?: boolean | undefined;
}

/** The audit of one Service, from records. */
export function auditRecords(input: AuditInput): ServiceAudit {
  const { service, cluster, losses } = input;
  const slices = sortedByName(input.planned === true ? plannedSlices(plan(input)) : input.slices);
  const unsteered = unsteeredTraffic(service);
  const reason = unsteered?.isAll === true ? unsteered.reason : undefined;
  const isSteered = reason === undefined;
  const traffic = new ServiceTraffic(input);
  const ports = portsOfService(slices).flatMap((port) => {
    const today = loadOfPort(port, slices, traffic);
    return today.endpoints.length === 0 ? [] : [{ port, today }];
  });
  const endpoints = ports.flatMap(({ today }) => today.endpoints);
  const state: AuditState = { input, slices, ports, isSteered };
  const zones = new Set([...cluster.nodes.map(({ zone }) => zone), ...endpoints.map(({ zone }) => zone)]);
  return {
    namespace: service.namespace,
    name: service.name,
    mode: chooseMode(service).mode,
    endpoints: most(ports.map(({ today }) => today.endpoints.length)),
    unplaced: most(ports.map(({ today }) => today.endpoints.filter(({ zone }) => zone === '').length)),
    busiestToday: isSteered && ports.length > 0 ? most(ports.map(({ today }) => today.busiest)) : null,
    ...(reason === undefined ? {} : { unsteered: reason }),
    zones:
      ports.length === 0
        ? []
        : [...zones]
            .filter((zone) => zone !== '')
            .sort()
            .map((zone) => zoneLoss(zone, losses.zone(zone), state)),
    worstNode: worstNode(endpoints, state),
  };
}

interface AuditState {
  readonly input: AuditInput;
  readonly slices: readonly SliceRecord[];
  /** The ports that have endpoints which take traffic. */
  readonly ports: readonly { readonly port: PortOfService; readonly today: PortLoad }[];
  readonly isSteered: boolean;
}

function zoneLoss(zone: string, loss: Loss, state: AuditState): ZoneLoss {
  const atOnce = afterLoss(loss, state);
  return { zone, ...atOnce.counts, busiestAtOnce: atOnce.busiest, busiestReplanned: replanned(loss, state, atOnce) };
}

interface AfterLoss {
  readonly counts: { readonly lost: number; readonly left: number };
  readonly slices: readonly SliceRecord[];
  readonly traffic: ServiceTraffic;
  readonly busiest: number | null;
}

function afterLoss(loss: Loss, state: AuditState): AfterLoss {
  const { input, ports } = state;
  const slices = withoutLost(state.slices, loss.takes);
  const traffic = new ServiceTraffic({ ...input, cluster: loss.cluster, clients: loss.clients });
  const loads = loadsOf(slices, traffic, state);
  const lost = most(ports.map(({ today }) => today.endpoints.filter(loss.takes).length));
  const left = Math.min(...loads.map(({ endpoints }) => endpoints.length));
  return { counts: { lost, left }, slices, traffic, busiest: busiestOf(loads, state) };
}

function loadsOf(slices: readonly SliceRecord[], traffic: ServiceTraffic, { ports }: AuditState): readonly PortLoad[] {
  return ports.map(({ port }) => loadOfPort(port, slices, traffic));
}

/** Over the mean of today. @param loads parallel to the ports */
function busiestOf(loads: readonly PortLoad[], { ports, isSteered }: AuditState): number | null {
  if (!isSteered || loads.some(({ endpoints }) => endpoints.length === 0)) return null;
  return most(
    loads.map(({ busiest, endpoints }, i) => (busiest * ports[i]!.today.endpoints.length) / endpoints.length),
  );
}

function replanned(loss: Loss, state: AuditState, { slices, traffic, busiest }: AfterLoss): number | null {
  if (busiest === null) return null;
  const planned = plan({ ...state.input, slices, cluster: loss.cluster, clients: loss.clients });
  if (planned.slices.every(({ patch }) => patch === undefined)) return busiest;
  return busiestOf(loadsOf(plannedSlices(planned), traffic, state), state);
}

/** A loss that leaves none is worse than any load; then the load counts, then the number of endpoints, then the name. */
function worstNode(endpoints: readonly EndpointRecord[], state: AuditState): NodeLoss | null {
  const { losses, cluster } = state.input;
  let worst: { readonly node: string; readonly loss: Loss; readonly after: AfterLoss } | undefined;
  for (const node of [...new Set(endpoints.map(({ nodeName }) => nodeName))].sort()) {
    if (node === '') continue;
    const loss = losses.node(node);
    const after = afterLoss(loss, state);
    if (worst === undefined || isWorse(after, worst.after)) worst = { node, loss, after };
  }
  if (worst === undefined) return null;
  const { node, loss, after } = worst;
  return {
    node,
    zone: cluster.nodeIndex.zoneOf(node),
    ...after.counts,
    busiestAtOnce: after.busiest,
    busiestReplanned: replanned(loss, state, after),
  };
}

function isWorse(a: AfterLoss, b: AfterLoss): boolean {
  const load = ({ counts, busiest }: AfterLoss): number => (counts.left === 0 ? Infinity : (busiest ?? 0));
  return load(a) > load(b) || (load(a) === load(b) && a.counts.lost > b.counts.lost);
}

function most(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}
