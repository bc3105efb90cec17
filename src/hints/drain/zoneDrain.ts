import { isFields } from '../../model/fields.js';
import type { MetadataManifest } from '../../model/manifest.js';
import { compareText } from '../../model/objectKey.js';
import { quoted } from '../../model/text/quoted.js';
import { readTime } from '../../model/time.js';

export const ZONE_DRAIN_KIND = 'ZoneDrain';
/** How far ahead `until` may be. */
export const LONGEST_DRAIN_MS = 24 * 3_600_000;

/** A ZoneDrain as JSON gives it. */
export interface ZoneDrainManifest {
  readonly apiVersion?: string | null | undefined;
  readonly kind?: string | null | undefined;
  readonly metadata?: MetadataManifest | null | undefined;
  readonly spec?:
    | {
        readonly zone?: string | null | undefined;
        /** RFC 3339. */
        readonly until?: string | null | undefined;
        readonly force?: boolean | null | undefined;
      }
    | null
    | undefined;
  readonly status?:
    | {
        readonly observedGeneration?: number | null | undefined;
        readonly conditions?: readonly DrainConditionManifest[] | null | undefined;
        /** How many Services it moves. */
        readonly services?: { readonly drained?: number | null | undefined } | null | undefined;
      }
    | null
    | undefined;
}

interface DrainConditionManifest {
  readonly type?: string | null | undefined;
  readonly status?: string | null | undefined;
  readonly reason?: string | null | undefined;
  readonly message?: string | null | undefined;
  readonly lastTransitionTime?: string | null | undefined;
}

export type DrainConditionType = 'Accepted' | 'Refused' | 'Active' | 'Ended';

export interface DrainCondition {
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
}

export interface ZoneDrainRecord {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly createdMs: number;
  readonly zone: string;
  /** As it was written. */
  readonly until: string;
  readonly untilMs: number;
  readonly force: boolean;
  /** The status tells of this generation of the spec, and not of one before. */
  readonly isJudged: boolean;
  /** By type. */
  readonly conditions: ReadonlyMap<string, DrainCondition>;
  /** What is wrong with the spec, in one sentence; such a drain is refused. */
  readonly problem?: string;
}

/** Reads a ZoneDrain; one whose spec cannot be used keeps its name and says why. Throws for no input. */
export function readZoneDrain({ metadata, spec, status }: ZoneDrainManifest): ZoneDrainRecord {
  const generation = metadata?.generation ?? 0;
  const given: unknown = status?.conditions;
  const conditions: readonly DrainConditionManifest[] = Array.isArray(given) ? given.filter(isFields) : [];
  const zone = typeof spec?.zone === 'string' ? spec.zone : '';
  const until = typeof spec?.until === 'string' ? spec.until : '';
  const untilMs = readTime(until);
  const problem =
    zone === ''
      ? 'spec.zone must be the name of a zone'
      : untilMs === undefined
        ? `spec.until must be a time such as 2026-11-21T22:00:00Z but is ${quoted(until)}`
        : undefined;
  return {
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    resourceVersion: metadata?.resourceVersion ?? '',
    generation,
    createdMs: readTime(metadata?.creationTimestamp) ?? 0,
    zone,
    until,
    untilMs: untilMs ?? 0,
    force: spec?.force === true,
    isJudged: conditions.length > 0 && status?.observedGeneration === generation,
    conditions: new Map(
      conditions.map((condition) => [
        condition.type ?? '',
        {
          status: condition.status ?? '',
          reason: condition.reason ?? '',
          message: condition.message ?? '',
          lastTransitionTime: condition.lastTransitionTime ?? '',
        },
      ]),
    ),
    ...(problem === undefined ? {} : { problem }),
  };
}

/**
 * The drains that are in force at a time: accepted, and not ended. One that was accepted and has another spec now, as when it is
 * extended, stays in force until that is judged. Sorted by their end, then by name.
 */
export function drainsInForce(drains: Iterable<ZoneDrainRecord>, nowMs: number): readonly ZoneDrainRecord[] {
  return [...drains]
    .filter((drain) => drain.problem === undefined && isAccepted(drain) && nowMs < drain.untilMs)
    .sort((a, b) => a.untilMs - b.untilMs || compareText(a.name, b.name));
}

/** Whether a controller has accepted the drain. */
export function isAccepted({ conditions }: Pick<ZoneDrainRecord, 'conditions'>): boolean {
  return conditions.get('Accepted')?.status === 'True';
}

/** The zones of some drains, sorted, each once. */
export function zonesOf(drains: readonly ZoneDrainRecord[]): readonly string[] {
  return [...new Set(drains.map(({ zone }) => zone))].sort(compareText);
}
