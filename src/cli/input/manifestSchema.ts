import { isRecord } from '../../kube/json.js';
import { readPolicy, type HintsPolicyManifest, type PolicyRecord } from '../../hints/policy/policy.js';
import { readZoneDrain, type ZoneDrainManifest } from '../../hints/drain/zoneDrain.js';
import { parseCpuNano } from '../../model/quantity.js';
import { labelValueProblems } from '../../sandbox/schema/nameRules.js';
import { quoted } from '../flags/usageError.js';
import { ownValue } from '../../model/ownValue.js';

/** Says in one line what is wrong with a value (`path: expected …, got …`), or undefined when nothing is. */
type Check = (value: unknown, path: string) => string | undefined;

/** Absent and null are the same everywhere in Kubernetes' JSON. */
const isAbsent = (value: unknown): value is null | undefined => value === null || value === undefined;

function shown(value: unknown): string {
  if (isAbsent(value)) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  // NaN and the infinities are no JSON.
  const text = typeof value === 'number' || typeof value === 'bigint' ? String(value) : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

export function expected(what: string, value: unknown, path: string): string {
  return `${path === '' ? '' : `${path}: `}expected ${what}, got ${shown(value)}`;
}

/** `a.b`, but `a["x.y/z"]` where the name would be read as a path. */
export function member(path: string, name: string): string {
  if (!/^[\w-]{1,80}$/.test(name)) return `${path}[${quoted(name)}]`;
  return path === '' ? name : `${path}.${name}`;
}

/** Passes what is absent. */
const optional =
  (check: Check): Check =>
  (value, path) =>
    isAbsent(value) ? undefined : check(value, path);

/** What is printed as it is; control characters would act on the terminal. */
const text: Check = (value, path) => {
  if (typeof value !== 'string') return expected('a string', value, path);
  return /\p{Cc}/u.test(value) ? expected('a string without control characters', value, path) : undefined;
};
const anyText: Check = (value, path) => (typeof value === 'string' ? undefined : expected('a string', value, path));
const label: Check = (value, path) =>
  typeof value !== 'string' || labelValueProblems(value).length === 0
    ? anyText(value, path)
    : expected('the value of a label', value, path);
const bool: Check = (value, path) => (typeof value === 'boolean' ? undefined : expected('true or false', value, path));
const whole: Check = (value, path) => (Number.isInteger(value) ? undefined : expected('a whole number', value, path));
/** Whatever the rule of the kind: no longer, and of no other characters, than any name of Kubernetes. */
const name: Check = (value, path) => {
  if (typeof value !== 'string' || value === '') return expected('a name', value, path);
  return /^[^\s/%\p{Cc}\p{Cf}]{1,253}$/u.test(value)
    ? undefined
    : expected('a name of at most 253 characters, without spaces and slashes', value, path);
};
/** The namespace of an object may be empty: it is then the default one. */
const namespace: Check = (value, path) =>
  typeof value !== 'string' || value === '' ? anyText(value, path) : name(value, path);

const cpu: Check = (value, path) =>
  (typeof value === 'string' || typeof value === 'number') && parseCpuNano(value) !== undefined
    ? undefined
    : expected('a quantity of CPU such as 4 or 3920m', value, path);

const oneOf =
  (...values: readonly string[]): Check =>
  (value, path) =>
    typeof value === 'string' && values.includes(value)
      ? undefined
      : expected(`${values.slice(0, -1).join(', ')} or ${values.at(-1) ?? ''}`, value, path);

const listOf =
  (item: Check): Check =>
  (value, path) => {
    if (!Array.isArray(value)) return expected('a list', value, path);
    for (let i = 0; i < value.length; i++) {
      const problem = item(value[i], `${path}[${i}]`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };

const mapOf =
  (item: Check): Check =>
  (value, path) => {
    if (!isRecord(value)) return expected('an object', value, path);
    for (const [key, each] of Object.entries(value)) {
      const problem = item(each, member(path, key));
      if (problem !== undefined) return problem;
    }
    return undefined;
  };

/** Members that are not listed may be anything. */
const object = (members: Readonly<Record<string, Check>>): Check => {
  const checks = Object.entries(members);
  return (value, path) => {
    if (!isRecord(value)) return expected('an object', value, path);
    for (const [key, check] of checks) {
      const problem = check(ownValue(value, key), member(path, key));
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
};

export const NAMESPACE: Check = object({ metadata: object({ name, labels: optional(mapOf(label)) }) });

const named = optional(listOf(object({ name: text })));
const metadata = object({
  name,
  namespace: optional(namespace),
  uid: optional(text),
  resourceVersion: optional(text),
  generation: optional(whole),
  creationTimestamp: optional(text),
  deletionTimestamp: optional(text),
  labels: optional(mapOf(label)),
  annotations: optional(mapOf(anyText)),
  managedFields: optional(
    listOf(object({ manager: optional(text), time: optional(text), fieldsV1: optional(object({})) })),
  ),
});

/** The fields that a plan or a view reads, and only those: the same as in `model/manifest.ts`. */
export const NODE: Check = object({
  metadata,
  spec: optional(object({ taints: optional(listOf(optional(object({ key: optional(text) })))) })),
  status: optional(
    object({
      allocatable: optional(object({ cpu: optional(cpu) })),
      conditions: optional(listOf(object({ type: text, status: text, reason: optional(anyText) }))),
      addresses: optional(listOf(object({ type: text, address: text }))),
      nodeInfo: optional(object({ operatingSystem: optional(text), kubeletVersion: optional(text) })),
    }),
  ),
});

export const SERVICE: Check = object({
  metadata,
  spec: optional(
    object({
      type: optional(text),
      clusterIP: optional(text),
      clusterIPs: optional(listOf(text)),
      ports: optional(
        listOf(
          object({
            name: optional(text),
            port: optional(whole),
            protocol: optional(text),
            nodePort: optional(whole),
          }),
        ),
      ),
      sessionAffinity: optional(text),
      sessionAffinityConfig: optional(object({ clientIP: optional(object({ timeoutSeconds: optional(whole) })) })),
      selector: optional(mapOf(text)),
      trafficDistribution: optional(text),
      externalTrafficPolicy: optional(text),
      internalTrafficPolicy: optional(text),
      externalName: optional(text),
      externalIPs: optional(listOf(text)),
    }),
  ),
  status: optional(
    object({
      loadBalancer: optional(
        object({ ingress: optional(listOf(object({ ip: optional(text), ipMode: optional(text) }))) }),
      ),
    }),
  ),
});

export const ENDPOINT_SLICE: Check = object({
  metadata,
  addressType: oneOf('IPv4', 'IPv6', 'FQDN'),
  endpoints: optional(
    listOf(
      object({
        addresses: optional(listOf(text)),
        conditions: optional(object({ ready: optional(bool), serving: optional(bool), terminating: optional(bool) })),
        hints: optional(object({ forZones: named, forNodes: named })),
        nodeName: optional(text),
        // The API server takes any text, and what is no zone counts as none.
        zone: optional(anyText),
      }),
    ),
  ),
  ports: optional(listOf(object({ name: optional(text), port: optional(whole), protocol: optional(text) }))),
});

const SELECTOR = optional(
  object({
    matchLabels: optional(mapOf(text)),
    matchExpressions: optional(listOf(object({ key: text, operator: text, values: optional(listOf(text)) }))),
  }),
);
const POLICY_SHAPE = object({
  metadata,
  spec: optional(
    object({
      namespaceSelector: SELECTOR,
      serviceSelector: SELECTOR,
      defaults: optional(object({ mode: optional(text), demand: optional(text), nodeHints: optional(bool) })),
      limits: optional(object({ allowedModes: optional(listOf(text)), allowOverrides: optional(bool) })),
      enforcement: optional(text),
    }),
  ),
});

/** The spec as the planner reads it; its problems name their field. */
export const POLICY: Check = (value, path) => {
  const problem = POLICY_SHAPE(value, path);
  if (problem !== undefined) return problem;
  const policy = readPolicy(value as HintsPolicyManifest);
  const spec = policy.problem ?? contradiction(policy);
  return spec === undefined || path === '' ? spec : `${path}: ${spec}`;
};

/** What the CustomResourceDefinition's rules refuse, so that a policy that is tried here can be applied. */
function contradiction({ defaults, limits }: Pick<PolicyRecord, 'defaults' | 'limits'>): string | undefined {
  const { mode = 'off', overloadThreshold = 0 } = defaults;
  const { allowedModes = [mode], maxOverloadThreshold = overloadThreshold } = limits;
  if (mode !== 'off' && !allowedModes.includes(mode)) {
    return `spec.defaults.mode must be one of spec.limits.allowedModes but is ${quoted(mode)}`;
  }
  if (overloadThreshold > maxOverloadThreshold) {
    return `spec.defaults.overloadThreshold must not be above spec.limits.maxOverloadThreshold, ${maxOverloadThreshold}, but is ${overloadThreshold}`;
  }
  return undefined;
}

const DRAIN_SHAPE = object({
  metadata,
  spec: object({ zone: text, until: text, force: optional(bool) }),
  status: optional(
    object({
      observedGeneration: optional(whole),
      conditions: optional(listOf(object({ type: text, status: text }))),
    }),
  ),
});

/** A spec that the controller would refuse as invalid is an error in a file. */
export const ZONE_DRAIN: Check = (value, path) => {
  const problem = DRAIN_SHAPE(value, path);
  if (problem !== undefined) return problem;
  const { problem: spec } = readZoneDrain(value as ZoneDrainManifest);
  return spec === undefined || path === '' ? spec : `${path}: ${spec}`;
};
