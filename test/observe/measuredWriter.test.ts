import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readMeasuredConfigMap } from '../../src/controller/demand/measuredConfigMap.js';
import { anonymousAccess } from '../../src/kube/auth/credentials.js';
import { systemClock } from '../../src/kube/clock.js';
import { HttpTransport } from '../../src/kube/rest/httpTransport.js';
import type { MeasuredService } from '../../src/measured/figures.js';
import { writeMeasured } from '../../src/measured/text.js';
import { MeasuredWriter } from '../../src/observe/measuredWriter.js';
import { SandboxApiServer } from '../../src/sandbox/server/apiServer.js';
import { measuredFigures, measuredService } from '../support/measured.js';

const NAME = { namespace: 'default', name: 'measured' };
const never = new AbortController().signal;
let server: SandboxApiServer;
let transport: HttpTransport;
beforeEach(async () => {
  server = new SandboxApiServer({ clock: systemClock });
  transport = new HttpTransport({
    access: anonymousAccess(await server.listen()),
    userAgent: 'slicehints/test',
    clock: systemClock,
  });
});
afterEach(async () => {
  transport.close();
  await server.close();
});

const writer = (): MeasuredWriter => new MeasuredWriter(transport, NAME);
const stored = (): Record<string, unknown> | undefined => server.store.get('configmaps', NAME.namespace, NAME.name);

test('the ConfigMap is created, and updated from then on', async () => {
  const own = writer();
  expect(await own.read(never)).toBeUndefined();
  const first = measuredFigures(measuredService('a=1'));
  expect(await own.write(first, never)).toBe(0);
  const second = measuredFigures(measuredService('b=1'));
  await own.write(second, never);
  expect(await writer().read(never)).toEqual(second);
  expect(stored()?.['metadata']).toMatchObject({ labels: { 'app.kubernetes.io/name': 'slicehints' } });
});

test('labels of one that exists stay, and what is not understood in it is replaced', async () => {
  server.store.write('configmaps', {
    metadata: { ...NAME, labels: { mine: 'yes' } },
    data: { 'measured.txt': 'x', other: 'y' },
  });
  const own = writer();
  expect(await own.read(never)).toBeUndefined();
  await own.write(measuredFigures(measuredService('a=1')), never);
  expect(stored()?.['metadata']).toMatchObject({ labels: { mine: 'yes' } });
  expect(Object.keys(stored()?.['data'] as object)).toEqual(['measured.txt']);
});

test('a write of somebody else in between is a conflict, and the next goes on from there', async () => {
  const own = writer();
  await own.write(measuredFigures(measuredService('a=1')), never);
  const other = writer();
  await other.read(never);
  await other.write(measuredFigures(measuredService('b=1')), never);
  await expect(own.write(measuredFigures(measuredService('a=1')), never)).rejects.toMatchObject({ status: 409 });
  await own.read(never);
  await own.write(measuredFigures(measuredService('a=1')), never);
});

