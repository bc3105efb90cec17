import { describe, expect, test } from 'vitest';
import { Contention } from '../../../src/controller/contention/contention.js';
import { readService, type ServiceRecord } from '../../../src/model/service.js';
import { readSlice, type SliceRecord } from '../../../src/model/slice.js';
import { FakeClock } from '../../support/fakeClock.js';

const KEY = 'shop/web';
const MINUTE_MS = 60_000;
let version = 100;

const service = (mode = 'Auto', uid = 'u1'): ServiceRecord =>
  readService({
    metadata: { namespace: 'shop', name: 'web', uid, annotations: { 'service.kubernetes.io/topology-mode': mode } },
  });

function slice(hint: string | undefined, by = 'kube-controller-manager'): SliceRecord {
  version++;
  const fieldsV1 = { 'f:endpoints': {} };
  return readSlice({
    metadata: {
      namespace: 'shop',
      name: 'web-1',
      resourceVersion: String(version),
      generation: version,
      labels: { 'kubernetes.io/service-name': 'web' },
      managedFields: [{ manager: by, fieldsV1 }],
    },
    addressType: 'IPv4',
    endpoints: [
      { addresses: ['10.0.0.1'], zone: 'a', ...(hint === undefined ? {} : { hints: { forZones: [{ name: hint }] } }) },
    ],
  });
}

function contention() {
  const clock = new FakeClock();
  const recorded: string[] = [];
  const woken: string[] = [];
  const undone: string[] = [];
  const it = new Contention({
    clock,
    onContended: (key, { reason, message }) => recorded.push(`${key} ${reason}: ${message}`),
    wake: (key) => woken.push(key),
    onReverted: (kind) => undone.push(kind),
  });
  /** Writes hints and has them taken away, so often. */
  const fight = (times: number): void => {
    for (let i = 0; i < times; i++) {
      it.wrote(slice('a', 'slicehints'), true);
      it.observed(slice(undefined), undefined);
    }
  };
  return { it, clock, recorded, woken, undone, fight };
}

describe('a Service whose hints are undone', () => {
  test('is not paused by two reverts', () => {
    const { it, recorded, undone, fight } = contention();
    fight(2);
    expect([it.pauseOf(KEY), recorded, undone]).toEqual([undefined, [], ['reverted', 'reverted']]);
  });

  test('is paused by three, told once, and queued when the pause is over', async () => {
    const { it, clock, recorded, woken, fight } = contention();
    fight(3);
    expect(it.contended).toBe(1);
    expect(it.pauseOf(KEY)).toEqual({ untilMs: MINUTE_MS, by: 'kube-controller-manager' });
    expect(it.pauseOf(KEY)).toBeDefined();
    expect(recorded).toEqual([expect.stringMatching(/^shop\/web HintsContended: .*kube-controller-manager/)]);
    await clock.advance(MINUTE_MS - 1);
    expect(woken).toEqual([]);
    await clock.advance(1);
    expect([woken, it.pauseOf(KEY)]).toEqual([[KEY], undefined]);
    fight(1);
    expect(recorded).toHaveLength(1);
    expect(it.pauseOf(KEY)).toMatchObject({ untilMs: 3 * MINUTE_MS });
  });

  test('is queued when the pause is over, whenever that began', async () => {
    const { it, clock, woken, fight } = contention();
    await clock.advance(10 * MINUTE_MS);
    fight(3);
    it.pauseOf(KEY);
    await clock.advance(MINUTE_MS - 1);
    expect(woken).toEqual([]);
    await clock.advance(1);
    expect(woken).toEqual([KEY]);
  });

  test('with other endpoints is told as rebuilt', () => {
    const { it, undone } = contention();
    it.wrote(slice('a', 'slicehints'), true);
    const [endpoint] = slice(undefined).endpoints;
    it.observed({ ...slice(undefined), endpoints: [{ ...endpoint!, address: 'x' }] }, undefined);
    expect(undone).toEqual(['rebuilt']);
  });

  test('is noticed too where it asks for none and one of its endpoints has hints', () => {
    const { it, undone } = contention();
    const written = slice('a', 'slicehints');
    const [hinted] = written.endpoints;
    const [bare] = slice(undefined).endpoints;
    it.wrote({ ...written, endpoints: [hinted!, { ...bare!, address: '10.0.0.2' }] }, false);
    it.observed({ ...slice(undefined), endpoints: [bare!, { ...bare!, address: '10.0.0.2' }] }, undefined);
    expect(undone).toEqual(['reverted']);
  });

  test('is not queued when nothing asked for it during the pause', async () => {
    const { clock, woken, fight } = contention();
    fight(3);
    await clock.advance(10 * MINUTE_MS);
    expect(woken).toEqual([]);
  });

  test('is not paused where the write whose answer was lost is seen', () => {
    const { it, undone, fight } = contention();
    fight(1);
    it.wrote(slice('a', 'slicehints'), true);
    it.lost({ namespace: 'shop', name: 'web-1' });
    it.observed(slice('b', 'slicehints'), undefined);
    it.wrote(slice('a', 'slicehints'), true);
    expect(undone).toEqual(['reverted']);
  });
});

