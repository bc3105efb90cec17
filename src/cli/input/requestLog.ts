import type { Clock } from '../../kube/clock.js';
import { ApiError, type Transport } from '../../kube/rest/transport.js';

/** kubectl shows requests from this verbosity on. */
const REQUESTS = 6;

/** Shows each request with its outcome and duration where the verbosity asks for that. */
export function logRequests(
  transport: Transport,
  verbosity: number,
  clock: Clock,
  stream: NodeJS.WritableStream,
): Transport {
  if (verbosity < REQUESTS) return transport;
  return {
    send: async (request) => {
      const startMs = clock.monotonicMs();
      let outcome = 'OK';
      try {
        return await transport.send(request);
      } catch (error) {
        outcome = error instanceof ApiError && error.status > 0 ? String(error.status) : 'failed';
        throw error;
      } finally {
        const query = new URLSearchParams(
          Object.entries(request.query ?? {}).flatMap(([name, value]) =>
            value === undefined ? [] : [[name, String(value)] as [string, string]],
          ),
        ).toString();
        const path = query === '' ? request.path : `${request.path}?${query}`;
        stream.write(`${request.method} ${path} ${outcome} in ${Math.round(clock.monotonicMs() - startMs)} ms\n`);
      }
    },
    watch: (request) => transport.watch(request),
    close: () => transport.close(),
  };
}