describe('a note on why no answer is used', () => {
  const KEY = 'slicehints.io/observe-problem';
  const note = (own: MeasuredWriter, sentence: string, sinceSeconds: number): Promise<void> =>
    own.note({ sentence, sinceSeconds }, never);
  const annotations = (): unknown => (stored()?.['metadata'] as { annotations?: object }).annotations;
  const writes = (): number =>
    server.requests.entries().filter(({ verb }) => verb === 'update' || verb === 'create').length;

  test.each([
    ['as text', { data: { 'measured.txt': writeMeasured(measuredFigures(measuredService('a=1'))), other: 'x\ty ' } }],
    ['packed', { binaryData: { 'measured.txt.gz': 'H4sIAAAAAAAA/wEAAP//AAAAAAAAAAA=' } }],
  ])('leaves the figures, %s, and what else there is', async (_, content) => {
    server.store.write('configmaps', {
      metadata: { ...NAME, labels: { mine: 'yes' }, annotations: { mine: 'too' } },
      ...content,
    });
    const own = writer();
    await own.read(never);
    await note(own, 'Prometheus is away', 1_800_000_000);
    expect(annotations()).toEqual({ mine: 'too', [KEY]: '2027-01-15T08:00:00Z Prometheus is away' });
    const { data, binaryData } = stored() as { data?: object; binaryData?: object };
    expect({ data, binaryData }).toEqual(content);
    expect(stored()?.['metadata']).toMatchObject({ labels: { mine: 'yes' } });
    await own.write(measuredFigures(measuredService('a=1')), never);
    expect(annotations()).toEqual({ mine: 'too' });
  });

  test('is written when it begins and when it becomes another one, also after a restart, and says since when', async () => {
    const own = writer();
    const first = measuredFigures(measuredService('a=1'));
    await own.write(first, never);
    await note(own, 'Prometheus is away', 1_800_000_000);
    expect(writes()).toBe(2);
    await note(own, 'Prometheus is away', 1_800_000_060);
    const restarted = writer();
    expect(await restarted.read(never)).toEqual(first);
    await note(restarted, 'Prometheus is away', 1_800_000_120);
    expect(writes()).toBe(2);
    await note(restarted, 'Prometheus answers 503', 1_800_000_180);
    expect(annotations()).toEqual({ [KEY]: '2027-01-15T08:00:00Z Prometheus answers 503' });
    await restarted.write(first, never);
    expect(annotations()).toBeUndefined();
  });

  test('makes a ConfigMap without figures where there is none', async () => {
    const own = writer();
    await own.read(never);
    await note(own, 'Prometheus is away', 1_800_000_000);
    expect(stored()).not.toHaveProperty('data');
    expect(stored()?.['metadata']).toMatchObject({ labels: { 'app.kubernetes.io/name': 'slicehints' } });
    expect(readMeasuredConfigMap(stored()).problems).toEqual([]);
    const restarted = writer();
    expect(await restarted.read(never)).toBeUndefined();
    const first = measuredFigures(measuredService('a=1'));
    await restarted.write(first, never);
    expect(await writer().read(never)).toEqual(first);
  });

  test('is a conflict where somebody else wrote in between, and the next comes through', async () => {
    const own = writer();
    await own.write(measuredFigures(measuredService('a=1')), never);
    const other = writer();
    await other.read(never);
    const second = measuredFigures(measuredService('b=1'));
    await other.write(second, never);
    await expect(note(own, 'Prometheus is away', 1_800_000_000)).rejects.toMatchObject({ status: 409 });
    expect(await own.read(never)).toEqual(second);
    await note(own, 'Prometheus is away', 1_800_000_000);
    expect(await writer().read(never)).toEqual(second);
  });
});

/** Services with as many digits as the text holds. */
function many(count: number, zones: number): MeasuredService[] {
  let state = 7;
  const random = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
  return Array.from({ length: count }, (_, i) => {
    const parts = Array.from({ length: zones }, random);
    const total = parts.reduce((sum, part) => sum + part, 0);
    const shares = (noise: number): string =>
      parts.map((part, z) => `eu-west-${z}=${(part / total) * (1 + noise * (random() - 0.5))}`).join(' ');
    return measuredService(shares(0), {
      key: `team-${i % 97}-production/checkout-service-${i}`,
      rate: random() * 1e6,
      inZoneShare: random(),
      demandAgeSeconds: Math.floor(random() * 600),
      latest: shares(0.1),
    });
  });
}

test('10,000 Services with traffic from 12 zones fit', async () => {
  const services = many(10_000, 12);
  expect(await writer().write(measuredFigures(...services), never)).toBe(0);
  expect((await writer().read(never))?.services).toHaveLength(10_000);
}, 60_000);

test('of more than fit, those with the most traffic are kept', async () => {
  const services = many(30_000, 12);
  const leftOut = await writer().write(measuredFigures(...services), never);
  expect(leftOut).toBeGreaterThan(0);
  const kept = (await writer().read(never))?.services ?? [];
  expect(kept).toHaveLength(30_000 - leftOut);
  const least = Math.min(...kept.map(({ rate }) => rate));
  expect(services.filter(({ rate }) => rate > least * 1.001).length).toBeLessThanOrEqual(kept.length);
}, 60_000);
