import { objectKey } from '../model/objectKey.js';
import PQueue from 'p-queue';
import { hasOursToRemove } from '../hints/ownership.js';
import { hintsPatch } from '../hints/patch.js';
import { sleep, type Clock } from '../kube/clock.js';
import { listObjects, sendForObject } from '../kube/rest/objects.js';
import { slicePath, slicesPath } from '../kube/rest/paths.js';
import { ApiError, type Transport } from '../kube/rest/transport.js';
import { FIELD_MANAGER, readSlice, type SliceRecord } from '../model/slice.js';

export interface CleanUpOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Counts what would be done and writes nothing. */
  readonly dryRun?: boolean;
  /** Only this namespace; by default all. */
  readonly namespace?: string;
  /** Slices that are written at the same time. By default 4. */
  readonly concurrency?: number;
  /** Told after every page of the list (`total` undefined) and after every slice. */
  readonly onProgress?: (progress: CleanUpProgress) => void;
}

export interface CleanUpProgress {
  /** Slices read so far. */
  readonly looked: number;
  /** Slices with hints or the annotation of slicehints; undefined while the list is read. */
  readonly total: number | undefined;
  readonly done: number;
}

export interface CleanUpSummary {
  readonly looked: number;
  /** Slices from which hints or the annotation were taken (with `dryRun`: would be), `namespace/name`. */
  readonly cleaned: readonly string[];
  /** Endpoints that lost their hints. */
  readonly endpoints: number;
  /** What could not be cleaned, `namespace/name`, and why, sorted. */
  readonly failed: readonly { readonly slice: string; readonly message: string }[];
  /** The signal fired before all was done. */
  readonly interrupted: boolean;
}

const PAGE_SIZE = 500;
const PAGE_DEADLINE_MS = 60_000;
const TRIES = 6;
const FIRST_WAIT_MS = 200;

interface Target {
  readonly namespace: string;
  readonly name: string;
}

/**
 * Removes the hints and the annotation of slicehints from every slice, in one patch a slice, which the guard permits. They
 * are on slices with the annotation, and on slices that never carry it (mirrored ones) whose list of endpoints slicehints
 * was the last to write. What in-tree manages and has no annotation is left to in-tree, which removed or kept the hints
 * within a second of the write. Safe to interrupt and to run again; a controller that still runs writes them again.
 * @throws {ApiError} when the slices cannot be listed
 */
export async function cleanUp(options: CleanUpOptions): Promise<CleanUpSummary> {
  const { signal, dryRun = false, onProgress } = options;
  const { looked, targets, hinted } = await listOurs(options);
  const total = targets.length;
  if (dryRun) return { looked, cleaned: targets.map(objectKey), endpoints: hinted, failed: [], interrupted: false };

  const failed: { slice: string; message: string }[] = [];
  const cleaned: string[] = [];
  let [endpoints, done] = [0, 0];
  const queue = new PQueue({ concurrency: options.concurrency ?? 4 });
  await queue.addAll(
    targets.map((target) => async () => {
      if (signal.aborted) return;
      try {
        const freed = await cleanSlice(target, options);
        if (freed !== undefined) {
          cleaned.push(objectKey(target));
          endpoints += freed;
        }
      } catch (error) {
        if (signal.aborted) return;
        const message = error instanceof Error ? error.message : String(error);
        failed.push({ slice: objectKey(target), message });
      }
      done += 1;
      onProgress?.({ looked, total, done });
    }),
  );
  failed.sort((a, b) => (a.slice < b.slice ? -1 : 1));
  return { looked, cleaned: cleaned.sort(), endpoints, failed, interrupted: signal.aborted };
}

/**
 * Waits for `forMs`, and then reads which cleaned slices carry hints of slicehints again: a controller that no Lease shows has
 * written them.
 * @returns `namespace/name`, sorted; empty as well when the signal fires
 * @throws {ApiError} when the slices cannot be listed
 */
export async function findReturned(
  cleaned: readonly string[],
  forMs: number,
  options: Pick<CleanUpOptions, 'transport' | 'clock' | 'signal' | 'namespace'>,
): Promise<readonly string[]> {
  await sleep(options.clock, forMs, options.signal);
  if (options.signal.aborted) return [];
  const { targets } = await listOurs(options);
  const known = new Set(cleaned);
  return targets
    .map(objectKey)
    .filter((key) => known.has(key))
    .sort();
}

interface Ours {
  readonly looked: number;
  readonly targets: readonly Target[];
  /** Endpoints with hints on the targets. */
  readonly hinted: number;
}

async function listOurs({
  transport,
  namespace,
  signal,
  onProgress,
}: Pick<CleanUpOptions, 'transport' | 'namespace' | 'signal' | 'onProgress'>): Promise<Ours> {
  let targets: Target[] = [];
  let [looked, hinted] = [0, 0];
  await listObjects({
    transport,
    path: slicesPath(namespace),
    labelSelector: undefined,
    pageSize: PAGE_SIZE,
    deadlineMs: PAGE_DEADLINE_MS,
    signal,
    onPage: (items, restart) => {
      if (restart) [targets, looked, hinted] = [[], 0, 0];
      for (const raw of items) {
        const slice = readSlice(raw);
        looked += 1;
        if (!hasOursToRemove(slice)) continue;
        targets.push({ namespace: slice.namespace, name: slice.name });
        hinted += countHinted(slice);
      }
      onProgress?.({ looked, total: undefined, done: 0 });
    },
  });
  return { looked, targets, hinted };
}

function countHinted(slice: SliceRecord): number {
  return slice.endpoints.filter((endpoint) => endpoint.hints !== undefined).length;
}

/** Returns how many endpoints lost hints, or undefined when there was nothing left to do. */
async function cleanSlice({ namespace, name }: Target, options: CleanUpOptions): Promise<number | undefined> {
  const { transport, clock, signal } = options;
  const path = slicePath(namespace, name);
  let refusedVersion: string | undefined;
  for (let tries = 1; ; tries++) {
    let version: string | undefined;
    try {
      // Read afresh each time, so that a list of thousands need not be kept and is not stale by then.
      const slice = readSlice(await sendForObject(transport, { method: 'GET', path, signal }));
      if (!hasOursToRemove(slice)) return undefined;
      version = slice.resourceVersion;
      const patch = hintsPatch(
        slice,
        slice.endpoints.map(() => undefined),
        false,
      );
      if (patch === undefined) return undefined;
      await transport.send({
        method: 'PATCH',
        path,
        query: { fieldManager: FIELD_MANAGER },
        body: patch,
        contentType: 'application/json-patch+json',
        signal,
      });
      return countHinted(slice);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 404) return undefined;
      // A patch by index does not fit a slice that has shrunk since it was read, which is answered with 422 before the
      // version is compared. The same answer for the same version is a refusal.
      const mayHaveChanged = error.status === 422 && version !== undefined && version !== refusedVersion;
      refusedVersion = version;
      if (!(mayHaveChanged || isPassing(error)) || tries === TRIES) throw error;
      await sleep(clock, error.retryAfterMs ?? FIRST_WAIT_MS * 2 ** (tries - 1), signal);
    }
  }
}

function isPassing({ kind, status }: ApiError): boolean {
  return kind === 'network' || kind === 'timeout' || status === 409 || status === 429 || status >= 500;
}
