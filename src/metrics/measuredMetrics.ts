import { Gauge, type Registry } from 'prom-client';
import type { Controller } from '../controller/controller.js';
import { parseObjectKey } from '../model/objectKey.js';
import type { ForecastTally } from './forecastTally.js';

/** A forecast and a measurement that differ by more than this have parted. */
const TOLERATED = 0.1;

/** In-zone shares of a Service, side by side. */
interface SideBySide {
  readonly key: string;
  readonly measured: number;
  /** undefined when no traffic of it is forecast here. */
  readonly forecast: number | undefined;
}

/** What is measured of the traffic beside the forecast, read from the controller at each scrape. */
export function watchMeasured(
  registry: Registry,
  controller: Pick<Controller, 'measured'>,
  forecasts: Pick<ForecastTally, 'inZoneShareOf'>,
  perService: boolean,
): void {
  const registers = [registry];
  function* sideBySide(): Iterable<SideBySide> {
    for (const { fresh, service } of controller.measured.states()) {
      const { key, inZoneShare: measured } = service;
      if (fresh && measured !== undefined) yield { key, measured, forecast: forecasts.inZoneShareOf(key) };
    }
  }
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
  new Gauge({
    name: 'slicehints_measured_in_zone_share',
    help: 'In-zone share, mean over the Services that are both forecast and measured: by the forecast, and as measured.',
    labelNames: ['by'],
    registers,
    collect() {
      this.reset();
      let count = 0;
      const sums = { forecast: 0, measured: 0 };
      for (const { forecast, measured } of sideBySide()) {
        if (forecast === undefined) continue;
        count++;
        sums.forecast += forecast;
        sums.measured += measured;
      }
      if (count > 0) for (const [by, sum] of Object.entries(sums)) this.set({ by }, sum / count);
    },
  });
  new Gauge({
    name: 'slicehints_measured_services_parted',
    help: 'Services whose measured in-zone share differs from the forecast by more than 10 points.',
    registers,
    collect() {
      let parted = 0;
      for (const { forecast, measured } of sideBySide()) {
        if (forecast !== undefined && Math.abs(forecast - measured) > TOLERATED) parted++;
      }
      this.set(parted);
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
      for (const { key, measured } of sideBySide()) {
        const { namespace, name } = parseObjectKey(key);
        this.set({ namespace, service: name }, measured);
      }
    },
  });
}
