import { describe, expect, test } from 'vitest';
import { Registry } from 'prom-client';
import type { Controller } from '../../src/controller/controller.js';
import type { ControllerObserver } from '../../src/controller/observer.js';
import { controllerObserver, watchController } from '../../src/metrics/controllerMetrics.js';
import { samples } from '../support/samples.js';

function make() {
  const registry = new Registry();
  const failed: string[] = [];
  const observer = controllerObserver(registry, { handlerFailed: (resource) => failed.push(resource) }, false);
  return { registry, observer, failed };
}

describe('metrics of the controller', () => {
  test.each<[string, readonly string[]]>([
    ['workqueue_adds_total', ['{name="slicehints"}']],
    ['workqueue_retries_total', ['{name="slicehints"}']],
    ['slicehints_reconcile_total', ['done', 'again', 'retry'].map((result) => `{result="${result}"}`)],
    ['slicehints_slice_writes_total', ['written', 'conflict', 'gone', 'rejected', 'withheld', 'failed'].map((result) => `{result="${result}"}`)], // prettier-ignore
    ['slicehints_reverts_total', ['reverted', 'rebuilt'].map((kind) => `{kind="${kind}"}`)],
    ['slicehints_plan_failures_total', ['']],
    ['slicehints_endpoints_moved_total', ['']],
  ])('begin at zero: %s', async (name, labels) => {
    expect(await samples(make().registry, name)).toEqual(labels.map((label) => `${name}${label} 0`));
  });

  const Q = '{name="slicehints"}';
  test.each<[string, (observer: ControllerObserver) => void, string]>([
    ['a key that is added', (o) => o.queue?.onAdded?.(), `workqueue_adds_total${Q} 1`],
    ['the wait in the queue, in seconds', (o) => o.queue?.onStarted?.(250), `workqueue_queue_duration_seconds_sum${Q} 0.25`], // prettier-ignore
    ['the time of a run, in seconds', (o) => o.queue?.onFinished?.(500, 'done'), `workqueue_work_duration_seconds_sum${Q} 0.5`], // prettier-ignore
    ['a run by its result', (o) => o.queue?.onFinished?.(1, 'again'), 'slicehints_reconcile_total{result="again"} 1'],
    ['a run that is tried again', (o) => o.queue?.onFinished?.(1, 'retry'), `workqueue_retries_total${Q} 1`],
    ['a run that is done as no retry', (o) => o.queue?.onFinished?.(1, 'done'), `workqueue_retries_total${Q} 0`],
    ['the time of a plan', (o) => o.onPlanned?.('auto', 0.25, [], 'a/b'), 'slicehints_plan_duration_seconds_sum{mode="auto"} 0.25'], // prettier-ignore
    ['a plan that failed', (o) => o.onPlanFailed?.('a/b'), 'slicehints_plan_failures_total 1'],
    ['a write by its result', (o) => o.onWrite?.('conflict', 3), 'slicehints_slice_writes_total{result="conflict"} 1'],
    ['endpoints that a write moved', (o) => o.onWrite?.('written', 3), 'slicehints_endpoints_moved_total 3'],
    ['no endpoints of a write that failed', (o) => o.onWrite?.('failed', 3), 'slicehints_endpoints_moved_total 0'],
    ['the time from event to hint', (o) => o.onHinted?.(0.5), 'slicehints_event_to_hint_seconds_sum 0.5'],
    ['a revert by its kind', (o) => o.onReverted?.('rebuilt'), 'slicehints_reverts_total{kind="rebuilt"} 1'],
  ])('show %s', async (_, happen, line) => {
    const { registry, observer } = make();
    happen(observer);
    expect((await registry.metrics()).split('\n')).toContain(line);
  });

  test('count a resync that failed as a failed handler of nodes', () => {
    const { observer, failed } = make();
    observer.onResyncFailed?.();
    expect(failed).toEqual(['nodes']);
  });

  test('read gauges off the controller when they are scraped', async () => {
    const registry = new Registry();
    const controller = {
      leading: false,
      shards: { count: 2 },
      holdsShard: (shard: number) => shard === 1,
      reflectors: [
        { name: 'nodes', synced: true, lastContactMs: 1_000 },
        { name: 'services', synced: false, lastContactMs: 9_000 },
      ],
      coexistence: { guard: { inForce: true } },
      queued: 7,
      oldestQueuedMs: 2_500,
      writeLimit: 5,
      failing: 1,
      refused: 2,
      contended: 3,
      rails: {
        held: { count: () => new Map([['stop', 5]]) },
        isStopped: true,
        isFuseBlown: false,
        budgetLeft: Infinity,
      },
      drains: {
        inForce: [
          { zone: 'a', untilMs: 60_000 },
          { zone: 'a', untilMs: 90_000 },
        ],
      },
      book: { count: () => [{ mode: 'auto', reason: 'HintsSet', services: 4 }] },
    };
    watchController(registry, controller as unknown as Controller, () => 4_000);
    const shown = async (): Promise<string[]> =>
      (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(await shown()).toEqual([
      'leader_election_master_status{name="slicehints"} 0',
      'slicehints_shard_held{shard="0"} 0',
      'slicehints_shard_held{shard="1"} 1',
      'slicehints_cache_synced{resource="nodes"} 1',
      'slicehints_cache_synced{resource="services"} 0',
      'slicehints_cache_last_contact_seconds{resource="nodes"} 3',
      // Contact during the scrape is not in the future.
      'slicehints_cache_last_contact_seconds{resource="services"} 0',
      'slicehints_guard_in_force 1',
      'slicehints_zone_drain_end_timestamp_seconds{zone="a"} 90',
      'workqueue_depth{name="slicehints"} 7',
      'slicehints_queue_oldest_seconds 2.5',
      'slicehints_write_concurrency_limit 5',
      'slicehints_services_failing 1',
      'slicehints_services_refused 2',
      'slicehints_services_contended 3',
      'slicehints_services_held_back{reason="stop"} 5',
      'slicehints_writes_stopped{by="stop"} 1',
      'slicehints_writes_stopped{by="fuse"} 0',
      'slicehints_write_budget_left +Inf',
      'slicehints_services{mode="auto",reason="HintsSet"} 4',
    ]);
    controller.leading = true;
    controller.book.count = () => [];
    const later = await shown();
    expect(later).toContain('leader_election_master_status{name="slicehints"} 1');
    expect(later.filter((line) => line.startsWith('slicehints_services{'))).toEqual([]);
  });
});
