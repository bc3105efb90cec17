import { describe, expect, test } from 'vitest';
import { startServer } from '../../src/server/httpServer.js';
import { Metrics } from '../../src/metrics/metrics.js';
import { samples } from '../support/samples.js';

describe('the server of metrics', () => {
  test.each([
    ['/metrics', 200],
    ['/metrics?name[]=x', 200],
    ['/', 404],
    // What is no URL ends the request, not the process.
    ['//', 404],
  ])('%s answers %d', async (path, status) => {
    const metrics = new Metrics({ version: '0', perService: false });
    const server = await startServer({ host: '127.0.0.1', port: 0 }, metrics.listener());
    try {
      const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
      await response.text();
      expect(response.status).toBe(status);
    } finally {
      await server.close();
    }
  });
});

describe('metrics', () => {
  test('name the version', async () => {
    const { registry } = new Metrics({ version: '1.2.3', perService: false });
    expect(await samples(registry, 'slicehints_build_info')).toEqual([
      `slicehints_build_info{version="1.2.3",node="${process.version}"} 1`,
    ]);
  });

  test('count and time reviews of the guard, from zero on', async () => {
    const metrics = new Metrics({ version: '0', perService: false });
    const reviews = 'slicehints_guard_reviews_total';
    expect(await samples(metrics.registry, reviews)).toEqual([`${reviews}{code="200"} 0`]);
    metrics.onReview({ status: 400, ms: 500 });
    expect(await samples(metrics.registry, reviews)).toEqual([`${reviews}{code="200"} 0`, `${reviews}{code="400"} 1`]);
    expect(await samples(metrics.registry, 'slicehints_guard_review_duration_seconds_sum')).toEqual([
      'slicehints_guard_review_duration_seconds_sum 0.5',
    ]);
  });
});
