import type { Clock } from '../../kube/clock.js';

const QUIET_MS = 1_000;
const REDRAW_MS = 100;
const CLEAR_LINE = '\r\u001b[K';

/** One line on a terminal that says how far long work is; work that ends within a second says nothing. */
export class Progress {
  readonly #stream: NodeJS.WritableStream | undefined;
  readonly #clock: Clock;
  readonly #startMs: number;
  #drawnMs = -Infinity;
  #visible = false;

  /** @param stream undefined: nobody is watching, nothing is ever drawn */
  constructor(stream: NodeJS.WritableStream | undefined, clock: Clock) {
    this.#stream = stream;
    this.#clock = clock;
    this.#startMs = clock.monotonicMs();
  }

  /** @param isLong the work is known to be long: drawn at once */
  report(text: () => string, isLong = false): void {
    if (this.#stream === undefined) return;
    const nowMs = this.#clock.monotonicMs();
    if (!isLong && nowMs - this.#startMs < QUIET_MS) return;
    if (nowMs - this.#drawnMs < REDRAW_MS) return;
    this.#drawnMs = nowMs;
    this.#visible = true;
    this.#stream.write(CLEAR_LINE + text());
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#visible) this.#stream?.write(CLEAR_LINE);
    this.#visible = false;
  }
}
