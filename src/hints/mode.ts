import { quoted } from '../model/quoted.js';
import type { ServiceRecord } from '../model/service.js';

export type Mode = 'auto' | 'balanced' | 'same-zone' | 'same-node' | 'topology-keys' | 'off';

/** Upstream reads this key first and looks at no other when it is present, whatever its value (utils.go hintsEnabled). */
export const HINTS_ANNOTATION = 'service.kubernetes.io/topology-aware-hints';
export const MODE_ANNOTATION = 'service.kubernetes.io/topology-mode';
/** What `ModeChoice.source` says when no annotation asked. */
export const TRAFFIC_DISTRIBUTION = 'spec.trafficDistribution';
export const TOPOLOGY_KEYS_ANNOTATION = 'slicehints.io/topology-keys';
export const OPENYURT_KEYS_ANNOTATION = 'openyurt.io/topologyKeys';

const MODE_PREFIX = 'slicehints.io/';
// Values come from users: in a plain object the words constructor and toString would be found, too.
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

export interface ModeChoice {
  readonly mode: Mode;
  /** What asked for it; for messages and for the policies: `spec.trafficDistribution` is served only where nobody else does. */
  readonly source: string;
  /** One sentence on a value that was not understood; the mode is then what the other settings say. */
  readonly problem?: string;
}

/**
 * Which mode a Service asks for. A topology annotation that is on goes before `slicehints.io/topology-keys`, that before
 * OpenYurt's annotation, and any of them before `spec.trafficDistribution`, as upstream has it.
 */
export function chooseMode(service: ServiceRecord): ModeChoice {
  const { annotations, trafficDistribution } = service;
  const key = annotations[HINTS_ANNOTATION] === undefined ? MODE_ANNOTATION : HINTS_ANNOTATION;
  const value = annotations[key];
  const named = value === undefined ? undefined : MODES_BY_VALUE.get(value);
  const problem = value === undefined ? {} : problemOf(key, value, annotations[MODE_ANNOTATION]);
  if (named !== undefined) return { mode: named, source: key, ...problem };
  for (const keys of [TOPOLOGY_KEYS_ANNOTATION, OPENYURT_KEYS_ANNOTATION]) {
    if (annotations[keys] !== undefined) return { mode: 'topology-keys', source: keys, ...problem };
  }
  const distribution = MODES_BY_DISTRIBUTION.get(trafficDistribution);
  if (distribution !== undefined) return { mode: distribution, source: TRAFFIC_DISTRIBUTION, ...problem };
  return { mode: 'off', source: '', ...problem };
}

function problemOf(key: string, value: string, modeValue: string | undefined): { problem?: string } {
  if (key === HINTS_ANNOTATION && modeValue !== undefined && modeValue !== value) {
    return {
      problem: `Annotations ${HINTS_ANNOTATION} (${quoted(value)}) and ${MODE_ANNOTATION} (${quoted(modeValue)}) disagree; the first is used`,
    };
  }
  // A value with somebody else's domain is theirs to read; off, empty and the two names of Auto are upstream's.
  const foreign = value.includes('/') && !value.startsWith(MODE_PREFIX);
  if (foreign || value === '' || value.toLowerCase() === 'disabled' || MODES_BY_VALUE.has(value)) return {};
  const known = [...MODES_BY_VALUE.keys()].join(', ');
  return {
    problem: `Annotation ${key} has the unknown value ${quoted(value)} and is ignored; known values are ${known}`,
  };
}
