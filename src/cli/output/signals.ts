import { constants } from 'node:os';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

type SignalledProcess = Pick<NodeJS.Process, 'on' | 'removeListener' | 'kill' | 'exit' | 'pid'>;

/**
 * The signals that end the process. For the first process of a container the kernel drops every signal without a handler,
 * and a command takes a while to load, so that one is needed from the start. It stays: a signal that has arrived, but is
 * not delivered yet, is lost when its handler is replaced by another.
 */
export class ProcessSignals {
  readonly #process: SignalledProcess;
  readonly #isService: boolean;
  readonly #handler = (name: NodeJS.Signals): void => this.#deliver(name);
  #isListening = false;
  #deliver = (name: NodeJS.Signals): void => this.#end(name);

  /** @param isService whether the command runs until it is stopped: a signal before it has begun is then a good end */
  constructor(process: SignalledProcess, isService: boolean) {
    this.#process = process;
    this.#isService = isService;
  }

  /** Again has no effect. */
  listen(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    for (const name of SIGNALS) this.#process.on(name, this.#handler);
  }

  /** From now on the first signal ends nothing by itself, but fires this one; a second ends the process. */
  untilSignal(onSignal: (name: NodeJS.Signals) => void): AbortSignal {
    this.listen();
    const stop = new AbortController();
    this.#deliver = (name) => {
      if (stop.signal.aborted) this.#process.exit(1);
      onSignal(name);
      stop.abort();
    };
    return stop.signal;
  }

  #end(name: NodeJS.Signals): void {
    if (this.#isService) this.#process.exit(0);
    for (const each of SIGNALS) this.#process.removeListener(each, this.#handler);
    this.#process.kill(this.#process.pid, name);
    // Only the first process of a container gets here.
    this.#process.exit(128 + constants.signals[name]);
  }
}
