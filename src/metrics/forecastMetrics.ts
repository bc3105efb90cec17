import { Gauge, Histogram, type Registry } from 'prom-client';
import type { AddressTypeForecast } from '../hints/forecast.js';
import { ForecastTally } from './forecastTally.js';

const SHARES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1];
const LOADS = [1, 1.05, 1.1, 1.2, 1.3, 1.5, 2, 3, 5, 10, 40];
const SERVICE_LABELS = ['namespace', 'service', 'address_type'] as const;

type ServiceGauge = Gauge<(typeof SERVICE_LABELS)[number]>;

/** Forecasts: per plan as histograms, the current ones by mode, and per Service where that is enabled. */
export class ForecastMetrics {
  readonly #tally: ForecastTally;
  /** Services with a forecast. */
  readonly #keys = new Set<string>();
  readonly #inZone: Histogram<'mode'>;
  readonly #worst: Histogram<'mode'>;
  readonly #perService: { readonly inZone: ServiceGauge; readonly worst: ServiceGauge } | undefined;

  constructor(registry: Registry, perService: boolean, tally: ForecastTally = new ForecastTally()) {
    this.#tally = tally;
    const registers = [registry];
    const forecasts = this.#tally;
    new Gauge({
      name: 'slicehints_services_in_zone_share',
      help: 'Forecast part of traffic that stays in its zone, mean over Services by their last plans.',
      labelNames: ['mode'],
      registers,
      collect() {
        this.reset();
        for (const { mode, inZoneShare } of forecasts.summarise()) this.set({ mode }, inZoneShare);
      },
    });
    new Gauge({
      name: 'slicehints_services_worst_load',
      help: 'Forecast load of the busiest endpoint over the mean, of the worst Service by their last plans.',
      labelNames: ['mode'],
      registers,
      collect() {
        this.reset();
        for (const { mode, worstLoad } of forecasts.summarise()) this.set({ mode }, worstLoad);
      },
    });
    this.#inZone = new Histogram({
      name: 'slicehints_forecast_in_zone_share',
      help: 'Forecast part of traffic that stays in its zone, per plan.',
      labelNames: ['mode'],
      buckets: SHARES,
      registers,
    });
    this.#worst = new Histogram({
      name: 'slicehints_forecast_worst_load',
      help: 'Forecast load of the busiest endpoint over the mean, per plan.',
      labelNames: ['mode'],
      buckets: LOADS,
      registers,
    });
    if (!perService) return;
    const labelNames = SERVICE_LABELS;
    this.#perService = {
      inZone: new Gauge({
        name: 'slicehints_service_in_zone_share',
        help: 'Forecast in-zone share of a Service.',
        labelNames,
        registers,
      }),
      worst: new Gauge({
        name: 'slicehints_service_worst_load',
        help: 'Forecast worst load of a Service.',
        labelNames,
        registers,
      }),
    };
  }

  /** A plan was made to be carried out. */
  observe(mode: string, forecast: readonly AddressTypeForecast[]): void {
    for (const { inZoneShare, worstLoad, steered } of forecast) {
      if (steered === false) continue;
      this.#inZone.observe({ mode }, inZoneShare);
      this.#worst.observe({ mode }, worstLoad);
    }
  }

  /** The forecast of a Service as it stands now. */
  set(mode: string, forecast: readonly AddressTypeForecast[], key: string): void {
    this.#tally.note(key, mode, forecast);
    if (forecast.length === 0) this.#keys.delete(key);
    else this.#keys.add(key);
    if (this.#perService === undefined) return;
    this.#clear(key);
    for (const { addressType, inZoneShare, worstLoad, steered } of forecast) {
      if (steered === false) continue;
      const labels = labelsOf(key, addressType);
      this.#perService.inZone.set(labels, inZoneShare);
      this.#perService.worst.set(labels, worstLoad);
    }
  }

  forget(key: string): void {
    this.#tally.forget(key);
    this.#keys.delete(key);
    this.#clear(key);
  }

  forgetAll(isForgotten: (key: string) => boolean): void {
    for (const key of [...this.#keys]) if (isForgotten(key)) this.forget(key);
  }

  #clear(key: string): void {
    for (const addressType of ['IPv4', 'IPv6', 'FQDN']) {
      this.#perService?.inZone.remove(labelsOf(key, addressType));
      this.#perService?.worst.remove(labelsOf(key, addressType));
    }
  }
}

function labelsOf(key: string, addressType: string): Record<(typeof SERVICE_LABELS)[number], string> {
  const [namespace = '', service = ''] = key.split('/');
  return { namespace, service, address_type: addressType };
}
