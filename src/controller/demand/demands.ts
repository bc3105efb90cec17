import { ClientIndex } from '../../hints/demand/clientIndex.js';
import type { Settings } from '../../hints/settings.js';
import type { Clock } from '../../kube/clock.js';
import type { MeasuredIndex } from '../../measured/measuredIndex.js';
import { isReady } from '../../model/readiness.js';
import type { ServiceRecord } from '../../model/service.js';
import type { SliceRecord } from '../../model/slice.js';
import { serviceKeyOf } from '../../model/objectKey.js';
import type { ClusterState } from '../state.js';
import { ChangePacer } from './changePacer.js';
import { DemandRegistry } from './demandRegistry.js';

export interface DemandsOptions {
  readonly clock: Clock;
  readonly state: Pick<ClusterState, 'slicesOf' | 'allSlices' | 'cluster'>;
  /** Read each time: the setting for Services that state nothing. */
  readonly demand: () => Settings['demand'];
  /** Keys of all Services that take part. */
  readonly participants: () => Iterable<string>;
  readonly enqueue: (key: string) => void;
  /** What is measured of the traffic of Services. */
  readonly measured: Pick<MeasuredIndex, 'of'>;
}

/** A change in the endpoints of a client reaches the Services that name it when it pauses for this long … */
const PAUSE_MS = 1000;
/** … at the latest after this long, and in the long run at most once in this time. */
const INTERVAL_MS = 10_000;
/** So that hints follow at once when clients move two or three times in a row. */
const BURST = 3;
/** Demand by the endpoints of all Services is taken anew when a zone's part of it changed by this much. */
const LEAST_SHIFT = 0.01;
/** Stands for the endpoints of all Services; no key of a Service is empty. */
const ALL = '';

/** Which Services depend on the endpoints of others, where those run, and when to plan the former again. */
export class Demands {
  /** Where clients run, for the planner. */
  readonly clients: ClientIndex;
  readonly #options: DemandsOptions;
  readonly #registry = new DemandRegistry();
  readonly #pacer: ChangePacer;

  constructor(options: DemandsOptions) {
    this.#options = options;
    const { state, clock, measured } = options;
    this.clients = new ClientIndex({
      slicesOf: (key) => state.slicesOf(key),
      allSlices: () => state.allSlices(),
      zoneOfClient: (node, own) => state.cluster.nodeIndex.zoneOfClient(node, own),
      measured,
    });
    this.#pacer = new ChangePacer({
      clock,
      pauseMs: PAUSE_MS,
      intervalMs: INTERVAL_MS,
      burst: BURST,
      onDue: (key) => this.#due(key),
    });
  }

  /** Every change has reached the Services that depend on it. */
  get idle(): boolean {
    return this.#pacer.idle;
  }

  serviceChanged(key: string, next: ServiceRecord | undefined): void {
    this.#registry.update(key, next);
  }

  /** What is measured of some Services changed. */
  measuredChanged(keys: Iterable<string>): void {
    const { demand, enqueue } = this.#options;
    const byDefault = demand() === 'measured';
    for (const key of keys) {
      if (this.#registry.isMeasured(key) || (byDefault && !this.#registry.isStated(key))) enqueue(key);
    }
  }

  /** A slice changed; the state has it already. Hints do not count, or Services that name each other never settled. */
  sliceChanged(next: SliceRecord | undefined, previous: SliceRecord | undefined): void {
    const { demand } = this.#options;
    const usesAll = demand() === 'endpoints' || this.#registry.byAll.size > 0;
    const keys = [...new Set([previous, next].flatMap((slice) => (slice === undefined ? [] : serviceKeyOf(slice))))];
    const named = keys.filter((key) => this.#registry.dependentsOf(key).size > 0);
    // Sums of Services that are no longer named are not kept up to date.
    for (const key of keys) if (!named.includes(key)) this.clients.forget(key);
    if ((named.length === 0 && !usesAll) || sameClients(next, previous)) return;
    for (const key of named) {
      this.clients.forget(key);
      this.#pacer.changed(key);
    }
    if (usesAll) this.#pacer.changed(ALL);
  }

  /** The zones of nodes changed, or which nodes count; all Services are planned again anyway. */
  nodesChanged(): void {
    this.clients.clear();
  }

  /** Settles when the signal fires; never rejects. */
  run(signal: AbortSignal): Promise<void> {
    return this.#pacer.run(signal);
  }

  #due(key: string): void {
    const { participants, demand, enqueue } = this.#options;
    if (key !== ALL) {
      for (const dependent of this.#registry.dependentsOf(key)) enqueue(dependent);
      return;
    }
    if (!this.clients.refreshAll(LEAST_SHIFT)) return;
    for (const dependent of this.#registry.byAll) enqueue(dependent);
    if (demand() !== 'endpoints') return;
    for (const dependent of participants()) if (!this.#registry.isStated(dependent)) enqueue(dependent);
  }
}

/** Whether two versions of a slice have the same ready endpoints in the same places. */
function sameClients(a: SliceRecord | undefined, b: SliceRecord | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (serviceKeyOf(a) !== serviceKeyOf(b) || a.endpoints.length !== b.endpoints.length) return false;
  return a.endpoints.every((endpoint, i) => {
    const other = b.endpoints[i];
    return (
      other !== undefined &&
      endpoint.address === other.address &&
      endpoint.zone === other.zone &&
      endpoint.nodeName === other.nodeName &&
      isReady(endpoint) === isReady(other)
    );
  });
}
