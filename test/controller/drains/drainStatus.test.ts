import { describe, expect, test } from 'vitest';
import { judgedStatus, timedStatus } from '../../../src/controller/drains/drainStatus.js';
import { readZoneDrain, type ZoneDrainManifest } from '../../../src/hints/drain/zoneDrain.js';

const UNTIL = '2026-11-21T22:00:00Z';
const UNTIL_MS = Date.parse(UNTIL);
const drain = (status?: ZoneDrainManifest['status']): ReturnType<typeof readZoneDrain> =>
  readZoneDrain({ metadata: { name: 'd', generation: 3 }, spec: { zone: 'a', until: UNTIL }, status });
const ACCEPTED = { accepted: true, reason: 'Accepted', message: 'so many' } as const;
const FIGURES = {
  drained: 2,
  endpoints: 5,
  last: ['x'],
  overloaded: [],
  busiest: { service: 'shop/web', busiest: 1.504 },
  inTree: [],
  blocked: ['y'],
  unsteered: [],
  sendingNodes: 0,
};

describe('the status of a drain', () => {
  test('has the figures, and a condition of each type', () => {
    expect(judgedStatus(drain(), ACCEPTED, FIGURES, ['CoreDNS'], UNTIL_MS - 1000)).toEqual({
      observedGeneration: 3,
      services: { drained: 2, last: 1, overloaded: 0, inTree: 0, blocked: 1, unsteered: 0 },
      endpoints: 5,
      busiest: '1.50',
      busiestService: 'shop/web',
      notFollowing: ['CoreDNS'],
      conditions: [
        ['Accepted', 'True', 'Accepted', 'so many'],
        ['Refused', 'False', 'Accepted', 'The drain is accepted'],
        ['Active', 'True', 'InForce', 'The zone is drained'],
        ['Ended', 'False', 'UntilAhead', `The drain ends at ${UNTIL}`],
      ].map(([type, status, reason, message]) => ({
        type,
        status,
        observedGeneration: 3,
        lastTransitionTime: '2026-11-21T21:59:59Z',
        reason,
        message,
      })),
    });
  });

  test('has no figures where nothing was worked out, and takes old ones away where there are none', () => {
    const refused = { accepted: false, reason: 'TooLong', message: 'too long' } as const;
    const status = judgedStatus(drain(), refused, undefined, [], 0);
    expect(status).not.toHaveProperty('services');
    expect(status.conditions).toMatchObject([
      { type: 'Accepted', message: 'too long' },
      { type: 'Refused', message: 'too long' },
      { type: 'Active', message: 'The drain is refused' },
      { type: 'Ended', message: `The drain ends at ${UNTIL}` },
    ]);
    const { busiest, ...none } = FIGURES;
    expect(busiest).toBeDefined();
    expect(judgedStatus(drain(), ACCEPTED, none, [], 0)).toMatchObject({ busiest: null, busiestService: null });
  });

  const written = (nowMs: number): ReturnType<typeof readZoneDrain> =>
    drain(judgedStatus(drain(), ACCEPTED, FIGURES, [], nowMs));

  test('does not change before the end', () => {
    expect(timedStatus(written(0), UNTIL_MS - 1)).toBeUndefined();
    expect(timedStatus(drain(), UNTIL_MS)).toBeUndefined();
  });

  test('tells the end, and keeps the times of what stays', () => {
    const status = timedStatus(written(0), UNTIL_MS);
    expect(status?.conditions).toMatchObject([
      { type: 'Accepted', status: 'True', message: 'so many', lastTransitionTime: '1970-01-01T00:00:00Z' },
      { type: 'Refused', status: 'False' },
      {
        ...{ type: 'Active', status: 'False', reason: 'Ended', lastTransitionTime: UNTIL },
        message: 'The drain has ended',
      },
      {
        ...{ type: 'Ended', status: 'True', reason: 'UntilReached', lastTransitionTime: UNTIL },
        message: 'The time of the drain is over',
      },
    ]);
    expect(status).not.toHaveProperty('services');
  });
});
