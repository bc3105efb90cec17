import type { ServiceManifest } from './manifest.js';
import { ownValue, setOwnValue } from './ownValue.js';
import { readTime } from './time.js';
import type { ZoneCidr } from './zones/zoneCidrs.js';
import type { ZoneCosts } from './zones/zoneCosts.js';

/** Upstream reads this key first and no other when it is present, whatever its value (utils.go hintsEnabled). */
export const HINTS_ANNOTATION = 'service.kubernetes.io/topology-aware-hints';
export const MODE_ANNOTATION = 'service.kubernetes.io/topology-mode';

export interface ServiceRecord {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** Absent where nobody selects Services by them. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Present where policies select the Service; `annotations` are then those that hold. */
  readonly policy?: ServicePolicy | undefined;
  /** `spec.trafficDistribution`; empty when absent. */
  readonly trafficDistribution: string;
  /** `spec.type`; absent or empty when the Service does not name one, which then is a ClusterIP. */
  readonly type?: string | undefined;
  /** `spec.clusterIP` is `None`: DNS answers with the endpoints, and no proxy serves it. */
  readonly isHeadless?: boolean | undefined;
  /** `spec.internalTrafficPolicy`; absent or empty when the Service does not name one. */
  readonly internalTrafficPolicy?: string | undefined;
  /** `spec.externalTrafficPolicy`; absent or empty when the Service does not name one. */
  readonly externalTrafficPolicy?: string | undefined;
  /** Pods are chosen by the Service itself, so that Kubernetes makes its slices; ExternalName Services have none. */
  readonly hasSelector: boolean;
  /** Milliseconds since 1970; absent when the manifest has no time. */
  readonly createdMs?: number | undefined;
  /** The Service is under deletion and waits for its finalizers. */
  readonly deleting?: boolean | undefined;
}

/** What policies make of a Service (src/hints/policy), beside the annotations that they replace. */
export interface ServicePolicy {
  /** The mode that a policy sets, in place of what the Service asks for. */
  readonly mode?: { readonly value: string; readonly source: string } | undefined;
  /** Enforce: hints are written. DryRun: they are planned and not written. Off: nothing is written. */
  readonly enforcement: 'Enforce' | 'DryRun' | 'Off';
  /** The policies that select the Service, the one that goes first before the others, as messages name them. */
  readonly policies: readonly string[];
  /** In place of the settings of the same names. */
  readonly zoneCosts?: ZoneCosts | undefined;
  readonly zoneCidrs?: readonly ZoneCidr[] | undefined;
  /** One sentence for each thing that the Service asks for and a policy does not allow. */
  readonly limited: readonly string[];
}

const NO_ANNOTATIONS: Readonly<Record<string, string>> = Object.freeze({});
const READ_PREFIXES: readonly string[] = ['service.kubernetes.io/topology', 'slicehint', 'openyurt.io/topology'];

/** The annotations that choose or tune a mode, and near misses; everything else (kubectl's last-applied, say) is dropped at transform. */
function relevant(annotations: Readonly<Record<string, string>> | null | undefined): Readonly<Record<string, string>> {
  if (annotations === null || annotations === undefined) return NO_ANNOTATIONS;
  let kept: Record<string, string> | undefined;
  for (const key in annotations) {
    if (!READ_PREFIXES.some((prefix) => key.startsWith(prefix))) continue;
    const value: unknown = ownValue(annotations, key);
    if (typeof value === 'string') setOwnValue((kept ??= {}), key, value);
  }
  return kept ?? NO_ANNOTATIONS;
}

export function readService(service: ServiceManifest): ServiceRecord {
  const { metadata, spec } = service;
  return {
    namespace: metadata?.namespace ?? '',
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    resourceVersion: metadata?.resourceVersion ?? '',
    annotations: relevant(metadata?.annotations),
    labels: metadata?.labels ?? undefined,
    trafficDistribution: spec?.trafficDistribution ?? '',
    type: spec?.type ?? '',
    isHeadless: spec?.clusterIP === 'None',
    internalTrafficPolicy: spec?.internalTrafficPolicy ?? '',
    externalTrafficPolicy: spec?.externalTrafficPolicy ?? '',
    hasSelector: spec?.type !== 'ExternalName' && Object.keys(spec?.selector ?? {}).length > 0,
    createdMs: readTime(metadata?.creationTimestamp),
    deleting: readTime(metadata?.deletionTimestamp) !== undefined,
  };
}
