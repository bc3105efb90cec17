import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ServerResponse } from 'node:http';
import { pino } from 'pino';
import { systemClock } from '../../../src/kube/clock.js';
import { anonymousAccess } from '../../../src/kube/auth/credentials.js';
import { HttpTransport } from '../../../src/kube/rest/httpTransport.js';
import { Reflector } from '../../../src/kube/cache/reflector.js';
import {
  answer,
  begin,
  lines,
  refuse,
  reset,
  ScriptedServer,
  silence,
  type Script,
} from '../../support/scriptedServer.js';

interface Thing {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
}

const thing = (name: string, resourceVersion: string): Thing => ({ metadata: { name, resourceVersion } });
const added = (name: string, version: string): object => ({ type: 'ADDED', object: thing(name, version) });
const end = {
  type: 'BOOKMARK',
  object: { metadata: { resourceVersion: '10', annotations: { 'k8s.io/initial-events-end': 'true' } } },
};

let server: ScriptedServer;
let transport: HttpTransport;
let stop: AbortController;
let running: Promise<void>;

beforeEach(async () => {
  server = await new ScriptedServer().listen();
  transport = new HttpTransport({
    access: anonymousAccess(server.url),
    userAgent: 'slicehints/test',
    clock: systemClock,
    requestTimeoutMs: 1000,
  });
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  await running;
  transport.close();
  await server.close();
});

/** Runs a reflector without pauses until it knows what is wanted. */
async function reach(wanted: Record<string, string>): Promise<string[]> {
  const ends: string[] = [];
  await new Promise<void>((resolve) => {
    const reflector: Reflector<Thing> = new Reflector<Thing>({
      name: 'things',
      transport,
      path: '/api/v1/things',
      transform: (raw) => raw as Thing,
      events: { onChange: () => setImmediate(check) },
      observer: {
        onWatchEnd: (_name, reason) => ends.push(reason),
        onListFailed: (_name, { kind, status }) => ends.push(`list ${kind} ${status}`),
        onList: () => setImmediate(check),
      },
      clock: systemClock,
      random: () => 0,
      logger: pino({ level: 'silent' }),
      bookmarkIntervalMs: 500,
      initialEventsTimeoutMs: 2000,
      listTimeoutMs: 2000,
    });
    const check = (): void => {
      const known = [...reflector.items].map(([key, { metadata }]) => [key, metadata.resourceVersion]);
      if (JSON.stringify(Object.fromEntries(known)) === JSON.stringify(wanted)) resolve();
    };
    running = reflector.run(stop.signal);
  });
  return ends;
}

describe('a reflector over a real connection reaches the truth through', () => {
  const open: Script = begin(lines(added('a', '5'), end), 'silence');

  test('a server that refuses, resets and stays silent before it streams', async () => {
    server.next.push(
      refuse(503, 'ServiceUnavailable'),
      // The connection was used before, so the first reset costs nothing.
      reset,
      reset,
      silence,
      refuse(429, 'TooManyRequests'),
      refuse(403, 'Forbidden'),
    );
    server.script = open;
    expect(await reach({ a: '5' })).toEqual([
      'error',
      'list http 503',
      'error',
      'list network 0',
      'error',
      'list timeout 0',
      'error',
      'list http 429',
      'error',
      'list http 403',
    ]);
  });

  test('a stream that is torn in its middle', async () => {
    server.next.push(begin(lines(added('x', '1')) + '{"type":"ADDED","obj', 'reset'));
    server.script = open;
    expect(await reach({ a: '5' })).toEqual(['unfinished', 'list network 0']);
  });

  test('a watch that goes silent without closing', async () => {
    server.next.push(open);
    server.script = begin(lines(added('b', '11')), 'silence');
    expect(await reach({ a: '5', b: '11' })).toEqual(['silent']);
    expect(server.requests[1]?.url.searchParams.get('resourceVersion')).toBe('10');
  });

  test('a watch that is torn in the middle of a line', async () => {
    server.next.push(
      begin(lines(added('a', '5'), end, { type: 'MODIFIED', object: thing('a', '12') }) + '{"type":"DEL', 'reset'),
    );
    server.script = begin(lines({ type: 'DELETED', object: thing('a', '13') }, added('c', '14')), 'silence');
    expect(await reach({ c: '14' })).toEqual(['error']);
    expect(server.requests[1]?.url.searchParams.get('resourceVersion')).toBe('12');
  });

  test('410 on the watch and on a continue token of an old server', async () => {
    const list = (items: Thing[], version: string, token = ''): Script =>
      answer(200, { metadata: { resourceVersion: version, continue: token }, items });
    server.next.push(
      refuse(422, 'Invalid'),
      list([thing('gone', '1'), thing('a', '2')], '20'),
      refuse(410, 'Expired'),
      list([thing('half', '3')], '30', 'token'),
      refuse(410, 'Expired'),
      list([thing('a', '2')], '40', 'token'),
      list([thing('b', '31')], '40'),
    );
    server.script = begin('', 'silence');
    expect((await reach({ a: '2', b: '31' })).slice(0, 2)).toEqual(['refused', 'expired']);
    const tokens = server.requests.slice(0, 7).map(({ url }) => url.searchParams.get('continue'));
    expect(tokens).toEqual([null, null, null, null, 'token', null, 'token']);
  });

  test('a server that lies: lists that are none, and lines of rubbish', async () => {
    server.next.push(
      answer(405, '<html>'),
      answer(200, '<html>'),
      answer(200, { kind: 'Status' }),
      answer(200, { metadata: { resourceVersion: '1' }, items: [null, 7, { metadata: 'x' }, thing('a', '1')] }),
    );
    server.script = begin(lines('rubbish', '{}', { type: 'ADDED' }, { type: 'BOOKMARK' }, added('b', '2')), 'silence');
    expect((await reach({ a: '1', b: '2' })).slice(0, 3)).toEqual(['refused', 'list malformed 0', 'list malformed 0']);
  });
});

test('thirty requests with one signal are no leak', async () => {
  running = Promise.resolve();
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on('warning', onWarning);
  const slow = (_request: unknown, response: ServerResponse): void => void setTimeout(() => response.end('{}'), 20);
  server.script = slow;
  await Promise.all(
    Array.from({ length: 30 }, () =>
      transport.send({ method: 'GET', path: '/x', signal: stop.signal, deadlineMs: 30_000 }),
    ),
  );
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
});
