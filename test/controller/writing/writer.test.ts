import { describe, expect, test } from 'vitest';
import { pino } from 'pino';
import { Refusals } from '../../../src/controller/writing/refusals.js';
import { REFUSAL_MS } from '../../../src/controller/writing/writeOutcome.js';
import { SliceWriter, type WriterOptions } from '../../../src/controller/writing/writer.js';
import { hintsPatch } from '../../../src/hints/patch.js';
import type { SlicePlan } from '../../../src/hints/plan.js';
import { AdaptiveBound } from '../../../src/kube/rest/adaptiveBound.js';
import { ApiError, type ApiRequest } from '../../../src/kube/rest/transport.js';
import { readSlice, type SliceRecord } from '../../../src/model/slice.js';
import { FakeClock } from '../../support/fakeClock.js';

const raw = (resourceVersion: string, hinted = false) => ({
  metadata: {
    namespace: 'shop',
    name: 'web-1',
    resourceVersion,
    labels: { 'kubernetes.io/service-name': 'web' },
    ...(hinted ? { annotations: { 'slicehints.io/hints': 'v1' } } : {}),
  },
  addressType: 'IPv4',
  endpoints: [{ addresses: ['10.0.0.1'], zone: 'a', ...(hinted ? { hints: { forZones: [{ name: 'a' }] } } : {}) }],
});

function planOf(slice: SliceRecord, zone: string | undefined): SlicePlan {
  const hints = [zone === undefined ? undefined : { forZones: [zone], forNodes: undefined }];
  return { slice, hints, patch: hintsPatch(slice, hints, zone !== undefined), moved: 1 };
}
const hintFor = (zone: string, version = '7'): SlicePlan => planOf(readSlice(raw(version)), zone);
const withdrawal = (): SlicePlan => planOf(readSlice(raw('7', true)), undefined);

const http = (status: number, retryAfterMs?: number): ApiError =>
  new ApiError('http', `PATCH: ${status}`, { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });

/** A writer whose requests are answered by `answer`, by default with the slice in version 8. */
function writer(answer: (request: ApiRequest) => unknown = () => raw('8', true), options: Partial<WriterOptions> = {}) {
  const clock = new FakeClock();
  const sent: ApiRequest[] = [];
  const heard: string[] = [];
  const underWay = new Set<string>();
  const logged: object[] = [];
  const refusals = new Refusals({ clock, lifeMs: REFUSAL_MS, wake: () => undefined });
  const transport: WriterOptions['transport'] = {
    send: (request) => {
      sent.push(request);
      return new Promise((resolve) => resolve(answer(request)));
    },
    watch: () => {
      throw new Error('no watch here');
    },
    close: () => undefined,
  };
  const slices = new SliceWriter({
    transport,
    bound: new AdaptiveBound({ ceiling: 1, clock }),
    holdsLease: () => true,
    signal: new AbortController().signal,
    dryRun: false,
    refusals,
    writes: { begin: (key) => void underWay.add(key), end: (key) => underWay.delete(key) },
    sliceAt: () => undefined,
    onAnswer: (key, answered, version) => {
      heard.push(`answer ${key} ${version}`);
      return readSlice(answered as object);
    },
    onWritten: (slice) => void heard.push(`is ${slice.resourceVersion}`),
    onFresh: (key, _, version) => void heard.push(`fresh ${key} ${version}`),
    onNodeHintsDropped: () => void heard.push('node hints dropped'),
    onLost: ({ name }) => void heard.push(`lost ${name}`),
    logger: pino({ level: 'debug', base: null, timestamp: false }, { write: (line: string) => void logged.push(JSON.parse(line) as object) }), // prettier-ignore
    onWrite: (kind, moved) => void heard.push(`${kind} ${moved}`),
    ...options,
  });
  return { slices, sent, heard, logged, clock, underWay };
}

/** PATCH fails with this; GET answers with the slice in this version. */
const failing =
  (error: unknown, version = '7') =>
  (request: ApiRequest): unknown => {
    if (request.method === 'PATCH') throw error as Error;
    return raw(version);
  };

