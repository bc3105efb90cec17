import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ObserveReport, RoundResult } from '../observe/observer.js';
import { LATENCY_SECONDS } from './buckets.js';

const RESULTS: readonly RoundResult[] = [
  'ok',
  'network',
  'timeout',
  'status',
  'too-large',
  'not-json',
  'credentials',
  'unusable',
  'write',
];

/** The metrics of `slicehints observe`; docs/measured.md lists them. @param wallMs for the time of the last success */
export function observeReport(registry: Registry, wallMs: () => number): ObserveReport {
  const registers = [registry];
  const rounds = new Counter({
    name: 'slicehints_observe_rounds_total',
    help: 'Queries by result: ok, or why the answer was not used or the ConfigMap not written.',
    labelNames: ['result'],
    registers,
  });
  for (const result of RESULTS) rounds.inc({ result }, 0);
  const seconds = new Histogram({
    name: 'slicehints_observe_round_duration_seconds',
    help: 'Time of a query with the write of the ConfigMap.',
    buckets: LATENCY_SECONDS,
    registers,
  });
  const last = new Gauge({
    name: 'slicehints_observe_last_success_timestamp_seconds',
    help: 'Unix time of the last answer that was used and written; 0 before the first.',
    registers,
  });
  const services = new Gauge({
    name: 'slicehints_observe_services',
    help: 'Services of which something is known: fresh ones can be planned with, the others have too few or too old samples.',
    labelNames: ['state'],
    registers,
  });
  const ignored = new Gauge({
    name: 'slicehints_observe_ignored_series',
    help: 'Series of the last answer that were ignored, by reason.',
    labelNames: ['reason'],
    registers,
  });
  return {
    onRound: (result, took) => {
      rounds.inc({ result });
      seconds.observe(took);
      if (result === 'ok') last.set(Math.floor(wallMs() / 1000));
    },
    onLearned: (counts) => {
      services.set({ state: 'fresh' }, counts.fresh);
      services.set({ state: 'other' }, counts.services - counts.fresh);
    },
    onIgnored: (list) => {
      ignored.reset();
      for (const { reason, count } of list) ignored.set({ reason }, count);
    },
  };
}
