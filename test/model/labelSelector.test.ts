import { describe, expect, test } from 'vitest';
import { readLabelSelector, selectsLabels, type LabelSelectorManifest } from '../../src/model/labelSelector.js';

const selects = (manifest: LabelSelectorManifest | undefined, labels: Record<string, string>): boolean => {
  const read = readLabelSelector(manifest);
  if ('problem' in read) throw new Error(read.problem);
  return selectsLabels(read.selector, labels);
};
const expression = (key: string, operator: string, ...values: string[]): LabelSelectorManifest => ({
  matchExpressions: [{ key, operator, values }],
});

describe('a label selector', () => {
  test.each<[string, LabelSelectorManifest | undefined, Record<string, string>, boolean]>([
    ['absent: everything', undefined, {}, true],
    ['empty: everything', {}, { a: '1' }, true],
    ['matchLabels, equal', { matchLabels: { a: '1' } }, { a: '1', b: '2' }, true],
    ['matchLabels, another value', { matchLabels: { a: '1' } }, { a: '2' }, false],
    ['matchLabels, one of two', { matchLabels: { a: '1', b: '2' } }, { a: '1' }, false],
    ['In, one of them', expression('a', 'In', '1', '2'), { a: '2' }, true],
    ['In, absent', expression('a', 'In', '1'), {}, false],
    ['NotIn, another value', expression('a', 'NotIn', '1'), { a: '2' }, true],
    ['NotIn, one of them', expression('a', 'NotIn', '1'), { a: '1' }, false],
    ['NotIn, absent', expression('a', 'NotIn', '1'), {}, true],
    ['Exists', expression('a', 'Exists'), { a: '' }, true],
    ['Exists, absent', expression('a', 'Exists'), {}, false],
    ['DoesNotExist', expression('a', 'DoesNotExist'), {}, true],
    ['DoesNotExist, present', expression('a', 'DoesNotExist'), { a: '' }, false],
    ['a key that every object has by inheritance is absent', expression('constructor', 'Exists'), {}, false],
    [
      'labels and expressions hold together',
      { matchLabels: { a: '1' }, matchExpressions: [{ key: 'b', operator: 'Exists' }] },
      { a: '1' },
      false,
    ],
  ])('%s', (_, manifest, labels, selected) => {
    expect(selects(manifest, labels)).toBe(selected);
  });

  test.each<[LabelSelectorManifest, string]>([
    [{ matchExpressions: [{ operator: 'Exists' }] }, 'matchExpressions[0] has no key'],
    [
      expression('a', 'Gt', '1'),
      'matchExpressions[0] has the unknown operator "Gt"; known are In, NotIn, Exists, DoesNotExist',
    ],
    [
      expression('a', 'toString'),
      'matchExpressions[0] has the unknown operator "toString"; known are In, NotIn, Exists, DoesNotExist',
    ],
    [expression('a', 'NotIn'), 'matchExpressions[0] needs values for the operator NotIn'],
    [{ matchExpressions: [null as never] }, 'matchExpressions[0] has no key'],
    [{ matchExpressions: 5 as never }, 'matchExpressions must be a list'],
    [expression('a', 'Exists', '1'), 'matchExpressions[0] takes no values for the operator Exists'],
  ])('%j is refused', (manifest, problem) => {
    expect(readLabelSelector(manifest)).toEqual({ problem });
  });
});
