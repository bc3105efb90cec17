import { compareText, objectKey, serviceKeyOf } from '../model/objectKey.js';
import { Scratch } from '../hints/scratch.js';
import { indexClients } from '../hints/demand/clientIndex.js';
import { currentForecast } from '../hints/forecast.js';
import { plan, type Plan } from '../hints/plan.js';
import { type AddressTypeForecast } from '../hints/forecast.js';
import { presentPlan, type ServicePlan } from '../hints/planService.js';
import { DEFAULT_SETTINGS, type Settings } from '../hints/settings.js';
import { readingOf, type Reading } from '../kubeproxy/reading.js';
import { summariseCluster, type Cluster } from '../model/cluster.js';
import { readNode } from '../model/node.js';
import { readService } from '../model/service.js';
import { readSlice, SERVICE_NAME_LABEL, type SliceRecord } from '../model/slice.js';
import type { EndpointSliceManifest, NodeManifest, ServiceManifest } from '../model/manifest.js';

/** The objects of a cluster, as its API server gives them. */
export interface ClusterObjects {
  readonly nodes: readonly NodeManifest[];
  readonly services: readonly ServiceManifest[];
  readonly endpointSlices: readonly EndpointSliceManifest[];
  /** Slices of Services that are not planned, but may call those that are. */
  readonly clientSlices?: readonly EndpointSliceManifest[];
}

export interface PlannedService {
  readonly namespace: string;
  readonly name: string;
  /** The value of `planService` for this Service. */
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
}

/** Plans every Service of a cluster, each as `planService` would with its slices and all nodes. */
export function planCluster(objects: ClusterObjects, options: PlanClusterOptions = {}): PlannedCluster {
  const cluster = summariseCluster(objects.nodes.map(readNode));
  const settings = { ...DEFAULT_SETTINGS, ...options.settings };
  const services = objects.services
    .map(readService)
    .map((service) => ({ service, key: objectKey(service) }))
    .sort(
      (a, b) => compareText(a.service.namespace, b.service.namespace) || compareText(a.service.name, b.service.name),
    );
  const slicesByService = new Map<string, SliceRecord[]>(services.map(({ key }) => [key, []]));
  const orphans: string[] = [];
  const allSlices = objects.endpointSlices.map((slice) => readSlice(slice));
  const clientSlices = (objects.clientSlices ?? []).map((slice) => readSlice(slice));
  for (const slice of allSlices) {
    const slices = slicesByService.get(serviceKeyOf(slice));
    if (slices === undefined) orphans.push(objectKey(slice));
    else slices.push(slice);
  }
  const { service: wanted } = options;
  const chosen = wanted === undefined ? services : services.filter(({ key }) => key === wanted);
  const scratch = new Scratch();
  const { nodeIndex } = cluster;
  const clients = indexClients([...allSlices, ...clientSlices], (node) => nodeIndex.zoneOf(node));
  return {
    cluster,
    services: chosen.map(({ service, key }, i) => {
      options.onService?.(i, chosen.length);
      const slices = slicesByService.get(key) ?? [];
      const planned = plan({ service, slices, cluster, settings, clients, scratch });
      const forecast = { service, cluster, settings, clients };
      return {
        namespace: service.namespace,
        name: service.name,
        result: presentPlan(planned),
        plan: planned,
        reading: readingOf(service, cluster.consumers, settings.consumer),
        before: currentForecast({ ...forecast, slices }),
        after: currentForecast({ ...forecast, slices: plannedSlices(planned) }),
      };
    }),
    notes: wanted === undefined ? notesOn(objects, orphans) : [],
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

function notesOn({ nodes, services }: ClusterObjects, orphans: readonly string[]): string[] {
  const notes: string[] = [];
  if (services.length === 0) notes.push('There are no Services to plan');
  if (nodes.length === 0) notes.push('There are no Nodes, so zones and their CPU are unknown');
  if (orphans.length > 0) {
    const [subject, verb] =
      orphans.length === 1 ? ['1 EndpointSlice', 'names'] : [`${orphans.length} EndpointSlices`, 'name'];
    const first = [...orphans].sort().slice(0, 3).join(', ');
    notes.push(
      `${subject} ${verb} no Service that is given in the label ${SERVICE_NAME_LABEL} (${first}${orphans.length > 3 ? ', …' : ''})`,
    );
  }
  return notes;
}
