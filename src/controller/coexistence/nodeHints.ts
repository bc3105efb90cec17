import type { Logger } from 'pino';
import type { Settings } from '../../hints/settings.js';
import { sleep, type Clock } from '../../kube/clock.js';
import { readServerVersion, type ServerVersion } from '../../kube/rest/serverVersion.js';
import type { Transport } from '../../kube/rest/transport.js';

export type NodeHints = Settings['nodeHints'];

/**
 * Whether a server of this version stores `forNodes`: the feature gate PreferSameTrafficDistribution is on from 1.34.
 * Older servers accept the field and drop it. An unknown version counts as a new one, whose answers show otherwise.
 */
export function nodeHintsOf(version: ServerVersion | undefined): NodeHints {
  return version !== undefined && version.major === 1 && version.minor < 34 ? 'dropped' : 'stored';
}

export interface NodeHintsWatchOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The answer changed, or is known for the first time; called synchronously. */
  readonly onChange: () => void;
}

/** Control planes are upgraded while the controller runs. */
const POLL_MS = 10 * 60_000;

/**
 * Detects whether the API server stores node hints: by its version, and by its answers, because the feature can be
 * disabled on newer servers. What an answer showed holds until the version changes.
 */
export class NodeHintsWatch {
  readonly #options: NodeHintsWatchOptions;
  #version: ServerVersion | undefined;
  #known = false;
  #seenDropped = false;

  constructor(options: NodeHintsWatchOptions) {
    this.#options = options;
  }

  /** Whether the version has been read, or could not be; nothing should be planned before. */
  get known(): boolean {
    return this.#known;
  }

  get nodeHints(): NodeHints {
    return this.#seenDropped ? 'dropped' : nodeHintsOf(this.#version);
  }

  /** The server answered a patch with node hints without them. */
  sawDropped(): void {
    this.#update(() => (this.#seenDropped = true));
  }

  /** Settles when the signal fires; never rejects for anything that a server does. */
  async run(signal: AbortSignal): Promise<void> {
    const { transport, clock } = this.#options;
    while (!signal.aborted) {
      const version = await readServerVersion(transport, signal);
      if (signal.aborted) return;
      this.#update(() => {
        this.#known = true;
        if (version === undefined) return;
        if (this.#version !== undefined && version.minor !== this.#version.minor) this.#seenDropped = false;
        this.#version = version;
      });
      await sleep(clock, POLL_MS, signal);
    }
  }

  #update(change: () => void): void {
    const before = { known: this.#known, nodeHints: this.nodeHints };
    change();
    const { known, nodeHints } = this;
    if (nodeHints !== before.nodeHints) {
      const effect =
        nodeHints === 'dropped' ? 'does not store node hints: plans use zone hints only' : 'stores node hints';
      this.#options.logger.info({ nodeHints }, `the API server ${effect}`);
    }
    if (known !== before.known || nodeHints !== before.nodeHints) this.#options.onChange();
  }
}
