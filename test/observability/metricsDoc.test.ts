import { beforeAll, describe, expect, test } from 'vitest';
import { labelsOf, readExposition, type Family } from './exposition.js';
import { analyse } from './promql.js';
import { readText } from './repository.js';
import { scrapeWorkingController } from './runningController.js';

const page = readText('docs/reference/metrics.md');
const documented = page.split('\n').flatMap((line) => {
  const [, name, type, labels, meaning] = line.split('|').map((cell) => cell.trim());
  const metric = /^`(\w+)`$/.exec(name ?? '')?.[1];
  if (metric === undefined) return [];
  return [
    {
      name: metric,
      type: type ?? '',
      labels: [...(labels ?? '').matchAll(/`(\w+)`/g)].map(([, label = '']) => label).sort(),
      meaning: meaning ?? '',
    },
  ];
});

describe('docs/reference/metrics.md', () => {
  let families: ReadonlyMap<string, Family>;
  beforeAll(async () => {
    families = readExposition(await scrapeWorkingController());
  }, 30_000);

  test('describes every metric that the controller exposes, and no other', () => {
    expect(documented.map(({ name }) => name).sort()).toEqual([...families.keys()].sort());
    expect(documented.filter(({ meaning }) => meaning === '')).toEqual([]);
  });

  test('has the types right', () => {
    const exposed = documented.map(({ name }) => ({ name, type: families.get(name)?.type ?? '' }));
    expect(documented.map(({ name, type }) => ({ name, type }))).toEqual(exposed);
  });

  test('has the labels right, as far as there are series', () => {
    const seen = documented.flatMap(({ name, labels }) => {
      const family = families.get(name);
      return family === undefined || family.series.length === 0 ? [] : [{ name, labels, exposed: labelsOf(family) }];
    });
    expect(seen.length).toBeGreaterThan(50);
    expect(seen.filter(({ labels, exposed }) => labels.join() !== exposed.join())).toEqual([]);
  });

  test('has the results, reasons and kinds of counters right', () => {
    for (const [metric, label] of [
      ['slicehints_slice_writes_total', 'result'],
      ['slicehints_reconcile_total', 'result'],
      ['slicehints_reverts_total', 'kind'],
      ['slicehints_reflector_watch_ends_total', 'reason'],
    ] as const) {
      const values = new Set(families.get(metric)?.series.map(({ labels }) => labels[label] ?? ''));
      const { meaning = '' } = documented.find(({ name }) => name === metric) ?? {};
      const named = [...meaning.matchAll(/`([\w-]+)`/g)].map(([, value = '']) => value);
      expect({ metric, values: named.sort() }).toEqual({ metric, values: [...values].sort() });
    }
  });

  test('asks Prometheus for what there is', () => {
    const [, block = ''] = /```promql\n([\s\S]*?)```/.exec(page) ?? [];
    const queries = block.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(queries).toHaveLength(4);
    // The API server of the test never answers 429.
    const problems = queries.flatMap((query) => analyse(query.replace('"429"', '"200"'), families).problems);
    expect(problems).toEqual([]);
  });
});
