// Times two things in turns in one process, so that a slow moment hits both.

/** Small inputs are taken many at a time: the clock is too coarse for one. */
const MICROSECONDS_PER_READING = 1_000;
const LEAST_READINGS = 15;

/** Each side pays for its own garbage: what parsing left behind would otherwise be copied in the time of planning. */
const emptyYoungGeneration = () => globalThis.gc?.({ type: 'minor' });
const microseconds = () => performance.now() * 1_000;

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Median µs of parsing a text and of planning what came out of it. Every parsed value is planned once: planning the
 * same objects again and again would find them warm in the caches, with the hashes of their strings computed.
 */
export function timeParseAndPlan(text, plan, { warmUpMs, measureMs }) {
  const readings = { parse: [], plan: [] };
  let sink;
  const read = (runs) => {
    const parsed = new Array(runs);
    emptyYoungGeneration();
    const start = microseconds();
    for (let r = 0; r < runs; r++) parsed[r] = JSON.parse(text);
    const middle = microseconds();
    emptyYoungGeneration();
    const planFrom = microseconds();
    for (let r = 0; r < runs; r++) sink = plan(parsed[r]);
    const end = microseconds();
    return { parse: (middle - start) / runs, plan: (end - planFrom) / runs };
  };
  let runs = 1;
  const start = microseconds();
  const measureFrom = start + warmUpMs * 1_000;
  const measureUntil = measureFrom + measureMs * 1_000;
  for (;;) {
    const now = microseconds();
    if (now > measureUntil && readings.parse.length >= LEAST_READINGS) break;
    const { parse, plan: planned } = read(runs);
    if (now < measureFrom) {
      runs = Math.max(1, Math.round(MICROSECONDS_PER_READING / parse));
      continue;
    }
    readings.parse.push(parse);
    readings.plan.push(planned);
  }
  if (sink === undefined) throw new Error('nothing was measured');
  return { parse: median(readings.parse), plan: median(readings.plan) };
}
