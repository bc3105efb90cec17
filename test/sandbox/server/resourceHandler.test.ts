import { beforeEach, describe, expect, test } from 'vitest';
import { FaultBoard } from '../../../src/sandbox/faults/faults.js';
import type { KubeObject } from '../../../src/sandbox/schema/kubeObject.js';
import { ResourceCatalog } from '../../../src/sandbox/schema/resourceCatalog.js';
import { ResourceHandler } from '../../../src/sandbox/server/resourceHandler.js';
import { routeOf } from '../../../src/sandbox/server/requestInfo.js';
import type { ResourceRequest } from '../../../src/sandbox/server/requestInfo.js';
import { Storage } from '../../../src/sandbox/storage/storage.js';
import { ObjectStore } from '../../../src/sandbox/storage/store.js';
import type { WriteRecord } from '../../../src/sandbox/storage/writes.js';
import { FakeClock } from '../../support/fakeClock.js';
import { Sent, requestOf } from '../http.js';
import { sliceOf } from '../samples.js';

const json = 'application/json';
const core = '/api/v1/namespaces/default';
const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';

let clock: FakeClock;
let faults: FaultBoard;
let store: ObjectStore;
let handler: ResourceHandler;
let records: WriteRecord[];
const catalog = new ResourceCatalog();

beforeEach(() => {
  clock = new FakeClock();
  records = [];
  const random = (): number => 0;
  faults = new FaultBoard({ clock, random });
  store = new ObjectStore(new Storage(100, 0), catalog, { clock, random, onCommit: (record) => void records.push(record) }); // prettier-ignore
  handler = new ResourceHandler({ store, clock, random, faults, bookmarkIntervalMs: 60_000 });
  store.create('namespaces', { metadata: { name: 'default' } });
  store.create('configmaps', { metadata: { name: 'c', namespace: 'default' }, data: { a: '1' } });
});

interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: Record<string, unknown>;
}

async function send(method: string, path: string, body: unknown = '', type = json): Promise<Answer> {
  const url = new URL(path, 'http://a');
  const request = routeOf(catalog, method, url.pathname, url.searchParams) as ResourceRequest;
  const sent = new Sent();
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  await handler.handle({
    request,
    query: url.searchParams,
    incoming: requestOf(text === '' ? [] : [text], type),
    response: sent.response,
    user: 'alice',
    subject: { resource: request.definition.plural, verb: request.verb, userAgent: 'test/1', fieldManager: url.searchParams.get('fieldManager') ?? '' },
    answerOptions: {},
  }); // prettier-ignore
  const answer = sent.text;
  return {
    status: sent.status,
    headers: sent.sentHeaders as Record<string, unknown>,
    body: answer === '' ? {} : (JSON.parse(answer) as Record<string, unknown>),
  };
}

const map = { metadata: { name: 'd' }, data: { b: '2' } };

describe('a verb answers', () => {
  test.each<[string, string, string, unknown, string, number, object]>([
    ['get, with the object', 'GET', `${core}/configmaps/c`, '', json, 200, { kind: 'ConfigMap', data: { a: '1' } }],
    ['list, with the list', 'GET', `${core}/configmaps`, '', json, 200, { kind: 'ConfigMapList', items: [{ data: { a: '1' } }] }],
    ['create, with 201', 'POST', `${core}/configmaps`, map, json, 201, { data: { b: '2' } }],
    ['update, with 200', 'PUT', `${core}/configmaps/c`, { data: {} }, json, 200, { metadata: { name: 'c' } }],
    ['update of what it creates, with 201', 'PUT', '/apis/coordination.k8s.io/v1/namespaces/default/leases/l', {}, json, 201, { metadata: { name: 'l' } }],
    ['patch, with 200', 'PATCH', `${core}/configmaps/c`, { data: { b: '2' } }, 'application/merge-patch+json', 200, { data: { a: '1', b: '2' } }],
    ['apply, in YAML, with 201 for a new one', 'PATCH', `${core}/configmaps/e?fieldManager=m`, 'data: {x: y}', 'application/apply-patch+yaml', 201, { data: { x: 'y' } }],
    ['delete, with a Status', 'DELETE', `${core}/configmaps/c`, '', json, 200, { kind: 'Status', status: 'Success', details: { name: 'c', kind: 'configmaps' } }],
    ['delete of a kind that gives the object back, with it', 'DELETE', '/api/v1/namespaces/default', '', json, 200, { kind: 'Namespace' }],
    ['deletecollection, with the list', 'DELETE', `${core}/configmaps`, '', json, 200, { kind: 'ConfigMapList', items: [{ metadata: { name: 'c' } }] }],
  ])('%s', async (_, method, path, body, type, status, expected) => {
    const answer = await send(method, path, body, type);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject(expected);
  }); // prettier-ignore
});

