import { Repair } from './strategies/balanced/repair.js';
import { Search } from './strategies/balanced/search.js';

/**
 * Memory that the searches of Balanced use again from plan to plan, because allocating it costs more than a small plan.
 * It carries nothing over: a plan with a used one equals a plan with a new one. Whoever makes many plans holds one.
 */
export class Scratch {
  #search: Search | undefined;
  #repair: Repair | undefined;

  get search(): Search {
    return (this.#search ??= new Search());
  }

  get repair(): Repair {
    return (this.#repair ??= new Repair());
  }
}