describe('a patch', () => {
  test('is sent once, as JSON patch under our field manager, and its answer goes to the cache', async () => {
    const { slices, sent, heard } = writer();
    expect(await slices.write(hintFor('a'))).toEqual({ kind: 'written' });
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      method: 'PATCH',
      path: '/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices/web-1',
      query: { fieldManager: 'slicehints' },
      contentType: 'application/json-patch+json',
    });
    expect(heard).toEqual(['answer shop/web-1 7', 'is 8', 'written 1']);
  });

  test('that is not there is not sent', async () => {
    const { slices, sent } = writer();
    expect(await slices.write({ ...hintFor('a'), patch: undefined })).toEqual({ kind: 'written' });
    expect(sent).toEqual([]);
  });

  test.each<[string, object, string[]]>([
    ['without them: they are dropped', {}, ['node hints dropped']],
    ['with an empty list: they are dropped', { forNodes: [] }, ['node hints dropped']],
    ['with them: they are stored', { forNodes: [{ name: 'n1' }] }, []],
  ])('with node hints is answered %s', async (_, stored, expected) => {
    const slice = readSlice(raw('7'));
    const hints = [{ forZones: ['a'], forNodes: ['n1'] }];
    const planned = { slice, hints, patch: hintsPatch(slice, hints, true), moved: 1 };
    const answered = { ...raw('8'), endpoints: [{ addresses: ['10.0.0.1'], hints: stored }] };
    const { slices, heard } = writer(() => answered);
    expect(await slices.write(planned)).toEqual({ kind: 'written' });
    expect(heard).toEqual(['answer shop/web-1 7', 'is 8', ...expected, 'written 1']);
  });

  test.each<[string, unknown, string[]]>([
    ['one of two stored ones: they are stored', [{}, { hints: { forNodes: [{ name: 'n1' }] } }], []],
    ['entries that are null: they are dropped', [null, { hints: null }], ['node hints dropped']],
  ])('with node hints on one of two endpoints is answered with %s', async (_, endpoints, expected) => {
    const slice = readSlice({ ...raw('7'), endpoints: [{ addresses: ['10.0.0.2'] }, { addresses: ['10.0.0.1'] }] });
    const hints = [undefined, { forZones: ['a'], forNodes: ['n1'] }];
    const { slices, heard } = writer(() => ({ ...raw('8'), endpoints }));
    await slices.write({ slice, hints, patch: hintsPatch(slice, hints, true), moved: 1 });
    expect(heard).toEqual(['answer shop/web-1 7', 'is 8', ...expected, 'written 1']);
  });

  test('is written even where its answer cannot be used', async () => {
    const { slices, logged } = writer(undefined, {
      onAnswer: () => {
        throw new TypeError('endpoints is not iterable');
      },
    });
    expect(await slices.write(hintFor('a'))).toEqual({ kind: 'written' });
    expect(logged).toMatchObject([
      {
        level: 50,
        namespace: 'shop',
        slice: 'web-1',
        err: { message: 'endpoints is not iterable' },
        msg: 'the answer to a patch could not be used',
      },
    ]);
  });

  test('is written even where its answer is something else', async () => {
    const { slices, heard, logged } = writer(undefined, { onAnswer: () => undefined });
    expect(await slices.write(hintFor('a'))).toEqual({ kind: 'written' });
    expect(heard).toEqual(['written 1']);
    expect(logged).toMatchObject([{ level: 50, err: { message: 'it is not this EndpointSlice' } }]);
  });

  test('whose result the watch has brought is not parsed again, and is remembered as it came', async () => {
    const seen = readSlice(raw('8', true));
    const asked: unknown[] = [];
    const answer = ({ isKnown }: ApiRequest): unknown => {
      const versions = ['7', '8'].map((version) => isKnown?.({ key: 'shop/web-1', version }));
      asked.push(
        ...versions,
        isKnown?.({ key: 'shop/other', version: '8' }),
        isKnown?.({ key: 'shop/web-1', version: '8' }),
      );
      return undefined;
    };
    const { slices, heard } = writer(answer, { sliceAt: ({ version }) => (version === '8' ? seen : undefined) });
    expect(await slices.write(hintFor('a'))).toEqual({ kind: 'written' });
    expect(asked).toEqual([false, true, false, true]);
    expect(heard).toEqual(['is 8', 'written 1']);
  });

  test.each<[string, unknown]>([
    ['answered', undefined],
    ['refused', http(422)],
    ['not answered', new ApiError('network', 'reset')],
  ])('is under way from when it is sent until it is %s', async (_name, error) => {
    const during: string[][] = [];
    const { slices, underWay } = writer((request) => {
      if (request.method === 'GET') return raw('7');
      during.push([...underWay]);
      expect(request.precondition?.()).toBe(true);
      during.push([...underWay]);
      if (error !== undefined) throw error as Error;
      return raw('8', true);
    });
    await slices.write(hintFor('a'));
    expect([during, [...underWay]]).toEqual([[[], ['shop/web-1']], []]);
  });

  test('of a dry run is in the log', async () => {
    const { slices, logged } = writer(undefined, { dryRun: true });
    const planned = hintFor('a');
    await slices.write(planned);
    expect(logged).toEqual([
      { level: 30, namespace: 'shop', slice: 'web-1', patch: planned.patch, msg: 'would patch slice (dry run)' },
    ]);
  });

  test.each([
    ['without the lease', { holdsLease: () => false }],
    ['in a dry run', { dryRun: true }],
  ])('is not sent %s', async (_, options) => {
    const { slices, sent, heard } = writer(undefined, options);
    expect(await slices.write(hintFor('a'))).toEqual({ kind: 'withheld' });
    expect([sent, heard]).toEqual([[], ['withheld 1']]);
  });

  test('asks for the lease once more in the last moment', async () => {
    const { slices, sent } = writer(failing(new ApiError('withheld', 'the lease ran out')));
    expect(await slices.write(hintFor('a'))).toEqual({ kind: 'withheld' });
    expect(sent[0]?.precondition?.()).toBe(true);
  });
});

