import { objectKey } from '../model/objectKey.js';
import PQueue from 'p-queue';
import { IN_TREE_MANAGER } from '../hints/ownership.js';
import { hintsPatch } from '../hints/patch.js';
import { sleep, type Clock } from '../kube/clock.js';
import { listPages } from '../kube/rest/pagedList.js';
import { slicePath, slicesPath } from '../kube/rest/paths.js';
import { ApiError, type Transport } from '../kube/rest/transport.js';
import type { EndpointSliceManifest } from '../model/manifest.js';
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
  /** Slices looked at so far. */
  readonly looked: number;
  /** Slices with something of ours; undefined while the list is read. */
  readonly total: number | undefined;
  readonly done: number;
}

export interface CleanUpSummary {
  readonly looked: number;
  /** Slices from which hints or the annotation were taken (with `dryRun`: would be). */
  readonly cleaned: number;
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
 * Takes our hints and our annotation off every slice, in one patch a slice, which the guard lets pass. Ours are slices
 * with the annotation, and hints whose list of endpoints we were the last to write on slices that never carry it
 * (mirrored ones). What in-tree manages and has no annotation is in-tree's own decision: it took or kept our hints
 * within a second of our write. Safe to interrupt and to run again; a controller that still runs writes them again.
 * @throws {ApiError} when the slices cannot be listed
 */
export async function cleanUp(options: CleanUpOptions): Promise<CleanUpSummary> {
  const { transport, signal, dryRun = false, onProgress } = options;
  let targets: Target[] = [];
  let looked = 0;
  let endpoints = 0;
  await listPages({
    transport,
    path: slicesPath(options.namespace),
    labelSelector: undefined,
    pageSize: PAGE_SIZE,
    deadlineMs: PAGE_DEADLINE_MS,
    signal,
    onPage: (items, restart) => {
      if (restart) [targets, looked, endpoints] = [[], 0, 0];
      for (const raw of items) {
        const slice = readSlice(raw as EndpointSliceManifest);
        looked += 1;
        if (!isOurs(slice)) continue;
        targets.push({ namespace: slice.namespace, name: slice.name });
        if (dryRun) endpoints += countHinted(slice);
      }
      onProgress?.({ looked, total: undefined, done: 0 });
    },
  });
  const total = targets.length;
  if (dryRun) return { looked, cleaned: total, endpoints, failed: [], interrupted: false };

  const failed: { slice: string; message: string }[] = [];
  let [cleaned, done] = [0, 0];
  const queue = new PQueue({ concurrency: options.concurrency ?? 4 });
  await queue.addAll(
    targets.map((target) => async () => {
      if (signal.aborted) return;
      try {
        const freed = await cleanSlice(target, options);
        if (freed !== undefined) {
          cleaned += 1;
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
  return { looked, cleaned, endpoints, failed, interrupted: signal.aborted };
}

function isOurs(slice: SliceRecord): boolean {
  if (slice.owned) return true;
  return slice.managedBy !== IN_TREE_MANAGER && slice.endpointsOurs === true && countHinted(slice) > 0;
}

function countHinted(slice: SliceRecord): number {
  return slice.endpoints.filter((endpoint) => endpoint.hints !== undefined).length;
}

/** Answers how many endpoints lost hints, or undefined when there was nothing left to do. */
async function cleanSlice({ namespace, name }: Target, options: CleanUpOptions): Promise<number | undefined> {
  const { transport, clock, signal } = options;
  const path = slicePath(namespace, name);
  for (let tries = 1; ; tries++) {
    try {
      // Read afresh each time, so that a list of thousands need not be kept and is not stale by the time.
      const slice = readSlice((await transport.send({ method: 'GET', path, signal })) as EndpointSliceManifest);
      if (!isOurs(slice)) return undefined;
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
      const passing = error.kind === 'network' || error.kind === 'timeout' || [409, 429].includes(error.status);
      if (!(passing || error.status >= 500) || tries === TRIES) throw error;
      await sleep(clock, error.retryAfterMs ?? FIRST_WAIT_MS * 2 ** (tries - 1), signal);
    }
  }
}
