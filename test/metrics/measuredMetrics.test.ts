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
const forecasts = { inZoneShareOf: (key: string) => (key === 'shop/web' ? 0.75 : undefined) };
const controller = { measured: { states: () => ['shop/web', 'shop/old', 'shop/blind'].map((key) => index.of(key)!) } };

test('Services are counted by whether their figures are fresh', async () => {
  const registry = new Registry();
  watchMeasured(registry, controller, forecasts, false);
  expect(await samples(registry, 'slicehints_measured_services')).toEqual([
    'slicehints_measured_services{state="fresh"} 2',
    'slicehints_measured_services{state="stale"} 1',
  ]);
  expect(await registry.metrics()).not.toContain('slicehints_service_measured');
});

test('the in-zone share of each Service, where it is known and fresh', async () => {
  const registry = new Registry();
  watchMeasured(registry, controller, forecasts, true);
  expect(await samples(registry, 'slicehints_service_measured_in_zone_share')).toEqual([
    'slicehints_service_measured_in_zone_share{namespace="shop",service="web"} 0.5',
  ]);
});

test('forecast and measurement stand side by side, and Services where they part are counted', async () => {
  const registry = new Registry();
  watchMeasured(registry, controller, forecasts, false);
  expect(await samples(registry, 'slicehints_measured_in_zone_share')).toEqual([
    'slicehints_measured_in_zone_share{by="forecast"} 0.75',
    'slicehints_measured_in_zone_share{by="measured"} 0.5',
  ]);
  expect(await samples(registry, 'slicehints_measured_services_parted')).toEqual([
    'slicehints_measured_services_parted 1',
  ]);
});

test('without a forecast there is nothing to compare', async () => {
  const registry = new Registry();
  watchMeasured(registry, controller, { inZoneShareOf: () => undefined }, false);
  expect(await samples(registry, 'slicehints_measured_in_zone_share')).toEqual([]);
  expect(await samples(registry, 'slicehints_measured_services_parted')).toEqual([
    'slicehints_measured_services_parted 0',
  ]);
});
