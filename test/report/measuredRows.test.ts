import { describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/hints/settings.js';
import { startOf } from '../../src/report/controls.js';
import { differenceOf, measuredRows, type MeasuredRow } from '../../src/report/measuredRows.js';
import { neededFields } from '../../src/report/neededFields.js';
import { packCluster, unpackCluster } from '../../src/report/packedCluster.js';
import { ReportPlanner } from '../../src/report/reportModel.js';
import { measuredFigures, measuredService } from '../support/measured.js';
import { slice } from '../support/measuredPlan.js';
import { nodeManifest } from '../support/vectors.js';

const ZONE = 'topology.kubernetes.io/zone';

function rows(...services: Parameters<typeof measuredFigures>): readonly MeasuredRow[] {
  const objects = {
    nodes: ['a', 'b', 'c'].map((zone) =>
      nodeManifest({ name: `n-${zone}`, labels: { [ZONE]: zone }, cpu: '4', ready: 'True' }),
    ),
    services: ['web', 'cart', 'idle'].map((name) => ({ metadata: { namespace: 'shop', name } })),
    endpointSlices: [slice('web', 'aabbcc'), slice('cart', 'abc')],
    measured: measuredFigures(...services),
  };
  // As it reaches a browser.
  const unpacked = unpackCluster(packCluster(neededFields(objects)));
  return measuredRows(new ReportPlanner(unpacked, DEFAULT_SETTINGS).modelFor(startOf(DEFAULT_SETTINGS, {}).controls));
}

describe('forecast beside measured', () => {
  test('the Service that differs most is first', () => {
    const found = rows(
      measuredService('a=1', { inZoneShare: 0.4 }),
      measuredService('a=1', { key: 'shop/cart', inZoneShare: 0.9 }),
    );
    expect(found.map(({ key, measured }) => [key, measured])).toEqual([
      ['shop/cart', 0.9],
      ['shop/web', 0.4],
    ]);
    // Without hints a third stays in its zone.
    expect(found.map(({ forecast }) => forecast?.toFixed(3))).toEqual(['0.333', '0.333']);
    expect(differenceOf(found[0]!)).toBeCloseTo(0.567, 3);
  });

  test('a Service without traffic to forecast has no difference', () => {
    const [idle] = rows(measuredService('a=1', { key: 'shop/idle', inZoneShare: 0.4 }));
    expect([idle?.forecast, differenceOf(idle!)]).toEqual([undefined, 0]);
  });

  test.each([
    ['figures that are too old', measuredService('a=1', { ageSeconds: 700 })],
    ['no in-zone share', measuredService('a=1', { inZoneShare: undefined })],
    ['a Service that is not there', measuredService('a=1', { key: 'shop/other' })],
  ])('%s: no row', (_, service) => {
    expect(rows(service)).toEqual([]);
  });
});
