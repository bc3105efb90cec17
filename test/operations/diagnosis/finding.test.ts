import { describe, expect, test } from 'vitest';
import { about, CODES, likeness, SUBJECTS } from '../../../src/operations/diagnosis/finding.js';

test.each<[string, string, string, boolean]>([
  ['in figures', 'zone a has 12.5 % of 3 nodes', 'zone a has 7 % of 40 nodes', true],
  ['in the name of a slice', 'EndpointSlice cart-x is foreign', 'EndpointSlice web-y is foreign', true],
  ['in words', 'zone a is empty', 'zone b is empty', false],
])('sentences that differ %s are alike: %4$s', (_, one, other, alike) => {
  expect(likeness(one) === likeness(other)).toBe(alike);
});

describe('a finding', () => {
  test('counts all of its objects and names the first thousand', () => {
    const names = Array.from({ length: 1001 }, (_, i) => `node-${i}`);
    expect(about(names)).toEqual({ count: 1001, names: names.slice(0, 1000) });
  });

  test('has a code and a subject that no other has', () => {
    expect(new Set(CODES).size).toBe(CODES.length);
    expect(new Set(SUBJECTS).size).toBe(SUBJECTS.length);
  });
});
