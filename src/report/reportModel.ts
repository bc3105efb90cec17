import { readCluster, type ReadObjects } from '../analysis/clusterRecords.js';
import { planCluster, plannedSlices, type ClusterObjects, type PlannedCluster } from '../analysis/planCluster.js';
import { busiestLoad, inZoneOf, summarisePlan, type Busiest, type PlanSummary } from '../analysis/planSummary.js';
import { trafficOf, type Traffic, type ZoneFlow } from '../analysis/traffic.js';
import { applyWhatIf } from '../analysis/whatIf/whatIf.js';
import type { ClientIndex } from '../hints/demand/clientIndex.js';
import { currentForecast, type AddressTypeForecast } from '../hints/forecast.js';
import type { Mode } from '../hints/mode.js';
import type { Settings } from '../hints/settings.js';
import type { Verdict } from '../hints/verdict.js';
import type { Cluster } from '../model/cluster.js';
import { isReady } from '../model/readiness.js';
import { compareText, objectKey } from '../model/objectKey.js';
import type { ServiceRecord } from '../model/service.js';
import type { SliceRecord } from '../model/slice.js';
import { ClusterWork } from './clusterWork.js';
import { changesOf, settingsOf, type Controls, type GivenChanges } from './controls.js';
import { rememberRecords } from './memoryOfRecords.js';

/** What the traffic of one Service does. */
export interface ServiceFigures {
  /** Mean over its address types that hints steer. */
  readonly inZoneShare: number;
  /** Load of its busiest endpoint over the mean. */
  readonly busiest: number;
  /** Mean over its address types; the shares add up to 1. */
  readonly flows: readonly ZoneFlow[];
}

/** What the traffic of all Services does. */
export interface ClusterFigures {
  /** Services with endpoints that take traffic which hints can steer. */
  readonly steered: number;
  /** Mean part of the traffic that stays in its zone, each Service counted alike; undefined without such a Service. */
  readonly inZoneShare: number | undefined;
  readonly busiest: Busiest | undefined;
  /** Mean over these Services. */
  readonly flows: readonly ZoneFlow[];
}

/** One moment: today, right after the change, or planned. */
export type Moment = 'today' | 'atOnce' | 'planned';

export interface ServiceRow {
  /** `namespace/name`. */
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly mode: Mode;
  /** Addresses that are ready, after the change. */
  readonly endpoints: number;
  readonly verdicts: readonly Verdict[];
  readonly warnings: readonly Verdict[];
  /** Endpoints whose hints would change. */
  readonly changes: number;
  /** undefined where no endpoint takes traffic, or hints do not steer it. */
  readonly today: ServiceFigures | undefined;
  readonly atOnce: ServiceFigures | undefined;
  readonly planned: ServiceFigures | undefined;
}

/** Everything that the report shows of a whole cluster. */
export interface ReportModel {
  readonly controls: Controls;
  /** Of all three moments, sorted; the empty name, where endpoints have no zone, is last. */
  readonly zones: readonly string[];
  readonly today: ClusterFigures;
  /** What the hints of today do in the changed cluster; undefined where nodes and endpoints are those of today. */
  readonly atOnce: ClusterFigures | undefined;
  readonly planned: ClusterFigures;
  readonly summary: PlanSummary;
  /** Those that send most across zones when planned first. */
  readonly services: readonly ServiceRow[];
  readonly plan: PlannedCluster;
  /** The cluster after the change. */
  readonly objects: ClusterObjects;
}

/** One Service in full. */
export interface ServiceDetail {
  readonly row: ServiceRow;
  readonly forecast: Readonly<Record<Moment, readonly AddressTypeForecast[]>>;
  readonly traffic: Readonly<Record<Moment, readonly Traffic[]>>;
}

interface Followed {
  readonly forecast: readonly AddressTypeForecast[];
  readonly traffic: readonly Traffic[];
  readonly figures: ServiceFigures | undefined;
}

/** Works out what a report shows of a cluster, again for each position of the controls. */
export class ReportPlanner {
  readonly #objects: ClusterObjects;
  readonly #settings: Settings;
  readonly #fixed: GivenChanges;
  readonly #read: ReadObjects = rememberRecords();
  #today: { readonly demand: Settings['demand']; readonly services: ReadonlyMap<string, Followed> } | undefined;

