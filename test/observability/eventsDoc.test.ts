import { describe, expect, test } from 'vitest';
import { Reason } from '../../src/hints/reasons.js';
import { readText } from './repository.js';

const REASONS = Object.values(Reason).sort();

/** The reasons in the tables of a page whose first column is the type of the Event. */
function reasonsOf(page: string): string[] {
  const rows = readText(page)
    .split('\n')
    .filter((line) => /^\| (Normal|Warning) /.test(line));
  return rows
    .flatMap((row) => [...(row.split('|')[2] ?? '').matchAll(/`(\w+)`/g)].map(([, reason = '']) => reason))
    .sort();
}

describe('the Events', () => {
  test('have the reasons that src/hints/reasons.ts names after their values', () => {
    expect(Object.keys(Reason)).toEqual(Object.values(Reason));
    expect(REASONS.filter((reason) => !/^([A-Z][a-z0-9]+){2,}$/.test(reason))).toEqual([]);
  });

  test('are explained in docs/reference/events.md, each of them once and no other', () => {
    expect(reasonsOf('docs/reference/events.md')).toEqual(REASONS);
  });
});
