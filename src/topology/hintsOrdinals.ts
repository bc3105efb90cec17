import type { EndpointHints } from './slice.js';

/** Up to so many different objects, looking at each is cheaper than a map. */
const FEW = 32;

/**
 * Numbers the hints of many endpoints from 0 on, by object: endpoints share one object of hints by the hundred, so
 * that what is worked out for hints can be kept in plain arrays. Equal hints in two objects have two numbers.
 */
export class HintsOrdinals {
  /** The hints by number, in the order in which they were first seen. */
  readonly list: (EndpointHints | undefined)[] = [];
  #byObject: Map<EndpointHints | undefined, number> | undefined;

  of(hints: EndpointHints | undefined): number {
    const { list } = this;
    if (this.#byObject !== undefined) return this.#byObject.get(hints) ?? this.#add(hints);
    for (let i = 0; i < list.length; i++) if (list[i] === hints) return i;
    return this.#add(hints);
  }

  #add(hints: EndpointHints | undefined): number {
    const ordinal = this.list.push(hints) - 1;
    if (this.#byObject !== undefined) this.#byObject.set(hints, ordinal);
    else if (ordinal === FEW) this.#byObject = new Map(this.list.map((each, i) => [each, i]));
    return ordinal;
  }
}
