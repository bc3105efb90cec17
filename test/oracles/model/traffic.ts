import type { Demand, Traffic } from './demand.js';
import { consumed, usedBy, type ProxyEndpoint } from './proxy.js';

/** Every node spreads its traffic evenly over the endpoints that its proxy uses. */
export function trafficOf(endpoints: readonly ProxyEndpoint[], demand: Demand): Traffic {
  const all = consumed(endpoints);
  const load = new Map<string, number>();
  const zones = new Map(demand.zones.map(({ zone, share }) => [zone, { zone, share, usable: 0, inZone: 0 }]));
  let inZoneShare = 0;
  // Nodes of one zone that no node hint names fare alike.
  const named = new Set(endpoints.flatMap(({ forNodes }) => forNodes));
  const known = new Map<string, { used: readonly ProxyEndpoint[]; near: number }>();
  for (const source of demand.sources) {
    const key = named.has(source.name) ? `node ${source.name}` : `zone ${source.zone}`;
    let use = known.get(key);
    if (use === undefined) {
      const used = usedBy(source, endpoints);
      known.set(key, (use = { used, near: used.filter(({ zone }) => zone === source.zone).length }));
    }
    const count = use.used.length;
    for (const { address } of use.used) load.set(address, (load.get(address) ?? 0) + source.share / count);
    const near = count === 0 ? 0 : use.near / count;
    inZoneShare += source.share * near;
    const own = zones.get(source.zone);
    // A zone without demand sends nothing that could be shared out.
    if (own === undefined || own.share === 0) continue;
    own.usable += (source.share / own.share) * count;
    own.inZone += (source.share / own.share) * near;
  }
  return {
    inZoneShare,
    // Without any demand that can be told apart no endpoint has more than the others.
    worstLoad: demand.sources.length === 0 && all.length > 0 ? 1 : Math.max(0, ...load.values()) * all.length,
    byZone: [...zones.values()].map(({ zone, share, usable, inZone }) => ({
      zone,
      share,
      usableEndpoints: usable,
      inZoneShare: inZone,
    })),
  };
}

/** Whether two forecasts are the same but for rounding errors. */
export function sameTraffic(a: Traffic, b: Traffic): boolean {
  const near = (x: number, y: number): boolean => Math.abs(x - y) <= 1e-6 * Math.max(1, Math.abs(y));
  return (
    near(a.inZoneShare, b.inZoneShare) &&
    near(a.worstLoad, b.worstLoad) &&
    a.byZone.length === b.byZone.length &&
    a.byZone.every((zone, i) => {
      const other = b.byZone[i];
      return (
        other?.zone === zone.zone &&
        near(zone.share, other.share) &&
        (zone.share < 1e-15 ||
          (near(zone.usableEndpoints, other.usableEndpoints) && near(zone.inZoneShare, other.inZoneShare)))
      );
    })
  );
}
