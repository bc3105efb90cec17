import { indexClients } from '../../hints/demand/clientIndex.js';
import { plan, type Plan } from '../../hints/plan.js';
import { Scratch } from '../../hints/scratch.js';
import type { Settings } from '../../hints/settings.js';
import { Reason } from '../../hints/reasons.js';
import { sentenceOf, type Verdict } from '../../hints/verdict.js';
import type { MeasuredIndex } from '../../measured/measuredIndex.js';
import type { Cluster } from '../../model/cluster.js';
import { compareText, objectKey } from '../../model/objectKey.js';
import type { ServicePolicy, ServiceRecord } from '../../model/service.js';
import type { SliceRecord } from '../../model/slice.js';
import { about, likeness, type Code, type Finding } from './finding.js';
import { listed } from '../../model/text/listed.js';

export interface ServicesInput {
  readonly services: readonly ServiceRecord[];
  readonly slicesOf: ReadonlyMap<string, readonly SliceRecord[]>;
  readonly cluster: Cluster;
  readonly settings: Settings;
  readonly measured?: MeasuredIndex | undefined;
  /** All writes are stopped. */
  readonly stopped?: boolean;
}

interface Group {
  readonly finding: Omit<Finding, 'message' | 'subject'> & { readonly sentence: string };
  readonly keys: string[];
  readonly sentences: Set<string>;
}

/** Reasons without hints that are no fault: there is nothing to hint. */
const NOTHING_TO_HINT: readonly string[] = [Reason.NoReadyEndpoints, Reason.AddressTypeNotRouted];

/**
 * What Services get, by the verdict of their plan; the same plan that a controller with these settings makes. Equal
 * findings are one, with a count and names.
 */
export function aboutServices({
  services,
  slicesOf,
  cluster,
  settings,
  measured,
  stopped = false,
}: ServicesInput): Finding[] {
  const byMode = new Map<string, number>();
  const groups = new Map<string, Group>();
  const inPlace: string[] = [];
  const add = (key: string, finding: Group['finding']): void => {
    const id = `${finding.code} ${likeness(finding.sentence)}`;
    const group = groups.get(id);
    if (group === undefined) groups.set(id, { finding, keys: [key], sentences: new Set([finding.sentence]) });
    else {
      group.sentences.add(finding.sentence);
      if (!group.keys.includes(key)) group.keys.push(key);
    }
  };
  const scratch = new Scratch();
  const { nodeIndex } = cluster;
  const clients = indexClients(
    [...slicesOf.values()].flat(),
    (node, own) => nodeIndex.zoneOfClient(node, own),
    measured,
  );
  for (const service of [...services].sort((a, b) => compareText(objectKey(a), objectKey(b)))) {
    const key = objectKey(service);
    const planned = plan({ service, slices: slicesOf.get(key) ?? [], cluster, settings, clients, scratch });
    for (const warning of planned.warnings) add(key, warningOf(warning));
    if (planned.mode === 'off') continue;
    byMode.set(planned.mode, (byMode.get(planned.mode) ?? 0) + 1);
    const faults = planned.verdicts.flatMap((verdict) => faultOf(verdict, planned, service, settings, stopped) ?? []);
    for (const fault of faults) add(key, fault);
    if (faults.length === 0) inPlace.push(key);
  }
  const modes = [...byMode].sort().map(([mode, count]) => `${mode} ${count}`);
  const first: Finding = {
    level: 'info',
    subject: 'services',
    code: 'ServicesByMode',
    message: modes.length === 0 ? 'No Service requests hints.' : `Services request hints: ${modes.join(', ')}.`,
    ...(modes.length === 0 ? { advice: 'Annotate one, for example slicehints.io/mode: balanced.' } : {}),
  };
  return [
    first,
    ...(inPlace.length === 0
      ? []
      : [
          {
            level: 'ok',
            subject: 'services',
            code: 'HintsInPlace',
            message: `${counted(inPlace.length)} with hints as they should be (${listed(inPlace)}).`,
            ...about(inPlace),
          } as const,
        ]),
    ...[...groups.values()].sort(worstFirst).map(({ finding: { sentence, ...finding }, keys, sentences }) => ({
      ...finding,
      subject: 'services' as const,
      message: `${counted(keys.length)} (${listed(keys)}): ${sentences.size > 1 ? 'for example ' : ''}${sentence}.`,
      ...about(keys),
    })),
  ];
}

