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
  /** So many reverts within `quickWindowMs` are a fight. */
  readonly quickReverts: number;
  readonly quickWindowMs: number;
  /** So many within an hour are a fight too: a slow opponent never shows up in the quick window. */
  readonly hourlyReverts: number;
  /** So many rebuilds within an hour that dropped our hints together with a change of endpoints. */
  readonly hourlyRebuilds: number;
  /** The first pause; each further one is twice as long, up to `longestPauseMs`. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** After so long a time without a revert since the last pause ended, all is forgiven. */
  readonly calmMs: number;
  /** How many written slices are remembered; those that nobody touches go first. */
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

/** Who is named when `managedFields` names nobody else. */
const UNNAMED = 'another writer';

/** What the tracker made of one version of a slice. */
export type Observation =
  /** We have not written this slice, or somebody undid it already. */
  | { readonly kind: 'unknown' }
  /** Our own write came back. */
  | { readonly kind: 'ours' }
  /** Somebody else wrote, and what we wrote stands. */
  | { readonly kind: 'kept' }
  /**
   * Somebody undid our hints: of the same endpoints (`reverted`), or most of them while he changed endpoints (`rebuilt`).
   * `contended` is what the Service is to be told, once per episode; the Service may not be written while `pausedMs`
   * lasts (0: it may).
   */
  | {
      readonly kind: 'reverted' | 'rebuilt';
      readonly by: string;
      readonly pausedMs: number;
      readonly contended: Verdict | undefined;
    };

export type Permission =
  /** `untilMs` by the monotonic clock. */
  { readonly ok: true } | { readonly ok: false; readonly untilMs: number; readonly by: string };

interface Written extends SliceFingerprint {
  readonly serviceKey: string;
  readonly resourceVersion: string;
  readonly generation: number;
  /** Number of this write; a revert counts only when it undoes a write that is newer than the last counted revert. */
  readonly turn: number;
  /** A version whose endpoints are ours by managedFields although no write of ours has been noted with it (yet). */
  readonly unclaimed: string | undefined;
  /** A later write of ours may have been taken without our hearing of it. */
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
 * Knows our own writes when they come back, notices when somebody undoes them, and ends a fight before it is one.
 *
 * A revert counts only when it undoes a write that came after the last counted revert of that Service, so an opponent
 * who takes the hints of fifty slices away counts once, and one with whom we agree in the end (we adopt what he wrote
 * and write nothing) counts once and never again. Three reverts in five minutes, or four in an hour, pause the Service;
 * then one try is allowed, and while nothing has been calm for an hour, each try that is undone doubles the pause.
 * So whatever the opponent does, there are at most four tries before a pause and five (after 1, 3, 7, 15 and 31 minutes)
 * more in that hour. Rebuilds by somebody who changes the endpoints too are work, not fight; they have a wider limit.
 *
 * Emits nothing itself: what is to be told and counted is in the values that it returns.
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
   * Remembers a write of ours. `slice` is what the API server answered (it may store less than was sent: old servers
   * drop forNodes), `serviceKey` is `namespace/name` of the Service that it was written for.
   * @returns usually `ours`; a revert when it turns out that a version seen before was by another writer under our name
   */
  noteWrite(serviceKey: string, slice: SliceRecord): Observation {
    const key = sliceKey(slice);
    const before = this.#written.get(key);
    const foreign = before?.unclaimed !== undefined && before.unclaimed !== slice.resourceVersion;
    const observation: Observation = foreign ? this.#undone('reverted', before, slice, UNNAMED) : { kind: 'ours' };
    this.#remember(key, serviceKey, slice, fingerprintSlice(slice), ++this.#turn);
    return observation;
  }

  /** A write of ours was not answered: a version under our name, seen already or yet to come, may be that one. */
  noteLost(slice: Pick<SliceRecord, 'namespace' | 'name'>): void {
    const key = sliceKey(slice);
    const written = this.#written.get(key);
    if (written !== undefined) this.#written.set(key, { ...written, unclaimed: undefined, lost: true });
  }

  /** Judges a version of a slice that a list or a watch brought. Cheap for slices that we have not written. */
  noteObserved(slice: SliceRecord): Observation {
    const key = sliceKey(slice);
    const written = this.#written.get(key);
    if (written === undefined) return { kind: 'unknown' };
    if (slice.resourceVersion === written.resourceVersion) return { kind: 'ours' };
    // A list may answer from the past; generations only ever grow.
    if (slice.generation < written.generation) return { kind: 'kept' };
    const now = fingerprintSlice(slice);
    const sameEndpoints = now.endpoints === written.endpoints;
    if (sameEndpoints && now.hints === written.hints) {
      if (written.unclaimed !== undefined) this.#written.set(key, { ...written, unclaimed: undefined });
      return { kind: 'kept' };
    }
    if (slice.endpointsOurs === true) {
      // A write of ours whose answer is still under way, most likely; the next write tells.
      if (!written.lost) this.#written.set(key, { ...written, unclaimed: slice.resourceVersion });
      return { kind: 'kept' };
    }
    // Most hints are still there: the endpoints changed, and what remains of ours was left alone.
    if (!sameEndpoints && 2 * now.hinted >= Math.min(written.hinted, slice.endpoints.length)) {
      this.#remember(key, written.serviceKey, slice, now, written.turn);
      return { kind: 'kept' };
    }
    this.#written.delete(key);
    const by = slice.endpointsManager === undefined || slice.endpointsManager === '' ? UNNAMED : slice.endpointsManager;
    return this.#undone(sameEndpoints ? 'reverted' : 'rebuilt', written, slice, by);
  }

  /** Asked before every write of hints for a Service; taking our own hints away needs no permission. */
  mayWrite(serviceKey: string): Permission {
    const trouble = this.#troubles.peek(serviceKey);
    if (trouble === undefined || this.#clock.monotonicMs() >= trouble.pausedUntilMs) return { ok: true };
    return { ok: false, untilMs: trouble.pausedUntilMs, by: trouble.by };
  }

  /** Services that are paused now, sorted by key. */
  contended(): { readonly serviceKey: string; readonly untilMs: number; readonly by: string }[] {
    const now = this.#clock.monotonicMs();
    return [...this.#troubles.entries()]
      .filter(([, trouble]) => trouble.pausedUntilMs > now)
      .map(([serviceKey, { pausedUntilMs, by }]) => ({ serviceKey, untilMs: pausedUntilMs, by }))
      .sort((a, b) => (a.serviceKey < b.serviceKey ? -1 : 1));
  }

  /** The slice is gone, or our hints were taken away on purpose. */
  forgetSlice(slice: Pick<SliceRecord, 'namespace' | 'name'>): void {
    this.#written.delete(sliceKey(slice));
  }

  /** The Service is gone or asks for something else. */
  forgetService(serviceKey: string): void {
    this.#troubles.delete(serviceKey);
  }

  /** The rules of the game have changed, as when the guard comes into force: every Service gets a new start. */
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
