/** What a finding is about; the order in which `doctor` shows them. */
export const SUBJECTS = [
  'server',
  'installation',
  'guard',
  'nodes',
  'consumers',
  'slices',
  'policies',
  'drains',
  'services',
] as const;
export type Subject = (typeof SUBJECTS)[number];

/**
 * Every code of a finding. The values are stable: scripts compare them, and docs/troubleshooting.md has a section for
 * each with cause, effect and commands.
 */
export const CODES = [
  'ServerVersion',
  'NodeHintsNotStored',
  'NotVisible',
  'NotReadable',
  'ControllerDeployment',
  'ControllerNotFound',
  'ControllerNotReady',
  'LeaderElected',
  'NoLeader',
  'SeveralLeases',
  'WritesStopped',
  'FuseBlown',
  'ShardsHeld',
  'ShardsNotHeld',
  'ControllerRights',
  'RightsMissing',
  'GuardInForce',
  'GuardNotInForce',
  'NodesByZone',
  'NoTwoZones',
  'NodesWithoutZone',
  'NodesNotCounted',
  'NodesLeaving',
  'HintsReadOnNodes',
  'HintsNotReadOnNodes',
  'NodeHintsNotRead',
  'SlicesByManager',
  'InTreePresent',
  'InTreeAbsent',
  'PoliciesInUse',
  'PolicyNotAccepted',
  'PolicyConflicted',
  'ZoneDrained',
  'DrainRefused',
  'DrainEnded',
  'ServicesByMode',
  'HintsInPlace',
  'ServiceWithoutHints',
  'HintsNotWritten',
  'HintsHeldBack',
  'TrafficNotSteered',
  'ServiceWarning',
  'HintsContended',
  'MeasuredDemand',
  'MeasuredDemandStale',
  'ObserveProblem',
] as const;
export type Code = (typeof CODES)[number];

/** One thing that `doctor` found. */
export interface Finding {
  /** `ok` and `info` need nothing; `warning` costs hints somewhere or may soon; a `problem` is one that costs them now. */
  readonly level: 'ok' | 'info' | 'warning' | 'problem';
  readonly subject: Subject;
  readonly code: Code;
  /** One plain sentence. */
  readonly message: string;
  /** What to do, where there is something to do. */
  readonly advice?: string;
  /** How many objects it is about, and all their names; the message has the first ones. */
  readonly count?: number;
  readonly names?: readonly string[];
}

const MOST_NAMES = 1000;

/** A sentence without what differs from Service to Service, so that equal causes are reported once. */
export function likeness(sentence: string): string {
  return sentence.replaceAll(/EndpointSlice \S+/g, 'EndpointSlice …').replaceAll(/\d+(\.\d+)?/g, '…');
}

/** The fields of a finding about these objects. */
export function about(names: readonly string[]): Pick<Finding, 'count' | 'names'> {
  return { count: names.length, names: names.slice(0, MOST_NAMES) };
}
