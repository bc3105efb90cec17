import { toApiError } from '../rest/apiStatus.js';
import type { Clock } from '../clock.js';
import { ApiError, type ApiRequest, type Transport } from '../rest/transport.js';

export interface SendInTimeOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/**
 * Sends a request about a Lease that is over at its deadline, whatever the transport does.
 * @throws {ApiError} as the transport; `timeout` at the deadline, `aborted` when the signal fires
 */
export function sendInTime(options: SendInTimeOptions, request: ApiRequest): Promise<unknown> {
  const { transport, clock, deadlineMs, signal } = options;
  const stop = new AbortController();
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      cancel();
      signal.removeEventListener('abort', onAbort);
      settle();
      stop.abort();
    };
    const onAbort = (): void => finish(() => reject(new ApiError('aborted', 'stopped')));
    const cancel = clock.after(deadlineMs, () =>
      finish(() => reject(new ApiError('timeout', `no answer about the lease within ${Math.ceil(deadlineMs)} ms`))),
    );
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) return onAbort();
    transport.send({ ...request, deadlineMs, signal: stop.signal }).then(
      (answer) => finish(() => resolve(answer)),
      (error: unknown) => finish(() => reject(toApiError(error))),
    );
  });
}
