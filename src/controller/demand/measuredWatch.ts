import { FIRST_REFUSAL_MS, OptionalApi } from '../../kube/cache/optionalApi.js';
import { Reflector } from '../../kube/cache/reflector.js';
import type { ReflectorSurroundings } from '../../kube/cache/reflectorOptions.js';
import { sleep } from '../../kube/clock.js';
import { configMapsPath } from '../../kube/rest/paths.js';
import type { ApiError } from '../../kube/rest/transport.js';
import { agedTo, type MeasuredFigures, type MeasuredService } from '../../measured/figures.js';
import { MeasuredIndex, type MeasuredState } from '../../measured/measuredIndex.js';
import { readMeasuredConfigMap } from './measuredConfigMap.js';

export interface MeasuredWatchOptions extends ReflectorSurroundings {
  /** The ConfigMap; undefined: there is none, and nothing is measured. */
  readonly configMap: { readonly namespace: string; readonly name: string } | undefined;
  /** What a plan may depend on changed for these Services (`namespace/name`). */
  readonly onChange: (keys: ReadonlySet<string>) => void;
  /** Whether there is a ConfigMap is known for the first time. */
  readonly onKnown: () => void;
}

/** How often it is checked which figures have expired. */
const CHECK_MS = 15_000;
const NOTHING: MeasuredFigures = Object.freeze({ atSeconds: 0, services: [] });

/** What was received, and when by the monotonic clock. */
interface Received {
  readonly figures: MeasuredFigures;
  readonly atMs: number;
}

/**
 * Follows the ConfigMap that `slicehints observe` writes, and no other. What it holds is foreign: whatever it is, there are
 * figures that plans can use, or none.
 */
export class MeasuredWatch {
  readonly #options: MeasuredWatchOptions;
  #received: Received = { figures: NOTHING, atMs: 0 };
  #index = new MeasuredIndex(NOTHING);
  #known = false;

  constructor(options: MeasuredWatchOptions) {
    this.#options = options;
    this.#known = options.configMap === undefined;
  }

  /** Whether there is a ConfigMap has been found out; nothing should be planned before. */
  get known(): boolean {
    return this.#known;
  }

  /** @param key `namespace/name` */
  of(key: string): MeasuredState | undefined {
    return this.#index.of(key);
  }

  /** What is measured of each Service, as of the last check. */
  *states(): Iterable<MeasuredState> {
    for (const key of this.#index.keys()) {
      const state = this.#index.of(key);
      if (state !== undefined) yield state;
    }
  }

  /** Settles when the signal fires; never rejects for anything that a server does. */
  async run(signal: AbortSignal): Promise<void> {
    const { configMap } = this.#options;
    if (configMap === undefined) return;
    await Promise.all([this.#reflector(configMap).run(signal), this.#check(signal)]);
  }

  #reflector({ namespace, name }: { readonly namespace: string; readonly name: string }): Reflector<MeasuredFigures> {
    const { transport, clock, random, logger, observer } = this.#options;
    const waitMs = (): number => (this.#known ? Infinity : FIRST_REFUSAL_MS);
    const onRefused = (error: ApiError): void => this.#refused(error);
    const api = new OptionalApi({
      ...{ clock, observer, refusalMs: waitMs, absentMs: waitMs },
      ...{ onRefused, onAbsent: onRefused },
    });
    return new Reflector<MeasuredFigures>({
      name: 'configmaps',
      transport,
      path: configMapsPath(namespace),
      fieldSelector: `metadata.name=${name}`,
      transform: (raw) => this.#read(raw),
      events: {
        onChange: (_, next) => this.#receive(next ?? NOTHING),
        onSynced: () => this.#learn(),
      },
      clock,
      random,
      logger: logger.child({ component: 'reflector', resource: 'configmaps' }),
      streamingList: false,
      observer: api.observer,
    });
  }

  /** Called at most once: nothing is waited out any more when it is known whether there is a ConfigMap. */
  #refused(error: ApiError): void {
    this.#options.logger.warn({ error: error.message }, 'the ConfigMap of measured demand may not be read');
    this.#learn();
  }

  #read(raw: unknown): MeasuredFigures {
    const { logger } = this.#options;
    const { figures, problems } = readMeasuredConfigMap(raw);
    if (problems.length > 0) logger.warn({ problems }, 'some of the measured demand is not understood and is ignored');
    return figures;
  }

  #receive(figures: MeasuredFigures): void {
    const { clock } = this.#options;
    // A wall clock that jumps later on must not expire them: from now on the monotonic clock counts.
    this.#received = { figures: agedTo(figures, Math.floor(clock.wallMs() / 1000)), atMs: clock.monotonicMs() };
    this.#review();
  }

  /** Figures expire as time passes, also when nothing writes the ConfigMap any more. */
  async #check(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(this.#options.clock, CHECK_MS, signal);
      if (!signal.aborted) this.#review();
    }
  }

  #review(): void {
    const { clock, onChange } = this.#options;
    const { figures, atMs } = this.#received;
    const before = this.#index;
    this.#index = new MeasuredIndex(
      agedTo(figures, figures.atSeconds + Math.floor((clock.monotonicMs() - atMs) / 1000)),
    );
    const changed = new Set<string>();
    for (const key of new Set([...before.keys(), ...this.#index.keys()])) {
      if (!samePlan(before.of(key), this.#index.of(key))) changed.add(key);
    }
    if (changed.size > 0) onChange(changed);
  }

  #learn(): void {
    if (this.#known) return;
    this.#known = true;
    this.#options.onKnown();
  }
}

/** Whether two states are the same to every plan. */
function samePlan(a: MeasuredState | undefined, b: MeasuredState | undefined): boolean {
  if (a?.fresh !== true || b?.fresh !== true) return a?.fresh === b?.fresh;
  if (!sameShares(a.service.demand, b.service.demand) || a.moved !== b.moved) return false;
  if (!a.moved) return true;
  return sameShares(a.service.latest, b.service.latest) && sameShares(a.service.recent ?? [], b.service.recent ?? []);
}

function sameShares(a: MeasuredService['demand'], b: MeasuredService['demand']): boolean {
  return a.length === b.length && a.every(({ zone, share }, i) => zone === b[i]?.zone && share === b[i]?.share);
}
