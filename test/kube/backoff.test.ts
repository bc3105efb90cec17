import { describe, expect, test } from 'vitest';
import { Backoff } from '../../src/kube/backoff.js';

describe('the back-off', () => {
  test('doubles its bound up to the maximum and starts again after a reset', () => {
    const backoff = new Backoff({ baseMs: 100, maxMs: 1000, random: () => 0.5 });
    const waits = (): number[] => Array.from({ length: 6 }, () => backoff.nextMs());
    expect(waits()).toEqual([50, 100, 200, 400, 500, 500]);
    backoff.reset();
    expect(backoff.nextMs()).toBe(50);
  });

  test('adds to what the server asked for', () => {
    const backoff = new Backoff({ baseMs: 100, maxMs: 1000, random: () => 0.5 });
    expect([backoff.nextMs(7_000), backoff.nextMs()]).toEqual([7_050, 100]);
  });

  test('stays within its bounds for ever', () => {
    const backoff = new Backoff({ baseMs: 800, maxMs: 30_000, random: () => 0.999 });
    for (let i = 0; i < 5000; i++) expect(backoff.nextMs()).toBeLessThan(30_000);
  });
});
