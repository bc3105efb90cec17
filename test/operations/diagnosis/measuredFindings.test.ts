import { expect, test } from 'vitest';
import { aboutMeasured } from '../../../src/operations/diagnosis/measuredFindings.js';
import { measuredFigures, measuredService } from '../../support/measured.js';

const fresh = measuredService('a=1');
const old = measuredService('a=1', { key: 'shop/old', ageSeconds: 700 });

test.each([
  ['some are fresh', measuredFigures(fresh, old), [], ['ok MeasuredDemand 1 of 2 measured Services have']],
  ['none is fresh', measuredFigures(old), [], ['warning MeasuredDemandStale 0 of 1 measured Services have']],
  ['no ConfigMap', undefined, ['The ConfigMap a/b does not exist'], ['warning MeasuredDemandStale The ConfigMap a/b']],
  [
    'lines that are not understood',
    measuredFigures(fresh),
    ['line 5'],
    ['warning MeasuredDemandStale line 5.', 'ok MeasuredDemand'],
  ],
])('%s', (_, measured, problems, expected) => {
  const findings = aboutMeasured(measured, problems);
  expect(findings.map(({ level, code, message }) => `${level} ${code} ${message}`)).toEqual(
    expected.map((start) => expect.stringContaining(start) as string),
  );
});
