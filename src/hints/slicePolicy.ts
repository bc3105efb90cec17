import type { SliceRecord } from '../model/slice.js';
import { IN_TREE_MANAGER, MIRRORING_MANAGER } from './ownership.js';
import type { Mode } from './mode.js';
import { Reason } from './reasons.js';
import { verdict, type Verdict } from './verdict.js';

/** Who is named for the slice of default/kubernetes, which carries no label. */
const API_SERVER = 'kube-apiserver';

/** Why a slice may not be written. */
export type BlockCause =
  /** The in-tree controller would take these hints away within a second, and no guard keeps them. */
  | 'in-tree'
  /** kube-apiserver rewrites the slice of its own Service every ten seconds, and no guard keeps the hints. */
  | 'api-server'
  /** The operator narrowed what we may write. */
  | 'excluded';

/** What may be written to one slice. `annotate`: the ownership annotation goes with the hints, in the same patch. */
export type SlicePolicy =
  /** No other controller writes hints here: any hints, annotated. */
  | { readonly kind: 'free'; readonly annotate: true }
  /** Another writer would take hints away, but the guard keeps them where the annotation stands: any hints, annotated. */
  | { readonly kind: 'guarded'; readonly annotate: true }
  /** The in-tree controller keeps what its own rule allows: one zone each, within its bounds; valid hints stay. */
  | { readonly kind: 'adopt'; readonly annotate: false }
  /** Any hints, but no annotation, which would itself make the mirroring controller rebuild the slice. */
  | { readonly kind: 'mirrored'; readonly annotate: false }
  /** The in-tree controller writes the hints that the Service asks for: nothing to write and no verdict. */
  | { readonly kind: 'leave'; readonly annotate: false }
  | { readonly kind: 'blocked'; readonly annotate: false; readonly cause: BlockCause; readonly manager: string };

export interface SlicePolicyOptions {
  /** What the Service asks for: `auto` (in-tree's own rule), any other mode, or `off`. */
  readonly mode: Mode;
  /**
   * The mode comes from `spec.trafficDistribution` alone, which the in-tree controller serves itself on its own slices.
   * By default false.
   */
  readonly inTreeAgrees?: boolean | undefined;
  /**
   * The in-tree controller serves the Service by its own rule of Auto. By default it does so in mode `auto`, which
   * `slicehints.io/mode` can request without in-tree reading it.
   */
  readonly inTreeAuto?: boolean | undefined;
  /** Whether the guard (policy or webhook) is in force. */
  readonly guard: boolean;
  /** Whether this cluster runs the in-tree controller. */
  readonly inTree: 'present' | 'absent';
  /** When given, only slices with one of these `managed-by` labels are written; the empty string means no label. */
  readonly managedBy?: readonly string[] | undefined;
  /** Slices with one of these `managed-by` labels are not written; goes before `managedBy`. */
  readonly ignoreManagedBy?: readonly string[] | undefined;
}

export type PolicySlice = Pick<SliceRecord, 'namespace' | 'name' | 'managedBy' | 'serviceName'>;
/** Without `endpoints` it has some. */
type JudgedSlice = PolicySlice & Partial<Pick<SliceRecord, 'endpoints'>>;

const FREE: SlicePolicy = Object.freeze({ kind: 'free', annotate: true });
const GUARDED: SlicePolicy = Object.freeze({ kind: 'guarded', annotate: true });
const ADOPT: SlicePolicy = Object.freeze({ kind: 'adopt', annotate: false });
const MIRRORED: SlicePolicy = Object.freeze({ kind: 'mirrored', annotate: false });
const LEAVE: SlicePolicy = Object.freeze({ kind: 'leave', annotate: false });

/**
 * Chooses what may be written to one slice, by who else writes it (docs/coexistence.md has the table and how it was
 * measured). For the mode `off` the policy only tells how hints of slicehints are removed, which is always allowed.
 */
