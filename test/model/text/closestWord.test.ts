import { describe, expect, test } from 'vitest';
import { closestWord } from '../../../src/model/text/closestWord.js';

const KEYS = [
  'slicehints.io/mode',
  'slicehints.io/overload-threshold',
  'slicehints.io/topology-keys',
  'example.com/topology-mode',
];

describe('closestWord', () => {
  test.each<[string, string, string | undefined]>([
    ['a letter left out', 'slicehints.io/overload-treshold', 'slicehints.io/overload-threshold'],
    ['a letter too many', 'slicehints.io/modes', 'slicehints.io/mode'],
    ['two letters swapped', 'slicehints.io/mdoe', 'slicehints.io/mode'],
    ['another case', 'slicehints.io/Topology-Keys', 'slicehints.io/topology-keys'],
    ['another prefix', 'slicehint.io/mode', 'slicehints.io/mode'],
    ['no prefix at all', 'topology-keys', 'slicehints.io/topology-keys'],
    ['the nearest of two', 'slicehints.io/topology-mode', 'example.com/topology-mode'],
    ['two changes in a short word are too many', 'slicehints.io/mdeo2', undefined],
    ['nothing alike', 'slicehints.io/colour', undefined],
    ['an empty word', '', undefined],
    ['a word without end', 'x'.repeat(250_000), undefined],
  ])('%s', (_, word, expected) => {
    expect(closestWord(word, KEYS)).toBe(expected);
  });
});