describe('a request is refused', () => {
  test.each<[string, string, string, unknown, string, number, string]>([
    ['for what is not there', 'GET', `${core}/configmaps/x`, '', json, 404, 'configmaps "x" not found'],
    ['for a version to come', 'GET', `${core}/configmaps/c?resourceVersion=99`, '', json, 504, 'Too large resource version: 99, current: 2'],
    ['with a patch of no kind', 'PATCH', `${core}/configmaps/c`, {}, json, 415, 'Unsupported Media Type'],
    ['to be tried out in part', 'PUT', `${core}/configmaps/c?dryRun=Some`, {}, json, 422, 'dryRun: Unsupported value: ["Some"]'],
    ['with an unknown validation', 'PUT', `${core}/configmaps/c?fieldValidation=Odd`, {}, json, 400, 'fieldValidation: Unsupported value: "Odd"'],
    ['with unknown fields, when it is strict', 'PUT', `${core}/configmaps/c?fieldValidation=Strict`, { odd: 1 }, json, 400, 'strict decoding error: unknown field "odd"'],
    ['to delete with what are no options', 'DELETE', `${core}/configmaps/c`, { kind: 'Pod' }, json, 400, 'decoded object cannot be converted to DeleteOptions: Pod'],
    ['to delete another uid', 'DELETE', `${core}/configmaps/c`, { preconditions: { uid: 'u' } }, json, 409, 'the UID in the precondition (u)'],
    ['to delete another version', 'DELETE', `${core}/configmaps/c`, { preconditions: { resourceVersion: '1' } }, json, 409, 'the ResourceVersion in the precondition (1)'],
  ])('%s', async (_, method, path, body, type, code, message) => {
    await expect(send(method, path, body, type)).rejects.toMatchObject({ code, message: expect.stringContaining(message) as string });
    expect(store.get('configmaps', 'default', 'c')?.metadata.resourceVersion).toBe('2');
  }); // prettier-ignore
});

describe('a write', () => {
  test('is on record with its user, agent and manager', async () => {
    await send('POST', `${core}/configmaps?fieldManager=m`, map);
    expect(records.at(-1)).toMatchObject({ verb: 'create', user: 'alice', userAgent: 'test/1', fieldManager: 'm' });
  });

  test('warns of unknown fields, unless they are ignored', async () => {
    const warned = await send('PUT', `${core}/configmaps/c`, { odd: 1, 'ä"b': 2 });
    expect(warned.headers['warning']).toBe('299 - "unknown field \\"odd\\"", 299 - "unknown field \\"\\"b\\""');
    const ignored = await send('PUT', `${core}/configmaps/c?fieldValidation=Ignore`, { odd: 1 });
    expect(ignored.headers).not.toHaveProperty('warning');
  });

  test('that is tried out is answered and not stored', async () => {
    expect((await send('POST', `${core}/configmaps?dryRun=All`, map)).status).toBe(201);
    expect(store.get('configmaps', 'default', 'd')).toBeUndefined();
  });

  test('takes only what a selector takes in out of a collection', async () => {
    await send('POST', `${core}/configmaps`, map);
    await send('DELETE', `${core}/configmaps?fieldSelector=metadata.name%3Dd`);
    expect(store.list('configmaps').map(({ metadata }) => metadata.name)).toEqual(['c']);
  });

  test('by force takes what another owns', async () => {
    const apply = (query: string): Promise<Answer> => send('PATCH', `${core}/configmaps/c?fieldManager=m${query}`, 'data: {a: new}', 'application/apply-patch+yaml'); // prettier-ignore
    await expect(apply('&force=false')).rejects.toMatchObject({ code: 409 });
    expect((await apply('&force')).body['data']).toEqual({ a: 'new' });
  });
});

