import type { Logger } from 'pino';
import {
  drainsInForce,
  readZoneDrain,
  zonesOf,
  type ZoneDrainManifest,
  type ZoneDrainRecord,
} from '../../hints/drain/zoneDrain.js';
import type { Settings } from '../../hints/settings.js';
import type { ReflectorSurroundings } from '../../kube/cache/reflectorOptions.js';
import { zoneDrainsPath } from '../../kube/rest/paths.js';
import { OptionalResources, optionalResource } from '../optionalResources.js';
import { DrainJudge, type DrainJudgeOptions } from './drainJudge.js';

export interface ZoneDrainsOptions extends Omit<DrainJudgeOptions, 'drains'>, ReflectorSurroundings {
  /** Other zones are drained now: every Service may have another plan. */
  readonly onChange: () => void;
  /** Called once, when it is known which drains there are. */
  readonly onKnown: () => void;
}

/** Ends by the wall clock are looked up again after this long, because that clock may be set. */
const LONGEST_WAIT_MS = 15_000;
const NO_ZONES: readonly string[] = Object.freeze([]);

/**
 * The drains of the cluster: they are watched, judged, and end by the clock. A drain that a controller has accepted is in force
 * for all of them, by its status, whichever leads; so the next leader goes on with it, or finds that it is over.
 */
export class ZoneDrains {
  readonly #options: ZoneDrainsOptions;
  readonly #logger: Logger;
  readonly #drains = new Map<string, ZoneDrainRecord>();
  readonly #watch: OptionalResources;
  readonly #judge: DrainJudge;
  #inForce: readonly ZoneDrainRecord[] = [];
  #zones = NO_ZONES;
  #cancel: (() => void) | undefined;
  #settings: { readonly base: Settings; readonly zones: readonly string[]; readonly made: Settings } | undefined;

  constructor(options: ZoneDrainsOptions) {
    this.#options = options;
    const logger = options.logger.child({ component: 'drains' });
    this.#logger = logger;
    this.#watch = new OptionalResources({
      ...options,
      logger,
      what: 'drains',
      probePath: zoneDrainsPath(),
      probeQuery: { limit: 1 },
      resources: [
        optionalResource<ZoneDrainRecord>({
          name: 'zonedrains',
          path: zoneDrainsPath(),
          transform: (raw) => readZoneDrain(raw as ZoneDrainManifest),
          onChange: (key, next) => this.#changed(key, next),
        }),
      ],
      onKnown: () => {
        this.#review();
        options.onKnown();
      },
    });
    this.#judge = new DrainJudge({ ...options, logger, drains: this.#drains });
  }

  /** It is known which drains there are; nothing should be planned before. */
  get known(): boolean {
    return this.#watch.known;
  }

  /** The drains that are in force, sorted by their end. */
  get inForce(): readonly ZoneDrainRecord[] {
    return this.#inForce;
  }

  /** Settings with the zones that are drained now; the same object for the same settings and zones. */
  settings(base: Settings): Settings {
    if (this.#zones.length === 0) return base;
    const known = this.#settings;
    if (known?.base === base && known.zones === this.#zones) return known.made;
    const made = { ...base, drainedZones: this.#zones };
    this.#settings = { base, zones: this.#zones, made };
    return made;
  }

  /** Settles when the signal fires; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#watch.run(signal), this.#judge.run(signal)]);
    this.#cancel?.();
  }

  #changed(name: string, next: ZoneDrainRecord | undefined): void {
    if (next === undefined) this.#drains.delete(name);
    else this.#drains.set(name, next);
    if (this.known) this.#review();
  }

  #review(): void {
    const { clock, onChange } = this.#options;
    this.#cancel?.();
    const nowMs = clock.wallMs();
    this.#inForce = drainsInForce(this.#drains.values(), nowMs);
    const [first] = this.#inForce;
    if (first !== undefined) {
      this.#cancel = clock.after(Math.min(first.untilMs - nowMs, LONGEST_WAIT_MS), () => this.#review());
    }
    const zones = zonesOf(this.#inForce);
    if (zones.join(' ') === this.#zones.join(' ')) return;
    this.#zones = zones;
    this.#logger.info({ zones }, zones.length === 0 ? 'no zone is drained' : 'zones are drained');
    onChange();
  }
}
