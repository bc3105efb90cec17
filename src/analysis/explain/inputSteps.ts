import { demandFor } from '../../hints/demand/demandFor.js';
import { OVERLOAD_ANNOTATION } from '../../hints/annotations.js';
import { gatherEndpoints, locateEndpoints } from '../../hints/endpoints.js';
import { zoneCidrsOf } from '../../hints/places.js';
import { isInTreeAuto, TRAFFIC_DISTRIBUTION } from '../../hints/mode.js';
import { emptyBesideOthers, slicePolicyOf, type SlicePolicy } from '../../hints/slicePolicy.js';
import { allocate } from '../../hints/strategies/auto/allocation.js';
import { inZoneBound } from '../../hints/strategies/balanced/problem.js';
import { readThreshold } from '../../hints/strategies/balanced/strategy.js';
import { consumedEndpoints } from '../../kubeproxy/rule.js';
import type { Demand } from '../../model/demand.js';
import { isReady, isReadyInTree } from '../../model/readiness.js';
import type { EndpointRecord, SliceRecord } from '../../model/slice.js';
import { percent, counted } from '../figures.js';
import type { ExplainContext } from './context.js';
import type { ExplainStep, LimitFacts } from './explanation.js';

type Step<Id extends ExplainStep['id']> = Extract<ExplainStep, { id: Id }>;

/** The slices of one address type, sorted by name. */
export function slicesOf({ planned }: ExplainContext, addressType: string): readonly SliceRecord[] {
  return planned.plan.slices.map(({ slice }) => slice).filter((slice) => slice.addressType === addressType);
}

/** The endpoints of one address type, each address once, with the zones of their nodes. */
export function endpointsOf(context: ExplainContext, addressType: string): readonly EndpointRecord[] {
  const { endpoints } = gatherEndpoints(slicesOf(context, addressType));
  const { cluster, settings } = context.cluster;
  return locateEndpoints(endpoints, cluster.nodeIndex, zoneCidrsOf({ service: context.planned.service, settings }));
}

export function demandOf(context: ExplainContext, addressType: string): { demand: Demand; stated: boolean } {
  const { cluster, settings, clients } = context.cluster;
  return demandFor({ service: context.planned.service, cluster, settings, clients }, addressType);
}

/** Where the traffic is taken to come from. */
export function demandStep(context: ExplainContext, addressType: string): Step<'demand'> {
  const { demand, stated } = demandOf(context, addressType);
  const zones = demand.zones.map(({ zone, share }) => `${zone} ${percent(share)}`).join(', ');
  const by = stated ? 'stated by the Service' : 'by the setting --demand';
  return {
    id: 'demand',
    title: 'Where the traffic comes from',
    addressType,
    lines: [`${demand.words}, ${by}: ${zones === '' ? 'no zone is known' : zones}`],
    source: 'docs/demand.md',
    facts: {
      source: demand.source,
      stated,
      words: demand.words,
      zones: demand.zones.map(({ zone, share }) => ({ zone, share })),
    },
  };
}

/** Where the endpoints are. */
export function endpointsStep(context: ExplainContext, addressType: string): Step<'endpoints'> {
  const endpoints = endpointsOf(context, addressType);
  const names = [...new Set(endpoints.map(({ zone }) => zone))].sort();
  const count = (zone: string, ready: boolean): number =>
    endpoints.filter((endpoint) => endpoint.zone === zone && isReady(endpoint) === ready).length;
  const zones = names.map((zone) => ({ zone, ready: count(zone, true), notReady: count(zone, false) }));
  const ready = endpoints.filter(isReady).length;
  const used = consumedEndpoints(endpoints).length;
  const text = zones
    .map(
      ({ zone, ready: n, notReady }) => `${zone || 'no zone'} ${n}${notReady === 0 ? '' : ` (+${notReady} not ready)`}`,
    )
    .join(', ');
  return {
    id: 'endpoints',
    title: 'Endpoints by zone',
    addressType,
    lines: [
      `${ready} of ${counted(endpoints.length, 'endpoint is', 'endpoints are')} ready${text === '' ? '' : `: ${text}`}`,
      ...(ready === 0 && used > 0
        ? [`Proxies use the ${used} that still serve while terminating, and read no hints`]
        : []),
    ],
    source: 'kubernetes pkg/proxy/topology.go; KEP-1669',
    facts: { total: endpoints.length, ready, used, zones },
  };
}

