import { describe, expect, test } from 'vitest';
import { Registry } from 'prom-client';
import { ApiError } from '../../src/kube/rest/transport.js';
import { ClientMetrics } from '../../src/metrics/clientMetrics.js';
import { samples } from '../support/samples.js';

function make(): { registry: Registry; client: ClientMetrics } {
  const registry = new Registry();
  return { registry, client: new ClientMetrics(registry) };
}

describe('metrics of the client', () => {
  test('count Events by result from zero on, so that the first drop is an increase', async () => {
    const { registry, client } = make();
    const before = await samples(registry, 'slicehints_events_total');
    expect(before).toEqual(
      ['created', 'patched', 'retried', 'spam', 'coalesced', 'queue-full', 'too-old', 'refused', 'failed'].map(
        (result, i) =>
          i < 3
            ? `slicehints_events_total{result="${result}"} 0`
            : `slicehints_events_total{result="dropped_${result}"} 0`,
      ),
    );
    client.recorderObserver.onDropped?.('queue-full');
    expect(await samples(registry, 'slicehints_events_total')).toContain(
      'slicehints_events_total{result="dropped_queue-full"} 1',
    );
  });

  test('count Events that are written, and writes that are tried again', async () => {
    const { registry, client } = make();
    client.recorderObserver.onWritten?.('created');
    client.recorderObserver.onWritten?.('patched');
    client.recorderObserver.onRetry?.(new ApiError('network', 'reset'));
    expect((await samples(registry, 'slicehints_events_total')).filter((line) => line.endsWith(' 1'))).toEqual(
      ['created', 'patched', 'retried'].map((result) => `slicehints_events_total{result="${result}"} 1`),
    );
  });

  test('count and time requests by method, host and code', async () => {
    const { registry, client } = make();
    for (const code of ['200', '200', '<error>']) {
      client.onRequest({ method: 'GET', host: '10.0.0.1', code, seconds: 0.5 });
    }
    expect(await samples(registry, 'rest_client_requests_total')).toEqual([
      'rest_client_requests_total{method="GET",host="10.0.0.1",code="200"} 2',
      'rest_client_requests_total{method="GET",host="10.0.0.1",code="<error>"} 1',
    ]);
    expect(await samples(registry, 'rest_client_request_duration_seconds_sum')).toEqual([
      'rest_client_request_duration_seconds_sum{method="GET",host="10.0.0.1"} 1.5',
    ]);
  });

  test('of reflectors begin at zero for each resource and each end of a watch', async () => {
    const { registry, client } = make();
    client.startAtZero(['nodes']);
    for (const name of ['list_failures_total', 'handler_errors_total', 'bad_objects_total']) {
      expect(await samples(registry, `slicehints_reflector_${name}`)).toEqual([
        `slicehints_reflector_${name}{resource="nodes"} 0`,
      ]);
    }
    const ends = await samples(registry, 'slicehints_reflector_watch_ends_total');
    expect(ends.map((line) => /reason="(\w+)"} 0$/.exec(line)?.[1])).toEqual([
      ...['closed', 'expired', 'silent', 'refused', 'unmarked', 'unfinished', 'error'],
    ]);
  });

  test.each<[string, (client: ClientMetrics) => void, string]>([
    ['a list', ({ reflectorObserver: o }) => o.onList?.('nodes', { how: 'stream', items: 3, seconds: 2 }), 'lists_total{resource="nodes",how="stream"} 1'], // prettier-ignore
    ['the time of a list', ({ reflectorObserver: o }) => o.onList?.('nodes', { how: 'pages', items: 3, seconds: 2 }), 'list_duration_seconds_sum{resource="nodes"} 2'], // prettier-ignore
    ['a list that failed', ({ reflectorObserver: o }) => o.onListFailed?.('nodes', new ApiError('network', 'reset')), 'list_failures_total{resource="nodes"} 1'], // prettier-ignore
    ['the end of a watch', ({ reflectorObserver: o }) => o.onWatchEnd?.('nodes', 'silent'), 'watch_ends_total{resource="nodes",reason="silent"} 1'], // prettier-ignore
    ['an event', ({ reflectorObserver: o }) => o.onEvent?.('nodes', 'ADDED'), 'events_total{resource="nodes",type="ADDED"} 1'], // prettier-ignore
    ['an object that cannot be read', ({ reflectorObserver: o }) => o.onBadEvent?.('nodes'), 'bad_objects_total{resource="nodes"} 1'], // prettier-ignore
    ['a handler that throws', ({ reflectorObserver: o }) => o.onHandlerError?.('nodes'), 'handler_errors_total{resource="nodes"} 1'], // prettier-ignore
    ['a resync that throws', (client) => client.handlerFailed('nodes'), 'handler_errors_total{resource="nodes"} 1'],
  ])('count %s', async (_, happen, line) => {
    const { registry, client } = make();
    happen(client);
    expect((await registry.metrics()).split('\n')).toContain(`slicehints_reflector_${line}`);
  });
});
