import { isFresh, leavesDeadBand, type MeasuredFigures, type MeasuredService } from './figures.js';

/** What a plan may know of the traffic of a Service. */
export interface MeasuredState {
  readonly service: MeasuredService;
  /** Whether it may be planned with: recent enough, and from enough samples. */
  readonly fresh: boolean;
  /** Whether the smoothed shares have left the dead band around the demand that is planned with. */
  readonly moved: boolean;
}

/** Looks up figures by Service. The figures are as of the time that they bear; see `agedTo`. */
export class MeasuredIndex {
  readonly #byKey: ReadonlyMap<string, MeasuredService>;
  readonly #known = new Map<string, MeasuredState>();

  constructor({ services }: Pick<MeasuredFigures, 'services'>) {
    this.#byKey = new Map(services.map((service) => [service.key, service]));
  }

  /** @param key `namespace/name`; each time the same object, so that what follows from it is worked out once */
  of(key: string): MeasuredState | undefined {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const service = this.#byKey.get(key);
    if (service === undefined) return undefined;
    const fresh = isFresh(service);
    const state = { service, fresh, moved: fresh && leavesDeadBand(service.latest, service.demand) };
    this.#known.set(key, state);
    return state;
  }

  /** Keys of all Services that are measured. */
  keys(): Iterable<string> {
    return this.#byKey.keys();
  }
}
