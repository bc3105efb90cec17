import { Gauge, type Registry } from 'prom-client';
import type { Controller } from '../controller/controller.js';
import { parseObjectKey } from '../model/objectKey.js';

/** What is measured of the traffic, read from the controller at each scrape. */
export function watchMeasured(registry: Registry, controller: Pick<Controller, 'measured'>, perService: boolean): void {
  const registers = [registry];
  new Gauge({
    name: 'slicehints_measured_services',
    help: 'Services whose traffic is measured: fresh figures are planned with, stale ones are not.',
    labelNames: ['state'],
    registers,
    collect() {
      const counts = { fresh: 0, stale: 0 };
      for (const { fresh } of controller.measured.states()) counts[fresh ? 'fresh' : 'stale']++;
      for (const [state, count] of Object.entries(counts)) this.set({ state }, count);
    },
  });
  if (!perService) return;
  new Gauge({
    name: 'slicehints_service_measured_in_zone_share',
    help: 'Measured in-zone share of a Service, smoothed over 15 minutes.',
    labelNames: ['namespace', 'service'],
    registers,
    collect() {
      this.reset();
      for (const { fresh, service } of controller.measured.states()) {
        const { namespace, name } = parseObjectKey(service.key);
        if (fresh && service.inZoneShare !== undefined) this.set({ namespace, service: name }, service.inZoneShare);
      }
    },
  });
}
