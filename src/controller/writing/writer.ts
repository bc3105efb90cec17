import type { Logger } from 'pino';
import type { SlicePlan } from '../../hints/plan.js';
import { identify, type Identity } from '../../kube/identity.js';
import type { AdaptiveBound } from '../../kube/rest/adaptiveBound.js';
import { slicePath } from '../../kube/rest/paths.js';
import { ApiError, type Transport } from '../../kube/rest/transport.js';
import type { EndpointHints } from '../../model/hints.js';
import { objectKey } from '../../model/objectKey.js';
import { FIELD_MANAGER, type SliceRecord } from '../../model/slice.js';
import type { Patch, Refusals } from './refusals.js';
import { ANSWER_RULES, answerRule, type OthersDo } from './writeOutcome.js';
import type { WritesUnderWay } from './writesUnderWay.js';

/** The result of one patch. */
export type WriteResult =
  | { readonly kind: 'written' }
  /** Another writer was first; the fresh object is in the cache now. */
  | { readonly kind: 'conflict' }
  | { readonly kind: 'gone' }
  /** The server refuses the patch. `known`: it was refused before, and is not sent again for now. */
  | { readonly kind: 'rejected'; readonly message: string; readonly known: boolean }
  /** Nothing was sent: the lease is not held, the process stops, or this is a dry run. */
  | { readonly kind: 'withheld' }
  | {
      readonly kind: 'failed';
      readonly error: unknown;
      readonly retryAfterMs: number | undefined;
      readonly others: OthersDo;
    };

export interface WriterOptions {
  readonly transport: Transport;
  /** How many patches may be in flight. */
  readonly bound: Pick<AdaptiveBound, 'run'>;
  /** Asked immediately before a patch is sent: whether this process holds the lease and is not stopping. */
  readonly holdsLease: () => boolean;
  /** Fires when writes under way are not waited for any longer. */
  readonly signal: AbortSignal;
  readonly dryRun: boolean;
  readonly refusals: Pick<Refusals, 'messageOf' | 'note'>;
  readonly writes: Pick<WritesUnderWay, 'begin' | 'end'>;
  /** The slice in this version, if the watch has brought it. */
  readonly sliceAt: (slice: Identity) => SliceRecord | undefined;
  /**
   * Called with the server's answer to a patch before the watch brings it.
   * @returns the slice as it is now; undefined when the answer is none
   */
  readonly onAnswer: (key: string, raw: unknown, patchedVersion: string) => SliceRecord | undefined;
  /** Called with the slice as the server answered a patch, whether or not the watch was first. */
  readonly onWritten: (slice: SliceRecord) => void;
  /** Called when the answer to a patch with node hints has none of them. */
  readonly onNodeHintsDropped: () => void;
  /** Called with a slice that another writer has changed since `staleVersion`, before the watch brings it. */
  readonly onFresh: (key: string, raw: unknown, staleVersion: string) => void;
  /** Called for every patch that may have been applied although there is no answer that confirms it. */
  readonly onLost: (slice: SlicePlan['slice']) => void;
  readonly logger: Logger;
  readonly onWrite: (result: WriteResult['kind'], endpointsMoved: number) => void;
}

/** Sends the patches of a plan. It decides nothing but what an answer of the server means, by the table in writeOutcome. */
export class SliceWriter {
  readonly #options: WriterOptions;

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  async write(planned: SlicePlan): Promise<WriteResult> {
    if (planned.patch === undefined) return { kind: 'written' };
    const result = await this.#send(planned, planned.patch);
    this.#options.onWrite(result.kind, planned.moved);
    return result;
  }

