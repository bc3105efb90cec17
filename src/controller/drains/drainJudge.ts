import type { Logger } from 'pino';
import { DrainAssessment, type DrainFigures } from '../../hints/drain/assessment.js';
import { divide } from '../../hints/drain/division.js';
import { judgeDrain, refusalAtOnce } from '../../hints/drain/judgeDrain.js';
import { notFollowing } from '../../hints/drain/notFollowing.js';
import { drainsInForce, isAccepted, zonesOf, type ZoneDrainRecord } from '../../hints/drain/zoneDrain.js';
import { zoneCidrsOf } from '../../hints/places.js';
import type { Settings } from '../../hints/settings.js';
import { sleep, type Clock } from '../../kube/clock.js';
import { identify } from '../../kube/identity.js';
import { messageOf } from '../../kube/json.js';
import { LogThrottle } from '../../kube/logThrottle.js';
import { zoneDrainPath } from '../../kube/rest/paths.js';
import { ApiError, type Transport } from '../../kube/rest/transport.js';
import { compareText } from '../../model/objectKey.js';
import type { ServicePlanner } from '../servicePlanner.js';
import type { ClusterState } from '../state.js';
import type { WorkStretches } from '../workStretches.js';
import { judgedStatus, timedStatus, type DrainStatus } from './drainStatus.js';

interface Judged {
  readonly accepted: boolean;
  readonly status: DrainStatus;
}

interface Written {
  readonly drain: ZoneDrainRecord;
  readonly isOver: boolean;
  /** The object as the server answered. */
  readonly version: string;
  readonly accepted: boolean;
}

export interface DrainJudgeOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly state: Pick<ClusterState, 'services' | 'slicesOf' | 'cluster'>;
  readonly planner: Pick<ServicePlanner, 'plan' | 'asksForHints'>;
  readonly stretches: Pick<WorkStretches, 'run'>;
  /** The settings of plans without any drain. */
  readonly settings: () => Settings;
  /** How much the busiest endpoint of a Service may get, over the mean of its endpoints today. */
  readonly limit: number;
  readonly drains: ReadonlyMap<string, ZoneDrainRecord>;
  /** Whether this process judges drains: one does. */
  readonly mayWrite: () => boolean;
}

/** Drains are looked through at this pace; those that need nothing cost nothing. */
const PACE_MS = 500;
/** A status that could not be written is tried again after this long. */
const RETRY_MS = 5000;

/** Accepts or refuses drains, once for each spec, and keeps their status. */
export class DrainJudge {
  readonly #options: DrainJudgeOptions;
  readonly #failures: LogThrottle;
  /** By name: what was written for which record, so that it is not written again before the watch delivers it. */
  readonly #written = new Map<string, Written>();
  #resumeMs = -Infinity;

  constructor(options: DrainJudgeOptions) {
    this.#options = options;
    this.#failures = new LogThrottle(options.clock);
  }

