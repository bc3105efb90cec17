// What a query learns of the traffic: counters that are scraped, a rate over a window, and noise.
export const TICK_SECONDS = 15;
/** The newest scrape is this old when it is asked for. */
const DELAY_TICKS = 2;
/** Of `rate(...[5m])`. */
const WINDOW_TICKS = 20;

/** The counters of one Service by source and destination zone, as scraped each tick. */
export class Counters {
  #history = [];
  #now = new Map();

  /** @param flows per second, by source zone, then destination zone */
  add(flows) {
    const next = new Map(this.#now);
    for (const [from, targets] of flows) {
      for (const [to, rate] of targets) {
        const key = `${from} ${to}`;
        next.set(key, (next.get(key) ?? 0) + rate * TICK_SECONDS);
      }
    }
    this.#now = next;
    this.#history.push(next);
    if (this.#history.length > DELAY_TICKS + WINDOW_TICKS + 1) this.#history.shift();
  }

  /**
   * The rates of the window as a query gives them, each wrong by up to `noise` of itself.
   * @param next random fractions
   * @returns the traffic of the Service, as `learn` takes it; undefined before the first scrapes
   */
  rates(noise, next) {
    const end = this.#history.at(-1 - DELAY_TICKS);
    const [start] = this.#history;
    const seconds = (this.#history.length - 1 - DELAY_TICKS) * TICK_SECONDS;
    if (end === undefined || seconds <= 0) return undefined;
    const flows = new Map();
    let rate = 0;
    for (const [key, value] of end) {
      const [from, to] = key.split(' ');
      const measured = ((value - (start.get(key) ?? 0)) / seconds) * (1 + noise * (2 * next() - 1));
      if (!flows.has(from)) flows.set(from, new Map());
      flows.get(from).set(to, measured);
      rate += measured;
    }
    return { rate, flows };
  }
}
