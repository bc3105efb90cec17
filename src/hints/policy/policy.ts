import { isFields } from '../../model/fields.js';
import { readLabelSelector, type LabelSelector, type LabelSelectorManifest } from '../../model/labelSelector.js';
import type { MetadataManifest } from '../../model/manifest.js';
import { compareText } from '../../model/objectKey.js';
import { quotedValue } from '../../model/text/quoted.js';
import { readTime } from '../../model/time.js';
import { readZoneCidrs, type ZoneCidr } from '../../model/zones/zoneCidrs.js';
import { readZoneCosts, type ZoneCostMatrix, type ZoneCosts } from '../../model/zones/zoneCosts.js';
import { MAX_OVERLOAD } from '../settings.js';
import { parseDemand } from '../demand/annotation.js';
import { DEMAND_ANNOTATION } from '../annotations.js';
import { OWN_MODES } from '../mode.js';

export const POLICY_GROUP = 'slicehints.io';
export const POLICY_VERSION = 'v1alpha1';
export type PolicyKind = 'ClusterHintsPolicy' | 'HintsPolicy';
export const ENFORCEMENTS = ['Enforce', 'DryRun', 'Off'] as const;
export type Enforcement = (typeof ENFORCEMENTS)[number];

/** A ClusterHintsPolicy or HintsPolicy as JSON gives it. */
export interface HintsPolicyManifest {
  readonly apiVersion?: string | null | undefined;
  readonly kind?: string | null | undefined;
  readonly metadata?: MetadataManifest | null | undefined;
  readonly spec?:
    | {
        readonly namespaceSelector?: LabelSelectorManifest | null | undefined;
        readonly serviceSelector?: LabelSelectorManifest | null | undefined;
        readonly defaults?:
          | {
              readonly mode?: string | null | undefined;
              readonly overloadThreshold?: number | null | undefined;
              readonly demand?: string | null | undefined;
              readonly nodeHints?: boolean | null | undefined;
              /** Of a ClusterHintsPolicy only, and so are `zoneCIDRs`. */
              readonly zoneCosts?: ZoneCostMatrix | null | undefined;
              readonly zoneCIDRs?: readonly ZoneCidr[] | null | undefined;
            }
          | null
          | undefined;
        readonly limits?:
          | {
              readonly allowedModes?: readonly string[] | null | undefined;
              readonly maxOverloadThreshold?: number | null | undefined;
              readonly allowOverrides?: boolean | null | undefined;
            }
          | null
          | undefined;
        readonly enforcement?: string | null | undefined;
      }
    | null
    | undefined;
  readonly status?:
    | {
        readonly observedGeneration?: number | null | undefined;
        readonly conditions?: readonly Partial<ConditionTime>[] | null | undefined;
      }
    | null
    | undefined;
}

/** When a condition of a status became what it is. */
export interface ConditionTime {
  readonly type: string;
  readonly status: string;
  /** RFC 3339. */
  readonly lastTransitionTime: string;
}

/** What Services that state nothing themselves get. */
export interface PolicyDefaults {
  /** A value of `slicehints.io/mode`. */
  readonly mode?: string;
  readonly overloadThreshold?: number;
  /** A value of `slicehints.io/demand`. */
  readonly demand?: string;
  readonly nodeHints?: boolean;
  /** In place of the setting of the same name, as `zoneCidrs` are. Services share the object. */
  readonly zoneCosts?: ZoneCosts;
  readonly zoneCidrs?: readonly ZoneCidr[];
}

/** What no Service passes. */
export interface PolicyLimits {
  /** Values of `slicehints.io/mode`; off is always allowed. */
  readonly allowedModes?: readonly string[];
  readonly maxOverloadThreshold?: number;
  /** false: where a policy has a default, annotations of the Service do not replace it. */
  readonly allowOverrides: boolean;
}

