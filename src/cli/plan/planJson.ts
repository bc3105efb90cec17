import type { PlannedService } from '../../analysis/planCluster.js';
import type { PlanSummary } from '../../analysis/planSummary.js';
import type { WhatIf } from '../../analysis/whatIf/whatIf.js';
import { objectKey } from '../../model/objectKey.js';

export interface PlanJsonInput {
  readonly summary: PlanSummary;
  /** The Services to list, in their order. */
  readonly services: readonly PlannedService[];
  /** What is imagined, and what today's cluster comes to. */
  readonly whatIf:
    | {
        readonly changes: WhatIf;
        readonly today: PlanSummary;
        readonly services: ReadonlyMap<string, PlannedService>;
      }
    | undefined;
}

/** The value of `plan -o json`; docs/reference/plan.schema.json describes it. */
export function planJson({ summary, services, whatIf }: PlanJsonInput): object {
  return {
    summary,
    ...(whatIf === undefined ? {} : { whatIf: whatIfJson(whatIf.changes), today: { summary: whatIf.today } }),
    services: services.map((service) => {
      const { namespace, name, result, before, after } = service;
      const today = whatIf?.services.get(objectKey(service));
      return {
        namespace,
        name,
        ...result,
        before,
        after,
        ...(today === undefined
          ? {}
          : {
              today: {
                mode: today.plan.mode,
                verdicts: today.result.verdicts,
                before: today.before,
                after: today.after,
              },
            }),
      };
    }),
  };
}

/** Changes as plain values. */
export function whatIfJson({ scale, ...changes }: WhatIf): object {
  return {
    ...changes,
    scale: (scale ?? []).map(({ service, replicas }) => ({
      service,
      replicas: typeof replicas === 'number' ? replicas : Object.fromEntries(replicas),
    })),
  };
}
