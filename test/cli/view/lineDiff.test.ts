import { describe, expect, test } from 'vitest';
import { diffLines } from '../../../src/cli/view/lineDiff.js';

describe('diffLines', () => {
  test.each([
    [
      ['a', 'b', 'c'],
      ['a', 'c'],
      [' a', '-b', ' c'],
    ],
    [['a'], ['b'], ['-a', '+b']],
    [[], ['a'], ['+a']],
    [
      ['x', 'a', 'y', 'b'],
      ['a', 'z', 'b'],
      ['-x', ' a', '-y', '+z', ' b'],
    ],
  ])('%j to %j', (before, after, expected) => {
    expect(diffLines(before, after)).toEqual(expected);
  });
});
