import { objectKey } from '../model/objectKey.js';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { SlicePlan } from '../hints/plan.js';
import { identify } from '../kube/identity.js';
import { ApiError, type Transport } from '../kube/rest/transport.js';
import { FIELD_MANAGER } from '../model/slice.js';
import { slicePath } from '../kube/rest/paths.js';

/** What became of one patch. */
export type WriteResult =
  | { readonly kind: 'written' }
  /** Somebody else wrote first; the fresh object is in the state now. */
  | { readonly kind: 'conflict' }
  | { readonly kind: 'gone' }
  /** The server will never take it (422): not to be tried again as it is. */
  | { readonly kind: 'rejected'; readonly message: string; readonly known: boolean }
  /** We are not the leader, or this is a dry run: nothing was sent. */
  | { readonly kind: 'withheld' }
  | { readonly kind: 'failed'; readonly error: unknown; readonly retryAfterMs: number | undefined };

export interface WriterOptions {
  readonly transport: Transport;
  /** Asked immediately before a patch is sent: whether this process holds the lease and has not been told to stop. */
  readonly holdsLease: () => boolean;
  readonly dryRun: boolean;
  /** Called with the server's answer to a patch, the slice as it is now, before the watch brings it. */
  readonly onAnswer: (key: string, raw: unknown, patchedVersion: string) => void;
  /** Called with a slice that another writer has changed since `staleVersion`, before the watch brings it. */
  readonly onFresh: (key: string, raw: unknown, staleVersion: string) => void;
  /** Called for every patch that may have been applied although there is no answer that confirms it. */
  readonly onLost: (slice: SlicePlan['slice']) => void;
  readonly logger: Logger;
  readonly onWrite: (result: WriteResult['kind'], endpointsMoved: number) => void;
}

/** How many refused patches are remembered, so that a change elsewhere in the Service does not send them again. */
const REMEMBERED_REJECTIONS = 1000;

/** Sends the patches of a plan. It decides nothing but what an answer of the server means. */
export class SliceWriter {
  readonly #options: WriterOptions;
  readonly #rejected = new LRUCache<string, string>({ max: REMEMBERED_REJECTIONS });

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  async write({ slice, patch, moved }: SlicePlan): Promise<WriteResult> {
    if (patch === undefined) return { kind: 'written' };
    const result = await this.#send(slice, patch);
    this.#options.onWrite(result.kind, moved);
    return result;
  }

  async #send(slice: SlicePlan['slice'], patch: NonNullable<SlicePlan['patch']>): Promise<WriteResult> {
    const { transport, holdsLease, dryRun, onAnswer, onLost, logger } = this.#options;
    const { namespace, name, resourceVersion } = slice;
    const key = objectKey({ namespace, name });
    const log = { namespace, slice: name };
    // The version, which is in the mark too, changes while the rest stays refused.
    const refusable = patch.map((operation) => (operation.path.startsWith('/metadata/') ? operation.path : operation));
    const fingerprint = `${key} ${JSON.stringify(refusable)}`;
    const refusal = this.#rejected.get(fingerprint);
    if (refusal !== undefined) return { kind: 'rejected', message: refusal, known: true };
    if (dryRun) {
      logger.info({ ...log, patch }, 'would patch slice (dry run)');
      return { kind: 'withheld' };
    }
    if (!holdsLease()) return { kind: 'withheld' };
    const path = slicePath(namespace, name);
    try {
      const answer = await transport.send({
        method: 'PATCH',
        path,
        query: { fieldManager: FIELD_MANAGER },
        body: patch,
        contentType: 'application/json-patch+json',
        precondition: holdsLease,
      });
      onAnswer(key, answer, resourceVersion);
      logger.debug(log, 'slice patched');
      return { kind: 'written' };
    } catch (error) {
      if (!(error instanceof ApiError)) return { kind: 'failed', error, retryAfterMs: undefined };
      if (error.kind === 'withheld') return { kind: 'withheld' };
      if (error.kind !== 'http' || error.status >= 500) onLost(slice);
      switch (error.status) {
        case 404:
          return { kind: 'gone' };
        case 409:
          logger.debug(log, 'slice was changed by somebody else; planning again from the fresh one');
          return (await this.#refresh(key, path, resourceVersion)) ?? { kind: 'conflict' };
        case 422: {
          // A patch by index need not even fit a slice that has changed meanwhile: that is a conflict, not a refusal.
          const changed = await this.#refresh(key, path, resourceVersion);
          if (changed !== undefined) return changed;
          this.#rejected.set(fingerprint, error.message);
          logger.warn({ ...log, err: error }, 'the server refuses this patch; it is not sent again');
          return { kind: 'rejected', message: error.message, known: false };
        }
        default:
          return { kind: 'failed', error, retryAfterMs: error.retryAfterMs };
      }
    }
  }

  /**
   * After a conflict the watch may lag behind: the fresh object is fetched, so that the next plan starts from it.
   * @returns undefined when the slice is still in the version that was planned from
   */
  async #refresh(key: string, path: string, staleVersion: string): Promise<WriteResult | undefined> {
    try {
      const fresh = await this.#options.transport.send({ method: 'GET', path });
      this.#options.onFresh(key, fresh, staleVersion);
      return identify(fresh)?.version === staleVersion ? undefined : { kind: 'conflict' };
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return { kind: 'gone' };
      return { kind: 'failed', error, retryAfterMs: error instanceof ApiError ? error.retryAfterMs : undefined };
    }
  }
}