describe('the pause ends at once and the Service is queued', () => {
  test('when conditions change', () => {
    const { it, clock, woken, fight } = contention();
    fight(3);
    it.pauseOf(KEY);
    it.reset();
    expect([woken, it.pauseOf(KEY), it.contended, clock.pending]).toEqual([[KEY], undefined, 0, 0]);
  });
});

describe('the pause ends at once', () => {
  test.each<[string, ServiceRecord | undefined, boolean]>([
    ['when the Service asks for another mode', service('slicehints.io/balanced'), true],
    ['when the Service is gone', undefined, true],
    ['when the Service was deleted and created again', service('Auto', 'u2'), true],
    ['not when something else about the Service changes', service(), false],
  ])('%s', (_, next, ends) => {
    const { it, clock, fight } = contention();
    fight(3);
    it.pauseOf(KEY);
    it.serviceChanged(KEY, next, service());
    expect([it.pauseOf(KEY) === undefined, clock.pending]).toEqual([ends, ends ? 0 : 1]);
  });

  test('not when its annotations are listed in another order', () => {
    const { it, fight } = contention();
    fight(3);
    const [one, other] = [
      { 'slicehints.io/mode': 'auto', 'slicehints.io/demand': 'cpu' },
      { 'slicehints.io/demand': 'cpu', 'slicehints.io/mode': 'auto' },
    ].map((annotations) => readService({ metadata: { namespace: 'shop', name: 'web', uid: 'u', annotations } }));
    it.serviceChanged(KEY, one, other);
    expect(it.pauseOf(KEY)).toBeDefined();
  });

  test('not when the Service is listed for the first time', () => {
    const { it, fight } = contention();
    fight(3);
    it.serviceChanged(KEY, service(), undefined);
    expect(it.pauseOf(KEY)).toBeDefined();
  });
});

describe('no revert is counted', () => {
  test('for a slice that is gone', () => {
    const { it, undone } = contention();
    const written = slice('a', 'slicehints');
    it.wrote(written, true);
    it.observed(undefined, written);
    it.observed(slice(undefined), undefined);
    expect(undone).toEqual([]);
  });

  test('where hints come back to a Service that does not ask for any', () => {
    const { it, undone } = contention();
    it.wrote(slice(undefined, 'slicehints'), false);
    it.observed(slice('b'), undefined);
    expect(undone).toEqual([]);
  });

  test('but one where they come back to a Service that asks for hints and may have none', () => {
    const { it, undone } = contention();
    it.wrote(slice(undefined, 'slicehints'), true);
    it.observed(slice('b'), undefined);
    expect(undone).toEqual(['reverted']);
  });
});

test('stopping leaves no timer', () => {
  const { it, clock, fight } = contention();
  fight(3);
  it.pauseOf(KEY);
  it.stop();
  expect(clock.pending).toBe(0);
});
