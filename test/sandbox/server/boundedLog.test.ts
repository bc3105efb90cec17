import { describe, expect, test } from 'vitest';
import { BoundedLog } from '../../../src/sandbox/server/boundedLog.js';

const logOf = (limit: number, count: number): BoundedLog<number> => {
  const log = new BoundedLog<number>(limit);
  for (let i = 1; i <= count; i++) log.push(i);
  return log;
};

describe('a log with a limit', () => {
  test.each<[number, number, number[]]>([
    [3, 2, [1, 2]],
    [3, 3, [1, 2, 3]],
    [3, 4, [2, 3, 4]],
    [3, 1000, [998, 999, 1000]],
    [0, 5, []],
  ])('of %d has of %d entries the newest, oldest first', (limit, count, entries) => {
    const log = logOf(limit, count);
    expect(log.entries()).toEqual(entries);
    expect(log.total).toBe(count);
  });

  test('forgets its entries, and not how many there were', () => {
    const log = logOf(3, 5);
    log.clear();
    expect([log.entries(), log.total]).toEqual([[], 5]);
  });

  test.each([0, 3])('with the limit %d tells listeners of every later entry until they end that', (limit) => {
    const log = logOf(limit, 1);
    const heard: number[] = [];
    const end = log.onPush((entry) => heard.push(entry));
    log.push(2);
    end();
    log.push(3);
    expect(heard).toEqual([2]);
  });
});
