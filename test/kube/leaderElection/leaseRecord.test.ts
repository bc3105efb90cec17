import { describe, expect, test } from 'vitest';
import { readLease, shownHolder, withLabels } from '../../../src/kube/leaderElection/leaseRecord.js';

const metadata = { name: 'slicehints', resourceVersion: '4' };
const NONE = { holder: '', durationMs: undefined, acquireTime: undefined, transitions: 0 };

describe('a Lease', () => {
  test('is read with its holder, duration, time and transitions', () => {
    const spec = {
      holderIdentity: 'pod-1',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      leaseTransitions: 3,
      strategy: 'OldestEmulationVersion',
    };
    const raw = { metadata, spec };
    expect(readLease(raw)).toEqual({
      raw,
      spec,
      record: { holder: 'pod-1', durationMs: 15_000, acquireTime: '2026-01-01T00:00:00.000000Z', transitions: 3 },
      fingerprint: JSON.stringify(spec),
    });
  });

  test.each<[string, unknown]>([
    ['no spec', undefined],
    ['a spec that is a list', []],
    ['an empty spec', {}],
    ['fields of other types', { holderIdentity: 7, leaseDurationSeconds: '15', acquireTime: 1, leaseTransitions: 'x' }],
    ['a negative duration and negative transitions', { leaseDurationSeconds: -1, leaseTransitions: -1 }],
    ['a duration of 0', { leaseDurationSeconds: 0 }],
  ])('with %s is held by no one', (_, spec) => {
    expect(readLease({ metadata, spec })?.record).toEqual(NONE);
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['a text', 'lease'],
    ['an object without metadata', {}],
    ['an object without a version', { metadata: { name: 'slicehints' } }],
    ['an object with an empty version', { metadata: { resourceVersion: '' } }],
  ])('cannot be read from %s', (_, answer) => {
    expect(readLease(answer)).toBeUndefined();
  });

  test('has the same fingerprint after its metadata changed, and another one after a renewal', () => {
    const spec = { holderIdentity: 'pod-1', renewTime: '1' };
    const fingerprint = (labels: object, renewTime: string): string | undefined =>
      readLease({ metadata: { ...metadata, labels }, spec: { ...spec, renewTime } })?.fingerprint;
    expect(fingerprint({ a: 'b' }, '1')).toBe(fingerprint({}, '1'));
    expect(fingerprint({}, '2')).not.toBe(fingerprint({}, '1'));
  });
});

test.each([
  ['is shown whole up to 256 characters', 'x'.repeat(256), 'x'.repeat(256)],
  ['is cut to 256 beyond them', 'x'.repeat(257), `${'x'.repeat(255)}…`],
])('the name of a holder %s', (_, holder, expected) => {
  expect(shownHolder(holder)).toBe(expected);
});

describe('labels', () => {
  test('are set beside those that are there, which are not changed in place', () => {
    const raw = { metadata: { ...metadata, labels: { team: 'edge', app: 'old' } }, spec: {} };
    const copy = structuredClone(raw);
    expect(withLabels(raw, { app: 'new' })).toEqual({
      metadata: { ...metadata, labels: { team: 'edge', app: 'new' } },
      spec: {},
    });
    expect(raw).toEqual(copy);
  });

  test('that are not given leave the object as it is', () => {
    const raw = { metadata };
    expect(withLabels(raw, undefined)).toBe(raw);
  });
});
