import { constants } from 'node:os';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

type SignalledProcess = Pick<NodeJS.Process, 'on' | 'removeListener' | 'kill' | 'exit' | 'pid'>;

/**
 * The signals that end the process. There are handlers from the start: for the first process of a container the kernel
 * drops every signal without one, and a command takes a while to load.
 */
export class ProcessSignals {
  readonly #process: SignalledProcess;
  readonly #onEarly: (name: NodeJS.Signals) => void;

  /** @param isService whether the command runs until it is stopped: a signal before it has begun is then a good end */
  constructor(process: SignalledProcess, isService: boolean) {
    this.#process = process;
    this.#onEarly = (name) => {
      if (isService) return process.exit(0);
      this.#removeEarly();
      process.kill(process.pid, name);
      // Only the first process of a container gets here.
      return process.exit(128 + constants.signals[name]);
    };
  }

  listen(): void {
    for (const name of SIGNALS) this.#process.on(name, this.#onEarly);
  }

  /** From now on the first signal ends nothing by itself, but fires this one; a second ends the process. */
  untilSignal(onSignal: (name: NodeJS.Signals) => void): AbortSignal {
    this.#removeEarly();
    const stop = new AbortController();
    for (const name of SIGNALS) {
      this.#process.on(name, () => {
        if (stop.signal.aborted) this.#process.exit(1);
        onSignal(name);
        stop.abort();
      });
    }
    return stop.signal;
  }

  #removeEarly(): void {
    for (const name of SIGNALS) this.#process.removeListener(name, this.#onEarly);
  }
}
