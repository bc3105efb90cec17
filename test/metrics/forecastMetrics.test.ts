import { describe, expect, test } from 'vitest';
import { unsteeredForecast, type AddressTypeForecast } from '../../src/hints/forecast.js';
import { Metrics } from '../../src/metrics/metrics.js';
import { LiveCluster, until } from '../support/liveController.js';
import { samples } from '../support/samples.js';

const make = (perService = false): Metrics => new Metrics({ version: '1.2.3', perService });

describe('metrics of forecasts', () => {
  test('show the state of forecasts as it is when it is scraped', async () => {
    const metrics = make();
    const { observer } = metrics;
    expect(await samples(metrics.registry, 'slicehints_services_in_zone_share')).toEqual([]);
    const forecast = { addressType: 'IPv4', inZoneShare: 0.75, worstLoad: 1.5, byZone: [] };
    observer.onPlanned?.('balanced', 0.001, [forecast], 'shop/cart');
    expect(await samples(metrics.registry, 'slicehints_services_in_zone_share')).toEqual([
      'slicehints_services_in_zone_share{mode="balanced"} 0.75',
    ]);
    expect(await samples(metrics.registry, 'slicehints_services_worst_load')).toEqual([
      'slicehints_services_worst_load{mode="balanced"} 1.5',
    ]);
    observer.onForgotten?.('shop/cart');
    expect(await samples(metrics.registry, 'slicehints_services_worst_load')).toEqual([]);
  });

  test('are no longer those of a shard that is lost', async () => {
    const metrics = make(true);
    const { observer } = metrics;
    const forecast = { addressType: 'IPv4', inZoneShare: 0.75, worstLoad: 1.5, byZone: [] };
    // What nobody can use carries no traffic, but has a series of its own.
    const unused = { ...forecast, inZoneShare: 0, worstLoad: 0 };
    observer.onPlanned?.('balanced', 0.001, [forecast], 'shop/cart');
    observer.onPlanned?.('balanced', 0.001, [unused], 'shop/empty');
    observer.onPlanned?.('balanced', 0.001, [{ ...forecast, worstLoad: 1 }], 'shop/web');
    observer.onShardLost?.((key) => key !== 'shop/web');
    expect(await samples(metrics.registry, 'slicehints_services_worst_load')).toEqual([
      'slicehints_services_worst_load{mode="balanced"} 1',
    ]);
    expect(await samples(metrics.registry, 'slicehints_service_worst_load')).toEqual([
      'slicehints_service_worst_load{namespace="shop",service="web",address_type="IPv4"} 1',
    ]);
  });

  test('count no traffic that hints do not steer', async () => {
    const metrics = make(true);
    const steered = { addressType: 'IPv4', inZoneShare: 0.75, worstLoad: 1.5, byZone: [] };
    metrics.observer.onPlanned?.('balanced', 0.001, [steered], 'shop/cart');
    metrics.observer.onPlanned?.('balanced', 0.001, [unsteeredForecast('IPv4')], 'shop/db');
    expect(await samples(metrics.registry, 'slicehints_services_in_zone_share')).toEqual(['slicehints_services_in_zone_share{mode="balanced"} 0.75']); // prettier-ignore
    for (const name of ['in_zone_share', 'worst_load']) {
      expect(await samples(metrics.registry, `slicehints_forecast_${name}_count`)).toEqual([`slicehints_forecast_${name}_count{mode="balanced"} 1`]); // prettier-ignore
    }
    const text = await metrics.registry.metrics();
    expect([text.includes('service="cart"'), text.includes('service="db"')]).toEqual([true, false]);
  });

  test('follow nodes that change while all hints stay as they are', async () => {
    const cluster = new LiveCluster();
    await cluster.start();
    const metrics = make();
    try {
      cluster.putService('cart');
      cluster.putSlice('cart', ['a', 'a', 'b', 'b']);
      const live = cluster.run({ observer: metrics.observer });
      const worstIs = (load: number): Promise<void> =>
        until(async () =>
          expect(await samples(metrics.registry, 'slicehints_services_worst_load')).toEqual([
            `slicehints_services_worst_load{mode="auto"} ${load}`,
          ]),
        );
      await worstIs(1);
      await until(() => expect(cluster.hints('cart')).toBe('a a b b'));
      // Three fifths of the traffic for half of the endpoints, which is just within the bounds of Auto.
      cluster.putNode('n4', 'a');
      await worstIs(1.2);
      expect(cluster.patches()).toBe(1);
      await live.stop();
    } finally {
      await cluster.stop();
    }
  }, 30_000);

  test('of a Service show its address types as they are now', async () => {
    const metrics = make(true);
    const forecast = (addressType: string): AddressTypeForecast => ({
      addressType,
      inZoneShare: 0.5,
      worstLoad: 2,
      byZone: [],
    });
    const types = async (): Promise<string[]> =>
      (await samples(metrics.registry, 'slicehints_service_worst_load')).map((line) => /IPv\d/.exec(line)?.[0] ?? '');
    metrics.observer.onPlanned?.('auto', 0.001, [forecast('IPv4'), forecast('IPv6')], 'shop/cart');
    expect(await types()).toEqual(['IPv4', 'IPv6']);
    metrics.observer.onPlanned?.('auto', 0.001, [forecast('IPv6')], 'shop/cart');
    expect(await types()).toEqual(['IPv6']);
    metrics.observer.onPlanned?.('off', 0.001, [], 'shop/cart');
    expect(await types()).toEqual([]);
  });

  test('name no Service unless asked to', async () => {
    const forecast = { addressType: 'IPv4', inZoneShare: 0.5, worstLoad: 2, byZone: [] };
    for (const perService of [false, true]) {
      const metrics = make(perService);
      metrics.observer.onPlanned?.('auto', 0.001, [forecast], 'shop/cart');
      expect((await metrics.registry.metrics()).includes('service="cart"')).toBe(perService);
    }
  });
});
