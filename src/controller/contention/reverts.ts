import { objectKey } from '../../model/objectKey.js';
import { LRUCache } from 'lru-cache';
import { fingerprintSlice, type SliceFingerprint } from './fingerprint.js';
import { Reason } from '../../hints/reasons.js';
import { verdict, type Verdict } from '../../hints/verdict.js';
import type { Clock } from '../../kube/clock.js';
import type { SliceRecord } from '../../model/slice.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export interface RevertLimits {
  /** This many reverts within `quickWindowMs` are a fight. */
  readonly quickReverts: number;
  readonly quickWindowMs: number;
  /** This many within an hour are a fight too: a slow writer never shows up in the quick window. */
  readonly hourlyReverts: number;
  /** This many rebuilds within an hour that dropped hints together with a change of endpoints. */
  readonly hourlyRebuilds: number;
  /** The first pause; each further one is twice as long, up to `longestPauseMs`. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** History is cleared after this long without a revert since the last pause ended. */
  readonly calmMs: number;
  /** How many written slices are remembered; the least recently used go first. */
  readonly slices: number;
  /** How many Services with reverts are remembered. */
  readonly services: number;
}

export const REVERT_LIMITS: RevertLimits = Object.freeze({
  quickReverts: 3,
  quickWindowMs: 5 * MINUTE_MS,
  hourlyReverts: 4,
  hourlyRebuilds: 30,
  firstPauseMs: MINUTE_MS,
  longestPauseMs: HOUR_MS,
  calmMs: HOUR_MS,
  slices: 50_000,
  services: 10_000,
});

/** Named when `managedFields` names no other writer. */
const UNNAMED = 'another writer';

/** How the tracker judges one version of a slice. */
export type Observation =
  /** This process has not written the slice, or the write was undone already. */
  | { readonly kind: 'unknown' }
  /** The version is the process's own write. */
  | { readonly kind: 'own' }
  /** Another writer wrote, and the hints stand. */
  | { readonly kind: 'kept' }
  /**
   * Another writer undid hints: of the same endpoints (`reverted`), or most of them while it changed endpoints
   * (`rebuilt`). `contended` is the verdict for the Service, once per episode; no hints are written for `pausedMs` (0:
   * no pause).
   */
  | {
      readonly kind: 'reverted' | 'rebuilt';
      readonly by: string;
      readonly pausedMs: number;
      readonly contended: Verdict | undefined;
    };

/** No hints are written for a Service until `untilMs` (by the monotonic clock), because `by` keeps undoing them. */
export interface Pause {
  readonly untilMs: number;
  readonly by: string;
}

interface Written extends SliceFingerprint {
  readonly serviceKey: string;
  readonly resourceVersion: string;
  readonly generation: number;
  /** Number of this write; a revert counts only when it undoes a write that is newer than the last counted revert. */
  readonly turn: number;
  /** A version under this controller's field manager that no noted write explains (yet). */
  readonly unclaimed: string | undefined;
  /** A later write of this process may have been applied although its answer was lost. */
  readonly lost: boolean;
}

interface Trouble {
  /** Times of the reverts and rebuilds of the last hour, oldest first. */
  reverts: number[];
  rebuilds: number[];
  /** The turn of the newest write when the last revert was counted. */
  turn: number;
  pausedUntilMs: number;
  /** The length of the pause that comes next; the first one while there was none. */
  nextPauseMs: number;
  /** A Service that was paused before is paused again by its first revert until then. */
  probationUntilMs: number;
  by: string;
}

/**
 * Recognises the controller's own writes, detects when another writer undoes them, and pauses Services so that two
 * writers never overwrite each other without end.
 *
 * A revert counts only when it undoes a write that came after the last counted revert of that Service, so a writer that
 * removes the hints of fifty slices counts once, and one whose hints are adopted in the end counts once and never again.
 * Three reverts in five minutes, or four in an hour, pause the Service; then one try is allowed, and until an hour has
 * passed without a revert, each try that is undone doubles the pause. So there are at most four tries before a pause and
 * five more (after 1, 3, 7, 15 and 31 minutes) in that hour. Rebuilds that change the endpoints too are ordinary work of
 * another writer; they have a wider limit.
 *
 * Records nothing itself: verdicts and counts are in the values that it returns.
 */
