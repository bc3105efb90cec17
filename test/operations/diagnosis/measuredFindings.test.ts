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
  const findings = aboutMeasured({ measured, problems });
  expect(findings.map(({ level, code, message }) => `${level} ${code} ${message}`)).toEqual(
    expected.map((start) => expect.stringContaining(start) as string),
  );
});

test.each([
  [
    'figures that count',
    measuredFigures({ ...fresh, ageSeconds: 60 }, { ...old, ageSeconds: 300 }),
    'The last figures are of 2027-01-15T07:59:00Z and expire at 2027-01-15T08:09:00Z.',
    ['MeasuredDemand'],
  ],
  [
    'figures that no longer count',
    measuredFigures(old),
    'The last figures are of 2027-01-15T07:48:20Z and expired at 2027-01-15T07:58:20Z.',
    ['MeasuredDemandStale'],
  ],
  ['no figures', measuredFigures(), 'Nothing has been measured yet.', ['MeasuredDemandStale']],
  [
    'figures of an age that no clock has',
    measuredFigures({ ...old, ageSeconds: Number.MAX_SAFE_INTEGER }),
    'The last figures are of 1970-01-01T00:00:00Z and expired at 1970-01-01T00:00:00Z.',
    ['MeasuredDemandStale'],
  ],
])('why no answer of Prometheus is used is told at once, beside %s', (_, measured, age, others) => {
  const observeProblem = { sentence: 'Prometheus answers 503', sinceSeconds: measured.atSeconds - 30 };
  const [finding, ...more] = aboutMeasured({ measured, problems: [], observeProblem });
  const message = `slicehints observe can use no answer of Prometheus since 2027-01-15T07:59:30Z: Prometheus answers 503. ${age}`;
  expect(finding).toMatchObject({ level: 'warning', subject: 'services', code: 'ObserveProblem', message });
  expect(finding?.advice).toMatch(/^No new figures come until that is corrected/);
  expect(more.map(({ code }) => code)).toEqual(others);
});