describe('what is heard after a failed patch', () => {
  test.each<[string, unknown, string, string, string[]]>([
    ['404: nothing else', http(404), '7', 'gone', []],
    ['409: the fresh slice', http(409), '9', 'conflict', ['fresh shop/web-1 7']],
    ['409 of a slice that reads as before: the fresh slice', http(409), '7', 'conflict', ['fresh shop/web-1 7']],
    ['422 of a slice that changed: the fresh slice', http(422), '9', 'conflict', ['fresh shop/web-1 7']],
    ['422 of the slice as planned: a refusal', http(422), '7', 'rejected', ['fresh shop/web-1 7']],
    ['403: nothing, it was not applied', http(403), '7', 'failed', []],
    ['500: it may have been applied', http(500), '7', 'failed', ['lost web-1']],
    ['a timeout: it may have been applied', new ApiError('timeout', ''), '7', 'failed', ['lost web-1']],
    ['no error of the API at all: it may have been applied', new Error('a bug'), '7', 'failed', ['lost web-1']],
  ])('%s', async (_, error, version, kind, expected) => {
    const { slices, heard } = writer(failing(error, version));
    const result = await slices.write(hintFor('a'));
    expect(result.kind).toBe(kind);
    expect(heard).toEqual([...expected, `${kind} 1`]);
  });

  test.each<[string, unknown, object[]]>([
    [
      'a conflict is of interest to those who debug',
      http(409),
      [{ level: 20, namespace: 'shop', slice: 'web-1', msg: 'another writer changed the slice; planning again from the fresh object' }], // prettier-ignore
    ],
    [
      'a failure too, with its message',
      http(500),
      [{ level: 20, namespace: 'shop', slice: 'web-1', error: 'PATCH: 500', msg: 'the patch failed' }],
    ],
    ['what is no error of the API is left to the queue', new Error('a bug'), []],
  ])('in the log %s', async (_, error, lines) => {
    const { slices, logged } = writer(failing(error, '9'));
    await slices.write(hintFor('a'));
    expect(logged).toEqual(lines);
  });

  test('a bug while the fresh slice is read is a failure, and other slices wait', async () => {
    const bug = new TypeError('not a function');
    const { slices } = writer((request) => {
      throw request.method === 'PATCH' ? http(409) : bug;
    });
    expect(await slices.write(hintFor('a'))).toEqual({ kind: 'failed', error: bug, others: 'wait' });
  });

  test('a fresh slice without a name or version counts as changed', async () => {
    const { slices } = writer((request) => {
      if (request.method === 'PATCH') throw http(422);
      return 'not a slice';
    });
    expect(await slices.write(hintFor('a'))).toEqual({ kind: 'conflict' });
  });

  test.each([
    ['gone meanwhile', http(404), { kind: 'gone' }],
    ['that cannot be read now', http(503), { kind: 'failed', others: 'wait' }],
  ])('a slice %s is not refused', async (_, refresh, expected) => {
    const { slices } = writer((request) => {
      throw request.method === 'PATCH' ? http(422) : refresh;
    });
    expect(await slices.write(hintFor('a'))).toMatchObject(expected);
  });

  test('Retry-After is handed on, at most five minutes of it', async () => {
    const { slices } = writer(failing(http(429, 3_600_000)));
    expect(await slices.write(hintFor('a'))).toMatchObject({ kind: 'failed', retryAfterMs: 300_000, others: 'wait' });
  });
});

