import type { Logger } from 'pino';
import { systemClock } from '../../kube/clock.js';
import { anonymousAccess } from '../../kube/auth/credentials.js';
import { HttpTransport } from '../../kube/rest/httpTransport.js';
import { InTreeController } from '../../sandbox/inTree/controller.js';

export interface RunningInTree {
  /** Every Service has been synced, and nothing is left to do. */
  readonly idle: boolean;
  /** Settles when it has stopped. */
  readonly ended: Promise<void>;
}

/** Runs the model of the in-tree controller against the stand-in server until the signal fires. */
export function runInTree(url: string, logger: Logger, signal: AbortSignal): RunningInTree {
  const transport = new HttpTransport({
    access: anonymousAccess(url),
    userAgent: 'kube-controller-manager/sandbox',
    clock: systemClock,
  });
  const model = new InTreeController({ transport, clock: systemClock, random: Math.random, logger });
  const ended = model.run(signal).finally(() => transport.close());
  return {
    get idle() {
      return model.idle;
    },
    ended,
  };
}
