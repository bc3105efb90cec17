import { parseDemand } from '../../hints/demand/annotation.js';
import type { ServiceRecord } from '../../model/service.js';

const NONE: ReadonlySet<string> = new Set<string>();

/**
 * Which Services depend on the endpoints of which others: an index from a client to the Services that name it, so that a
 * change of its endpoints reaches them without a scan. Keys are `namespace/name`.
 */
export class DemandRegistry {
  readonly #dependents = new Map<string, Set<string>>();
  readonly #clients = new Map<string, readonly string[]>();
  /** Services that state demand by all endpoints. */
  readonly #byAll = new Set<string>();
  /** Services that state measured demand. */
  readonly #byMeasurement = new Set<string>();
  /** Services that state anything that is understood, so that the setting is not theirs. */
  readonly #stated = new Set<string>();

  /** Registers a Service; undefined when it is deleted. */
  update(key: string, service: ServiceRecord | undefined): void {
    for (const client of this.#clients.get(key) ?? []) {
      const dependents = this.#dependents.get(client);
      dependents?.delete(key);
      if (dependents?.size === 0) this.#dependents.delete(client);
    }
    this.#clients.delete(key);
    this.#byAll.delete(key);
    this.#byMeasurement.delete(key);
    this.#stated.delete(key);
    const wish = service && parseDemand(service);
    if (wish === undefined || 'error' in wish) return;
    this.#stated.add(key);
    if (wish.source === 'endpoints') this.#byAll.add(key);
    if (wish.source === 'measured') this.#byMeasurement.add(key);
    if (!('clients' in wish) || wish.clients === undefined) return;
    const clients = wish.clients.map((client) => client.key);
    this.#clients.set(key, clients);
    for (const client of clients) {
      const dependents = this.#dependents.get(client);
      if (dependents === undefined) this.#dependents.set(client, new Set([key]));
      else dependents.add(key);
    }
  }

  /** The Services that name this one as a client. */
  dependentsOf(client: string): ReadonlySet<string> {
    return this.#dependents.get(client) ?? NONE;
  }

  get byAll(): ReadonlySet<string> {
    return this.#byAll;
  }

  /** Whether the annotations of a Service ask for measured demand. */
  isMeasured(key: string): boolean {
    return this.#byMeasurement.has(key);
  }

  /** Whether the annotations of a Service state its demand. */
  isStated(key: string): boolean {
    return this.#stated.has(key);
  }
}
