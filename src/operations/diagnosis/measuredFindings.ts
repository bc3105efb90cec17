import { isFresh, type MeasuredFigures } from '../../measured/figures.js';
import type { Finding } from './finding.js';

/** Whether measured demand is recent. @param problems sentences on what was not understood, or could not be read */
export function aboutMeasured(measured: MeasuredFigures | undefined, problems: readonly string[]): Finding[] {
  const advice = 'Look at the log and the metrics of slicehints observe.';
  const common = { subject: 'services', code: 'MeasuredDemandStale', level: 'warning', advice } as const;
  const findings = problems.map((problem): Finding => ({ ...common, message: `${problem}.` }));
  if (measured === undefined) return findings;
  const { services } = measured;
  const fresh = services.filter(isFresh).length;
  const message = `${fresh} of ${services.length} measured Services have figures that are recent enough to plan with.`;
  if (fresh === 0) return [...findings, { ...common, message }];
  return [...findings, { level: 'ok', subject: 'services', code: 'MeasuredDemand', message }];
}