export class RevertTracker {
  readonly #clock: Clock;
  readonly #limits: RevertLimits;
  readonly #written: LRUCache<string, Written>;
  readonly #troubles: LRUCache<string, Trouble>;
  #turn = 0;

  constructor(clock: Clock, limits: Partial<RevertLimits> = {}) {
    this.#clock = clock;
    this.#limits = { ...REVERT_LIMITS, ...limits };
    this.#written = new LRUCache({ max: this.#limits.slices });
    this.#troubles = new LRUCache({ max: this.#limits.services });
  }

  /**
   * Remembers a write of this process. `slice` is what the API server answered (it may store less than was sent: old servers
   * drop forNodes), `serviceKey` is `namespace/name` of the Service that it was written for.
   * @returns usually `own`; a revert when it turns out that a version seen before was by another writer under the same field manager
   */
  noteWrite(serviceKey: string, slice: SliceRecord): Observation {
    const key = sliceKey(slice);
    const before = this.#written.get(key);
    const foreign = before?.unclaimed !== undefined && before.unclaimed !== slice.resourceVersion;
    const observation: Observation = foreign ? this.#undone('reverted', before, slice, UNNAMED) : { kind: 'own' };
    this.#remember(key, serviceKey, slice, fingerprintSlice(slice), ++this.#turn);
    return observation;
  }

  /** A write was not answered: a version under the same field manager, seen already or still to come, may be that one. */
  noteLost(slice: Pick<SliceRecord, 'namespace' | 'name'>): void {
    const key = sliceKey(slice);
    const written = this.#written.get(key);
    if (written !== undefined) this.#written.set(key, { ...written, unclaimed: undefined, lost: true });
  }

  /** Judges a version of a slice that a list or a watch brought. Cheap for slices that were not written by this process. */
  noteObserved(slice: SliceRecord): Observation {
    const key = sliceKey(slice);
    const written = this.#written.get(key);
    if (written === undefined) return { kind: 'unknown' };
    if (slice.resourceVersion === written.resourceVersion) return { kind: 'own' };
    // A list may answer from the past; generations only ever grow.
    if (slice.generation < written.generation) return { kind: 'kept' };
    const now = fingerprintSlice(slice);
    const sameEndpoints = now.endpoints === written.endpoints;
    if (sameEndpoints && now.hints === written.hints) {
      if (written.unclaimed !== undefined) this.#written.set(key, { ...written, unclaimed: undefined });
      return { kind: 'kept' };
    }
    if (slice.endpointsOurs === true) {
      // Most likely a write whose answer is still under way; the next write decides.
      if (!written.lost) this.#written.set(key, { ...written, unclaimed: slice.resourceVersion });
      return { kind: 'kept' };
    }
    // Most hints are still there: the endpoints changed, and the remaining hints were left alone.
    if (!sameEndpoints && 2 * now.hinted >= Math.min(written.hinted, slice.endpoints.length)) {
      this.#remember(key, written.serviceKey, slice, now, written.turn);
      return { kind: 'kept' };
    }
    this.#written.delete(key);
    const by = slice.endpointsManager === undefined || slice.endpointsManager === '' ? UNNAMED : slice.endpointsManager;
    return this.#undone(sameEndpoints ? 'reverted' : 'rebuilt', written, slice, by);
  }

