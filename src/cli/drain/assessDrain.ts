import { planCluster, type ClusterObjects } from '../../analysis/planCluster.js';
import { DrainAssessment, type DrainFigures } from '../../hints/drain/assessment.js';
import { judgeDrain, type DrainJudgement } from '../../hints/drain/judgeDrain.js';
import { notFollowing } from '../../hints/drain/notFollowing.js';
import type { ZoneDrainRecord } from '../../hints/drain/zoneDrain.js';
import type { Settings } from '../../hints/settings.js';
import { compareText, objectKey } from '../../model/objectKey.js';

export interface AssessedDrain {
  readonly judgement: DrainJudgement;
  readonly figures: DrainFigures;
  /** What goes on to use drained endpoints, one clause each. */
  readonly notFollowing: readonly string[];
}

export interface AssessDrainInput {
  readonly objects: ClusterObjects;
  /** Those of the cluster, with the zones of the drains in force. */
  readonly settings: Settings;
  readonly drain: Pick<ZoneDrainRecord, 'zone' | 'untilMs' | 'force'>;
  readonly limit: number;
  readonly nowMs: number;
}

/** Judges a drain as the controller does, from the objects of a cluster. */
export function assessDrain({ objects, settings, drain, limit, nowMs }: AssessDrainInput): AssessedDrain {
  const drainedZones = (settings.drainedZones ?? []).filter((zone) => zone !== drain.zone);
  const today = planCluster(objects, { settings: { ...settings, drainedZones } });
  const beside = planCluster(objects, {
    settings: { ...settings, drainedZones: [...drainedZones, drain.zone].sort(compareText) },
  });
  const assessment = new DrainAssessment(limit);
  beside.services.forEach((service, i) => {
    const isHeldBack = (service.service.policy?.enforcement ?? 'Enforce') !== 'Enforce';
    assessment.add(objectKey(service), service.plan, today.services[i]!.plan, isHeldBack);
  });
  const { figures } = assessment;
  return {
    judgement: judgeDrain({ drain, cluster: beside.cluster, drainedZones, nowMs, limit }, figures),
    figures,
    notFollowing: notFollowing(beside.cluster, settings.consumer),
  };
}
