import type { Logger } from 'pino';
import type { Clock } from '../kube/clock.js';
import { LogThrottle } from '../kube/logThrottle.js';
import { ApiError } from '../kube/rest/transport.js';
import { parseObjectKey } from '../model/objectKey.js';

/** Tells why Services are tried again, once a minute: what the API server answers to one it mostly answers to all. */
export class RetryLog {
  readonly #logger: Logger;
  readonly #answers: LogThrottle;
  readonly #errors: LogThrottle;

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#answers = new LogThrottle(clock);
    this.#errors = new LogThrottle(clock);
  }

  /** @param key `namespace/name` of the Service */
  note(key: string, error: unknown): void {
    const { namespace, name: service } = parseObjectKey(key);
    if (error instanceof ApiError) {
      const suppressed = this.#answers.pass();
      if (suppressed === undefined) return;
      const log = { namespace, service, error: error.message, suppressed };
      this.#logger.warn(log, 'hints could not be written; the Service is tried again');
      return;
    }
    const suppressed = this.#errors.pass();
    if (suppressed === undefined) return;
    this.#logger.error({ namespace, service, err: error, suppressed }, 'an internal error; the Service is tried again');
  }
}