describe('a refused patch', () => {
  test('is not sent again for ten minutes, also where the version has changed', async () => {
    const { slices, sent, clock } = writer((request) => {
      if (request.method === 'PATCH') throw http(422);
      return raw(sent.length === 2 ? '7' : '8');
    });
    expect(await slices.write(hintFor('a'))).toMatchObject({ kind: 'rejected', known: false });
    expect(await slices.write(hintFor('a', '8'))).toMatchObject({ kind: 'rejected', known: true });
    await clock.advance(REFUSAL_MS - 1);
    expect(await slices.write(hintFor('a', '8'))).toMatchObject({ known: true, message: 'PATCH: 422' });
    expect(sent.map(({ method }) => method)).toEqual(['PATCH', 'GET']);
    await clock.advance(1);
    expect(await slices.write(hintFor('a', '8'))).toMatchObject({ kind: 'rejected', known: false });
  });

  test('does not keep another patch of the slice back', async () => {
    const { slices, sent } = writer(failing(http(422)));
    await slices.write(hintFor('a'));
    await slices.write(hintFor('b'));
    expect(sent.filter(({ method }) => method === 'PATCH')).toHaveLength(2);
  });

  test('is a Warning in the log the first time', async () => {
    const { slices, logged } = writer(failing(http(422)));
    for (let i = 0; i < 3; i++) await slices.write(withdrawal());
    expect(logged).toMatchObject([
      { level: 40, namespace: 'shop', slice: 'web-1', err: { message: 'PATCH: 422' }, msg: 'the API server refuses this patch' }, // prettier-ignore
    ]);
  });

  test('that removes some hints and sets others is not sent again', async () => {
    const slice = readSlice({
      ...raw('7', true),
      endpoints: [...raw('7', true).endpoints, { addresses: ['10.0.0.2'] }],
    });
    const hints = [undefined, { forZones: ['b'] }];
    const planned = { slice, hints, patch: hintsPatch(slice, hints, true), moved: 2 };
    const { slices, sent } = writer(failing(http(422)));
    for (let i = 0; i < 2; i++) await slices.write(planned);
    expect(sent.filter(({ method }) => method === 'PATCH')).toHaveLength(1);
  });

  test('that removes hints is sent each time, and is known as the same refusal', async () => {
    const { slices, sent } = writer(failing(http(422)));
    expect(await slices.write(withdrawal())).toMatchObject({ kind: 'rejected', known: false });
    expect(await slices.write(withdrawal())).toMatchObject({ kind: 'rejected', known: true });
    expect(sent.filter(({ method }) => method === 'PATCH')).toHaveLength(2);
  });
});
