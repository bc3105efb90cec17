import type { Choice } from '../../../src/analysis/recommend/candidates.js';
import type { PlannedChoice, Situation } from '../../../src/analysis/recommend/judge.js';
import type { JudgedChoice } from '../../../src/analysis/recommend/rule.js';
import { readService } from '../../../src/model/service.js';

/** A situation by its name: `today`, `without-zone a`, with the load of its busiest endpoint. */
export function situation(name: string, busiest: number): Situation {
  const [kind = '', what] = name.split(' ');
  const place = what === undefined ? {} : { what };
  return { situation: kind as Situation['situation'], ...place, inZoneShare: 0.5, busiest };
}

/** A choice that is planned, with as many changed annotations. */
export function planned(
  action: Choice['action'],
  { inZone = 0.5, busiest = 1, annotations = 0, endpointsChanged = 0, overloadThreshold = undefined as number | undefined } = {}, // prettier-ignore
): PlannedChoice {
  return {
    choice: {
      action,
      ...(overloadThreshold === undefined ? {} : { overloadThreshold }),
      annotations: Object.fromEntries(Array.from({ length: annotations }, (_, i) => [`annotation-${i}`, 'x'])),
      service: readService({ metadata: { namespace: 'shop', name: 'web' } }),
    },
    blocked: false,
    endpointsChanged,
    slices: [],
    today: { situation: 'today', inZoneShare: inZone, busiest },
  };
}

/** A choice that is judged. @param over the situations above the limit, with their loads */
export function judged(choice: PlannedChoice, over: Readonly<Record<string, number>> = {}): JudgedChoice {
  const above = Object.entries(over).map(([name, busiest]) => situation(name, busiest));
  return { planned: choice, situations: [choice.today, ...above], over: above };
}