  /** Settles when the signal fires; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, drains, mayWrite } = this.#options;
    while (!signal.aborted) {
      await sleep(clock, PACE_MS, signal);
      if (drains.size === 0) this.#written.clear();
      // Those that were created first are judged first, so that later ones find them in force.
      const sorted = [...drains.values()].sort((a, b) => a.createdMs - b.createdMs || compareText(a.name, b.name));
      for (const drain of sorted) {
        if (signal.aborted || !mayWrite() || clock.monotonicMs() < this.#resumeMs) break;
        await this.#treat(drain, signal);
      }
    }
  }

  async #treat(drain: ZoneDrainRecord, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const nowMs = clock.wallMs();
    const isOver = nowMs >= drain.untilMs;
    const before = this.#written.get(drain.name);
    if (before?.drain === drain && before.isOver === isOver) return;
    const judged = drain.isJudged ? this.#inTime(drain, nowMs) : await this.#judge(drain, nowMs, signal);
    if (judged === undefined || signal.aborted) return;
    const known = before?.drain === drain ? before.version : drain.resourceVersion;
    const version = await this.#write(drain, known, judged.status, signal);
    if (version === undefined) return;
    this.#written.set(drain.name, { drain, isOver, version, accepted: judged.accepted });
  }

  #inTime(drain: ZoneDrainRecord, nowMs: number): Judged | undefined {
    const status = timedStatus(drain, nowMs);
    return status && { status, accepted: isAccepted(drain) };
  }

  async #judge(drain: ZoneDrainRecord, nowMs: number, signal: AbortSignal): Promise<Judged | undefined> {
    const { state, limit, logger, settings } = this.#options;
    const { cluster } = state;
    const drainedZones = this.#zonesBeside(drain, nowMs);
    const question = { drain, cluster, drainedZones, nowMs, limit };
    const atOnce = refusalAtOnce(question);
    const figures = atOnce === undefined ? await this.#assess(drain.zone, drainedZones, signal) : undefined;
    if (atOnce === undefined && figures === undefined) return undefined;
    const judgement = figures === undefined ? atOnce! : judgeDrain(question, figures);
    const { accepted, reason, message } = judgement;
    const { name, zone, until } = drain;
    logger.info({ drain: name, zone, until, reason }, `${accepted ? 'drain accepted' : 'drain refused'}: ${message}`);
    const consumers = notFollowing(cluster, settings().consumer);
    return { accepted, status: judgedStatus(drain, judgement, figures, consumers, nowMs) };
  }

  /** The zones of the other drains in force, with those that were accepted just now and have no such status here yet. */
  #zonesBeside({ name }: ZoneDrainRecord, nowMs: number): readonly string[] {
    const others = [...this.#options.drains.values()].filter((other) => other.name !== name);
    const accepted = others.filter((other) => {
      const written = this.#written.get(other.name);
      return written?.drain === other && written.accepted && nowMs < other.untilMs;
    });
    return zonesOf([...drainsInForce(others, nowMs), ...accepted]);
  }

  /** @returns undefined when it is stopped */
  async #assess(zone: string, drained: readonly string[], signal: AbortSignal): Promise<DrainFigures | undefined> {
    const { state, planner, stretches, settings, limit, mayWrite } = this.#options;
    const assessment = new DrainAssessment(limit);
    const today = { ...settings(), drainedZones: drained };
    const beside = { ...today, drainedZones: [...new Set([...drained, zone])].sort(compareText) };
    for (const key of [...state.services.keys()]) {
      if (signal.aborted || !mayWrite()) return undefined;
      if (!this.#hasEndpointsIn(key, zone) || !planner.asksForHints(key)) continue;
      await stretches.run(() => {
        const [now, then] = [planner.plan(key, undefined, today), planner.plan(key, undefined, beside)];
        // A plan that throws is reported by the Service's own run.
        if (now.kind !== 'planned' || then.kind !== 'planned') return;
        assessment.add(key, then.plan, now.plan, (then.service.policy?.enforcement ?? 'Enforce') !== 'Enforce');
      });
    }
    return assessment.figures;
  }

  #hasEndpointsIn(key: string, zone: string): boolean {
    const { state, settings } = this.#options;
    const service = state.services.get(key);
    if (service === undefined) return false;
    const cidrs = zoneCidrsOf({ service, settings: settings() });
    return divide(state.slicesOf(key), [zone], state.cluster.nodeIndex, cidrs) !== undefined;
  }

  /** @returns the version that was made of `version`; undefined when the status was not written */
  async #write(
    drain: ZoneDrainRecord,
    version: string,
    status: DrainStatus,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { transport, clock, logger } = this.#options;
    try {
      const answer = await transport.send({
        method: 'PATCH',
        path: `${zoneDrainPath(drain.name)}/status`,
        // A drain that was deleted and created again has the same name and generation, and was not judged.
        body: { metadata: { resourceVersion: version }, status },
        contentType: 'application/merge-patch+json',
        signal,
      });
      return identify(answer)?.version ?? version;
    } catch (error) {
      // The watch brings what it is now, or that it is gone.
      const isStale = error instanceof ApiError && (error.status === 404 || error.status === 409);
      if (signal.aborted || isStale) return undefined;
      this.#resumeMs = clock.monotonicMs() + RETRY_MS;
      const suppressed = this.#failures.pass();
      if (suppressed !== undefined) {
        logger.warn(
          { drain: drain.name, error: messageOf(error), suppressed },
          'the status of a drain could not be written',
        );
      }
      return undefined;
    }
  }
}
