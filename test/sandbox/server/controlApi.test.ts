import { beforeEach, describe, expect, test } from 'vitest';
import { FaultBoard } from '../../../src/sandbox/faults/faults.js';
import { ControlApi, isControlPath } from '../../../src/sandbox/server/controlApi.js';
import { FakeClock } from '../../support/fakeClock.js';
import { Sent, requestOf } from '../http.js';

let faults: FaultBoard;
let api: ControlApi;
beforeEach(() => {
  faults = new FaultBoard({ clock: new FakeClock(), random: () => 0 });
  api = new ControlApi(faults);
});

async function send(method: string, path = '/sandbox/faults', body = ''): Promise<[number, unknown]> {
  const sent = new Sent();
  await api.handle(requestOf(body === '' ? [] : [body], undefined, { method }), sent.response, path);
  return [sent.status, JSON.parse(sent.text)];
}

const on = (): string[] => faults.list().map(({ spec }) => spec.name);

test.each([
  ['/sandbox/faults', true],
  ['/sandbox/faults/3', true],
  ['/sandbox/faultsome', false],
  ['/sandbox', false],
  ['/api/v1/sandbox/faults', false],
])('%s is a path of the sandbox itself: %s', (path, expected) => {
  expect(isControlPath(path)).toBe(expected);
});

describe('the fault board over HTTP', () => {
  test.each([
    ['gone:rate=0.5', { name: 'gone', rate: 0.5 }],
    [' {"name":"latency","ms":5}', { name: 'latency', ms: 5 }],
  ])('POST %j switches it on', async (body, spec) => {
    const [status, answer] = await send('POST', undefined, body);
    expect([status, answer]).toEqual([201, faults.list()[0]]);
    expect(faults.list()[0]?.spec).toEqual(spec);
  });

  test.each([
    ['', 400, 'Expected a fault name'],
    ['earthquake', 400, 'got "earthquake".'],
    ['{"name":"latency","odd":1}', 400, 'got "odd".'],
    ['{"name"', 400, "couldn't get version/kind; json parse error"],
  ])('POST %j is refused', async (body, code, message) => {
    await expect(send('POST', undefined, body)).rejects.toMatchObject({ code, message: expect.stringContaining(message) as string }); // prettier-ignore
    expect(on()).toEqual([]);
  });

  test('GET lists what is on and what struck', async () => {
    faults.add('gone');
    faults.take('gone', { resource: 'nodes', verb: 'list', userAgent: '', fieldManager: '' });
    expect(await send('GET')).toEqual([200, { active: faults.list(), fired: faults.fired() }]);
    expect(JSON.stringify(faults.fired())).toContain('gone');
  });

  test.each<[string, number, string[]]>([
    ['/sandbox/faults', 3, []],
    ['/sandbox/faults/gone', 2, ['restart']],
    ['/sandbox/faults/2', 1, ['gone', 'gone']],
  ])('DELETE %s removes %i', async (path, removed, left) => {
    for (const fault of ['gone', 'restart:everyMs=1000', 'gone:rate=0']) faults.add(fault);
    expect(await send('DELETE', path)).toEqual([200, { removed }]);
    expect(on()).toEqual(left);
  });

  test.each(['9', 'latency', 'a%20b'])('DELETE of %s, which is not on, is refused', async (which) => {
    faults.add('gone');
    await expect(send('DELETE', `/sandbox/faults/${which}`)).rejects.toMatchObject({ code: 404, message: `No fault "${decodeURIComponent(which)}" is on.` }); // prettier-ignore
  });

  test('DELETE of all where none is on removes none', async () => {
    expect(await send('DELETE')).toEqual([200, { removed: 0 }]);
  });

  test('other methods do not exist', async () => {
    await expect(send('PUT')).rejects.toMatchObject({ code: 405 });
  });
});
