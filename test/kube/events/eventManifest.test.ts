import { describe, expect, test } from 'vitest';
import type { EventSeries } from '../../../src/kube/events/eventCorrelator.js';
import { countPatch, eventManifest } from '../../../src/kube/events/eventManifest.js';

const series: EventSeries = {
  involved: { namespace: 'shop', name: 'cart', uid: 'u1', resourceVersion: '7' },
  kind: 'k',
  key: 'k',
  type: 'Warning',
  reason: 'HintsBlocked',
  message: 'blocked',
  count: 3,
  firstWallMs: Date.UTC(2026, 0, 1, 0, 0, 0, 250),
  lastWallMs: Date.UTC(2026, 0, 1, 0, 5, 0, 750),
  lastMs: 300_500,
  name: 'cart.1a2b',
  writtenCount: 1,
};
const source = { component: 'slicehints', host: 'pod-1' };

describe('the Event of a series', () => {
  test('names the Service, the times, the count and who reports', () => {
    expect(eventManifest(series, source)).toEqual({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { namespace: 'shop', name: 'cart.1a2b' },
      involvedObject: {
        apiVersion: 'v1',
        kind: 'Service',
        namespace: 'shop',
        name: 'cart',
        uid: 'u1',
        resourceVersion: '7',
      },
      type: 'Warning',
      reason: 'HintsBlocked',
      message: 'blocked',
      source: { component: 'slicehints', host: 'pod-1' },
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:05:00Z',
      count: 3,
      reportingComponent: 'slicehints',
      reportingInstance: 'pod-1',
    });
  });

  test('of a Service without a version names none', () => {
    const { namespace, name, uid } = series.involved;
    const { involvedObject } = eventManifest({ ...series, involved: { namespace, name, uid } }, source);
    expect(involvedObject).not.toHaveProperty('resourceVersion');
  });

  test('changes with a repetition in its count, last time and message', () => {
    expect(countPatch(series)).toEqual({ count: 3, lastTimestamp: '2026-01-01T00:05:00Z', message: 'blocked' });
  });
});
