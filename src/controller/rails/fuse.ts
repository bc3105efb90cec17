import type { Plan } from '../../hints/plan.js';
import { hintsAreOurs } from '../../hints/ownership.js';
import type { Clock } from '../../kube/clock.js';
import { sameHints } from '../../model/hints.js';
import { serviceKeyOf } from '../../model/objectKey.js';
import type { SliceRecord } from '../../model/slice.js';

export interface FuseOptions {
  readonly clock: Clock;
  /** How many endpoints have hints of this controller, of all Services that this process writes; `enough` or more will do. */
  readonly hintedEndpoints: (enough: number) => number;
}

/** Changes within this time count together. */
const WINDOW_MS = 60_000;
/** What nodes, policies and the like bring about is planned for Services that are queued within this time after. */
const EXCUSED_MS = 60_000;
/** Fewer changed endpoints never blow the fuse: in a small cluster one rollout is half of everything. */
export const LEAST_CHANGED = 100;
/** The fuse blows above this part of all hinted endpoints. */
const MOST_SHARE = 0.5;

/** Why the fuse has blown. */
export interface Blow {
  readonly changed: number;
  readonly hinted: number;
}

/**
 * Notices that most hints of the cluster are about to change although nothing has happened that explains it: a fault of this
 * controller, or of what it reads. Only endpoints that have hints of this controller and are to get other ones count: hints for
 * new endpoints, and hints that are taken away, send no traffic to other endpoints at once.
 */
export class Fuse {
  readonly #options: FuseOptions;
  /** By Service: endpoints that changed, and when; the oldest first. */
  readonly #changes = new Map<string, { readonly atMs: number; readonly endpoints: number }>();
  #changed = 0;
  #causeMs = -Infinity;

  constructor(options: FuseOptions) {
    this.#options = options;
  }

  /** Something happened that may well change most hints: nodes, policies, the guard, in-tree, or that this process writes at all. */
  excuse(): void {
    this.#causeMs = this.#options.clock.monotonicMs();
    this.#changes.clear();
    this.#changed = 0;
  }

  /**
   * Counts a plan that is about to be written.
   * @param firstEventMs when the Service was queued
   * @returns what blows the fuse: the plan must not be written then
   */
  judge(key: string, plan: Plan, firstEventMs: number): Blow | undefined {
    const { clock, hintedEndpoints } = this.#options;
    const nowMs = clock.monotonicMs();
    if (firstEventMs - this.#causeMs <= EXCUSED_MS) return undefined;
    const endpoints = changedEndpoints(plan);
    if (endpoints === 0) return undefined;
    this.#forget(nowMs);
    // A Service that changes again within the window still has no more endpoints than it has.
    const before = this.#changes.get(key)?.endpoints ?? 0;
    const changed = this.#changed + Math.max(0, endpoints - before);
    const hinted = changed < LEAST_CHANGED ? Infinity : hintedEndpoints(changed / MOST_SHARE);
    if (changed > hinted * MOST_SHARE) return { changed, hinted };
    this.#changes.delete(key);
    this.#changes.set(key, { atMs: nowMs, endpoints: Math.max(endpoints, before) });
    this.#changed = changed;
    return undefined;
  }

  #forget(nowMs: number): void {
    for (const [key, { atMs, endpoints }] of this.#changes) {
      if (nowMs - atMs < WINDOW_MS) return;
      this.#changes.delete(key);
      this.#changed -= endpoints;
    }
  }
}

/**
 * Endpoints with hints of this controller.
 * @param owns whether a Service is this process's to write
 * @param enough counting ends with the slice that reaches it
 */
export function hintedEndpoints(
  slices: Iterable<SliceRecord>,
  owns: (key: string) => boolean,
  enough = Infinity,
): number {
  let count = 0;
  for (const slice of slices) {
    if (count >= enough) break;
    if (!hintsAreOurs(slice) || !owns(serviceKeyOf(slice))) continue;
    for (const { hints } of slice.endpoints) if (hints !== undefined) count += 1;
  }
  return count;
}

/** Endpoints with hints of this controller that get other hints. */
export function changedEndpoints({ slices }: Pick<Plan, 'slices'>): number {
  let count = 0;
  for (const { slice, hints, patch } of slices) {
    if (patch === undefined || !hintsAreOurs(slice)) continue;
    slice.endpoints.forEach(({ hints: before }, i) => {
      const after = hints[i];
      if (before !== undefined && after !== undefined && !sameHints(before, after)) count += 1;
    });
  }
  return count;
}
