import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Logger } from 'pino';
import { sleep, type Clock } from '../../kube/clock.js';

const LOOK_MS = 1000;
/** A smaller heap is not worth the pause. */
const WORTHWHILE_BYTES = 64 * 2 ** 20;

/**
 * Collects garbage once, when the burst of the start is over. Reading a large cluster and writing every Service leaves
 * as much garbage in the old generation as there are objects, and V8 keeps it for as long as nothing grows: hours, in a
 * controller that then has little to do (docs/performance.md has the figures).
 */
export async function collectStartGarbage(
  isOver: () => boolean,
  clock: Clock,
  logger: Logger,
  signal: AbortSignal,
  worthwhileBytes = WORTHWHILE_BYTES,
): Promise<void> {
  while (!isOver()) {
    await sleep(clock, LOOK_MS, signal);
    if (signal.aborted) return;
  }
  const before = process.memoryUsage();
  if (before.heapUsed < worthwhileBytes) return;
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') return;
  const startMs = clock.monotonicMs();
  setFlagsFromString('--compact-on-every-full-gc');
  Reflect.apply(collect, undefined, []);
  setFlagsFromString('--no-compact-on-every-full-gc');
  const mb = (bytes: number): number => Math.round(bytes / 2 ** 20);
  logger.info(
    { beforeMb: mb(before.rss), afterMb: mb(process.memoryUsage().rss), ms: Math.round(clock.monotonicMs() - startMs) },
    'the garbage of the start is collected',
  );
}
