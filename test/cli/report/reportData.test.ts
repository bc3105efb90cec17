import { describe, expect, test } from 'vitest';
import { reportData, type ReportInput } from '../../../src/cli/report/reportData.js';
import { packageVersion } from '../../../src/cli/version.js';
import { DEFAULT_SETTINGS } from '../../../src/hints/settings.js';

const INPUT: ReportInput = {
  objects: {
    nodes: [{ metadata: { name: 'node-x', uid: 'secret', labels: { 'topology.kubernetes.io/zone': 'west' } } }],
    services: [{ metadata: { namespace: 'shop', name: 'web', annotations: { other: 'secret' } } }],
    endpointSlices: [],
  },
  settings: DEFAULT_SETTINGS,
  changes: { withoutZones: ['west'] },
  title: 'A cluster',
  anonymise: false,
  notes: ['cluster.yaml has 3 objects of other kinds'],
  nowMs: Date.UTC(2026, 0, 2, 3, 4, 5),
};

describe('what goes into a report', () => {
  test('is who made it and when, and what is imagined', () => {
    expect(reportData(INPUT)).toMatchObject({
      title: 'A cluster',
      madeAt: '2026-01-02T03:04:05.000Z',
      version: packageVersion(),
      anonymised: false,
      changes: { withoutZones: ['west'], scale: [] },
    });
  });

  test('is no field that no plan reads', () => {
    expect(JSON.stringify(reportData(INPUT))).not.toContain('secret');
  });

  test('has notes on what was read, and under pseudonyms none that names files', () => {
    expect(reportData(INPUT).notes).toContain('cluster.yaml has 3 objects of other kinds');
    expect(JSON.stringify(reportData({ ...INPUT, anonymise: true }))).not.toContain('cluster.yaml');
  });

  test('has under pseudonyms none of the names, also not in what is imagined', () => {
    const text = JSON.stringify(reportData({ ...INPUT, anonymise: true }));
    expect(text).not.toMatch(/west|node-x|"shop"|"web"/);
    expect(text).toContain('"anonymised":true');
  });

  test.each([
    [true, true],
    [false, undefined],
    [undefined, undefined],
  ])('follows a live cluster: %s', (live, expected) => {
    expect(reportData({ ...INPUT, ...(live === undefined ? {} : { live }) }).live).toBe(expected);
  });
});
