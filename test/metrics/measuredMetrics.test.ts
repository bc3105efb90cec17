import { expect, test } from 'vitest';
import { Registry } from 'prom-client';
import { MeasuredIndex } from '../../src/measured/measuredIndex.js';
import { watchMeasured } from '../../src/metrics/measuredMetrics.js';
import { measuredFigures, measuredService } from '../support/measured.js';
import { samples } from '../support/samples.js';

const index = new MeasuredIndex(
  measuredFigures(
    measuredService('a=1'),
    measuredService('a=1', { key: 'shop/old', ageSeconds: 700 }),
    measuredService('a=1', { key: 'shop/blind', inZoneShare: undefined }),
  ),
);
const controller = { measured: { states: () => ['shop/web', 'shop/old', 'shop/blind'].map((key) => index.of(key)!) } };

test('Services are counted by whether their figures are fresh', async () => {
  const registry = new Registry();
  watchMeasured(registry, controller, false);
  expect(await samples(registry, 'slicehints_measured_services')).toEqual([
    'slicehints_measured_services{state="fresh"} 2',
    'slicehints_measured_services{state="stale"} 1',
  ]);
  expect(await registry.metrics()).not.toContain('slicehints_service_measured');
});

test('the in-zone share of each Service, where it is known and fresh', async () => {
  const registry = new Registry();
  watchMeasured(registry, controller, true);
  expect(await samples(registry, 'slicehints_service_measured_in_zone_share')).toEqual([
    'slicehints_service_measured_in_zone_share{namespace="shop",service="web"} 0.5',
  ]);
});
