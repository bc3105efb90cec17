import type { Cluster } from '../../model/cluster.js';
import { listed } from '../../model/text/listed.js';
import { quoted } from '../../model/text/quoted.js';
import type { DrainFigures } from './assessment.js';
import { LONGEST_DRAIN_MS, type ZoneDrainRecord } from './zoneDrain.js';

/** Whether a drain is accepted, and why: `reason` and `message` of the conditions Accepted and Refused. */
export interface DrainJudgement {
  readonly accepted: boolean;
  readonly reason:
    | 'Accepted'
    | 'Forced'
    | 'Invalid'
    | 'Expired'
    | 'TooLong'
    | 'UnknownZone'
    | 'TooManyZones'
    | 'NoOtherEndpoint'
    | 'Overload';
  readonly message: string;
}

export interface DrainQuestion {
  readonly drain: Pick<ZoneDrainRecord, 'zone' | 'untilMs' | 'force' | 'problem'>;
  readonly cluster: Pick<Cluster, 'nodes'>;
  /** The zones of other drains in force. */
  readonly drainedZones: readonly string[];
  readonly nowMs: number;
  /** As `DrainAssessment` had it. */
  readonly limit: number;
}

/** How much the busiest endpoint of a Service may get, over the mean of its endpoints today. */
export const DEFAULT_DRAIN_LIMIT = 2;

/** Clocks of clients and of controllers differ a little. */
const CLOCK_SKEW_MS = 60_000;

/**
 * What speaks against a drain whatever it does to Services, also with `force`.
 * @returns undefined: it depends on the Services
 */
export function refusalAtOnce({ drain, cluster, drainedZones, nowMs }: DrainQuestion): DrainJudgement | undefined {
  const refuse = (reason: DrainJudgement['reason'], message: string): DrainJudgement => ({
    accepted: false,
    reason,
    message,
  });
  if (drain.problem !== undefined) return refuse('Invalid', drain.problem);
  if (drain.untilMs <= nowMs) return refuse('Expired', 'spec.until is past');
  if (drain.untilMs > nowMs + LONGEST_DRAIN_MS + CLOCK_SKEW_MS) {
    return refuse('TooLong', 'spec.until is more than 24 hours ahead; extend a drain while it is in force');
  }
  const zones = [...new Set(cluster.nodes.map(({ zone }) => zone))].filter((zone) => zone !== '').sort();
  if (!zones.includes(drain.zone)) {
    return refuse('UnknownZone', `no node is in zone ${quoted(drain.zone)}; there are ${listed(zones) || 'no zones'}`);
  }
  const drained = zones.filter((zone) => zone === drain.zone || drainedZones.includes(zone));
  if (2 * drained.length > zones.length) {
    const others = drained.filter((zone) => zone !== drain.zone);
    const which =
      others.length === 0 ? '' : ` (${listed(others)} ${others.length === 1 ? 'is' : 'are'} drained already)`;
    return refuse(
      'TooManyZones',
      `${drained.length} of ${zones.length} ${zones.length === 1 ? 'zone' : 'zones'} would be drained${which}, which is more than half`,
    );
  }
  return undefined;
}

/** Judges a drain by what it would do. */
export function judgeDrain(question: DrainQuestion, figures: DrainFigures): DrainJudgement {
  const { drain, limit } = question;
  const atOnce = refusalAtOnce(question);
  if (atOnce !== undefined) return atOnce;
  const { last, overloaded } = figures;
  const problems: { readonly reason: 'NoOtherEndpoint' | 'Overload'; readonly text: string }[] = [];
  if (last.length > 0) {
    const text = `${count(last.length)} would be left without an endpoint: ${listed(last)}`;
    problems.push({ reason: 'NoOtherEndpoint', text });
  }
  if (overloaded.length > 0) {
    const shown = overloaded.map(({ service, busiest }) => `${service} ${busiest.toFixed(2)}x`);
    const text = `the busiest endpoint of ${count(overloaded.length)} would get more than ${limit} times today's mean: ${listed(shown)}`;
    problems.push({ reason: 'Overload', text });
  }
  const told = problems.map(({ text }) => text).join('; ');
  const [first] = problems;
  if (first === undefined) return { accepted: true, reason: 'Accepted', message: effectOf(figures) };
  if (drain.force) return { accepted: true, reason: 'Forced', message: `${told}; ${effectOf(figures)}` };
  return { accepted: false, reason: first.reason, message: `${told}; spec.force drains nevertheless` };
}

/** One clause on what a drain does. */
function effectOf({ drained, endpoints, busiest }: DrainFigures): string {
  if (busiest === undefined) return 'no Service with hints has endpoints in the zone to drain';
  return `${count(drained)} with ${endpoints} ready ${endpoints === 1 ? 'endpoint' : 'endpoints'} in the zone; busiest endpoint ${busiest.busiest.toFixed(2)} times today's mean (${busiest.service})`;
}

function count(services: number): string {
  return services === 1 ? '1 Service' : `${services} Services`;
}
