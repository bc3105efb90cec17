import type { Logger } from 'pino';
import { sleep, type Clock } from '../../kube/clock.js';
import { asRecord, isRecord, messageOf } from '../../kube/json.js';
import { sendInTime } from '../../kube/leaderElection/sendInTime.js';
import { LogThrottle } from '../../kube/logThrottle.js';
import { leasePath } from '../../kube/rest/paths.js';
import { ApiError, WRONG_ANSWER, type Transport } from '../../kube/rest/transport.js';
import { ownValue } from '../../model/ownValue.js';
import { quoted } from '../../model/text/quoted.js';

/** Stops all writes of hints, for as long as the Lease carries it. */
export const STOP_ANNOTATION = 'slicehints.io/stop';
/** Set by the controller whose fuse has blown; whoever removes it acknowledges that. */
export const FUSE_ANNOTATION = 'slicehints.io/fuse-blown';

/** What the annotations of the Lease say; the texts are bounded. */
export interface Switches {
  /** The value of the stop; undefined: writes are not stopped. */
  readonly stop: string | undefined;
  /** When and why the fuse has blown; undefined: it has not. */
  readonly fuse: string | undefined;
}

const LONGEST_VALUE = 200;

/** Any value stops but `false` and the empty one. */
export function readSwitches(lease: unknown): Switches {
  const annotations = asRecord(asRecord(asRecord(lease)['metadata'])['annotations']);
  const valueOf = (name: string): string | undefined => {
    const value = ownValue(annotations, name);
    const text = typeof value === 'string' ? value.trim() : '';
    return text === '' || text.toLowerCase() === 'false' ? undefined : quoted(text, LONGEST_VALUE);
  };
  return { stop: valueOf(STOP_ANNOTATION), fuse: valueOf(FUSE_ANNOTATION) };
}

export interface LeaseSwitchesOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly namespace: string;
  readonly name: string;
  /** Called when the Lease was read for the first time, and at each change. */
  readonly onChange: (switches: Switches) => void;
}

/** A stop takes effect within a second. */
const POLL_MS = 500;
const DEADLINE_MS = 2000;

/**
 * Follows the annotations of the Lease while this process writes. It reads the Lease instead of watching it, because get and
 * update are all the rights that an election needs. What was read stays true until the Lease is read again.
 */
export class LeaseSwitches {
  readonly #options: LeaseSwitchesOptions;
  readonly #failures: LogThrottle;
  #last: Switches | undefined;
  /** To be written to the Lease; counts as if it were there. */
  #blow: string | undefined;

  constructor(options: LeaseSwitchesOptions) {
    this.#options = options;
    this.#failures = new LogThrottle(options.clock);
  }

  get lease(): string {
    return `${this.#options.namespace}/${this.#options.name}`;
  }

  /** undefined: the Lease has not been read yet. */
  get switches(): Switches | undefined {
    if (this.#last === undefined || this.#blow === undefined) return this.#last;
    return { ...this.#last, fuse: quoted(this.#blow, LONGEST_VALUE) };
  }

  /** Has the Lease annotated, so that every replica stops, also after a restart. */
  blowFuse(text: string): void {
    this.#blow = text;
  }

  /** Settles when the signal fires; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#look(signal);
      await sleep(this.#options.clock, POLL_MS, signal);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { namespace, name, logger, onChange } = this.#options;
    const path = leasePath(namespace, name);
    try {
      let lease = await this.#send({ method: 'GET', path }, signal);
      if (this.#blow !== undefined) {
        // Another writer of the Lease may be first: it is tried again with the next look.
        lease = await this.#send({ method: 'PUT', path, body: withAnnotation(lease, this.#blow) }, signal);
        this.#blow = undefined;
      }
      const before = this.#last;
      this.#last = readSwitches(lease);
      if (before?.stop !== this.#last.stop || before?.fuse !== this.#last.fuse || before === undefined)
        onChange(this.#last);
    } catch (error) {
      if (signal.aborted) return;
      const suppressed = this.#failures.pass();
      if (suppressed === undefined) return;
      const log = { lease: this.lease, error: messageOf(error), suppressed };
      logger.warn(log, 'could not read the annotations of the Lease; what was read last holds');
    }
  }

  async #send(request: Parameters<typeof sendInTime>[1], signal: AbortSignal): Promise<unknown> {
    const { transport, clock } = this.#options;
    const answer = await sendInTime({ transport, clock, deadlineMs: DEADLINE_MS, signal }, request);
    // An answer without annotations starts all writes again, so it must be an object.
    if (isRecord(asRecord(answer)['metadata'])) return answer;
    throw new ApiError('malformed', `${request.method} ${request.path}: the answer is not a Lease; ${WRONG_ANSWER}`);
  }
}

/** The Lease as it was read, which the server checks by its version. */
function withAnnotation(lease: unknown, text: string): object {
  const raw = asRecord(lease);
  const metadata = asRecord(raw['metadata']);
  const annotations = { ...asRecord(metadata['annotations']), [FUSE_ANNOTATION]: text };
  return { ...raw, metadata: { ...metadata, annotations } };
}