  async #send(planned: SlicePlan, patch: Patch): Promise<WriteResult> {
    const { transport, bound, holdsLease, signal, dryRun, refusals, writes, sliceAt, onAnswer, logger } = this.#options;
    const { namespace, name, resourceVersion } = planned.slice;
    const key = objectKey(planned.slice);
    const refusal = removesHints(planned) ? undefined : refusals.messageOf(key, patch);
    if (refusal !== undefined) return { kind: 'rejected', message: refusal, known: true };
    if (dryRun) {
      logger.info({ namespace, slice: name, patch }, 'would patch slice (dry run)');
      return { kind: 'withheld' };
    }
    if (!holdsLease()) return { kind: 'withheld' };
    let answer: unknown;
    let seen: SliceRecord | undefined;
    try {
      answer = await bound.run(
        (onSent) =>
          transport.send({
            method: 'PATCH',
            path: slicePath(namespace, name),
            query: { fieldManager: FIELD_MANAGER },
            body: patch,
            contentType: 'application/json-patch+json',
            precondition: () => {
              onSent();
              if (!holdsLease()) return false;
              writes.begin(key, planned);
              return true;
            },
            isKnown: (identity) => {
              seen = identity.key === key ? sliceAt(identity) : undefined;
              return seen !== undefined;
            },
            signal,
          }),
        signal,
      );
    } catch (error) {
      return this.#judge(planned, patch, error);
    } finally {
      writes.end(key);
    }
    try {
      this.#takeIn(planned, seen ?? onAnswer(key, answer, resourceVersion));
    } catch (error) {
      // The patch is applied, and the watch brings the same object.
      logger.error({ namespace, slice: name, err: error }, 'the answer to a patch could not be used');
    }
    return { kind: 'written' };
  }

  /** @param now undefined: the answer is no slice */
  #takeIn({ hints }: SlicePlan, now: SliceRecord | undefined): void {
    const { onWritten, onNodeHintsDropped } = this.#options;
    if (now === undefined) throw new Error('it is not this EndpointSlice');
    onWritten(now);
    if (haveNodes(hints) && !haveNodes(now.endpoints.map((endpoint) => endpoint.hints))) onNodeHintsDropped();
  }

  async #judge(planned: SlicePlan, patch: Patch, error: unknown): Promise<WriteResult> {
    const { onLost, logger, refusals } = this.#options;
    if (!(error instanceof ApiError)) {
      onLost(planned.slice);
      return { kind: 'failed', error, retryAfterMs: undefined, others: ANSWER_RULES.unanswered.others };
    }
    const { namespace, name } = planned.slice;
    const log = { namespace, slice: name };
    const rule = answerRule(error);
    if (rule.maybeApplied) onLost(planned.slice);
    switch (rule.kind) {
      case 'withheld':
      case 'gone':
        return { kind: rule.kind };
      case 'conflict':
        logger.debug(log, 'another writer changed the slice; planning again from the fresh object');
        return (await this.#refresh(planned)) ?? { kind: 'conflict' };
      case 'rejected': {
        const changed = await this.#refresh(planned);
        if (changed !== undefined) return changed;
        const key = objectKey(planned.slice);
        const known = refusals.messageOf(key, patch) !== undefined;
        refusals.note(key, patch, error.message);
        if (!known) logger.warn({ ...log, err: error }, 'the API server refuses this patch');
        return { kind: 'rejected', message: error.message, known };
      }
      case 'failed':
        logger.debug({ ...log, error: error.message }, 'the patch failed');
        return { kind: 'failed', error, retryAfterMs: error.retryAfterMs, others: rule.others };
    }
  }

  /**
   * After a conflict the watch may lag behind: the fresh object is fetched, so that the next plan starts from it.
   * @returns undefined when the slice is still in the version that was planned from
   */
  async #refresh({ slice }: SlicePlan): Promise<WriteResult | undefined> {
    const { transport, signal, onFresh } = this.#options;
    const { namespace, name, resourceVersion } = slice;
    try {
      const fresh = await transport.send({ method: 'GET', path: slicePath(namespace, name), signal });
      onFresh(objectKey(slice), fresh, resourceVersion);
      return identify(fresh)?.version === resourceVersion ? undefined : { kind: 'conflict' };
    } catch (error) {
      if (!(error instanceof ApiError)) return { kind: 'failed', error, retryAfterMs: undefined, others: 'wait' };
      const rule = answerRule(error);
      if (rule.kind === 'gone') return { kind: 'gone' };
      return { kind: 'failed', error, retryAfterMs: error.retryAfterMs, others: rule.others };
    }
  }
}

function haveNodes(hints: readonly (EndpointHints | undefined)[]): boolean {
  return hints.some((hint) => (hint?.forNodes?.length ?? 0) > 0);
}

/** A patch that only removes hints is never held back. */
function removesHints({ hints }: SlicePlan): boolean {
  return hints.every((hint) => hint === undefined);
}
