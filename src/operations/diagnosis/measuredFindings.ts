import type { LiveMeasured } from '../../controller/demand/measuredConfigMap.js';
import { EXPIRY_SECONDS, isFresh, type MeasuredFigures } from '../../measured/figures.js';
import { tellObserveProblem } from '../../measured/observeProblem.js';
import { writeTime } from '../../model/time.js';
import type { Finding } from './finding.js';

/** Whether measured demand is recent, and why no more of it comes. */
export function aboutMeasured({ measured, problems, observeProblem }: LiveMeasured): Finding[] {
  const advice = 'Look at the log and the metrics of slicehints observe.';
  const common = { subject: 'services', level: 'warning', advice } as const;
  const findings = problems.map((problem): Finding => ({
    ...common,
    code: 'MeasuredDemandStale',
    message: `${problem}.`,
  }));
  if (observeProblem !== undefined) {
    const message = `${tellObserveProblem(observeProblem)}. ${tellAge(measured)}.`;
    const effect =
      'No new figures come until that is corrected; without recent ones Services go by their clients or by the default.';
    findings.push({ ...common, code: 'ObserveProblem', message, advice: effect });
  }
  if (measured === undefined) return findings;
  const { services } = measured;
  const fresh = services.filter(isFresh).length;
  const message = `${fresh} of ${services.length} measured Services have figures that are recent enough to plan with.`;
  if (fresh === 0) return [...findings, { ...common, code: 'MeasuredDemandStale', message }];
  return [...findings, { level: 'ok', subject: 'services', code: 'MeasuredDemand', message }];
}

/** When figures were good last, and until when they count. */
function tellAge(measured: MeasuredFigures | undefined): string {
  if (measured === undefined || measured.services.length === 0) return 'Nothing has been measured yet';
  const ageSeconds = measured.services.reduce((least, service) => Math.min(least, service.ageSeconds), Infinity);
  const lastSeconds = measured.atSeconds - ageSeconds;
  const verb = ageSeconds > EXPIRY_SECONDS ? 'expired' : 'expire';
  return `The last figures are of ${writeTime(lastSeconds)} and ${verb} at ${writeTime(lastSeconds + EXPIRY_SECONDS)}`;
}