describe('an eviction', () => {
  const eviction = (options: object = {}): Promise<Answer> => send('POST', `${core}/pods/p/eviction`, { deleteOptions: options }); // prettier-ignore
  const pod = (): KubeObject | undefined => store.get('pods', 'default', 'p');
  beforeEach(() => {
    const spec = { nodeName: 'n', terminationGracePeriodSeconds: 9, containers: [{ name: 'c' }] };
    store.create('pods', { metadata: { name: 'p', namespace: 'default' }, spec });
  });

  test.each<[string, object, number | undefined]>([
    ['has the grace period of the Pod', {}, 9],
    ['has its own grace period', { gracePeriodSeconds: 5 }, 5],
    ['that is tried out marks nothing', { dryRun: ['All'] }, undefined],
  ])('%s', async (_, options, seconds) => {
    expect(await eviction(options)).toMatchObject({ status: 201, body: { status: 'Success' } });
    expect(pod()?.metadata.deletionGracePeriodSeconds).toBe(seconds);
  });
});

describe('the fault foreign-write', () => {
  const touched = (): unknown => store.get('endpointslices', 'default', 's')?.metadata.annotations;
  const touch = (): Promise<Answer> => send('PATCH', `${slices}/s`, { metadata: { labels: { a: 'b' } } }, 'application/merge-patch+json'); // prettier-ignore
  beforeEach(() => void store.create('endpointslices', sliceOf('s')));

  test('changes a slice right after it was written', async () => {
    faults.add('foreign-write');
    await touch();
    expect(touched()).toEqual({ 'foreign.example.com/touched': 'after-4' });
  });

  test('changes it later, if it is to', async () => {
    faults.add('foreign-write:ms=500');
    await touch();
    await clock.advance(499);
    expect(touched()).toBeUndefined();
    await clock.advance(1);
    expect(touched()).toBeDefined();
  });

  test('changes nothing but slices', async () => {
    faults.add('foreign-write');
    await send('PUT', `${core}/configmaps/c`, { data: {} });
    expect(faults.fired()).toEqual(new FaultBoard({ clock, random: () => 0 }).fired());
  });
});

describe('watches', () => {
  test('are open until they end, all or those that match', async () => {
    await send('GET', `${core}/configmaps?watch=true`);
    await send('GET', '/api/v1/nodes?watch=true');
    expect(handler.openWatches).toBe(2);
    handler.endWatches((subject) => subject.resource === 'nodes');
    await clock.advance(1);
    expect(handler.openWatches).toBe(1);
    handler.endWatches();
    await clock.advance(1);
    expect(handler.openWatches).toBe(0);
  });

  test('that are refused are not', async () => {
    await expect(send('GET', '/api/v1/nodes?watch=true&resourceVersion=x')).rejects.toThrow();
    expect(handler.openWatches).toBe(0);
  });
});

test('a list that goes on is gone while the fault is on, and a new one is not', async () => {
  faults.add('gone');
  await send('POST', `${core}/configmaps`, map);
  const first = (await send('GET', `${core}/configmaps?limit=1`)).body['metadata'] as { continue: string };
  await expect(send('GET', `${core}/configmaps?limit=1&continue=${first.continue}`)).rejects.toMatchObject({ code: 410 });
}); // prettier-ignore
