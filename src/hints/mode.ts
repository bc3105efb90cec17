import { closestWord } from '../model/text/closestWord.js';
import { quoted } from '../model/text/quoted.js';
import { HINTS_ANNOTATION, MODE_ANNOTATION, type ServiceRecord } from '../model/service.js';
import { OPENYURT_KEYS_ANNOTATION, SERVICE_MODE_ANNOTATION, TOPOLOGY_KEYS_ANNOTATION } from './annotations.js';

const KEYS_ANNOTATIONS = [TOPOLOGY_KEYS_ANNOTATION, OPENYURT_KEYS_ANNOTATION] as const;

export type Mode = 'auto' | 'balanced' | 'same-zone' | 'same-node' | 'topology-keys' | 'off';

/** `ModeChoice.source` when no annotation asked. */
export const TRAFFIC_DISTRIBUTION = 'spec.trafficDistribution';

// Values come from users: in a plain object the words constructor and toString would be found, too.
const MODES_BY_OWN_VALUE: ReadonlyMap<string, Mode> = new Map<string, Mode>([
  ['balanced', 'balanced'],
  ['auto', 'auto'],
  ['same-zone', 'same-zone'],
  ['same-node', 'same-node'],
  ['off', 'off'],
]);
/** The values of `slicehints.io/mode`. */
export const OWN_MODES: readonly string[] = [...MODES_BY_OWN_VALUE.keys()];
const MODE_PREFIX = 'slicehints.io/';
const MODES_BY_VALUE: ReadonlyMap<string, Mode> = new Map<string, Mode>([
  ['Auto', 'auto'],
  ['auto', 'auto'],
  ['slicehints.io/balanced', 'balanced'],
  ['slicehints.io/same-zone', 'same-zone'],
  ['slicehints.io/same-node', 'same-node'],
]);
const MODES_BY_DISTRIBUTION: ReadonlyMap<string, Mode> = new Map<string, Mode>([
  ['PreferSameZone', 'same-zone'],
  ['PreferClose', 'same-zone'],
  ['PreferSameNode', 'same-node'],
]);

const MODE_KEYS: readonly string[] = [
  SERVICE_MODE_ANNOTATION,
  HINTS_ANNOTATION,
  MODE_ANNOTATION,
  TOPOLOGY_KEYS_ANNOTATION,
  OPENYURT_KEYS_ANNOTATION,
];

export interface ModeChoice {
  /** `off` too where the value that asks for a mode is not understood. */
  readonly mode: Mode;
  /** Its annotation or field, for messages and policies: `spec.trafficDistribution` is served only where no other writer does. */
  readonly source: string;
  /** One sentence on values that are not understood or contradict each other. */
  readonly problem?: string;
  /** The value is not understood: hints stay as they are, whoever wrote them, until it is corrected. */
  readonly keepsHints?: true;
}

/**
 * Which mode a Service asks for. What policies have decided holds; else `slicehints.io/mode` goes before the topology
 * annotations of Kubernetes; one of those that is on goes before `slicehints.io/topology-keys`, that before OpenYurt's
 * annotation, and any of them before `spec.trafficDistribution`, as upstream has it.
 */
export function chooseMode(service: ServiceRecord): ModeChoice {
  const { annotations, policy } = service;
  if (policy?.mode !== undefined) {
    return { mode: MODES_BY_OWN_VALUE.get(policy.mode.value) ?? 'off', source: policy.mode.source };
  }
  const own = annotations[SERVICE_MODE_ANNOTATION];
  const key = annotations[HINTS_ANNOTATION] === undefined ? MODE_ANNOTATION : HINTS_ANNOTATION;
  const value = annotations[key];
  const named = value === undefined ? undefined : MODES_BY_VALUE.get(value);
  if (own !== undefined) {
    const mode = MODES_BY_OWN_VALUE.get(own);
    if (mode === undefined) return notUnderstood(SERVICE_MODE_ANNOTATION, own, MODES_BY_OWN_VALUE);
    // Off beside Auto leaves the Service to Kubernetes, which is a valid choice.
    const disagrees = value !== undefined && named !== undefined && named !== mode && mode !== 'off';
    return {
      mode,
      source: SERVICE_MODE_ANNOTATION,
      ...(disagrees ? { problem: disagreement(SERVICE_MODE_ANNOTATION, own, key, value) } : {}),
    };
  }
  if (value !== undefined && named === undefined && !isOff(value)) return notUnderstood(key, value, MODES_BY_VALUE);
  const second = annotations[MODE_ANNOTATION];
  const disagrees =
    key === HINTS_ANNOTATION && value !== undefined && second !== undefined && meaningOf(second) !== meaningOf(value);
  const problem = disagrees ? { problem: disagreement(key, value, MODE_ANNOTATION, second) } : {};
  if (named !== undefined) return { mode: named, source: key, ...problem };
  for (const keys of KEYS_ANNOTATIONS) {
    if (annotations[keys] !== undefined) return { mode: 'topology-keys', source: keys, ...problem };
  }
  const distribution = modeOfDistribution(service);
  if (distribution !== undefined) return { mode: distribution, source: TRAFFIC_DISTRIBUTION, ...problem };
  return { mode: 'off', source: '', ...problem };
}

/** Whether a Service states a mode itself, in whatever words; Disabled and the values of other controllers count. */
export function statesMode({ annotations, trafficDistribution }: ServiceRecord): boolean {
  return trafficDistribution !== '' || MODE_KEYS.some((key) => Object.hasOwn(annotations, key));
}

/**
 * Whether Kubernetes' own controller writes hints by its rule of Auto for this Service (utils.go hintsEnabled), whatever
 * `slicehints.io/mode` is.
 */
export function isInTreeAuto({ annotations }: Pick<ServiceRecord, 'annotations'>): boolean {
  const value = annotations[HINTS_ANNOTATION] ?? annotations[MODE_ANNOTATION];
  return value === 'Auto' || value === 'auto';
}

/** The mode that `spec.trafficDistribution` asks for; undefined where it asks for none. */
export function modeOfDistribution({
  trafficDistribution,
}: Pick<ServiceRecord, 'trafficDistribution'>): Mode | undefined {
  return MODES_BY_DISTRIBUTION.get(trafficDistribution);
}

/** A value with another domain belongs to another controller; empty and Disabled mean off upstream. */
function isOff(value: string): boolean {
  const foreign = value.includes('/') && !value.startsWith(MODE_PREFIX);
  return foreign || isDisabled(value);
}

function isDisabled(value: string): boolean {
  return value === '' || value.toLowerCase() === 'disabled';
}

/** Spellings that upstream takes for the same are one: Services that set both annotations mostly have `auto` and `Auto`. */
function meaningOf(value: string): string {
  return isDisabled(value) ? '' : (MODES_BY_VALUE.get(value) ?? value);
}

function disagreement(first: string, firstValue: string, second: string, secondValue: string): string {
  return `Annotations ${first} (${quoted(firstValue)}) and ${second} (${quoted(secondValue)}) disagree; the first is used`;
}

function notUnderstood(key: string, value: string, modes: ReadonlyMap<string, Mode>): ModeChoice {
  const known = [...modes.keys()];
  const meant = closestWord(value, known);
  const question = meant === undefined ? '' : ` (did you mean ${meant}?)`;
  return {
    mode: 'off',
    source: key,
    problem: `Annotation ${key} has the unknown value ${quoted(value)}${question}, so hints stay as they are until it is corrected; known values are ${known.join(', ')}`,
    keepsHints: true,
  };
}
