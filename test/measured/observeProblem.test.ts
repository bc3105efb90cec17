import fc from 'fast-check';
import { expect, test } from 'vitest';
import { observeProblemOf, tellObserveProblem, writeObserveProblem } from '../../src/measured/observeProblem.js';

const annotated = (value: unknown): object => ({
  metadata: { annotations: { 'slicehints.io/observe-problem': value } },
});

test.each<[string, unknown, ReturnType<typeof observeProblemOf>]>([
  [
    'a time and a sentence',
    annotated('2027-01-15T08:00:00Z Prometheus answers 503: "x"'),
    { sentence: 'Prometheus answers 503: "x"', sinceSeconds: 1_800_000_000 },
  ],
  ['a sentence alone', annotated('Prometheus is away'), { sentence: 'Prometheus is away' }],
  ['a time alone', annotated('2027-01-15T08:00:00Z '), { sentence: '2027-01-15T08:00:00Z ' }],
  ['a time that is none', annotated('2027-02-30T08:00:00Z away'), { sentence: '2027-02-30T08:00:00Z away' }],
  [
    'control characters',
    annotated('2027-01-15T08:00:00Z \u001b[2Jaway\nthe log says'),
    { sentence: '\\u001b[2Jaway the log says', sinceSeconds: 1_800_000_000 },
  ],
  ['an empty text', annotated(' '), undefined],
  ['no text', annotated(7), undefined],
  ['no annotation', { metadata: { annotations: null } }, undefined],
  ['no object', 'text', undefined],
])('of %s', (_, object, problem) => {
  expect(observeProblemOf(object)).toEqual(problem);
});

test('what is told is one sentence, with the time where it is known', () => {
  const sentence = 'Prometheus is away';
  expect(tellObserveProblem({ sentence })).toBe(
    'slicehints observe can use no answer of Prometheus: Prometheus is away',
  );
  expect(tellObserveProblem({ sentence, sinceSeconds: 1_800_000_000 })).toBe(
    'slicehints observe can use no answer of Prometheus since 2027-01-15T08:00:00Z: Prometheus is away',
  );
});

test('whatever the sentence is, the annotation is one line of bounded length, and is read as it was written', () => {
  const sentence = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 2000 }),
    fc.constant('😀'.repeat(400)),
  );
  fc.assert(
    fc.property(sentence, fc.nat(), (any, sinceSeconds) => {
      const text = writeObserveProblem({ sentence: any, sinceSeconds });
      expect(text.length).toBeLessThanOrEqual(522);
      expect(text).not.toMatch(/\p{Cc}/u);
      const read = observeProblemOf(annotated(text));
      expect(read?.sinceSeconds).toBe(sinceSeconds);
      expect(text.endsWith(read?.sentence ?? '?')).toBe(true);
      expect(writeObserveProblem({ sentence: '', sinceSeconds, ...read })).toBe(text);
    }),
  );
});
