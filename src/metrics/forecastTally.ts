/** The figures of one address type of a Service (AddressTypeForecast in src/hints). */
export interface TypeForecast {
  readonly inZoneShare: number;
  readonly worstLoad: number;
}

/** What the Services of one mode come to, as they stand now. */
export interface ForecastSummary {
  readonly mode: string;
  /** Mean over Services and address types, each counted once, a fraction of 1. */
  readonly inZoneShare: number;
  /** Of the Service whose busiest endpoint is loaded most: its load over the mean. */
  readonly worstLoad: number;
}

/**
 * The last forecast of every Service that takes part, put together by mode: a state, where the histograms of plans only
 * show what was planned lately. Holds one entry per Service, so its size is bounded by the cluster.
 */
export class ForecastTally {
  readonly #services = new Map<string, { readonly mode: string; readonly forecasts: readonly TypeForecast[] }>();

  /** An address type of which nothing can be used carries no traffic and does not count. */
  note(key: string, mode: string, forecast: readonly TypeForecast[]): void {
    const forecasts = forecast.filter(({ worstLoad }) => worstLoad > 0);
    if (forecasts.length === 0) this.#services.delete(key);
    else this.#services.set(key, { mode, forecasts });
  }

  forget(key: string): void {
    this.#services.delete(key);
  }

  /** The lowest in-zone share of a Service's address types; undefined when no traffic of it is forecast. */
  inZoneShareOf(key: string): number | undefined {
    const shares = this.#services.get(key)?.forecasts.map(({ inZoneShare }) => inZoneShare) ?? [];
    return shares.length === 0 ? undefined : Math.min(...shares);
  }

  /** One for each mode that has Services with traffic, sorted by mode. */
  summarise(): ForecastSummary[] {
    const sums = new Map<string, { count: number; inZone: number; worst: number }>();
    for (const { mode, forecasts } of this.#services.values()) {
      const sum = sums.get(mode) ?? { count: 0, inZone: 0, worst: 0 };
      sums.set(mode, sum);
      for (const { inZoneShare, worstLoad } of forecasts) {
        sum.count++;
        sum.inZone += inZoneShare;
        sum.worst = Math.max(sum.worst, worstLoad);
      }
    }
    return [...sums]
      .map(([mode, { count, inZone, worst }]) => ({ mode, inZoneShare: inZone / count, worstLoad: worst }))
      .sort((a, b) => (a.mode < b.mode ? -1 : 1));
  }
}
