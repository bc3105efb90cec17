import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseBindAddress } from '../../src/server/bindAddress.js';
import { healthListener } from '../../src/server/health.js';
import { startServer, type RunningServer } from '../../src/server/httpServer.js';

describe('bind addresses', () => {
  test.each([
    [':8080', { host: undefined, port: 8080 }],
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['[::1]:80', { host: '::1', port: 80 }],
    ['localhost:65535', { host: 'localhost', port: 65535 }],
    ['0', undefined],
  ])('%s is read', (text, address) => {
    expect(parseBindAddress(text)).toEqual(address);
  });

  test.each(['', '8080', ':', ':x', ':65536', '::1:80', '[::1]'])('"%s" is refused in one sentence', (text) => {
    expect(() => parseBindAddress(text)).toThrow(new RangeError(`expected host:port, :port or 0, got "${text}"`));
  });
});

describe('health', () => {
  let server: RunningServer;
  let problem: string | undefined;
  beforeEach(async () => {
    problem = undefined;
    server = await startServer(
      { host: '127.0.0.1', port: 0 },
      healthListener({
        healthz: [{ name: 'event-loop', check: () => ({}) }],
        readyz: [
          { name: 'cache-nodes', check: () => (problem === undefined ? {} : { problem }) },
          { name: 'guard', check: () => ({ note: 'not in force' }) },
        ],
      }),
    );
  });
  afterEach(() => server.close());

  const ask = async (path: string, method = 'GET'): Promise<[number, string]> => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
    return [response.status, await response.text()];
  };

  test.each<[string, number, string]>([
    ['/healthz', 200, 'ok\n'],
    ['/livez', 200, 'ok\n'],
    ['/readyz', 200, 'ok\n'],
    ['/readyz?verbose', 200, '[+]cache-nodes ok\n[+]guard ok: not in force\nreadyz check passed\n'],
    ['/readyz/guard?verbose', 200, '[+]guard ok: not in force\nreadyz check passed\n'],
    ['/readyz/none', 404, 'not found\n'],
    ['/', 404, 'not found\n'],
    // What is no URL ends the request, not the process.
    ['//', 404, 'not found\n'],
  ])('%s answers %d', async (path, status, text) => {
    expect(await ask(path)).toEqual([status, text]);
  });

  test('a failed check is 500 and is named without being asked; it can be left out', async () => {
    problem = 'not synced yet';
    const failed = '[-]cache-nodes failed: not synced yet\n[+]guard ok: not in force\nreadyz check failed\n';
    expect(await ask('/readyz')).toEqual([500, failed]);
    expect(await ask('/readyz?exclude=cache-nodes')).toEqual([200, 'ok\n']);
    expect((await ask('/healthz'))[0]).toBe(200);
  });

  test('only GET and HEAD are taken', async () => {
    expect(await ask('/healthz', 'POST')).toEqual([405, 'method not allowed\n']);
    expect(await ask('/healthz', 'HEAD')).toEqual([200, '']);
  });
});