function warningOf(verdict: Verdict): Group['finding'] {
  const isTraffic = verdict.type === 'Normal';
  return {
    level: isTraffic ? 'info' : 'warning',
    code: isTraffic || verdict.reason.endsWith('Local') ? 'TrafficNotSteered' : 'ServiceWarning',
    sentence: `${verdict.reason}: ${sentenceOf(verdict)}`,
    advice: 'kubectl describe service shows the annotations and Events.',
  };
}

/** undefined: the hints are as they should be, or there is nothing to hint. */
function faultOf(
  verdict: Verdict,
  planned: Plan,
  { policy }: ServiceRecord,
  { guard }: Settings,
  stopped: boolean,
): Group['finding'] | undefined {
  const sentence = `${verdict.reason}: ${sentenceOf(verdict)}`;
  if (UNSTEERED.includes(verdict.reason)) return { level: 'info', code: 'TrafficNotSteered', sentence };
  if (NOTHING_TO_HINT.includes(verdict.reason)) return { level: 'info', code: 'ServiceWithoutHints', sentence };
  if (!verdict.hinted) {
    return { level: 'problem', code: 'ServiceWithoutHints', sentence, advice: adviceFor(verdict, guard) };
  }
  const slices = planned.slices.filter(({ slice }) => slice.addressType === verdict.addressType);
  const pending = slices.some(({ patch }) => patch !== undefined);
  const hasHints = slices.some(({ slice }) => slice.endpoints.some(({ hints }) => hints !== undefined));
  if (!pending) {
    if (verdict.type === 'Normal') return undefined;
    return { level: 'warning', code: 'ServiceWarning', sentence };
  }
  if (policy !== undefined && policy.enforcement !== 'Enforce') return heldBackBy(policy, hasHints);
  if (stopped) {
    const sentence = `a controller would ${hasHints ? 'change' : 'write'} hints, and all writes are stopped`;
    return { level: 'warning', code: 'HintsHeldBack', sentence };
  }
  const code: Code = 'HintsNotWritten';
  return hasHints
    ? { level: 'warning', code, sentence: 'the hints are not those that a controller with these settings would write' }
    : {
        level: 'problem',
        code,
        sentence: 'a controller would write hints, and there are none',
        advice: 'Check that a controller runs, leads and has these settings; --wait gives it time.',
      };
}

/** A canary is as it should be; a stop should not be forgotten. */
function heldBackBy({ enforcement, policies }: ServicePolicy, hasHints: boolean): Group['finding'] {
  return {
    level: enforcement === 'Off' ? 'warning' : 'info',
    code: 'HintsHeldBack',
    sentence: `a controller would ${hasHints ? 'change' : 'write'} hints, and enforcement ${enforcement} of ${listed(policies)} holds them back`,
    advice: '"slicehints plan --service NAMESPACE/NAME" shows what would be written.',
  };
}

const UNSTEERED: readonly string[] = [
  Reason.HeadlessService,
  Reason.ExternalNameService,
  Reason.InternalTrafficLocal,
  Reason.ExternalTrafficLocal,
];

function adviceFor({ reason }: Verdict, guard: boolean): string {
  if (reason !== Reason.HintsBlocked) {
    return '"slicehints plan --service NAMESPACE/NAME" shows the endpoints and nodes behind this.';
  }
  return guard
    ? 'Let one controller be the only writer, or take the mode off the Service.'
    : 'Put the guard in force: install the chart with guard.enabled.';
}

const SEVERITY = { problem: 0, warning: 1, info: 2, ok: 3 } as const;

function worstFirst(a: Group, b: Group): number {
  return SEVERITY[a.finding.level] - SEVERITY[b.finding.level] || b.keys.length - a.keys.length;
}

function counted(count: number): string {
  return `${count} Service${count === 1 ? '' : 's'}`;
}
