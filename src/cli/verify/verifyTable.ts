import type { VerifiedCluster, VerifiedService } from '../../analysis/verify/verifyCluster.js';
import { objectKey } from '../../model/objectKey.js';
import type { Paint } from '../output/terminal.js';
import { renderTable, wrap, type Cell } from '../output/textTable.js';

const HEADER = ['SERVICE', 'PER SECOND', 'FORECAST', 'MEASURED', 'DIFFERENCE', 'LIKELY CAUSE'];
const PAIR_HEADER = ['FROM', 'TO', 'FORECAST', 'MEASURED'];
const NONE = '-';

export interface VerifyTableOptions {
  readonly columns: number | undefined;
  /** Every pair of zones of each Service. */
  readonly detailed: boolean;
}

/** What `slicehints verify` prints: a line per Service, and below it the evidence of each cause. */
export function renderVerify(
  verified: VerifiedCluster,
  paint: Paint,
  { columns, detailed }: VerifyTableOptions,
): string {
  const { services, unmeasured } = verified;
  const fit = columns === undefined ? undefined : { columns, shrinkable: [0, 5] };
  const table = services.length === 0 ? [] : [renderTable(HEADER, services.map(row), paint, fit)];
  const pairs = detailed ? services.map((service) => renderTable(PAIR_HEADER, pairRows(service), paint)) : [];
  const different = services.filter(({ differs }) => differs);
  const lines = [
    ...different.flatMap((service) => explain(service)),
    ...(services.length === 0
      ? ['No Service of the cluster is among what was measured.']
      : [
          `FORECAST and MEASURED are the traffic that stays in its zone. ${different.length} of ${services.length} Services differ by more than 10 points, in zone or between two zones.`,
        ]),
    ...(unmeasured === 0 ? [] : [`${unmeasured} Services with endpoints were not measured.`]),
  ];
  return [...table, ...pairs, `${lines.map((line) => wrap(line, columns)).join('\n')}\n`].join('\n');
}

function row(service: VerifiedService): Cell[] {
  const { rate, forecastInZone, measuredInZone, difference, differs, causes } = service;
  const points = `${Math.round(difference * 100)} points`;
  const names = causes.map(({ cause }) => cause).join(', ');
  return [
    objectKey(service),
    String(Number(rate.toPrecision(3))),
    forecastInZone === null ? 'not steered' : percent(forecastInZone),
    measuredInZone === null ? NONE : percent(measuredInZone),
    differs ? { text: points, style: 'red' } : points,
    differs ? names || 'not found' : NONE,
  ];
}

function pairRows({ pairs }: VerifiedService): Cell[][] {
  return pairs.map(({ from, to, forecast, measured }) => [
    from,
    to || NONE,
    forecast === null ? NONE : percent(forecast),
    percent(measured),
  ]);
}

function explain(service: VerifiedService): string[] {
  const key = objectKey(service);
  if (service.causes.length === 0) {
    return [`${key}: no rule explains the difference; look at who calls it, and how.`];
  }
  return service.causes.map(({ cause, evidence }) => `${key}: ${cause}: ${evidence}.`);
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}
