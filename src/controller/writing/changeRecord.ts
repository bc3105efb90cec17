import { chooseMode, type Mode } from '../../hints/mode.js';
import type { Plan, SlicePlan } from '../../hints/plan.js';
import { fnv1a } from '../../model/hash.js';
import { hashHints, type EndpointHints } from '../../model/hints.js';
import { compareText } from '../../model/objectKey.js';
import type { ServiceRecord } from '../../model/service.js';

/** What is kept of a slice that was written: who asked for it, why, and what changed. */
export interface ChangeRecord {
  readonly namespace: string;
  readonly service: string;
  readonly slice: string;
  /** The version of the slice that was planned from; empty when the slice has none. */
  readonly resourceVersion: string;
  /** The annotation or field of the Service that asks; empty when none does any longer and the hints were removed. */
  readonly askedBy: string;
  readonly mode: Mode;
  /** The reason of the verdict on the address type of the slice; empty in mode `off`. */
  readonly reason: string;
  /** Endpoints by their hints, before and after: `zone-a=3 zone-a+zone-b=1 none=2`. */
  readonly from: string;
  readonly to: string;
  /** How many endpoints changed their hints. */
  readonly endpoints: number;
  /** Eight hexadecimal digits, equal for equal hints of the whole Service: the slices of one plan share them. */
  readonly plan: string;
}

/** Slices hold up to 1,000 endpoints, each of which may have hints of its own. */
const MOST_GROUPS = 20;

/** @returns makes the record of each slice of a plan; what the slices share is worked out once, with the first */
export function changeRecorder(service: ServiceRecord, plan: Plan): (change: SlicePlan) => ChangeRecord {
  let shared: Pick<ChangeRecord, 'askedBy' | 'plan'> | undefined;
  return ({ slice, hints, moved }) => {
    shared ??= { askedBy: plan.mode === 'off' ? '' : chooseMode(service).source, plan: planId(plan) };
    const verdict = plan.verdicts.find(({ addressType }) => addressType === slice.addressType);
    return {
      namespace: slice.namespace,
      service: service.name,
      slice: slice.name,
      resourceVersion: slice.resourceVersion,
      askedBy: shared.askedBy,
      mode: plan.mode,
      reason: verdict?.reason ?? '',
      from: counted(slice.endpoints.map((endpoint) => endpoint.hints)),
      to: counted(hints),
      endpoints: moved,
      plan: shared.plan,
    };
  };
}

function counted(hints: readonly (EndpointHints | undefined)[]): string {
  // Endpoints of a zone share their hint, so that few texts are made.
  const counts = new Map<string, number>();
  for (const [hint, count] of countEach(hints)) {
    const group = groupOf(hint);
    counts.set(group, (counts.get(group) ?? 0) + count);
  }
  const groups = [...counts].sort(([a], [b]) => compareText(a, b)).map(([group, count]) => `${group}=${count}`);
  const left = groups.length - MOST_GROUPS;
  return left > 0 ? `${groups.slice(0, MOST_GROUPS).join(' ')} … ${left} more` : groups.join(' ');
}

function countEach<T>(items: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

function groupOf(hint: EndpointHints | undefined): string {
  const zones = hint?.forZones?.join('+') ?? '';
  const nodes = hint?.forNodes?.length ?? 0;
  const group = nodes === 0 ? zones : `${zones}@${nodes}nodes`;
  return group === '' ? 'none' : group;
}

function planId({ slices }: Plan): string {
  let hash = fnv1a('');
  for (const { slice, hints } of slices) {
    hash = fnv1a(`/${slice.name}`, 0, hash);
    for (const hint of hints) hash = fnv1a('|', 0, hashHints(hint ?? {}, hash));
  }
  return hash.toString(16).padStart(8, '0');
}
