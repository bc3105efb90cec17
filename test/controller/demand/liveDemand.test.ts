import { afterEach, beforeEach, expect, test } from 'vitest';
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
