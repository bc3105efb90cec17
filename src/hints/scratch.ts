import { sameElements } from '../model/lists/sameElements.js';
import type { ServiceRecord } from '../model/service.js';
import { readRequest, type ServiceRequest } from './request.js';
import { Repair } from './strategies/balanced/repair.js';
import { Refinement } from './strategies/balanced/refine.js';
import { Search } from './strategies/balanced/search.js';
import { NamingMemory } from './strategies/nodeHints/memory.js';

const MOST_KEYS = 256;

/** A value, and the objects from which it was worked out. */
interface Known {
  readonly from: readonly object[];
  readonly value: unknown;
}

/**
 * Memory that is used again from plan to plan: arrays of the searches of Balanced, because allocating them costs more than
 * a small plan, parsed annotations, by record, demands, by what they are summed up from, and nodes to name, by zones and counts. A plan with a used one equals
 * a plan with a new one. Whoever makes many plans holds one.
 */
export class Scratch {
  #search: Search | undefined;
  #repair: Repair | undefined;
  #refinement: Refinement | undefined;
  #naming: NamingMemory | undefined;
  // Made on first use: for a single plan they would cost more than they save.
  #requests: WeakMap<ServiceRecord, ServiceRequest> | undefined;
  #known: WeakMap<object, Known> | undefined;
  #keys = 0;

  /** As `readRequest`, which is done once per record. */
  requestOf(service: ServiceRecord): ServiceRequest {
    const known = this.#requests?.get(service);
    if (known !== undefined) return known;
    const request = readRequest(service);
    // Most Services of a cluster request nothing, and reading that is cheap.
    if (request.choice.mode !== 'off') (this.#requests ??= new WeakMap()).set(service, request);
    return request;
  }

  /**
   * What was worked out for a key before, from the very same objects; else it is worked out now. Only the last value of
   * a key is kept, and of a few hundred keys at most: values hold figures of every node.
   * @param key stands for one kind of value only
   */
  recall<T>(key: object, from: readonly object[], workOut: () => T): T {
    const known = this.#known?.get(key);
    if (known !== undefined && sameElements(known.from, from)) return known.value as T;
    const value = workOut();
    if (known === undefined && ++this.#keys > MOST_KEYS) {
      this.#known = undefined;
      this.#keys = 1;
    }
    (this.#known ??= new WeakMap()).set(key, { from, value });
    return value;
  }

  get search(): Search {
    return (this.#search ??= new Search());
  }

  get repair(): Repair {
    return (this.#repair ??= new Repair());
  }

  get refinement(): Refinement {
    return (this.#refinement ??= new Refinement());
  }

  get naming(): NamingMemory {
    return (this.#naming ??= new NamingMemory());
  }
}
