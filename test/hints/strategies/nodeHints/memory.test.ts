import { describe, expect, test } from 'vitest';
import { NamingMemory } from '../../../../src/hints/strategies/nodeHints/memory.js';
import { NamingSearch } from '../../../../src/hints/strategies/nodeHints/search.js';
import { measureNames } from '../../../../src/hints/strategies/nodeHints/standing.js';
import { FIVE, problemOf, sharesOf } from './problems.js';

const SHARES = sharesOf([[1]]);
const state = () => FIVE;

describe('the memory for problems', () => {
  test('has one for a key, and others for other keys and other shares of the nodes', () => {
    const memory = new NamingMemory();
    const known = memory.problemFor(SHARES, 'key', state);
    expect(memory.problemFor(SHARES, 'key', () => problemOf([[1]], [[0, [0], 1]]))).toBe(known);
    expect(memory.problemFor(SHARES, 'other', state)).not.toBe(known);
    expect(memory.problemFor(sharesOf([[1]]), 'key', state)).not.toBe(known);
  });

  test('solves each once, and gives what the names do', () => {
    const memory = new NamingMemory();
    const known = memory.problemFor(SHARES, 'key', state);
    const solution = memory.solve(known);
    const named = new NamingSearch().solve(FIVE);
    const { inZone, busiest } = measureNames(FIVE, named);
    expect(solution).toEqual({ named, inZone, busiest });
    expect(memory.solve(memory.problemFor(SHARES, 'key', state))).toBe(solution);
  });

  test('forgets all when it has too many, and then goes on', () => {
    const memory = new NamingMemory();
    const first = memory.problemFor(SHARES, 'first', state);
    const large = problemOf([[1]], [[0, [0], 60_000]]);
    memory.problemFor(SHARES, 'large', () => large);
    expect(memory.problemFor(SHARES, 'first', state)).toBe(first);
    memory.problemFor(SHARES, 'larger', () => large);
    const again = memory.problemFor(SHARES, 'first', state);
    expect(again).not.toBe(first);
    expect(memory.problemFor(SHARES, 'first', state)).toBe(again);
  });
});
