import type { Logger } from 'pino';
import { systemClock } from '../../kube/clock.js';
import { anonymousAccess } from '../../kube/auth/credentials.js';
import { HttpTransport } from '../../kube/rest/httpTransport.js';
import { InTreeController, KUBE_CONTROLLER_MANAGER } from '../../sandbox/inTree/controller.js';

export interface RunningInTree {
  /** Every Service has been synced, and nothing is left to do. */
  readonly idle: boolean;
  /** Settles when it has stopped. */
  readonly ended: Promise<void>;
}

/**
 * Runs the model of the in-tree controller against the stand-in server until the signal fires.
 * @param sliceDelayMs time from a change of slices by others until the sync; by default 1 s, as upstream
 */
export function runInTree(url: string, logger: Logger, signal: AbortSignal, sliceDelayMs?: number): RunningInTree {
  const transport = new HttpTransport({
    access: anonymousAccess(url),
    userAgent: `${KUBE_CONTROLLER_MANAGER}/sandbox`,
    clock: systemClock,
  });
  const model = new InTreeController({
    transport,
    clock: systemClock,
    random: Math.random,
    logger,
    ...(sliceDelayMs === undefined ? {} : { sliceDelayMs }),
  });
  const ended = model.run(signal).finally(() => transport.close());
  return {
    get idle() {
      return model.idle;
    },
    ended,
  };
}
