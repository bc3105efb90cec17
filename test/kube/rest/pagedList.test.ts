import { describe, expect, test } from 'vitest';
import { listPages } from '../../../src/kube/rest/pagedList.js';
import { ApiError } from '../../../src/kube/rest/transport.js';
import { ScriptedTransport } from '../../support/modelApi.js';

const page = (items: readonly string[] | null, resourceVersion: string, next?: string) => ({
  metadata: { resourceVersion, ...(next === undefined ? {} : { continue: next }) },
  items,
});
const expired = new ApiError('http', 'expired', { status: 410 });

/** Lists from these answers, one per request; the items are those since the last restart. */
async function list(...answers: readonly unknown[]) {
  const left = [...answers];
  const transport = new ScriptedTransport();
  transport.onSend = () => {
    const answer = left.shift();
    if (answer instanceof ApiError) throw answer;
    return answer;
  };
  let items: unknown[] = [];
  const version = await listPages({
    transport,
    path: '/things',
    labelSelector: 'a=b',
    pageSize: 2,
    deadlineMs: 1000,
    signal: new AbortController().signal,
    onPage: (some, restart) => {
      items = restart ? [...some] : [...items, ...some];
    },
  });
  return { version, items, queries: transport.sent.map(({ query }) => query), left };
}

const query = (limit: number | undefined, next?: string) => ({
  labelSelector: 'a=b',
  fieldSelector: undefined,
  limit,
  continue: next,
});

describe('a list', () => {
  test('of one page is read with one consistent request', async () => {
    expect(await list(page(['a'], '7'))).toMatchObject({ version: '7', items: ['a'], queries: [query(2)] });
  });

  test('of several pages follows the continue tokens', async () => {
    expect(await list(page(['a', 'b'], '7', 't1'), page(['c', 'd'], '7', 't2'), page(['e'], '7'))).toMatchObject({
      version: '7',
      items: ['a', 'b', 'c', 'd', 'e'],
      queries: [query(2), query(2, 't1'), query(2, 't2')],
    });
  });

  test('that is empty may be null, as Go writes it', async () => {
    expect(await list(page(null, '7'))).toMatchObject({ version: '7', items: [] });
  });

  test.each<[string, unknown]>([
    ['whose token has expired', expired],
    ['whose pages are of different versions', page(['x'], '8')],
  ])('%s starts again, and what came before is void', async (_, second) => {
    expect(await list(page(['a', 'b'], '7', 't1'), second, page(['c'], '9'))).toMatchObject({
      version: '9',
      items: ['c'],
      queries: [query(2), query(2, 't1'), query(2)],
    });
  });

  test('whose token expires twice is asked for at once', async () => {
    const first = page(['a', 'b'], '7', 't1');
    expect(await list(first, expired, first, expired, page(['c', 'd', 'e'], '9'))).toMatchObject({
      version: '9',
      items: ['c', 'd', 'e'],
      queries: [query(2), query(2, 't1'), query(2), query(2, 't1'), query(undefined)],
    });
  });

  test.each<[string, readonly unknown[], string]>([
    ['that is refused', [new ApiError('http', 'refused 403', { status: 403 })], 'refused 403'],
    ['whose first request has expired', [expired], 'expired'],
    ['that fails on its second page', [page(['a'], '7', 't1'), new ApiError('network', 'reset')], 'reset'],
    ['without a version', [{ items: [] }], 'LIST /things: '],
    ['whose items are no list', [{ metadata: { resourceVersion: '1' }, items: {} }], 'LIST /things: '],
    ['that is null', [null], 'LIST /things: '],
    ['whose token never changes', [page(['a'], '7', 't1'), page(['b'], '7', 't1')], 'continue token'],
    [
      'whose versions differ even without pages',
      [1, 2, 3].flatMap(() => [page(['a'], '7', 't1'), page(['b'], '8')]),
      'different versions',
    ],
  ])('%s is an error', async (_, answers, message) => {
    await expect(list(...answers)).rejects.toThrow(message);
  });
});
