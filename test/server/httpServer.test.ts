import { describe, expect, test } from 'vitest';
import type { IncomingMessage } from 'node:http';
import { requestUrl, startServer } from '../../src/server/httpServer.js';

const loopback = { host: '127.0.0.1', port: 0 };

describe('the URL of a request', () => {
  test.each<[string | undefined, string | undefined]>([
    ['/metrics', '/metrics'],
    ['/readyz?verbose', '/readyz'],
    ['http://elsewhere/healthz', '/healthz'],
    [undefined, '/'],
    ['//', undefined],
  ])('%p has the path %p', (url, expected) => {
    expect(requestUrl({ url } as IncomingMessage)?.pathname).toBe(expected);
  });
});

describe('a server', () => {
  test('answers on the port that it reports', async () => {
    const server = await startServer(loopback, (_request, response) => response.end('here'));
    try {
      expect(server.host).toBe('127.0.0.1');
      expect(await (await fetch(`http://127.0.0.1:${server.port}/`)).text()).toBe('here');
    } finally {
      await server.close();
    }
  });

  test('that cannot bind its address rejects with the cause', async () => {
    const server = await startServer(loopback, () => undefined);
    try {
      await expect(startServer({ ...loopback, port: server.port }, () => undefined)).rejects.toMatchObject({
        code: 'EADDRINUSE',
      });
    } finally {
      await server.close();
    }
  });

  test('that closes ends requests that wait for an answer, and its port is free', async () => {
    let arrived = (): void => undefined;
    const reached = new Promise<void>((resolve) => (arrived = resolve));
    const server = await startServer(loopback, () => arrived());
    const waiting = fetch(`http://127.0.0.1:${server.port}/`).then(
      () => 'answered',
      () => 'ended',
    );
    await reached;
    await server.close();
    expect(await waiting).toBe('ended');
    const next = await startServer({ ...loopback, port: server.port }, () => undefined);
    expect(next.port).toBe(server.port);
    await next.close();
  });
});
