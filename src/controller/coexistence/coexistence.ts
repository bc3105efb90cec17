import type { Logger } from 'pino';
import type { Settings } from '../../hints/settings.js';
import { sleep, type Clock } from '../../kube/clock.js';
import type { Transport } from '../../kube/rest/transport.js';
import { GuardWatch } from '../../guard/watch.js';
import { hasInTreeSlice, judgeInTree, PATIENCE_MS, type InTreeChoice, type InTreePresence } from './inTreePresence.js';
import { NodeHintsWatch } from './nodeHints.js';
import type { ClusterState } from '../state.js';

/** The settings as configured, without those that are detected. */
export type HintSettings = Omit<Settings, 'guard' | 'inTree' | 'nodeHints'> & { readonly inTree: InTreeChoice };

export interface CoexistenceOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly settings: HintSettings;
  readonly policyVersion: 'v1' | 'v1beta1';
  readonly state: Pick<ClusterState, 'services' | 'slicesOf'>;
  /** The caches are filled; before, nothing can be concluded from them. */
  readonly synced: () => boolean;
  /** The settings changed, or are known for the first time; called synchronously. */
  readonly onChange: () => void;
}

const IN_TREE_POLL_MS = 30_000;
/**
 * In-tree writes a slice a few times in a row while pods change, and reacts to a write that comes in between with a
 * conflict, a Warning Event and seconds of back-off. It is done when it has been quiet for this long.
 */
const IN_TREE_QUIET_MS = 500;

/**
 * Detects what decides which hints last: whether the in-tree controller is at work, whether the guard is in force, and
 * whether the API server stores node hints.
 */
export class Coexistence {
  readonly #options: CoexistenceOptions;
  readonly #guard: GuardWatch;
  readonly #nodeHints: NodeHintsWatch;
  /** When a review last found a Service with an in-tree slice or without a selector, by the monotonic clock. */
  #fineMs: ReadonlyMap<string, number> = new Map();
  #presence: InTreePresence;
  #settings: Settings;

  constructor(options: CoexistenceOptions) {
    this.#options = options;
    const { inTree } = options.settings;
    this.#presence =
      inTree === 'auto' ? { inTree: 'present', how: 'not detected yet' } : { inTree, how: 'as set by --in-tree' };
    const { transport, clock, random, logger, policyVersion } = options;
    this.#nodeHints = new NodeHintsWatch({ transport, clock, logger, onChange: () => this.#changed() });
    this.#settings = {
      ...options.settings,
      guard: false,
      inTree: this.#presence.inTree,
      nodeHints: this.#nodeHints.nodeHints,
    };
    this.#guard = new GuardWatch({
      transport,
      clock,
      random,
      logger: logger.child({ component: 'guard' }),
      policyVersion,
      onChange: () => this.#changed(),
    });
  }

  /** The settings that plans use now. */
  get settings(): Settings {
    return this.#settings;
  }

  /** Whether the states of the guard and of the API server are known; nothing should be planned before. */
  get known(): boolean {
    return this.#guard.known && this.#nodeHints.known;
  }

  /** The server answered a patch with node hints without them. */
  sawNodeHintsDropped(): void {
    this.#nodeHints.sawDropped();
  }

  get guard(): Pick<GuardWatch, 'inForce' | 'how'> {
    return this.#guard;
  }

  get inTree(): InTreePresence {
    return this.#presence;
  }

  /**
   * How long the slices of a Service must have been quiet before it is reconciled, in ms: half a second where in-tree
   * writes them, so that no write of this process falls between two of its own; else 0.
   */
  quietMs(serviceKey: string): number {
    if (this.#presence.inTree === 'absent') return 0;
    return hasInTreeSlice(this.#options.state.slicesOf(serviceKey)) ? IN_TREE_QUIET_MS : 0;
  }

  /** Settles when the signal fires; never rejects for anything that a server does. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#guard.run(signal), this.#nodeHints.run(signal), this.#pollInTree(signal)]);
  }

  /** Judges once more whether the in-tree controller is at work; also called when the caches are filled. */
  review(): void {
    const { settings, state, clock, synced, logger } = this.#options;
    if (settings.inTree !== 'auto' || !synced()) return;
    const before = this.#presence;
    const nowMs = clock.monotonicMs();
    this.#fineMs = this.#reviewServices(nowMs);
    this.#presence = judgeInTree(
      state.services.values(),
      (key) => state.slicesOf(key),
      clock.wallMs(),
      (key) => nowMs - (this.#fineMs.get(key) ?? -Infinity) < PATIENCE_MS,
    );
    const { inTree, how } = this.#presence;
    if (before.how !== how) logger.info({ inTree, how }, `the in-tree controller is ${inTree}`);
    if (before.inTree !== inTree) this.#changed();
  }

  #reviewServices(nowMs: number): ReadonlyMap<string, number> {
    const fineMs = new Map<string, number>();
    const { state } = this.#options;
    for (const [key, { hasSelector }] of state.services) {
      const fine = !hasSelector || hasInTreeSlice(state.slicesOf(key));
      const lastMs = fine ? nowMs : this.#fineMs.get(key);
      if (lastMs !== undefined) fineMs.set(key, lastMs);
    }
    return fineMs;
  }

  async #pollInTree(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#options.settings.inTree === 'auto') {
      this.review();
      await sleep(this.#options.clock, IN_TREE_POLL_MS, signal);
    }
  }

  #changed(): void {
    this.#settings = {
      ...this.#options.settings,
      guard: this.#guard.inForce,
      inTree: this.#presence.inTree,
      nodeHints: this.#nodeHints.nodeHints,
    };
    this.#options.onChange();
  }
}
