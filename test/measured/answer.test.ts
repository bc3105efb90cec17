import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readAnswer } from '../../src/measured/answer.js';
import type { LabelMapping } from '../../src/measured/trafficSums.js';

const MAPPING: LabelMapping = { service: ['ns', 'svc'], zones: ['from', 'to'] };

type Labels = Record<string, string>;

function answer(...series: [Labels, string][]): unknown {
  const result = series.map(([metric, value]) => ({ metric, value: [1_800_000_000.5, value] }));
  return { status: 'success', data: { resultType: 'vector', result } };
}

const web = (from: string, to: string, more: Labels = {}): Labels => ({ ns: 'shop', svc: 'web', from, to, ...more });

test('series become traffic from zone to zone, summed over further labels', () => {
  const { traffic, ignored, problem } = readAnswer(
    answer(
      [web('a', 'a'), '10'],
      [web('a', 'b', { pod: '1' }), '5'],
      [web('a', 'b', { pod: '2' }), '1.5'],
      [web('b', ''), '2'],
    ),
    MAPPING,
  );
  expect(problem).toBeUndefined();
  expect(ignored).toEqual([]);
  const { rate, flows } = traffic.get('shop/web')!;
  expect(rate).toBe(18.5);
  expect([...flows].map(([from, targets]) => [from, [...targets]])).toEqual([
    [
      'a',
      [
        ['a', 10],
        ['b', 6.5],
      ],
    ],
    ['b', [['', 2]]],
  ]);
});

describe('series that cannot be used are counted by reason', () => {
  test.each<[string, [Labels, string][], string]>([
    ['no number', [[web('a', 'b'), 'NaN']], 'not-a-number'],
    ['nothing', [[web('a', 'b'), '']], 'not-a-number'],
    ['a number as JavaScript has it', [[web('a', 'b'), '0x10']], 'not-a-number'],
    ['a label that is no text', [[{ ...web('a', 'b'), pod: 5 as unknown as string }, '1']], 'shape'],
    ['negative', [[web('a', 'b'), '-1']], 'negative'],
    ['negative infinity', [[web('a', 'b'), '-Inf']], 'negative'],
    ['infinite', [[web('a', 'b'), '+Inf']], 'huge'],
    ['huge', [[web('a', 'b'), '1e300']], 'huge'],
    [
      'given twice',
      [
        [web('b', 'b'), '1'],
        [web('b', 'b'), '1'],
      ],
      'duplicate',
    ],
    ['no namespace', [[{ svc: 'web', from: 'a' }, '1']], 'no-service'],
    ['a Service that cannot be', [[{ ...web('a', 'b'), svc: 'a/b' }, '1']], 'no-service'],
    ['no source zone', [[web('', 'b'), '1']], 'no-zone'],
    ['a source zone that cannot be', [[web('a b', 'b'), '1']], 'no-zone'],
  ])('%s', (_, series, reason) => {
    const { traffic, ignored } = readAnswer(answer([web('a', 'a'), '3'], ...series), MAPPING);
    expect(ignored).toMatchObject([{ reason, count: 1 }]);
    expect(ignored[0]?.example).toContain('svc');
    expect(traffic.get('shop/web')?.rate).toBe(reason === 'duplicate' ? 4 : 3);
  });

  test('zones beyond the bound', () => {
    const many = Array.from({ length: 150 }, (_, i): [Labels, string] => [web(`z${i}`, ''), '1']);
    const { traffic, ignored } = readAnswer(answer(...many), MAPPING);
    expect(traffic.get('shop/web')?.flows.size).toBe(100);
    expect(ignored).toMatchObject([{ reason: 'too-many', count: 50 }]);
  });
});

describe('answers of which nothing is used', () => {
  test.each<[string, unknown, string]>([
    ['no object', 'hello', 'the answer is no JSON object'],
    [
      'an error',
      { status: 'error', errorType: 'bad_data', error: 'parse error' },
      'the answer has status "error": "parse error"',
    ],
    [
      'a matrix',
      { status: 'success', data: { resultType: 'matrix', result: [] } },
      'must give an instant vector, but gives "matrix"',
    ],
    [
      'a vector that is no list',
      { status: 'success', data: { resultType: 'vector', result: {} } },
      'the answer has an instant vector without a list of series',
    ],
    ['no data', { status: 'success' }, 'must give an instant vector, but gives nothing'],
    ['no series', answer(), 'the answer has no series'],
    [
      'a part of the series',
      { ...(answer([web('a', 'b'), '1']) as object), warnings: ['store x is down'] },
      'the answer is partial: "store x is down"',
    ],
    [
      'other labels',
      answer([{ service: 'web', zone: 'a' }, '1']),
      'no series of the answer can be used: 1 whose labels name no Service, such as',
    ],
  ])('%s', (_, body, problem) => {
    const read = readAnswer(body, MAPPING);
    expect(read.problem).toContain(problem);
    expect(read.traffic.size).toBe(0);
  });

  test('notes on the query are no warnings', () => {
    const body = {
      ...(answer([web('a', 'b'), '1']) as object),
      infos: ['metric might not be a counter'],
      warnings: [],
    };
    expect(readAnswer(body, MAPPING).problem).toBeUndefined();
  });
});

test.each<[string, (deep: unknown) => unknown]>([
  ['a label', (deep) => answer([{ ns: deep } as unknown as Labels, '1'])],
  ['the status', (deep) => ({ status: deep })],
  ['a warning', (deep) => ({ status: 'success', warnings: [deep] })],
])('%s that is nested without end becomes a problem in one sentence', (_, bodyOf) => {
  const deep: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
  const { problem = '' } = readAnswer(bodyOf(deep), MAPPING);
  expect(problem).toMatch(/("a value that is nested too deeply"|\[{40,}…")/);
  expect(problem.length).toBeLessThan(500);
});

test('no answer makes the reader throw or give rates that are none', () => {
  const series = fc.record(
    {
      metric: fc.oneof(
        fc.dictionary(fc.constantFrom('ns', 'svc', 'from', 'to', '__proto__'), fc.string()),
        fc.anything(),
      ),
      value: fc.anything(),
    },
    { requiredKeys: [] },
  );
  const near = fc
    .array(fc.oneof(series, fc.anything()))
    .map((result) => ({ status: 'success', data: { resultType: 'vector', result } }));
  fc.assert(
    fc.property(fc.oneof(fc.anything(), near), (body) => {
      for (const { rate } of readAnswer(body, MAPPING).traffic.values()) expect(rate).toBeGreaterThanOrEqual(0);
    }),
  );
});