export interface PolicyRecord {
  readonly kind: PolicyKind;
  /** Empty for a ClusterHintsPolicy. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly createdMs: number;
  readonly namespaceSelector: LabelSelector;
  readonly serviceSelector: LabelSelector;
  readonly defaults: PolicyDefaults;
  readonly limits: PolicyLimits;
  readonly enforcement: Enforcement;
  /** The generation that the status was last written for. */
  readonly observedGeneration?: number | undefined;
  /** Of the status as it was written last. */
  readonly conditions: readonly ConditionTime[];
  /** What is wrong with the spec, in one sentence; such a policy selects nothing. */
  readonly problem?: string;
}

const ENFORCEMENT_OF: ReadonlyMap<string, Enforcement> = new Map(ENFORCEMENTS.map((value) => [value, value]));

/** Reads a policy; one whose spec cannot be used keeps its name and says why. Throws for no input. */
export function readPolicy(manifest: HintsPolicyManifest): PolicyRecord {
  const { metadata, spec } = manifest;
  const kind: PolicyKind = manifest.kind === 'HintsPolicy' ? 'HintsPolicy' : 'ClusterHintsPolicy';
  const identity = {
    kind,
    namespace: kind === 'HintsPolicy' ? (metadata?.namespace ?? '') : '',
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    resourceVersion: metadata?.resourceVersion ?? '',
    generation: metadata?.generation ?? 0,
    createdMs: readTime(metadata?.creationTimestamp) ?? 0,
    observedGeneration: manifest.status?.observedGeneration ?? undefined,
    conditions: readConditions(manifest.status?.conditions),
  };
  const read = readSpec(kind, spec ?? {});
  if ('problem' in read) return { ...identity, ...NOTHING, problem: read.problem };
  return { ...identity, ...read };
}

function readConditions(conditions: unknown): readonly ConditionTime[] {
  if (!Array.isArray(conditions)) return [];
  return (conditions as unknown[]).flatMap((condition): ConditionTime[] => {
    const { type, status, lastTransitionTime } = isFields(condition) ? condition : {};
    const isRead = typeof type === 'string' && typeof status === 'string' && typeof lastTransitionTime === 'string';
    return isRead ? [{ type, status, lastTransitionTime }] : [];
  });
}

type Spec = NonNullable<HintsPolicyManifest['spec']>;
type Meaning = Pick<PolicyRecord, 'namespaceSelector' | 'serviceSelector' | 'defaults' | 'limits' | 'enforcement'>;

const NOTHING: Meaning = {
  namespaceSelector: [],
  serviceSelector: [],
  defaults: {},
  limits: { allowOverrides: true },
  enforcement: 'Enforce',
};

function readSpec(kind: PolicyKind, spec: Spec): Meaning | { readonly problem: string } {
  const { defaults, limits } = spec;
  const problem = (field: string, value: unknown, expected: string): { readonly problem: string } => ({
    problem: `spec.${field} must be ${expected} but is ${quotedValue(value)}`,
  });
  const namespaces = readLabelSelector(kind === 'ClusterHintsPolicy' ? spec.namespaceSelector : undefined);
  if ('problem' in namespaces) return { problem: `spec.namespaceSelector.${namespaces.problem}` };
  const services = readLabelSelector(spec.serviceSelector);
  if ('problem' in services) return { problem: `spec.serviceSelector.${services.problem}` };
  const mode = defaults?.mode ?? undefined;
  const modes = OWN_MODES.join(', ');
  if (mode !== undefined && !OWN_MODES.includes(mode)) return problem('defaults.mode', mode, `one of ${modes}`);
  const threshold = defaults?.overloadThreshold ?? undefined;
  const number = `a number from 0 to ${MAX_OVERLOAD}`;
  if (threshold !== undefined && !isThreshold(threshold))
    return problem('defaults.overloadThreshold', threshold, number);
  const demand = defaults?.demand ?? undefined;
  if (demand !== undefined && !isDemand(demand)) {
    return problem(
      'defaults.demand',
      demand,
      'cpu, nodes, endpoints, equal, measured or parts of zones such as zone-a=3,zone-b=1',
    );
  }
  const nodeHints = defaults?.nodeHints ?? undefined;
  if (nodeHints !== undefined && typeof nodeHints !== 'boolean')
    return problem('defaults.nodeHints', nodeHints, 'true or false');
  const places = readPlaces(kind, defaults);
  if ('problem' in places) return places;
  const allowedModes = limits?.allowedModes ?? undefined;
  if (allowedModes !== undefined && !isList(allowedModes)) {
    return problem('limits.allowedModes', allowedModes, 'a list of modes');
  }
  const foreign = allowedModes?.find((allowed) => allowed !== TOPOLOGY_KEYS && !OWN_MODES.includes(allowed));
  if (foreign !== undefined) return problem('limits.allowedModes', foreign, `of ${modes}, ${TOPOLOGY_KEYS}`);
  const most = limits?.maxOverloadThreshold ?? undefined;
  if (most !== undefined && !isThreshold(most)) return problem('limits.maxOverloadThreshold', most, number);
  const enforcement = ENFORCEMENT_OF.get(spec.enforcement ?? 'Enforce');
  if (enforcement === undefined) return problem('enforcement', spec.enforcement, `one of ${ENFORCEMENTS.join(', ')}`);
  return {
    namespaceSelector: namespaces.selector,
    serviceSelector: services.selector,
    defaults: {
      ...(mode === undefined ? {} : { mode }),
      ...(threshold === undefined ? {} : { overloadThreshold: threshold }),
      ...(demand === undefined ? {} : { demand }),
      ...(nodeHints === undefined ? {} : { nodeHints }),
      ...places,
    },
    limits: {
      allowOverrides: limits?.allowOverrides ?? true,
      ...(allowedModes === undefined ? {} : { allowedModes: [...allowedModes].sort() }),
      ...(most === undefined ? {} : { maxOverloadThreshold: most }),
    },
    enforcement,
  };
}

