import { afterEach, expect, test } from 'vitest';
import type { RunningServer } from '../../src/server/httpServer.js';
import { ProcessServers } from '../../src/server/processServers.js';

const LOOPBACK = { host: '127.0.0.1', port: 0 };
const servers = new ProcessServers();
afterEach(() => servers.close());

const start = (text: string, port = 0): Promise<RunningServer | undefined> =>
  servers.start({ ...LOOPBACK, port }, (_, response) => response.end(text));
const read = async (server: RunningServer | undefined): Promise<string> =>
  (await fetch(`http://127.0.0.1:${server?.port}/`)).text();

test('each server answers at its own port, and all of them end together', async () => {
  const [first, second] = [await start('first'), await start('second')];
  expect([await read(first), await read(second)]).toEqual(['first', 'second']);
  await servers.close();
  await expect(read(first)).rejects.toThrow();
  await expect(read(second)).rejects.toThrow();
});

test('without an address there is no server', async () => {
  expect(await servers.start(undefined, () => undefined)).toBeUndefined();
});

test('where a port is in use, the servers before go on until they are closed', async () => {
  const first = await start('first');
  await expect(start('second', first?.port)).rejects.toThrow('EADDRINUSE');
  expect(await read(first)).toBe('first');
  await servers.close();
  await expect(read(first)).rejects.toThrow();
});