  /** @param fixed changes that no control has a place for */
  constructor(objects: ClusterObjects, settings: Settings, fixed: GivenChanges = {}) {
    this.#objects = objects;
    this.#settings = settings;
    this.#fixed = fixed;
  }

  /** Changes to the cluster that hold whatever the controls are. */
  get fixed(): GivenChanges {
    return this.#fixed;
  }

  /** What controls may name: zones with nodes, and Services with their ready endpoints today. Sorted. */
  offer(): {
    readonly zones: readonly string[];
    readonly services: readonly { readonly key: string; readonly endpoints: number }[];
  } {
    const { cluster, services } = readCluster(this.#objects, this.#settings, this.#read);
    const zones = new Set(cluster.nodes.map(({ zone }) => zone));
    zones.delete('');
    return {
      zones: [...zones].sort(compareText),
      services: services.map(({ key, slices }) => ({ key, endpoints: readyAddresses(slices) })),
    };
  }

  /** @throws {WhatIfError} where the controls name what the cluster does not have */
  modelFor(controls: Controls): ReportModel {
    const settings = settingsOf(this.#settings, controls);
    const changed = applyWhatIf(this.#objects, changesOf(controls, this.#fixed));
    const plan = planCluster(changed, { settings, read: this.#read });
    const today = this.#followToday(settings);
    const isOther = changed.nodes !== this.#objects.nodes || changed.endpointSlices !== this.#objects.endpointSlices;
    const rows: ServiceRow[] = [];
    const moments = { today: [] as Member[], atOnce: [] as Member[], planned: [] as Member[] };
    for (const { namespace, name, service, plan: own, before, after } of plan.services) {
      const key = objectKey({ namespace, name });
      const slices = own.slices.map(({ slice }) => slice);
      const atOnce = isOther ? follow(service, slices, before, plan) : undefined;
      const planned = follow(service, plannedSlices(own), after, plan);
      const row = {
        key,
        namespace,
        name,
        mode: own.mode,
        endpoints: readyAddresses(slices),
        verdicts: own.verdicts,
        warnings: own.warnings,
        changes: own.slices.reduce((sum, { moved }) => sum + moved, 0),
        today: today.get(key)?.figures,
        atOnce: atOnce?.figures,
        planned: planned.figures,
      };
      rows.push(row);
      if (row.today !== undefined) moments.today.push({ key, figures: row.today, forecast: today.get(key)?.forecast });
      if (row.atOnce !== undefined) moments.atOnce.push({ key, figures: row.atOnce, forecast: before });
      if (row.planned !== undefined) moments.planned.push({ key, figures: row.planned, forecast: after });
    }
    const todayFigures = sumUp(moments.today);
    const atOnce = isOther ? sumUp(moments.atOnce) : undefined;
    const planned = sumUp(moments.planned);
    return {
      controls,
      zones: zonesOf([todayFigures, planned, ...(atOnce === undefined ? [] : [atOnce])], plan.cluster),
      today: todayFigures,
      atOnce,
      planned,
      summary: summarisePlan(plan.services, { oddNodes: plan.cluster.oddNodes, demand: settings.demand }),
      services: rows.sort((a, b) => crossShare(b) - crossShare(a) || compareText(a.key, b.key)),
      plan,
      objects: changed,
    };
  }

  /** @returns undefined when there is no such Service */
  detailOf(key: string, model: ReportModel): ServiceDetail | undefined {
    const row = model.services.find((one) => one.key === key);
    const own = model.plan.services.find((one) => objectKey(one) === key);
    if (row === undefined || own === undefined) return undefined;
    const slices = own.plan.slices.map(({ slice }) => slice);
    const today = this.#followToday(settingsOf(this.#settings, model.controls)).get(key);
    const traffic = (of: readonly SliceRecord[]): readonly Traffic[] =>
      trafficOf({ ...contextOf(model.plan), service: own.service, slices: of });
    return {
      row,
      forecast: { today: today?.forecast ?? [], atOnce: own.before, planned: own.after },
      traffic: { today: today?.traffic ?? [], atOnce: traffic(slices), planned: traffic(plannedSlices(own.plan)) },
    };
  }

  /** @param service `namespace/name`: only this one */
  workOn({ objects, plan: { settings } }: ReportModel, service?: string): ClusterWork {
    return new ClusterWork(objects, settings, this.#read, service);
  }

  /** Only the demand of all controls has to do with what hints do today. */
  #followToday(settings: Settings): ReadonlyMap<string, Followed> {
    if (this.#today?.demand === settings.demand) return this.#today.services;
    const { cluster, clients, services } = readCluster(this.#objects, settings, this.#read);
    const followed = new Map<string, Followed>();
    for (const { key, service, slices } of services) {
      const forecast = currentForecast({ service, slices, cluster, clients, settings });
      followed.set(key, follow(service, slices, forecast, { cluster, clients, settings }));
    }
    this.#today = { demand: settings.demand, services: followed };
    return followed;
  }
}

type Context = Pick<PlannedCluster, 'cluster' | 'clients' | 'settings'>;

function contextOf({ cluster, clients, settings }: Context): {
  readonly cluster: Cluster;
  readonly clients: ClientIndex;
  readonly settings: Settings;
} {
  return { cluster, clients, settings };
}

function follow(
  service: ServiceRecord,
  slices: readonly SliceRecord[],
  forecast: readonly AddressTypeForecast[],
  context: Context,
): Followed {
  if (busiestLoad(forecast) === 0) return { forecast, traffic: [], figures: undefined };
  const traffic = trafficOf({ ...contextOf(context), service, slices });
  const types = new Set(forecast.filter(({ worstLoad }) => worstLoad > 0).map(({ addressType }) => addressType));
  const figures = {
    inZoneShare: inZoneOf(forecast),
    busiest: busiestLoad(forecast),
    flows: meanFlows(traffic.filter(({ addressType }) => types.has(addressType)).map(({ flows }) => flows)),
  };
  return { forecast, traffic, figures };
}

/** A Service that counts at one moment. */
interface Member {
  readonly key: string;
  readonly figures: ServiceFigures;
  readonly forecast: readonly AddressTypeForecast[] | undefined;
}

function sumUp(members: readonly Member[]): ClusterFigures {
  let busiest: Busiest | undefined;
  for (const { key, forecast } of members) {
    for (const { addressType, worstLoad, steered } of forecast ?? []) {
      if (steered !== false && worstLoad > (busiest?.load ?? 0)) {
        busiest = { load: worstLoad, service: key, addressType };
      }
    }
  }
  return {
    steered: members.length,
    inZoneShare: members.length === 0 ? undefined : mean(members.map(({ figures }) => figures.inZoneShare)),
    busiest,
    flows: meanFlows(members.map(({ figures }) => figures.flows)),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function meanFlows(all: readonly (readonly ZoneFlow[])[]): readonly ZoneFlow[] {
  const sums = new Map<string, Map<string, number>>();
  for (const flows of all) {
    for (const { from, to, share } of flows) {
      const row = sums.get(from) ?? new Map<string, number>();
      sums.set(from, row.set(to, (row.get(to) ?? 0) + share / all.length));
    }
  }
  return [...sums]
    .flatMap(([from, row]) => [...row].map(([to, share]) => ({ from, to, share })))
    .sort((a, b) => compareText(a.from, b.from) || compareText(a.to, b.to));
}

function zonesOf(figures: readonly ClusterFigures[], { nodeIndex }: Cluster): readonly string[] {
  const zones = new Set(nodeIndex.demandByNumber.zones.map(({ zone }) => zone));
  for (const { flows } of figures) for (const { from, to } of flows) zones.add(from).add(to);
  const hasNone = zones.delete('');
  return [...[...zones].sort(compareText), ...(hasNone ? [''] : [])];
}

function crossShare({ planned }: ServiceRow): number {
  return planned === undefined ? -1 : 1 - planned.inZoneShare;
}

function readyAddresses(slices: readonly SliceRecord[]): number {
  const addresses = new Set<string>();
  for (const { endpoints } of slices) for (const one of endpoints) if (isReady(one)) addresses.add(one.address);
  return addresses.size;
}
