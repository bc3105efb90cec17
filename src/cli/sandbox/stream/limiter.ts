import type { Clock } from '../../../kube/clock.js';

const WINDOW_MS = 1000;

export interface LimiterOptions<Line> {
  readonly clock: Clock;
  /** Lines of a window that are printed; the rest is held back. */
  readonly lines: number;
  readonly print: (line: Line) => void;
  /** Sums up the lines of a window that were not printed; called at its end, never without lines. */
  readonly summarize: (lines: readonly Line[]) => void;
}

/** Keeps a stream of lines readable: a burst is printed by its first lines and a summary. */
export class LineLimiter<Line> {
  readonly #options: LimiterOptions<Line>;
  #printed = 0;
  #held: Line[] = [];
  #cancel: (() => void) | undefined;

  constructor(options: LimiterOptions<Line>) {
    this.#options = options;
  }

  add(line: Line): void {
    this.#cancel ??= this.#options.clock.after(WINDOW_MS, () => this.flush());
    if (this.#printed < this.#options.lines) {
      this.#printed += 1;
      this.#options.print(line);
    } else {
      this.#held.push(line);
    }
  }

  /** Ends the window: what was held back is summed up. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#printed = 0;
    const held = this.#held;
    this.#held = [];
    if (held.length > 0) this.#options.summarize(held);
  }
}
