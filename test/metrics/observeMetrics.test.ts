import { expect, test } from 'vitest';
import { Registry } from 'prom-client';
import { observeReport } from '../../src/metrics/observeMetrics.js';
import { readText } from '../observability/repository.js';
import { samples } from '../support/samples.js';

function make() {
  const registry = new Registry();
  return { registry, report: observeReport(registry, () => 1_800_000_000_500) };
}

test('rounds begin at zero, and are counted by result', async () => {
  const { registry, report } = make();
  expect(await samples(registry, 'slicehints_observe_rounds_total')).toHaveLength(9);
  report.onRound?.('ok', 0.5);
  report.onRound?.('timeout', 20);
  const text = await registry.metrics();
  expect(text).toContain('slicehints_observe_rounds_total{result="ok"} 1\n');
  expect(text).toContain('slicehints_observe_rounds_total{result="timeout"} 1\n');
  expect(text).toContain('slicehints_observe_round_duration_seconds_sum 20.5\n');
  expect(text).toContain('slicehints_observe_last_success_timestamp_seconds 1800000000\n');
});

test('only a round that is ok is a success', async () => {
  const { registry, report } = make();
  report.onRound?.('unusable', 0.5);
  expect(await registry.metrics()).toContain('slicehints_observe_last_success_timestamp_seconds 0\n');
});

test('what is known, and what the last answer had that was ignored', async () => {
  const { registry, report } = make();
  report.onLearned?.({ services: 5, fresh: 3 });
  report.onIgnored?.([{ reason: 'negative', count: 2, example: '' }]);
  report.onIgnored?.([{ reason: 'huge', count: 1, example: '' }]);
  expect(await samples(registry, 'slicehints_observe_services')).toEqual([
    'slicehints_observe_services{state="fresh"} 3',
    'slicehints_observe_services{state="other"} 2',
  ]);
  expect(await samples(registry, 'slicehints_observe_ignored_series')).toEqual([
    'slicehints_observe_ignored_series{reason="huge"} 1',
  ]);
});

test('docs/measured.md lists each', async () => {
  const page = readText('docs/measured.md');
  for (const { name } of await make().registry.getMetricsAsJSON()) expect(page).toContain(`\`${name}`);
});
