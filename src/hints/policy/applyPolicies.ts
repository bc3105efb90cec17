import { DEMAND_ANNOTATION, CLIENTS_ANNOTATION, NODE_HINTS_ANNOTATION, OVERLOAD_ANNOTATION } from '../annotations.js';
import { chooseMode, statesMode } from '../mode.js';
import { quoted } from '../../model/text/quoted.js';
import { MAX_OVERLOAD } from '../settings.js';
import type { ServiceRecord } from '../../model/service.js';
import { ENFORCEMENTS, policyTitle, type Enforcement, type PolicyDefaults, type PolicyRecord } from './policy.js';

/** A value and the policy that it comes from. */
interface Stated<T> {
  readonly value: T;
  readonly by: PolicyRecord;
}

/** What some policies come to together; worked out once for all Services that just these select. */
export interface PolicySum {
  readonly titles: readonly string[];
  readonly enforcement: Enforcement;
  /** The first that allows no overrides. */
  readonly closed: PolicyRecord | undefined;
  readonly defaults: { readonly [K in keyof PolicyDefaults]?: Stated<NonNullable<PolicyDefaults[K]>> | undefined };
  readonly allowed: { readonly modes: readonly string[]; readonly by: PolicyRecord } | undefined;
  /** The lowest limit of the overload threshold. */
  readonly lowest: Stated<number> | undefined;
}

/** @param policies by `comparePolicies` */
export function sumUpPolicies(policies: readonly PolicyRecord[]): PolicySum {
  return {
    titles: policies.map(policyTitle),
    enforcement: strictest(policies),
    closed: policies.find(({ limits }) => !limits.allowOverrides),
    defaults: {
      mode: first(policies, 'mode'),
      overloadThreshold: first(policies, 'overloadThreshold'),
      demand: first(policies, 'demand'),
      nodeHints: first(policies, 'nodeHints'),
      zoneCosts: first(policies, 'zoneCosts'),
      zoneCidrs: first(policies, 'zoneCidrs'),
    },
    allowed: allowedModes(policies),
    lowest: lowestThreshold(policies),
  };
}

/**
 * What policies make of a Service: the same record with the annotations that hold, and with `policy`. Precedence is the
 * Service's own annotation, then a HintsPolicy of its namespace, then a ClusterHintsPolicy, field by field; among equals the
 * first in the list. Limits of all policies hold together. A Service that opts out stays out, and a value that is not
 * understood stays as it is, for the planner to report.
 * @param service as read, without `policy`
 * @param policies those that select the Service, by `comparePolicies`
 * @param sumOf `sumUpPolicies`, or one that remembers
 * @returns the same object when there are no policies
 */
export function applyPolicies(
  service: ServiceRecord,
  policies: readonly PolicyRecord[],
  sumOf: (policies: readonly PolicyRecord[]) => PolicySum = sumUpPolicies,
): ServiceRecord {
  if (policies.length === 0) return service;
  const sum = sumOf(policies);
  const { closed, defaults } = sum;
  const limited: string[] = [];
  const annotations = new Map(Object.entries(service.annotations));
  const replaceOwn = (key: string, value: string, by: PolicyRecord): void => {
    const own = annotations.get(key);
    if (own === value) return;
    if (own !== undefined) {
      limited.push(
        `Annotation ${key} (${quoted(own)}) is not used, because ${policyTitle(by)} sets ${quoted(value)} and ${policyTitle(closed ?? by)} allows no overrides`,
      );
    }
    annotations.set(key, value);
  };
  const setDefault = (key: string, stated: Stated<string> | undefined, others: readonly string[] = []): void => {
    if (stated === undefined) return;
    const isStated = [key, ...others].some((name) => annotations.has(name));
    if (isStated && closed === undefined) return;
    if (isStated) for (const other of others) annotations.delete(other);
    replaceOwn(key, stated.value, stated.by);
  };
  setDefault(DEMAND_ANNOTATION, defaults.demand, [CLIENTS_ANNOTATION]);
  setDefault(OVERLOAD_ANNOTATION, asText(defaults.overloadThreshold));
  setDefault(NODE_HINTS_ANNOTATION, asText(defaults.nodeHints));
  limitThreshold(annotations, sum, limited);
  return {
    ...service,
    annotations: Object.fromEntries(annotations),
    policy: {
      mode: modeOf(service, sum, limited),
      enforcement: sum.enforcement,
      policies: sum.titles,
      zoneCosts: defaults.zoneCosts?.value,
      zoneCidrs: defaults.zoneCidrs?.value,
      limited,
    },
  };
}

