import { describe, expect, test } from 'vitest';
import type { VerifiedService } from '../../../src/analysis/verify/verifyCluster.js';
import { renderVerify } from '../../../src/cli/verify/verifyTable.js';

function serviceOf(more: Partial<VerifiedService> = {}): VerifiedService {
  return {
    namespace: 'shop',
    name: 'web',
    rate: 1234.5678,
    forecastInZone: 0.9,
    measuredInZone: 0.5,
    pairs: [{ from: 'a', to: '', forecast: null, measured: 0.255 }],
    difference: 0.4,
    differs: true,
    causes: [],
    ...more,
  };
}

function render(services: readonly VerifiedService[], more: { unmeasured?: number; detailed?: boolean } = {}): string[] {
  const { unmeasured = 0, detailed = false } = more;
  const paint = (style: unknown, text: string): string => `<${String(style)}>${text}`;
  return renderVerify({ services, unmeasured, notes: [] }, paint, { columns: undefined, detailed }).split('\n');
} // prettier-ignore

const cells = (line = ''): string[] => line.split(/ {2,}/);

describe('the line of a Service', () => {
  test.each<[string, Partial<VerifiedService>, string[]]>([
    ['has its difference in red', {}, ['shop/web', '1230', '90%', '50%', '<red>40 points', 'not found']],
    ['names its causes', { causes: [{ cause: 'PodDirect', evidence: 'x' }, { cause: 'Mesh', evidence: 'y' }] as never }, ['shop/web', '1230', '90%', '50%', '<red>40 points', 'PodDirect, Mesh']],
    ['has no cause where nothing differs', { differs: false, difference: 0.04 }, ['shop/web', '1230', '90%', '50%', '4 points', '-']],
    ['has no forecast where hints do not steer', { forecastInZone: null }, ['shop/web', '1230', 'not steered', '50%', '<red>40 points', 'not found']],
    ['has nothing where nothing is measured', { measuredInZone: null }, ['shop/web', '1230', '90%', '-', '<red>40 points', 'not found']],
    ['has a small rate in three digits', { rate: 0.012345 }, ['shop/web', '0.0123', '90%', '50%', '<red>40 points', 'not found']],
  ])('%s', (_, more, expected) => {
    const line = render([serviceOf(more)]).find((one) => one.startsWith('shop/web '));
    expect(cells(line)).toEqual(expected);
  }); // prettier-ignore
});

describe('below the table', () => {
  const causes = [{ cause: 'Mesh', evidence: 'a sidecar' }] as never;
  test.each<[string, VerifiedService[], string]>([
    ['the evidence of each cause', [serviceOf({ causes })], 'shop/web: Mesh: a sidecar.'],
    ['what to look at where no rule explains it', [serviceOf()], 'shop/web: no rule explains the difference; look at who calls it, and how.'],
    ['how many differ', [serviceOf(), serviceOf({ differs: false })], 'FORECAST and MEASURED are the traffic that stays in its zone. 1 of 2 Services differ by more than 10 points, in zone or between two zones.'],
    ['that nothing was measured', [], 'No Service of the cluster is among what was measured.'],
  ])('%s', (_, services, expected) => {
    expect(render(services)).toContain(expected);
  }); // prettier-ignore

  test('Services that do not differ are not explained', () => {
    expect(render([serviceOf({ differs: false, causes })]).join()).not.toContain('a sidecar');
  });

  test('how many were not measured, if any', () => {
    expect(render([], { unmeasured: 3 })).toContain('3 Services with endpoints were not measured.');
    expect(render([]).join()).not.toContain('not measured.');
  });
});

test('every pair of zones is shown only in detail', () => {
  const pair = (lines: string[]): string[] | undefined => lines.map(cells).find(([from]) => from === 'a');
  expect(pair(render([serviceOf()], { detailed: true }))).toEqual(['a', '-', '-', '26%']);
  expect(pair(render([serviceOf()]))).toBeUndefined();
});
