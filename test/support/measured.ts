import type { MeasuredFigures, MeasuredService } from '../../src/measured/figures.js';
import type { ZoneDemand } from '../../src/model/demand.js';

/** `a=0.5 b=0.5`; empty: none. */
export function zoneShares(text: string): ZoneDemand[] {
  return text === ''
    ? []
    : text.split(' ').map((pair) => {
        const [zone = '', share = ''] = pair.split('=');
        return { zone, share: Number(share) };
      });
}

export function measuredService(
  demand: string,
  {
    latest = demand,
    recent,
    ...more
  }: Partial<Omit<MeasuredService, 'demand' | 'latest' | 'recent'>> & { latest?: string; recent?: string } = {},
): MeasuredService {
  return {
    key: 'shop/web',
    samples: 20,
    ageSeconds: 0,
    rate: 100,
    inZoneShare: 0.5,
    demandAgeSeconds: 60,
    ...more,
    demand: zoneShares(demand),
    latest: zoneShares(latest),
    ...(recent === undefined ? {} : { recent: zoneShares(recent) }),
  };
}

export function measuredFigures(...services: MeasuredService[]): MeasuredFigures {
  return { atSeconds: 1_800_000_000, services };
}
