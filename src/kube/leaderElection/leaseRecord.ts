import { asRecord, isRecord } from '../json.js';

/** What the elector reads of `spec` of a coordination.k8s.io/v1 Lease. Everything else in it is kept as it is. */
export interface LeaseRecord {
  /** Empty: the lease is free. */
  readonly holder: string;
  /** How long the lease is valid after the record last changed; undefined when the Lease does not state it. */
  readonly durationMs: number | undefined;
  readonly acquireTime: string | undefined;
  readonly transitions: number;
}

/** A Lease as the server sent it. */
export interface ObservedLease {
  /** The whole object, to be sent back with a changed spec. */
  readonly raw: Readonly<Record<string, unknown>>;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly record: LeaseRecord;
  /** Two records are the same when this is; a changed label or a touched managedFields is no sign of life. */
  readonly fingerprint: string;
}

/** Undefined when the answer cannot be used: without a resourceVersion an update would not be checked by the server. */
export function readLease(answer: unknown): ObservedLease | undefined {
  if (!isRecord(answer) || !isRecord(answer.metadata)) return undefined;
  const { resourceVersion } = answer.metadata;
  if (typeof resourceVersion !== 'string' || resourceVersion === '') return undefined;
  const spec = isRecord(answer.spec) ? answer.spec : {};
  const { holderIdentity, leaseDurationSeconds, acquireTime, leaseTransitions } = spec;
  return {
    raw: answer,
    spec,
    record: {
      holder: typeof holderIdentity === 'string' ? holderIdentity : '',
      durationMs:
        typeof leaseDurationSeconds === 'number' && leaseDurationSeconds > 0 ? leaseDurationSeconds * 1000 : undefined,
      acquireTime: typeof acquireTime === 'string' ? acquireTime : undefined,
      transitions: typeof leaseTransitions === 'number' && leaseTransitions >= 0 ? leaseTransitions : 0,
    },
    fingerprint: JSON.stringify(spec),
  };
}

const longestShownHolder = 256;

/** The holder for logs and messages. Identities are foreign text of any length; those of slicehints are below 100 characters. */
export function shownHolder(holder: string): string {
  return holder.length > longestShownHolder ? `${holder.slice(0, longestShownHolder - 1)}…` : holder;
}

/** The object with these labels beside its own. */
export function withLabels(
  raw: Readonly<Record<string, unknown>>,
  labels: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, unknown>> {
  if (labels === undefined) return raw;
  const metadata = asRecord(raw.metadata);
  return { ...raw, metadata: { ...metadata, labels: { ...asRecord(metadata.labels), ...labels } } };
}