/** undefined: the Service's own choice holds. */
function modeOf(
  service: ServiceRecord,
  { allowed, closed, defaults }: PolicySum,
  limited: string[],
): { readonly value: string; readonly source: string } | undefined {
  const isAllowed = (mode: string): boolean => mode === 'off' || (allowed?.modes.includes(mode) ?? true);
  const fallback = defaults.mode;
  const set = (stated: Stated<string>): { readonly value: string; readonly source: string } => ({
    value: stated.value,
    source: policyTitle(stated.by),
  });
  const permitted = fallback !== undefined && isAllowed(fallback.value) ? fallback : undefined;
  if (!statesMode(service)) return permitted && set(permitted);
  const own = chooseMode(service);
  // What is not understood is the planner's to report, and who opts out stays out.
  if (own.keepsHints === true || own.mode === 'off') return undefined;
  if (closed !== undefined && permitted !== undefined) {
    if (own.mode === permitted.value) return undefined;
    limited.push(
      `Mode ${own.mode} is not used, because ${policyTitle(permitted.by)} sets ${permitted.value} and ${policyTitle(closed)} allows no overrides`,
    );
    return set(permitted);
  }
  if (isAllowed(own.mode)) return undefined;
  const modes = allowed!.modes.length === 0 ? 'none' : allowed!.modes.join(', ');
  limited.push(
    `Mode ${own.mode} is not allowed by ${policyTitle(allowed!.by)} (allowed: ${modes}), so ${permitted === undefined ? 'there are no hints' : `${permitted.value} is used`}`,
  );
  return permitted === undefined ? { value: 'off', source: policyTitle(allowed!.by) } : set(permitted);
}

/** The modes that every policy allows, and one that does not allow all; undefined: all are allowed. */
function allowedModes(policies: readonly PolicyRecord[]): { modes: readonly string[]; by: PolicyRecord } | undefined {
  let allowed: { modes: readonly string[]; by: PolicyRecord } | undefined;
  for (const by of policies) {
    const { allowedModes: modes } = by.limits;
    if (modes === undefined) continue;
    allowed = { modes: allowed === undefined ? modes : allowed.modes.filter((mode) => modes.includes(mode)), by };
  }
  return allowed;
}

function lowestThreshold(policies: readonly PolicyRecord[]): Stated<number> | undefined {
  let lowest: Stated<number> | undefined;
  for (const by of policies) {
    const { maxOverloadThreshold: value } = by.limits;
    if (value !== undefined && (lowest === undefined || value < lowest.value)) lowest = { value, by };
  }
  return lowest;
}

function limitThreshold(annotations: Map<string, string>, { lowest }: PolicySum, limited: string[]): void {
  if (lowest === undefined) return;
  const text = annotations.get(OVERLOAD_ANNOTATION);
  const asked = text === undefined || text.trim() === '' ? NaN : Number(text);
  if (asked >= 0 && asked <= lowest.value) return;
  if (asked > lowest.value && asked <= MAX_OVERLOAD) {
    limited.push(
      `An overload threshold of ${asked} is not allowed by ${policyTitle(lowest.by)}, so ${lowest.value} is used`,
    );
  } else if (text !== undefined) {
    limited.push(
      `Annotation ${OVERLOAD_ANNOTATION} must be a number from 0 to ${MAX_OVERLOAD} but is ${quoted(text)}, so ${lowest.value} of ${policyTitle(lowest.by)} is used`,
    );
  }
  // Without a number of its own the Service would have that of the controller, which may be higher.
  annotations.set(OVERLOAD_ANNOTATION, String(lowest.value));
}

function first<K extends keyof PolicyDefaults>(
  policies: readonly PolicyRecord[],
  field: K,
): Stated<NonNullable<PolicyDefaults[K]>> | undefined {
  for (const by of policies) {
    const value = by.defaults[field];
    if (value !== undefined) return { value: value, by };
  }
  return undefined;
}

function asText(stated: Stated<number | boolean> | undefined): Stated<string> | undefined {
  return stated && { value: String(stated.value), by: stated.by };
}

function strictest(policies: readonly PolicyRecord[]): Enforcement {
  const rank = policies.reduce((most, { enforcement }) => Math.max(most, ENFORCEMENTS.indexOf(enforcement)), 0);
  return ENFORCEMENTS[rank] ?? 'Enforce';
}

/**
 * The policies of one kind that set the same default for a Service to different values: each has the one that goes before it.
 * @param policies those that select one Service, by `comparePolicies`
 */
export function conflictsAmong(policies: readonly PolicyRecord[]): readonly (readonly [PolicyRecord, PolicyRecord])[] {
  const conflicts: [PolicyRecord, PolicyRecord][] = [];
  // By kind and field: the first policy that sets it, and the first that sets it to something else. One of them differs
  // from whatever comes later, and goes before all others that do.
  const leading = new Map<string, number[]>();
  for (const [i, later] of policies.entries()) {
    let winner = i;
    for (const field of FIELDS) {
      const value = later.defaults[field];
      if (value === undefined) continue;
      const key = `${later.kind} ${field}`;
      const leaders = leading.get(key);
      if (leaders === undefined) {
        leading.set(key, [i]);
        continue;
      }
      const first = leaders.find((leader) => !isSameDefault(policies[leader]!.defaults[field], value));
      if (first === undefined) continue;
      winner = Math.min(winner, first);
      if (leaders.length === 1) leaders.push(i);
    }
    if (winner < i) conflicts.push([policies[winner]!, later]);
  }
  return conflicts;
}

function isSameDefault(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

const FIELDS: readonly (keyof PolicyDefaults)[] = [
  'mode',
  'overloadThreshold',
  'demand',
  'nodeHints',
  'zoneCosts',
  'zoneCidrs',
];