  /** The pause of a Service; undefined when hints may be written. Hints may be removed during a pause. */
  pauseOf(serviceKey: string): Pause | undefined {
    const trouble = this.#troubles.peek(serviceKey);
    if (trouble === undefined || this.#clock.monotonicMs() >= trouble.pausedUntilMs) return undefined;
    return { untilMs: trouble.pausedUntilMs, by: trouble.by };
  }

  /** Number of Services that are paused now. */
  get contended(): number {
    const nowMs = this.#clock.monotonicMs();
    return [...this.#troubles.values()].filter(({ pausedUntilMs }) => pausedUntilMs > nowMs).length;
  }

  /** The slice is deleted, or its hints were removed by this process. */
  forgetSlice(slice: Pick<SliceRecord, 'namespace' | 'name'>): void {
    this.#written.delete(sliceKey(slice));
  }

  /** The Service is deleted or requests something else. */
  forgetService(serviceKey: string): void {
    this.#troubles.delete(serviceKey);
  }

  /** Conditions changed, for example the guard is in force now: the history of all Services is cleared. */
  reset(): void {
    this.#troubles.clear();
  }

  #remember(key: string, serviceKey: string, slice: SliceRecord, print: SliceFingerprint, turn: number): void {
    const { resourceVersion, generation } = slice;
    this.#written.set(key, {
      ...print,
      serviceKey,
      resourceVersion,
      generation,
      turn,
      unclaimed: undefined,
      lost: false,
    });
  }

  #undone(kind: 'reverted' | 'rebuilt', written: Written, slice: SliceRecord, by: string): Observation {
    const nowMs = this.#clock.monotonicMs();
    const { serviceKey } = written;
    let trouble = this.#troubles.get(serviceKey);
    if (trouble === undefined || (trouble.probationUntilMs > 0 && nowMs >= trouble.probationUntilMs)) {
      trouble = {
        reverts: [],
        rebuilds: [],
        turn: 0,
        pausedUntilMs: 0,
        nextPauseMs: this.#limits.firstPauseMs,
        probationUntilMs: 0,
        by,
      };
      this.#troubles.set(serviceKey, trouble);
    }
    trouble.by = by;
    const paused = trouble.pausedUntilMs - nowMs;
    if (paused > 0) return { kind, by, pausedMs: paused, contended: undefined };
    if (written.turn <= trouble.turn) return { kind, by, pausedMs: 0, contended: undefined };
    trouble.turn = this.#turn;

    const first = trouble.probationUntilMs === 0;
    if (!this.#isFight(trouble, kind, nowMs)) return { kind, by, pausedMs: 0, contended: undefined };
    const pausedMs = trouble.nextPauseMs;
    trouble.pausedUntilMs = nowMs + pausedMs;
    trouble.probationUntilMs = trouble.pausedUntilMs + this.#limits.calmMs;
    trouble.nextPauseMs = Math.min(2 * pausedMs, this.#limits.longestPauseMs);
    return {
      kind,
      by,
      pausedMs,
      contended: first ? this.#verdict(slice, written.hinted > 0, by, pausedMs) : undefined,
    };
  }

  #isFight(trouble: Trouble, kind: 'reverted' | 'rebuilt', nowMs: number): boolean {
    const { quickReverts, quickWindowMs, hourlyReverts, hourlyRebuilds } = this.#limits;
    const recent = (times: number[]): number[] => times.filter((at) => at > nowMs - HOUR_MS);
    trouble.reverts = recent(trouble.reverts);
    trouble.rebuilds = recent(trouble.rebuilds);
    (kind === 'reverted' ? trouble.reverts : trouble.rebuilds).push(nowMs);
    if (kind === 'rebuilt') return trouble.rebuilds.length >= hourlyRebuilds;
    if (trouble.probationUntilMs > 0) return true;
    const quick = trouble.reverts.filter((at) => at > nowMs - quickWindowMs).length;
    return quick >= quickReverts || trouble.reverts.length >= hourlyReverts;
  }

  #verdict(slice: SliceRecord, hinted: boolean, by: string, pausedMs: number): Verdict {
    const pause = `${Math.round(pausedMs / 1000)} s`;
    const undone = hinted
      ? `taken away by ${by} each time they were written`
      : `given back by ${by} each time they were taken away`;
    const sentence = `The hints of EndpointSlice ${slice.name} were ${undone}: tried again in ${pause}, then ever more rarely`;
    const { addressType } = slice;
    return verdict({ addressType, hinted: false, type: 'Warning', reason: Reason.HintsContended, sentence });
  }
}

function sliceKey(slice: Pick<SliceRecord, 'namespace' | 'name'>): string {
  return objectKey(slice);
}
