import { describe, expect, test } from 'vitest';
import { pino } from 'pino';
import { checkOptions, type LeaderElectorOptions } from '../../../src/kube/leaderElection/leaderElectorOptions.js';
import { FakeClock } from '../../support/fakeClock.js';
import { ScriptedTransport } from '../../support/modelApi.js';

const options: LeaderElectorOptions = {
  transport: new ScriptedTransport(),
  namespace: 'kube-system',
  name: 'slicehints',
  identity: 'pod-1',
  leaseDurationMs: 15_000,
  renewDeadlineMs: 10_000,
  retryPeriodMs: 2000,
  clock: new FakeClock(),
  random: () => 0.5,
  logger: pino({ level: 'silent' }),
  onStartedLeading: () => undefined,
};

describe('the options', () => {
  test.each<[string, Partial<LeaderElectorOptions>, string]>([
    [
      'a lease no longer than the renew deadline',
      { leaseDurationMs: 10_000 },
      'lease duration (10000 ms) must be longer',
    ],
    [
      'a deadline too near the retry period',
      { renewDeadlineMs: 2_400 },
      'renew deadline (2400 ms) must be more than 1.2',
    ],
    ['no retry period', { retryPeriodMs: 0 }, 'retry period must be positive'],
    ['a number that is none', { leaseDurationMs: NaN }, 'lease duration'],
    ['no identity', { identity: '' }, 'identity'],
    [
      'a lease below a second',
      { leaseDurationMs: 900, renewDeadlineMs: 500, retryPeriodMs: 100 },
      'at least 1 s, got 900 ms',
    ],
  ])('with %s are refused in one sentence', (_, change, message) => {
    expect(() => checkOptions({ ...options, ...change })).toThrow(RangeError);
    expect(() => checkOptions({ ...options, ...change })).toThrow(message);
  });

  test.each<[string, Partial<LeaderElectorOptions>]>([
    ['the defaults', {}],
    ['a lease of one second', { leaseDurationMs: 1000, renewDeadlineMs: 999, retryPeriodMs: 1 }],
    ['a deadline just above 1.2 retry periods', { renewDeadlineMs: 2401 }],
    ['a lease just above the deadline', { leaseDurationMs: 10_001 }],
  ])('with %s are taken', (_, change) => {
    expect(() => checkOptions({ ...options, ...change })).not.toThrow();
  });
});
