import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeMeasured } from '../../../src/measured/text.js';
import { measuredService } from '../../support/measured.js';
import { LiveCluster, until } from '../../support/liveController.js';

let cluster: LiveCluster;
beforeEach(async () => {
  cluster = new LiveCluster();
  await cluster.start();
});
afterEach(() => cluster.stop());

/** How many of the endpoints are hinted for a zone. */
const serving = (service: string, zone: string): number =>
  (cluster.slice(service)?.endpoints ?? []).filter(({ hints }) => hints?.forZones?.some(({ name }) => name === zone))
    .length;

test('hints follow the pods of a client from zone to zone, and the client that goes and comes back', async () => {
  cluster.putService('web', { 'slicehints.io/mode': 'balanced', 'slicehints.io/clients': 'cart' });
  cluster.putService('cart', {});
  cluster.putSlice('web', ['a', 'a', 'b', 'b']);
  cluster.putSlice('cart', ['a', 'a', 'a']);
  const live = cluster.run();
  // All calls come from zone a: the limit needs all four endpoints for it, and those of a are not needed elsewhere.
  await until(() => expect([serving('web', 'a'), serving('web', 'b')]).toEqual([4, 2]));
  await until(() => expect(cluster.events('web').join()).toMatch(/demand: 3 pods of cart/));
  const patches = cluster.patches();

  cluster.putSlice('cart', ['b', 'b', 'b']);
  await until(() => expect(serving('web', 'b')).toBe(4));
  await until(() =>
    expect(cluster.events('web')).toContain(
      'DemandChanged: Hints follow the demand (3 pods of cart): zone a 100% to 0%, b 0% to 100%, addressType: IPv4',
    ),
  );
  await until(() => expect(live.controller.settled).toBe(true));
  expect(cluster.patches()).toBe(patches + 1);

  cluster.server.store.delete('endpointslices', 'default', 'cart-1');
  await until(() =>
    expect(cluster.events('web').join()).toMatch(/DemandUnknown: The client Service cart has no ready/),
  );
  await until(() => expect(live.controller.settled).toBe(true));

  cluster.putSlice('cart', ['a', 'a', 'a']);
  await until(() => expect(serving('web', 'a')).toBe(4));
  await until(() => expect(live.controller.settled).toBe(true));
}, 60_000);

test('hints follow what is measured, and the clients when nothing is measured any more', async () => {
  const configMap = { namespace: 'default', name: 'measured' };
  const measure = (demand: string): void => {
    const figures = {
      atSeconds: Math.floor(Date.now() / 1000),
      services: [measuredService(demand, { key: 'default/web' })],
    };
    cluster.server.store.write('configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: configMap,
      data: { 'measured.txt': writeMeasured(figures) },
    });
  };
  cluster.putService('web', { 'slicehints.io/mode': 'balanced', 'slicehints.io/demand': 'measured' });
  cluster.putService('plain', { 'slicehints.io/mode': 'balanced' });
  cluster.putSlice('web', ['a', 'a', 'b', 'b']);
  const live = cluster.run({ measuredConfigMap: configMap });
  await until(() =>
    expect(cluster.events('web').join()).toMatch(
      /DemandStale: Too little traffic of the Service was measured in the last 10 minutes/,
    ),
  );
  expect([serving('web', 'a'), serving('web', 'b')]).toEqual([2, 2]);

  measure('a=0.875 b=0.125');
  await until(() => expect(serving('web', 'a')).toBeGreaterThan(2));
  await until(() =>
    expect(cluster.events('web').join()).toMatch(/Hints follow the demand, now measured instead of cpu/),
  );

  cluster.server.store.write('configmaps', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: configMap,
    data: { 'measured.txt': 'hostile' },
  });
  await until(() => expect(serving('web', 'a')).toBe(2));
  await until(() => expect(cluster.events('web').filter((event) => event.startsWith('DemandStale'))).toHaveLength(2));
  await until(() => expect(live.controller.settled).toBe(true));
}, 60_000);