/** The limit of load, and what it allows; undefined for modes without one. */
export function limitStep(context: ExplainContext, addressType: string): Step<'limit'> | undefined {
  const { service, plan } = context.planned;
  const { settings, cluster } = context.cluster;
  const endpoints = endpointsOf(context, addressType);
  const { demand, stated } = demandOf(context, addressType);
  const proportional = plan.mode === 'auto' && settings.autoStrategy === 'proportional';
  if (!proportional && plan.mode !== 'auto' && plan.mode !== 'balanced') return undefined;
  const step = (source: string, lines: readonly string[], facts: LimitFacts): Step<'limit'> => ({
    id: 'limit',
    title: 'Limit of load, and what it allows',
    addressType,
    lines,
    source,
    facts,
  });
  if (proportional) {
    const ready = endpoints.filter(isReadyInTree).length;
    const isBound = slicesOf(context, addressType).some((slice) => policyOf(context, slice).kind === 'adopt');
    const byCpu = isBound ? cluster.strictShares : cluster.autoShares;
    const allocation = allocate(stated && !isBound ? demand.zones : byCpu, ready);
    const zones = allocation.ok ? allocation.zones : [];
    const bounds = zones.map(({ zone, minimum, maximum }) => `${zone} ${minimum} to ${maximum}`).join(', ');
    const result = allocation.ok ? `each zone gets so many of ${ready}: ${bounds}` : allocation.message;
    return step(
      'KEP-2433; k8s.io/endpointslice topologycache.go getAllocations',
      [`No zone's endpoints may be loaded more than 20% above the mean; ${result}`],
      { overload: 0.2, from: 'upstream', zones },
    );
  }
  const { value: overload, invalid } = readThreshold(service, settings);
  const isOwn = service.annotations[OVERLOAD_ANNOTATION] !== undefined && invalid === undefined;
  const counts = demand.zones.map(({ zone }) => endpoints.filter((one) => isReady(one) && one.zone === zone).length);
  const homeless = endpoints.filter(isReady).length - counts.reduce((sum, count) => sum + count, 0);
  const bound = inZoneBound({ shares: demand.zones.map(({ share }) => share), counts, homeless, overload });
  return step(
    'docs/balanced.md',
    [
      `The busiest endpoint may have ${(1 + overload).toFixed(2)} times the mean load, by ${isOwn ? OVERLOAD_ANNOTATION : '--overload-threshold'}`,
      `Within that no assignment keeps more than ${percent(bound)} in zone`,
    ],
    { overload, from: isOwn ? 'annotation' : 'setting', bound, zones: [] },
  );
}

const WHY: Readonly<Record<SlicePolicy['kind'], string>> = {
  free: 'no other controller writes hints here',
  guarded: 'the guard keeps hints that another writer would take away',
  adopt: 'Kubernetes writes it too, and keeps what its own rule of Auto allows',
  mirrored: 'Kubernetes mirrors it from an Endpoints object, and leaves hints alone while there is no annotation',
  leave: 'Kubernetes itself writes the hints that the Service asks for',
  blocked: 'its writer would take the hints away, or the flags exclude it',
};

function policyOf(
  { planned: { plan, service }, cluster: { settings }, request }: ExplainContext,
  slice: SliceRecord,
): SlicePolicy {
  return slicePolicyOf(slice, {
    ...settings,
    mode: plan.mode,
    inTreeAgrees: request.choice.source === TRAFFIC_DISTRIBUTION,
    inTreeAuto: isInTreeAuto(service),
  });
}

/** Who may write hints to each slice, and why. */
export function writersStep(context: ExplainContext, addressType: string): Step<'writers'> {
  const all = slicesOf(context, addressType);
  const empty = emptyBesideOthers(all);
  const slices = all.map((slice) => {
    const policy = policyOf(context, slice);
    if (policy.kind === 'blocked' && empty.has(slice)) {
      const why = 'it has no endpoints, so there is nothing to write';
      return { name: slice.name, managedBy: slice.managedBy, policy: 'leave' as const, why };
    }
    const why = policy.kind === 'blocked' ? `${WHY.blocked} (${policy.manager || 'no manager'})` : WHY[policy.kind];
    return { name: slice.name, managedBy: slice.managedBy, policy: policy.kind, why };
  });
  const shown = (managedBy: string): string => (managedBy === '' ? 'without a manager' : `managed by ${managedBy}`);
  return {
    id: 'writers',
    title: 'Who may write hints to the slices',
    addressType,
    lines: slices.map(({ name, managedBy, policy, why }) => `${name}, ${shown(managedBy)}: ${policy}, ${why}`),
    source: 'docs/coexistence.md',
    facts: { slices },
  };
}
