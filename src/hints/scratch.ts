import type { ServiceRecord } from '../model/service.js';
import { parseDemand } from './demand/annotation.js';
import { Repair } from './strategies/balanced/repair.js';
import { Search } from './strategies/balanced/search.js';

/**
 * Memory that is used again from plan to plan: arrays of the searches of Balanced, because allocating them costs more than
 * a small plan, and parsed annotations, by record. A plan with a used one equals a plan with a new one. Whoever makes many
 * plans holds one.
 */
export class Scratch {
  #search: Search | undefined;
  #repair: Repair | undefined;
  readonly #wishes = new WeakMap<ServiceRecord, ReturnType<typeof parseDemand>>();

  /** As `parseDemand`, which is done once per record. */
  demandWish(service: ServiceRecord): ReturnType<typeof parseDemand> {
    if (this.#wishes.has(service)) return this.#wishes.get(service);
    const wish = parseDemand(service);
    this.#wishes.set(service, wish);
    return wish;
  }

  get search(): Search {
    return (this.#search ??= new Search());
  }

  get repair(): Repair {
    return (this.#repair ??= new Repair());
  }
}
