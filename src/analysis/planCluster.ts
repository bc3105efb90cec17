import type { ClientIndex } from '../hints/demand/clientIndex.js';
import { Scratch } from '../hints/scratch.js';
import { currentForecast, type AddressTypeForecast } from '../hints/forecast.js';
import { plan, type Plan } from '../hints/plan.js';
import { presentPlan, type ServicePlan } from '../hints/planService.js';
import type { PolicyObjects } from '../hints/policy/policyReader.js';
import { settingsOf, type Settings } from '../hints/settings.js';
import type { MeasuredFigures } from '../measured/figures.js';
import { readingOf, type Reading } from '../kubeproxy/reading.js';
import type { Cluster } from '../model/cluster.js';
import type { EndpointSliceManifest, NodeManifest, ServiceManifest } from '../model/manifest.js';
import type { ServiceRecord } from '../model/service.js';
import type { SliceRecord } from '../model/slice.js';
import { readCluster, type ReadObjects } from './clusterRecords.js';

/** The objects of a cluster, as its API server gives them. */
export interface ClusterObjects extends PolicyObjects {
  readonly nodes: readonly NodeManifest[];
  readonly services: readonly ServiceManifest[];
  readonly endpointSlices: readonly EndpointSliceManifest[];
  /** Slices of Services that are not planned, but may call those that are. */
  readonly clientSlices?: readonly EndpointSliceManifest[];
  /** What `slicehints observe` measured of Services. */
  readonly measured?: MeasuredFigures | undefined;
}

export interface PlannedService {
  readonly namespace: string;
  readonly name: string;
  readonly service: ServiceRecord;
  /** The value of `planService` for this Service; made when it is read first. */
  readonly result: ServicePlan;
  /** Which of its hints the nodes heed. */
  readonly reading: Reading;
  /** The same with the records that it was made from. */
  readonly plan: Plan;
  /** What nodes do with the hints that are there now, and what with the planned ones: one per address type, sorted. */
  readonly before: readonly AddressTypeForecast[];
  readonly after: readonly AddressTypeForecast[];
}

export interface PlannedCluster {
  readonly cluster: Cluster;
  /** Those that were planned with, defaults included. */
  readonly settings: Settings;
  /** Where the pods of all Services run. */
  readonly clients: ClientIndex;
  /** Sorted by namespace and name. */
  readonly services: readonly PlannedService[];
  /** Sentences for the user on what the input lacks. */
  readonly notes: readonly string[];
}

export interface PlanClusterOptions {
  /** `namespace/name`: only this one. */
  readonly service?: string | undefined;
  readonly settings?: Partial<Settings>;
  readonly onService?: (done: number, total: number) => void;
  /** Makes the records of the objects; for callers that plan the same objects often. */
  readonly read?: ReadObjects;
}

/** Plans every Service of a cluster, each as `planService` would with its slices and all nodes. */
export function planCluster(objects: ClusterObjects, options: PlanClusterOptions = {}): PlannedCluster {
  const settings = settingsOf(options.settings);
  const { cluster, clients, services, notes } = readCluster(objects, settings, options.read);
  const { service: wanted } = options;
  const chosen = wanted === undefined ? services : services.filter(({ key }) => key === wanted);
  const scratch = new Scratch();
  return {
    cluster,
    settings,
    clients,
    services: chosen.map(({ service, slices }, i) => {
      options.onService?.(i, chosen.length);
      const planned = plan({ service, slices, cluster, settings, clients, scratch });
      const forecast = { service, cluster, settings, clients };
      let presented: ServicePlan | undefined;
      return {
        namespace: service.namespace,
        name: service.name,
        service,
        get result() {
          return (presented ??= presentPlan(planned, service.policy));
        },
        plan: planned,
        reading: readingOf(service, cluster.consumers, settings.consumer),
        before: currentForecast({ ...forecast, slices }),
        after: currentForecast({ ...forecast, slices: plannedSlices(planned) }),
      };
    }),
    notes: wanted === undefined ? notes : [],
  };
}

/** The slices as they will be once the plan is written. */
export function plannedSlices({ slices }: Plan): SliceRecord[] {
  return slices.map(({ slice, hints, patch }) =>
    patch === undefined
      ? slice
      : { ...slice, endpoints: slice.endpoints.map((endpoint, i) => ({ ...endpoint, hints: hints[i] })) },
  );
}
