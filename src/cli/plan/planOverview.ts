import type { PlannedService } from '../../analysis/planCluster.js';
import type { PlanSummary } from '../../analysis/planSummary.js';
import type { Paint } from '../output/terminal.js';
import { wrap } from '../output/textTable.js';
import { renderGroups } from './planGroups.js';
import { renderPlanTable, type PlanTableOptions } from './planTable.js';
import { counted } from '../../analysis/figures.js';
import { truthOf, type TruthOptions } from './planTruth.js';

export interface OverviewOptions extends TruthOptions, PlanTableOptions {
  readonly summary: PlanSummary;
  /** The Services to list, in their order; the summary may be over more. */
  readonly services: readonly PlannedService[];
}

/** The plan of many Services: what it comes to, what keeps Services from hints and the way out, then the Services. */
export function renderOverview(options: OverviewOptions, paint: Paint): string {
  const { summary, services, columns } = options;
  const left = summary.services - services.length;
  const parts = [
    truthOf(summary, options)
      .map((line) => `${wrap(line, columns)}\n`)
      .join(''),
    renderGroups(summary.groups, paint, columns),
    renderPlanTable(services, paint, options),
    left === 0 ? '' : `${counted(left, 'Service without changes is', 'Services without changes are')} not listed.\n`,
  ];
  return parts.filter((part) => part !== '').join('\n');
}
