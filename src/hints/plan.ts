import { forecastTraffic, type Forecast } from '../proxy/forecast.js';
import type { Cluster } from '../topology/cluster.js';
import type { ServiceRecord } from '../topology/service.js';
import type { EndpointHints, EndpointRecord, SliceRecord } from '../topology/slice.js';
import { chooseMode, type Mode } from './mode.js';
import { hintsPatch, sameHints, type PatchOperation } from './patch.js';
import { proportional } from './proportional.js';
import type { Settings } from './settings.js';
import type { Strategy, Verdict } from './strategy.js';

/** The strategy of each mode that writes hints. */
const STRATEGIES: Readonly<Record<Exclude<Mode, 'off'>, Strategy | undefined>> = {
  auto: proportional,
  balanced: undefined,
  'same-zone': undefined,
  'same-node': undefined,
  'topology-keys': undefined,
};

/** Proxies route to addresses only: nobody reads hints on slices of names. */
const UNROUTED_ADDRESS_TYPE = 'FQDN';

export interface SlicePlan {
  readonly slice: SliceRecord;
  /** Parallel to the slice's endpoints; undefined: no hints. */
  readonly hints: readonly (EndpointHints | undefined)[];
  /** undefined when the slice stays as it is. */
  readonly patch: readonly PatchOperation[] | undefined;
  /** How many endpoints the patch changes. */
  readonly moved: number;
}

export interface AddressTypeForecast extends Forecast {
  readonly addressType: string;
}

export interface Plan {
  readonly mode: Mode;
  /** One per address type that has slices, sorted; empty in mode `off`. */
  readonly verdicts: readonly Verdict[];
  /** What else the user must hear, e.g. of annotations that were not understood. */
  readonly warnings: readonly Verdict[];
  /** Every slice of the Service, sorted by name. */
  readonly slices: readonly SlicePlan[];
  /** One per address type of the verdicts, in their order: what nodes will do once the patches are written. */
  readonly forecast: readonly AddressTypeForecast[];
}

export interface PlanInput {
  readonly service: ServiceRecord;
  /** The slices of this Service only. */
  readonly slices: readonly SliceRecord[];
  readonly cluster: Cluster;
  readonly settings: Settings;
}

/**
 * Decides the hints of one Service. Everything that tells a user what would happen (plan, explain, the sandbox) and the
 * controller that makes it happen call this. Pure; throws for no input; planning on its own result changes nothing.
 */
export function plan(input: PlanInput): Plan {
  const choice = chooseMode(input.service);
  const slices = [...input.slices].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const warnings: Verdict[] = [];
  if (choice.problem !== undefined) {
    warnings.push({
      addressType: '',
      hinted: false,
      type: 'Warning',
      reason: 'InvalidAnnotation',
      message: choice.problem,
    });
  }
  const strategy = choice.mode === 'off' ? undefined : STRATEGIES[choice.mode];
  if (strategy === undefined) {
    return { mode: 'off', verdicts: [], warnings, slices: slices.map(withdraw), forecast: [] };
  }
  const verdicts: Verdict[] = [];
  const forecast: AddressTypeForecast[] = [];
  const planned = new Map<SliceRecord, SlicePlan>();
  for (const addressType of [...new Set(slices.map((slice) => slice.addressType))].sort()) {
    const group = slices.filter((slice) => slice.addressType === addressType);
    if (addressType === UNROUTED_ADDRESS_TYPE) {
      verdicts.push(unrouted());
      forecast.push({ addressType, inZoneShare: 0, worstLoad: 0, byZone: [] });
      continue;
    }
    const unit = gatherEndpoints(group);
    const { service, cluster, settings } = input;
    const decision = strategy({
      service,
      addressType,
      endpoints: unit.endpoints,
      sliceOf: unit.sliceOf,
      cluster,
      settings,
    });
    verdicts.push(decision.verdict);
    warnings.push(...(decision.warnings ?? []));
    forecast.push({ addressType, ...forecastTraffic(unit.endpoints, decision.hints, cluster) });
    for (const [g, slice] of group.entries()) {
      const start = unit.starts[g] ?? 0;
      const hints =
        unit.positions === undefined
          ? decision.hints.slice(start, start + slice.endpoints.length)
          : slice.endpoints.map((_, k) => decision.hints[unit.positions?.[start + k] ?? 0]);
      planned.set(slice, slicePlan(slice, hints));
    }
  }
  return {
    mode: choice.mode,
    verdicts,
    warnings,
    slices: slices.map((slice) => planned.get(slice) ?? unchanged(slice)),
    forecast,
  };
}

function unrouted(): Verdict {
  return {
    addressType: UNROUTED_ADDRESS_TYPE,
    hinted: false,
    type: 'Normal',
    reason: 'AddressTypeNotRouted',
    message: `Slices of names are left as they are, because no proxy routes to them, addressType: ${UNROUTED_ADDRESS_TYPE}`,
  };
}

interface Gathered {
  readonly endpoints: readonly EndpointRecord[];
  readonly sliceOf: readonly number[];
  /** Where each slice's endpoints start in the sequence of all endpoints. */
  readonly starts: readonly number[];
  /** For each endpoint of the sequence its index in `endpoints`; undefined when they are the same. */
  readonly positions: readonly number[] | undefined;
}

/**
 * The endpoints of some slices, each address once: Services with a slice per port list the same address in several, and
 * it must be hinted alike in all of them. An address that is ready in one slice counts as it is there.
 */
function gatherEndpoints(group: readonly SliceRecord[]): Gathered {
  const only = group.length === 1 ? group[0] : undefined;
  if (only !== undefined) {
    return {
      endpoints: only.endpoints,
      sliceOf: new Array<number>(only.endpoints.length).fill(0),
      starts: [0],
      positions: undefined,
    };
  }
  const endpoints: EndpointRecord[] = [];
  const sliceOf: number[] = [];
  const starts: number[] = [];
  const positions: number[] = [];
  const seen = new Map<string, number>();
  group.forEach((slice, g) => {
    starts.push(positions.length);
    for (const endpoint of slice.endpoints) {
      const known = endpoint.address === '' ? undefined : seen.get(endpoint.address);
      const before = known === undefined ? undefined : endpoints[known];
      if (known === undefined || before === undefined) {
        positions.push(endpoints.length);
        seen.set(endpoint.address, endpoints.length);
        endpoints.push(endpoint);
        sliceOf.push(g);
        continue;
      }
      positions.push(known);
      if (before.ready !== true && endpoint.ready === true) endpoints[known] = endpoint;
    }
  });
  return { endpoints, sliceOf, starts, positions: endpoints.length === positions.length ? undefined : positions };
}

function slicePlan(slice: SliceRecord, hints: readonly (EndpointHints | undefined)[]): SlicePlan {
  const patch = hintsPatch(slice, hints, true);
  if (patch === undefined) return { slice, hints, patch, moved: 0 };
  const moved = hints.reduce((sum, hint, i) => sum + (sameHints(slice.endpoints[i]?.hints, hint) ? 0 : 1), 0);
  return { slice, hints, patch, moved };
}

function unchanged(slice: SliceRecord): SlicePlan {
  return { slice, hints: slice.endpoints.map((endpoint) => endpoint.hints), patch: undefined, moved: 0 };
}

/** Mode `off`: hints that we wrote go, those of others stay. */
function withdraw(slice: SliceRecord): SlicePlan {
  if (!slice.owned) return unchanged(slice);
  return slicePlan(slice, new Array<undefined>(slice.endpoints.length).fill(undefined));
}
