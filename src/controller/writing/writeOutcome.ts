import type { ApiError } from '../../kube/rest/transport.js';

/** What the other slices of the same Service do after one slice was answered like this. */
export type OthersDo =
  /** They are written: the answer is about this slice alone. */
  | 'go-on'
  /** They wait for the retry: the server itself is busy, away, or does not accept these credentials. */
  | 'wait'
  /** They wait for a new plan, which starts from fresh objects. */
  | 'replan';

/** When the Service is worked on again. */
export type RetryWhen =
  /** Not for this answer; the watch brings the current state. */
  | 'never'
  /** At once, with a new plan; after several conflicts in a row with the back-off of the Service. */
  | 'replan'
  /** After the back-off of the Service (1 s doubling to 5 minutes), and not before Retry-After (at most 5 minutes). */
  | 'back-off'
  /** After `REFUSAL_MS`, or at the next change of the Service with another patch. */
  | 'refusal-expired';

export interface AnswerRule {
  readonly kind: 'gone' | 'conflict' | 'rejected' | 'withheld' | 'failed';
  readonly retry: RetryWhen;
  readonly others: OthersDo;
  /** The patch may have been applied although no answer confirms it. */
  readonly maybeApplied: boolean;
  /** The Warning Event that the Service gets. Everything else is in logs and metrics only. */
  readonly event: 'HintsRejected' | undefined;
}

/** For this long an identical patch that the server refused is not sent again. Patches that remove hints always are. */
export const REFUSAL_MS = 10 * 60_000;

const FAILED = { kind: 'failed', retry: 'back-off', maybeApplied: false, event: undefined } as const;

/**
 * What an answer to a patch means, for every status and for none. `409` and `rejected` are judged after the slice was read
 * again: a patch by index need not fit a slice that has changed, and is then a conflict, whatever the status.
 */
export const ANSWER_RULES = {
  /** The slice does not exist any more. */
  gone: { kind: 'gone', retry: 'never', others: 'go-on', maybeApplied: false, event: undefined },
  /** Another writer was first. */
  conflict: { kind: 'conflict', retry: 'replan', others: 'replan', maybeApplied: false, event: undefined },
  /** The patch itself is refused, by validation or by an admission policy; remembered for `REFUSAL_MS`. */
  rejected: {
    kind: 'rejected',
    retry: 'refusal-expired',
    others: 'go-on',
    maybeApplied: false,
    event: 'HintsRejected',
  },
  /** Not sent: the lease is not held, the process stops, or this is a dry run. */
  withheld: { kind: 'withheld', retry: 'never', others: 'go-on', maybeApplied: false, event: undefined },
  /** Rights, or a webhook: both may be repaired, and RBAC answers 403 for seconds after an API server has started. */
  forbidden: { ...FAILED, others: 'go-on' },
  /** Credentials were not accepted, also after they were loaded anew. */
  unauthorized: { ...FAILED, others: 'wait' },
  /** The server is busy, or a proxy gave up. */
  busy: { ...FAILED, others: 'wait' },
  /** The server failed, maybe only for this slice (a webhook that matches it). */
  broken: { ...FAILED, others: 'go-on', maybeApplied: true },
  /** The server is not ready. */
  unavailable: { ...FAILED, others: 'wait', maybeApplied: true },
  /** There was no answer: no connection, a deadline, an answer that is no JSON. */
  unanswered: { ...FAILED, others: 'wait', maybeApplied: true },
} as const satisfies Record<string, AnswerRule>;

/** The rule for each status; any other 4xx refuses the patch, any other 5xx is `broken`, anything else is `unanswered`. */
const RULE_BY_STATUS: ReadonlyMap<number, keyof typeof ANSWER_RULES> = new Map([
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'gone'],
  [407, 'unauthorized'],
  [408, 'busy'],
  [409, 'conflict'],
  [410, 'gone'],
  [425, 'busy'],
  [429, 'busy'],
  [502, 'unavailable'],
  [503, 'unavailable'],
  [504, 'unavailable'],
]);

/** The rule for the failed answer to a patch of a slice. */
export function answerRule(error: Pick<ApiError, 'kind' | 'status'>): AnswerRule {
  if (error.kind === 'withheld') return ANSWER_RULES.withheld;
  if (error.kind !== 'http') return ANSWER_RULES.unanswered;
  const named = RULE_BY_STATUS.get(error.status);
  if (named !== undefined) return ANSWER_RULES[named];
  if (error.status >= 500) return ANSWER_RULES.broken;
  return error.status >= 400 ? ANSWER_RULES.rejected : ANSWER_RULES.unanswered;
}