export function slicePolicyOf(slice: PolicySlice, options: SlicePolicyOptions): SlicePolicy {
  const { mode, guard } = options;
  const inTreeAuto = mode === 'auto' && options.inTreeAuto !== false;
  const mirrored = slice.managedBy === MIRRORING_MANAGER;
  if (mode === 'off') return mirrored ? MIRRORED : FREE;

  const inTree = slice.managedBy === IN_TREE_MANAGER && options.inTree === 'present';
  if (inTree && options.inTreeAgrees === true) return LEAVE;
  if (isExcluded(slice, options)) {
    // Where we keep out, in-tree still serves Auto, and speaks for itself.
    return inTree && inTreeAuto ? LEAVE : blocked('excluded', slice.managedBy);
  }
  if (slice.namespace === 'default' && slice.serviceName === 'kubernetes') {
    return guard ? GUARDED : blocked('api-server', API_SERVER);
  }
  if (mirrored) return MIRRORED;
  if (!inTree) return FREE;
  if (guard) return GUARDED;
  return inTreeAuto ? ADOPT : blocked('in-tree', IN_TREE_MANAGER);
}

function isExcluded(slice: PolicySlice, { managedBy, ignoreManagedBy }: SlicePolicyOptions): boolean {
  if (ignoreManagedBy?.includes(slice.managedBy) === true) return true;
  return managedBy !== undefined && !managedBy.includes(slice.managedBy);
}

function blocked(cause: BlockCause, manager: string): SlicePolicy {
  return { kind: 'blocked', annotate: false, cause, manager };
}

/** The policies of all slices of one address type, or why none of them may be written. */
export type SlicePolicyJudgement =
  /** `policies` is parallel to the slices. */
  { readonly ok: true; readonly policies: readonly SlicePolicy[] } | { readonly ok: false; readonly verdict: Verdict };

/**
 * Judges the slices of one Service and one address type together: one ready endpoint without hints turns hints off for
 * all of them in kube-proxy, so a Service with any slice that we may not write is not half-hinted but reported.
 * Slices that in-tree hints by itself are no hindrance, except under Auto, whose rule works on all endpoints at once. Nor is
 * one without endpoints.
 */
export function judgeSlicePolicies(
  slices: readonly JudgedSlice[],
  options: SlicePolicyOptions & { readonly addressType: string },
): SlicePolicyJudgement {
  const policies = slices.map((slice) => slicePolicyOf(slice, options));
  const mixedAuto = options.mode === 'auto' && policies.some((policy) => policy.kind !== 'leave');
  let worst: { slice: PolicySlice; policy: Extract<SlicePolicy, { kind: 'blocked' }> } | undefined;
  let empty: ReadonlySet<JudgedSlice> | undefined;
  for (let i = 0; i < slices.length; i++) {
    const slice = slices[i]!;
    const policy = policies[i]!;
    const block = mixedAuto && policy.kind === 'leave' ? blocked('excluded', slice.managedBy) : policy;
    if (block.kind !== 'blocked') continue;
    if ((empty ??= emptyBesideOthers(slices)).has(slice)) {
      policies[i] = LEAVE;
      continue;
    }
    // The first by name, independent of the order of the input.
    if (worst === undefined || slice.name < worst.slice.name) worst = { slice, policy: block };
  }
  if (worst === undefined) return { ok: true, policies };
  const { slice, policy } = worst;
  return {
    ok: false,
    verdict: verdict({
      addressType: options.addressType,
      hinted: false,
      type: 'Warning',
      reason: Reason.HintsBlocked,
      sentence: blockedSentence(slice, policy.cause, policy.manager),
    }),
  };
}

/**
 * The slices without endpoints, where others have some: no hints are written there. In-tree leaves such a slice behind when
 * the selector of a Service is removed, beside those that are mirrored or written by others from then on.
 */
export function emptyBesideOthers(slices: readonly JudgedSlice[]): ReadonlySet<JudgedSlice> {
  const empty = slices.filter(({ endpoints }) => endpoints?.length === 0);
  return new Set(empty.length < slices.length ? empty : []);
}

function blockedSentence(slice: PolicySlice, cause: BlockCause, manager: string): string {
  switch (cause) {
    case 'in-tree':
      return `EndpointSlice ${slice.name} is managed by ${manager}, which takes these hints away again: install the guard of slicehints or ask for topology-mode Auto`;
    case 'api-server':
      return `EndpointSlice ${slice.name} is managed by ${manager}, which takes hints away again: install the guard of slicehints`;
    case 'excluded':
      return manager === ''
        ? `EndpointSlice ${slice.name} has no manager, and the options --managed-by and --ignore-managed-by of slicehints exclude it: change them, or remove the mode from the Service`
        : `EndpointSlice ${slice.name} is managed by ${manager}, which the options --managed-by and --ignore-managed-by of slicehints exclude: change them, or remove the mode from the Service`;
  }
}
