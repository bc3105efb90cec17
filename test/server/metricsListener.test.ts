import { afterEach, beforeEach, expect, test } from 'vitest';
import { startServer, type RunningServer } from '../../src/server/httpServer.js';
import { metricsListener } from '../../src/server/metricsListener.js';

let server: RunningServer;
let metrics: () => Promise<string>;
beforeEach(async () => {
  metrics = () => Promise.resolve('up 1\n');
  const registry = { contentType: 'text/plain; version=0.0.4', metrics: () => metrics() };
  server = await startServer({ host: '127.0.0.1', port: 0 }, metricsListener(registry));
});
afterEach(() => server.close());
const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${server.port}${path}`);

test('metrics are served at /metrics, with their type', async () => {
  const response = await get('/metrics?x=y');
  expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
    200,
    'text/plain; version=0.0.4',
    'up 1\n',
  ]);
});

test('nothing else is', async () => {
  expect((await get('/')).status).toBe(404);
});

test('metrics that cannot be collected are a 500', async () => {
  metrics = () => Promise.reject(new Error('broken'));
  const response = await get('/metrics');
  expect([response.status, await response.text()]).toEqual([500, 'Error: broken\n']);
});
