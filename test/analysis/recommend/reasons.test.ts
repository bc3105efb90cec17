import { describe, expect, test } from 'vitest';
import { placeOf, reasonSentence, type ReasonInput } from '../../../src/analysis/recommend/reasons.js';
import { judged, planned, situation } from './choices.js';

const left = judged(planned('leave', { inZone: 0.33 }));
const auto = judged(planned('auto', { inZone: 0.8, busiest: 1.1 }));
const sentence = (input: Partial<ReasonInput>): string =>
  reasonSentence({ reason: 'better', best: auto, others: [], left, now: null, limit: 1.25, unsteered: undefined, ...input }); // prettier-ignore

describe('the reason of an advice', () => {
  test.each<[string, Partial<ReasonInput>, string]>([
    ['more in zone', {}, '33 % → 80 % in zone, and the busiest endpoint at most 1.10x (today)'],
    [
      'what is asked for now is above the limit',
      { reason: 'within-limit', left: judged(planned('leave', { inZone: 0.9 }), { 'rollout a': 1.67 }) },
      'What it asks for now loads an endpoint 1.67x while an endpoint is missing in zone a, above 1.25x; Auto at most 1.10x, 90 % → 80 % in zone',
    ],
    [
      'what is asked for is the best, and is not written yet',
      { reason: 'best-already', best: left, now: { inZoneShare: 0.2, busiest: 1 } },
      'What it asks for is the best: 20 % → 33 % in zone once its hints are written',
    ],
    [
      'what is asked for is the best, and is there',
      { reason: 'best-already', best: left, now: { inZoneShare: 0.33, busiest: 1 } },
      'Nothing else keeps more than 33 % in zone within the limit',
    ],
    [
      'a choice with more in zone is above the limit',
      { others: [judged(planned('same-zone', { inZone: 1 }), { 'without-zone b': 2 })] },
      '33 % → 80 % in zone, and the busiest endpoint at most 1.10x (today); same-zone keeps 100 % but loads an endpoint 2.00x without zone b, above 1.25x',
    ],
    [
      'only the demand decides between them',
      { others: [judged(planned('balanced', { inZone: 1, overloadThreshold: 0.1 }), { 'demand cpu': 2 })] },
      '33 % → 80 % in zone, and the busiest endpoint at most 1.10x (today); balanced at 0.1 keeps 100 % but loads an endpoint 2.00x if traffic comes by CPU, above 1.25x; state who calls it (slicehints.io/clients) to decide between them',
    ],
    [
      'a choice above the limit with no more in zone is not worth a word',
      { others: [judged(planned('same-zone', { inZone: 0.8 }), { 'without-zone b': 2 })] },
      '33 % → 80 % in zone, and the busiest endpoint at most 1.10x (today)',
    ],
    [
      'every choice is above the limit',
      { best: judged(planned('auto', { inZone: 0.8 }), { 'rollout c': 1.4 }) },
      '33 % → 80 % in zone, and the busiest endpoint at most 1.40x (while an endpoint is missing in zone c); every choice is above 1.25x, this one least: 1.40x while an endpoint is missing in zone c',
    ],
    [
      'traffic from outside is another matter',
      { unsteered: { reason: 'ExternalTrafficLocal', isAll: false, sentence: '' } as never },
      '33 % → 80 % in zone, and the busiest endpoint at most 1.10x (today); traffic from outside goes its own way (externalTrafficPolicy Local)',
    ],
  ])('%s', (_, input, expected) => {
    expect(sentence(input)).toBe(expected);
  });
});

test.each([
  ['today', 'today'],
  ['without-zone a', 'without zone a'],
  ['rollout a', 'while an endpoint is missing in zone a'],
  ['demand cpu', 'if traffic comes by CPU'],
  ['demand endpoints', 'if traffic comes from where pods run'],
])('the situation %s in a sentence: %s', (name, words) => {
  expect(placeOf(situation(name, 1))).toBe(words);
});
