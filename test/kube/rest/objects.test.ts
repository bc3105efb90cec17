import { describe, expect, test } from 'vitest';
import { listObjects, sendForItems, sendForObject } from '../../../src/kube/rest/objects.js';
import { ApiError } from '../../../src/kube/rest/transport.js';
import { ScriptedTransport } from '../../support/modelApi.js';

const WAY_OUT = 'check whether a proxy in between changes what the API server answers';

function answering(answer: unknown): ScriptedTransport {
  const transport = new ScriptedTransport();
  transport.onSend = () => answer;
  return transport;
}

async function malformed(read: () => Promise<unknown>): Promise<string> {
  const error: unknown = await read().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApiError);
  expect((error as ApiError).kind).toBe('malformed');
  return (error as ApiError).message;
}

describe('one object', () => {
  const get = (answer: unknown) => sendForObject(answering(answer), { method: 'GET', path: '/things/a' });

  test('is given as it is', async () => {
    expect(await get({ kind: 'Thing' })).toEqual({ kind: 'Thing' });
  });

  test.each<[string, unknown, string]>([
    ['an answer without a body', undefined, 'empty'],
    ['null', null, 'null'],
    ['a text', 'ok', 'a string'],
    ['a list', [{}], 'a list'],
  ])('is not %s', async (_, answer, named) => {
    expect(await malformed(() => get(answer))).toBe(`GET /things/a: the answer is ${named}, not an object; ${WAY_OUT}`);
  });
});

describe('a list that is asked for as a whole', () => {
  const get = (answer: unknown, field?: 'items' | 'resources') =>
    sendForItems(answering(answer), { method: 'GET', path: '/things' }, field);

  test.each<[string, unknown, readonly unknown[]]>([
    ['has its items', { items: [{ a: 1 }, { a: 2 }] }, [{ a: 1 }, { a: 2 }]],
    ['is empty where it is null, as Go writes it', { items: null }, []],
    ['is empty where there is none', {}, []],
  ])('%s', async (_, answer, items) => {
    expect(await get(answer)).toEqual(items);
  });

  test('may be another field', async () => {
    expect(await get({ resources: [{ name: 'a' }] }, 'resources')).toEqual([{ name: 'a' }]);
  });

  test.each<[string, unknown, string]>([
    ['an answer without a body', undefined, 'the answer is empty, not an object'],
    ['items that are no list', { items: 'none' }, 'items is a string, not a list'],
    ['an item that is null', { items: [{}, null] }, 'item 2 of 2 is null, not an object'],
    ['an item that is a number', { items: [7] }, 'item 1 of 1 is a number, not an object'],
  ])('does not take %s', async (_, answer, problem) => {
    expect(await malformed(() => get(answer))).toBe(`GET /things: ${problem}; ${WAY_OUT}`);
  });
});

describe('a list by pages', () => {
  const list = async (items: readonly unknown[]): Promise<readonly unknown[]> => {
    const all: unknown[] = [];
    await listObjects({
      transport: answering({ metadata: { resourceVersion: '1' }, items }),
      path: '/things',
      labelSelector: undefined,
      pageSize: 10,
      deadlineMs: 1000,
      signal: new AbortController().signal,
      onPage: (page) => all.push(...page),
    });
    return all;
  };

  test('has its items', async () => {
    expect(await list([{ a: 1 }])).toEqual([{ a: 1 }]);
  });

  test('does not take an item that is no object', async () => {
    expect(await malformed(() => list([{}, null, {}]))).toBe(
      `LIST /things: item 2 of 3 is null, not an object; ${WAY_OUT}`,
    );
  });
});
