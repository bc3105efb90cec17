import { describe, expect, test } from 'vitest';
import { readExposition } from './exposition.js';
import { analyse } from './promql.js';

const families = readExposition(`# HELP jobs_total Jobs.
# TYPE jobs_total counter
jobs_total{result="done",kind="a"} 3
jobs_total{result="failed",kind="b"} 0

# HELP wait_seconds Wait.
# TYPE wait_seconds histogram
wait_seconds_bucket{le="1",kind="a"} 1
wait_seconds_bucket{le="+Inf",kind="a"} 1
wait_seconds_sum{kind="a"} 0.5
wait_seconds_count{kind="a"} 1

# HELP depth Depth.
# TYPE depth gauge
depth{kind="a"} 4

# HELP info Info.
# TYPE info gauge
info{version="1"} 1
`);

describe('the check of expressions', () => {
  test.each<[string, string, string[]]>([
    ['a rate by a label', 'sum by (result) (rate(jobs_total{job=~".*"}[5m]))', ['result']],
    ['a quantile', 'histogram_quantile(0.99, sum by (le, kind) (rate(wait_seconds_bucket[5m])))', ['kind']],
    ['an aggregate without labels', 'max(depth) > 3', []],
    ['a gauge over time', 'max_over_time(depth[1d] offset 1h)', ['instance', 'job', 'kind', 'namespace']],
    ['sides with equal labels', 'max by (job) (depth) > 1 and max by (job) (info) == 1', ['job']],
    [
      'a product with an info metric',
      'depth * on (job) group_left (version) info',
      ['instance', 'job', 'kind', 'namespace', 'version'],
    ],
    ['an alternative', 'max by (kind, job) (depth) or max by (job) (info)', ['job']],
    ['a fallback', 'sum(depth) or vector(0)', []],
  ])('takes %s', (_, expression, labels) => {
    const analysis = analyse(expression, families);
    expect(analysis.problems).toEqual([]);
    expect([...analysis.labels].sort()).toEqual(labels);
  });

  test.each<[string, string, RegExp]>([
    ['a bracket that is not closed', 'sum(rate(jobs_total[5m])', /cannot be read/],
    ['a list of labels with a hole', 'sum by (kind,, result) (depth)', /cannot be read/],
    ['a metric that is not there', 'max(dept)', /nothing called dept is exposed/],
    ['a histogram without its suffix', 'rate(wait_seconds[5m])', /nothing called wait_seconds is exposed/],
    ['a matcher by an unknown label', 'depth{colour="red"}', /depth has no label colour/],
    ['a value that no series has', 'depth{kind="c"}', /selects nothing/],
    ['values that no one series has together', 'increase(jobs_total{result="done", kind="b"}[5m])', /selects nothing/],
    ['a group by an unknown label', 'sum by (colour) (depth)', /no label colour/],
    ['a group by a label that was summed away', 'sum by (kind) (sum by (job) (depth))', /no label kind/],
    ['a counter as it is', 'sum(jobs_total)', /only ever grows/],
    ['a rate of a gauge', 'rate(depth[5m])', /no counter/],
    ['a quantile without le', 'histogram_quantile(0.9, sum(rate(wait_seconds_bucket[5m])))', /needs the label le/],
    ['sides that never match', 'max by (job) (depth) and depth', /never match/],
    ['a match by a label of one side', 'depth * on (version) info', /no label version/],
  ])('finds %s', (_, expression, problem) => {
    expect(analyse(expression, families).problems.join('; ')).toMatch(problem);
  });
});