/** Where endpoints are, and how far zones are from each other, is the same for every namespace. */
function readPlaces(
  kind: PolicyKind,
  defaults: Spec['defaults'],
): Pick<PolicyDefaults, 'zoneCosts' | 'zoneCidrs'> | { readonly problem: string } {
  const zoneCosts = defaults?.zoneCosts ?? undefined;
  const zoneCidrs = defaults?.zoneCIDRs ?? undefined;
  if (kind === 'HintsPolicy' && (zoneCosts ?? zoneCidrs) !== undefined) {
    const field = zoneCosts === undefined ? 'zoneCIDRs' : 'zoneCosts';
    return { problem: `spec.defaults.${field} is a field of a ClusterHintsPolicy only` };
  }
  const costs = zoneCosts === undefined ? undefined : readZoneCosts(zoneCosts);
  if (costs !== undefined && 'problem' in costs) return { problem: `spec.defaults.zoneCosts: ${costs.problem}` };
  const networks = zoneCidrs === undefined ? undefined : readZoneCidrs(zoneCidrs);
  if (networks !== undefined && 'problem' in networks) {
    return { problem: `spec.defaults.zoneCIDRs: ${networks.problem}` };
  }
  return {
    ...(costs === undefined ? {} : { zoneCosts: costs.costs }),
    ...(networks === undefined ? {} : { zoneCidrs: networks.cidrs }),
  };
}

/** The mode of Services with topology keys; keys belong to a Service, so it is no default. */
export const TOPOLOGY_KEYS = 'topology-keys';

/** Objects come from files too, which nothing has checked. */
function isList(value: unknown): boolean {
  return Array.isArray(value);
}

function isThreshold(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= MAX_OVERLOAD;
}

function isDemand(text: unknown): boolean {
  if (typeof text !== 'string') return false;
  const parsed = parseDemand({ namespace: '', annotations: { [DEMAND_ANNOTATION]: text } });
  return parsed !== undefined && !('error' in parsed) && parsed.source !== 'clients';
}

/** `HintsPolicy shop/defaults`, as messages name it. */
export function policyTitle({ kind, namespace, name }: Pick<PolicyRecord, 'kind' | 'namespace' | 'name'>): string {
  return `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`;
}

/** Precedence: a policy of the namespace before one of the cluster; among equals the older, then the name. */
export function comparePolicies(a: PolicyRecord, b: PolicyRecord): number {
  if (a.kind !== b.kind) return a.kind === 'HintsPolicy' ? -1 : 1;
  return a.createdMs - b.createdMs || compareText(a.name, b.name);
}
