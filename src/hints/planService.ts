import type { MeasuredFigures } from '../measured/figures.js';
import { MeasuredIndex } from '../measured/measuredIndex.js';
import { summariseCluster } from '../model/cluster.js';
import type { EndpointSliceManifest, NodeManifest, ServiceManifest } from '../model/manifest.js';
import { readNode } from '../model/node.js';
import type { ServicePolicy } from '../model/service.js';
import { readSlice } from '../model/slice.js';
import type { Mode } from './mode.js';
import { type PatchOperation } from './patch.js';
import { HintsManifests } from '../model/hints.js';
import { type HintsManifest } from '../model/hints.js';
import type { DemandSource, ZoneDemand } from '../model/demand.js';
import { indexClients } from './demand/clientIndex.js';
import { plan, type Plan } from './plan.js';
import { policyReader, type PolicyObjects } from './policy/policyReader.js';
import { type AddressTypeForecast } from './forecast.js';
import { settingsOf, type Settings } from './settings.js';
import type { Verdict } from './verdict.js';

export interface PlanServiceInput extends PolicyObjects {
  readonly service: ServiceManifest;
  /** The slices of this Service; slices of other Services are not filtered out. */
  readonly slices: readonly EndpointSliceManifest[];
  /** All nodes of the cluster. */
  readonly nodes: readonly NodeManifest[];
  readonly settings?: Partial<Settings>;
  /**
   * EndpointSlices of any Services, grouped by namespace and the label `kubernetes.io/service-name`: where the clients
   * run that `slicehints.io/clients` names. For demand by `endpoints` all of them count, with those of `slices`.
   */
  readonly clientSlices?: readonly EndpointSliceManifest[];
  /** What `slicehints observe` measured, aged to the time of the plan: `readMeasured` reads it from its text. */
  readonly measured?: MeasuredFigures | undefined;
}

export interface PlannedEndpoint {
  readonly addresses: readonly string[];
  readonly hints?: HintsManifest;
}

export interface ServicePlan {
  readonly mode: Mode;
  /** One per address type that has slices; empty in mode `off`. */
  readonly verdicts: readonly Verdict[];
  /** Annotations that were not understood, and the like. */
  readonly warnings: readonly Verdict[];
  /** Every slice as it will be, sorted by name; endpoints in their own order. */
  readonly slices: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly changed: boolean;
    readonly endpoints: readonly PlannedEndpoint[];
  }[];
  /** JSON patches for the slices that change, and only for those. */
  readonly patches: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly patch: readonly PatchOperation[];
  }[];
  /** What nodes will do with the hints, by replaying kube-proxy's rule; one per verdict. */
  readonly forecast: readonly AddressTypeForecast[];
  /** Where the traffic is taken to come from; one per address type whose traffic is forecast. */
  readonly demand: readonly PresentedDemand[];
  /** Present where policies select the Service. Only with `enforcement: 'Enforce'` does a controller write the patches. */
  readonly policy?: Pick<ServicePolicy, 'enforcement' | 'policies'>;
}

export interface PresentedDemand {
  readonly addressType: string;
  readonly source: DemandSource;
  /** Sorted by zone; the shares add up to 1. */
  readonly zones: readonly ZoneDemand[];
  /** The source in words, where they add something: `12 pods of shop/web and cart`. */
  readonly note?: string;
}

/**
 * Decides the hints of one Service from plain Kubernetes objects as JSON gives them. Pure and deterministic: equal
 * input in any order gives equal output, nothing is mutated, and planning on the result changes nothing.
 * @throws {TypeError} one sentence on a part of the input that is missing
 */
export function planService(input: PlanServiceInput): ServicePlan {
  checkServiceInput('planService', input);
  const settings = settingsOf(input.settings);
  const cluster = summariseCluster(input.nodes.map(readNode), settings);
  const service = policyReader(input)(input.service);
  const slices = input.slices.map(readSlice);
  const known = input.clientSlices === undefined ? slices : [...slices, ...input.clientSlices.map(readSlice)];
  return presentPlan(
    plan({
      service,
      slices,
      cluster,
      clients: indexClients(
        known,
        (node, own) => cluster.nodeIndex.zoneOfClient(node, own),
        input.measured && new MeasuredIndex(input.measured),
      ),
      settings,
    }),
    service.policy,
  );
}

/**
 * Callers in JavaScript have no compiler that finds what is missing.
 * @param caller the function that they called
 * @throws {TypeError} one sentence on a part of the input that is missing
 */
export function checkServiceInput(
  caller: string,
  input: Partial<Record<keyof PlanServiceInput, unknown>> | undefined,
): void {
  const fail = (what: string, expected: string, value: unknown): never => {
    const got =
      value === null ? 'null' : Array.isArray(value) ? 'a list' : value === undefined ? 'nothing' : typeof value;
    throw new TypeError(`${caller}: expected ${what} to be ${expected}, got ${got}`);
  };
  if (typeof input !== 'object' || input === null) return fail('the input', '{ service, slices, nodes }', input);
  const { service, slices, nodes, clientSlices, measured, policies, namespaces } = input;
  if (typeof service !== 'object' || service === null || Array.isArray(service)) {
    fail('service', 'a Service object', service);
  }
  if (!Array.isArray(slices)) fail('slices', 'a list of EndpointSlice objects', slices);
  if (!Array.isArray(nodes)) fail('nodes', 'a list of Node objects', nodes);
  if (clientSlices !== undefined && !Array.isArray(clientSlices)) {
    fail('clientSlices', 'a list of EndpointSlice objects', clientSlices);
  }
  if (measured !== undefined && !(typeof measured === 'object' && measured !== null && 'services' in measured)) {
    fail('measured', 'the figures that readMeasured returns', measured);
  }
  if (policies !== undefined && !Array.isArray(policies)) fail('policies', 'a list of policies', policies);
  if (namespaces !== undefined && !Array.isArray(namespaces)) {
    fail('namespaces', 'a list of Namespace objects', namespaces);
  }
}

/** A plan in the shape that the library, `plan -o json` and the sandbox show. */
export function presentPlan(
  { mode, verdicts, warnings, slices, forecast, demand: demands }: Plan,
  policy?: ServicePolicy,
): ServicePlan {
  const manifests = new HintsManifests();
  const patches: { namespace: string; name: string; patch: readonly PatchOperation[] }[] = [];
  for (const { slice, patch } of slices) {
    if (patch !== undefined) patches.push({ namespace: slice.namespace, name: slice.name, patch });
  }
  return {
    mode,
    verdicts,
    warnings,
    slices: slices.map(({ slice, hints, patch }) => ({
      namespace: slice.namespace,
      name: slice.name,
      changed: patch !== undefined,
      endpoints: slice.endpoints.map(({ address, addresses = [address] }, i) => {
        const hint = hints[i];
        return hint === undefined ? { addresses } : { addresses, hints: manifests.of(hint) };
      }),
    })),
    patches,
    ...(policy === undefined ? {} : { policy: { enforcement: policy.enforcement, policies: policy.policies } }),
    forecast,
    demand: demands.map(({ addressType, demand: { source, words, zones } }) => ({
      addressType,
      source,
      zones: zones.map(({ zone, share }) => ({ zone, share })),
      ...(words === source ? {} : { note: words }),
    })),
  };
}
