import { toApiError } from '../rest/apiStatus.js';
import type { Clock } from '../clock.js';
import type { ApiError, ApiRequest, Transport, WatchEvent } from '../rest/transport.js';

export interface WatchSessionOptions<R> {
  readonly transport: Transport;
  readonly path: string;
  readonly query: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly isKnown: NonNullable<ApiRequest['isKnown']>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called for every line; anything but undefined ends the watch with that as its result. */
  readonly onLine: (event: WatchEvent) => R | undefined;
  /** The monotonic time at which the watch is given up, from when it started and when its last line came. */
  readonly giveUpAtMs: (startedMs: number, lastLineMs: number) => number;
}

export type WatchSessionEnd<R> =
  | { readonly kind: 'result'; readonly result: R }
  /** By the server, in order. */
  | { readonly kind: 'closed' }
  /** Given up: the connection may be half open, which TCP detects only after a quarter of an hour. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly error: ApiError };

/** One watch with a watchdog. Never rejects; when it settles, nothing of the watch is left. */
export async function runWatch<R>(options: WatchSessionOptions<R>): Promise<WatchSessionEnd<R>> {
  const { transport, path, query, isKnown, clock, signal, onLine, giveUpAtMs } = options;
  if (signal.aborted) return { kind: 'stopped' };
  const stop = new AbortController();
  const onAbort = (): void => stop.abort();
  signal.addEventListener('abort', onAbort, { once: true });
  const startedMs = clock.monotonicMs();
  let lastLineMs = startedMs;
  let silent = false;
  // One timer that compares the time of the last line, not one per line: a busy watch has thousands a second.
  const look = (): void => {
    const leftMs = giveUpAtMs(startedMs, lastLineMs) - clock.monotonicMs();
    if (leftMs > 0) {
      disarm = clock.after(leftMs, look);
    } else {
      silent = true;
      stop.abort();
    }
  };
  let disarm = clock.after(giveUpAtMs(startedMs, startedMs) - startedMs, look);
  const stopped = (): WatchSessionEnd<R> | undefined =>
    signal.aborted ? { kind: 'stopped' } : silent ? { kind: 'silent' } : undefined;
  try {
    for await (const event of transport.watch({ path, query, isKnown, signal: stop.signal })) {
      const ended = stopped();
      if (ended !== undefined) return ended;
      lastLineMs = clock.monotonicMs();
      const result = onLine(event);
      if (result !== undefined) return { kind: 'result', result };
    }
    return stopped() ?? { kind: 'closed' };
  } catch (error) {
    return stopped() ?? { kind: 'failed', error: toApiError(error) };
  } finally {
    disarm();
    signal.removeEventListener('abort', onAbort);
    stop.abort();
  }
}
