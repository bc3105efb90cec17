import { Gauge, type Registry } from 'prom-client';
import type { Controller } from '../controller/controller.js';

/** Name of our queue and lease in metrics that other components have too. */
export const NAME = 'slicehints';

/** Gauges that are read off the controller when somebody scrapes. */
export function watchController(registry: Registry, controller: Controller, monotonicMs: () => number): void {
  const registers = [registry];
  new Gauge({
    name: 'leader_election_master_status',
    help: '1 on the replica that leads, 0 elsewhere.',
    labelNames: ['name'],
    registers,
    collect() {
      this.set({ name: NAME }, controller.leading ? 1 : 0);
    },
  });
  new Gauge({
    name: 'slicehints_cache_synced',
    help: '1 once the cache of a resource has been filled.',
    labelNames: ['resource'],
    registers,
    collect() {
      for (const { name, synced } of controller.reflectors) this.set({ resource: name }, synced ? 1 : 0);
    },
  });
  new Gauge({
    name: 'slicehints_cache_last_contact_seconds',
    help: 'Time since the API server last sent anything for a resource.',
    labelNames: ['resource'],
    registers,
    collect() {
      for (const { name, lastContactMs } of controller.reflectors) {
        this.set({ resource: name }, Math.max(0, monotonicMs() - lastContactMs) / 1000);
      }
    },
  });
  new Gauge({
    name: 'slicehints_guard_in_force',
    help: '1 while the guard keeps our hints on slices that other writers update, 0 while there is none.',
    registers,
    collect() {
      this.set(controller.coexistence.guard.inForce ? 1 : 0);
    },
  });
  new Gauge({
    name: 'slicehints_queue_oldest_seconds',
    help: 'Age of the Service that has waited or been worked on for longest; 0 when there is none.',
    registers,
    collect() {
      this.set(controller.oldestQueuedMs / 1000);
    },
  });
  new Gauge({
    name: 'slicehints_services_failing',
    help: 'Services whose last try failed and that wait to be tried again.',
    registers,
    collect() {
      this.set(controller.failing);
    },
  });
  new Gauge({
    name: 'slicehints_services_refused',
    help: 'Services with a slice whose patch the API server refused at their last try.',
    registers,
    collect() {
      this.set(controller.refused);
    },
  });
  new Gauge({
    name: 'slicehints_services_contended',
    help: 'Services left alone for now because another writer keeps undoing their hints.',
    registers,
    collect() {
      this.set(controller.contended);
    },
  });
  new Gauge({
    name: 'slicehints_services',
    help: 'Services that take part, by mode and reason of their verdict.',
    labelNames: ['mode', 'reason'],
    registers,
    collect() {
      this.reset();
      for (const { mode, reason, services } of controller.book.count()) this.set({ mode, reason }, services);
    },
  });
}
