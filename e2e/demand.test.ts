import { describe, expect, test } from 'vitest';
import type { EndpointSpec, TestCluster } from './support/cluster.js';
import { eventually } from './support/process.js';
import { useCluster } from './support/useCluster.js';

const NAMES_CART = { 'slicehints.io/mode': 'balanced', 'slicehints.io/clients': 'cart' };

describe('Demand on a live API server', () => {
  let cluster: TestCluster;
  useCluster((started) => (cluster = started));

  const pods = (subnet: number, zones: string): EndpointSpec[] =>
    [...zones].map((letter, i) => {
      const zone = letter === 'a' ? 'a' : 'b';
      return { address: `10.244.${subnet}.${i + 1}`, node: cluster.zones[zone][0] ?? '', zone };
    });
  /** How many endpoints of web are hinted for a zone. */
  const serving = async (zone: string): Promise<number> =>
    Object.values(await cluster.hints('web')).filter((zones) => zones.includes(zone)).length;
  const description = (): Promise<string> => cluster.ok(['describe', 'service', 'web']);

  test('hints follow the pods of a client from zone to zone; it is deleted and comes back', async () => {
    await cluster.createService('cart', pods(9, 'aaaa'));
    await cluster.createService('web', pods(8, 'aabb'), NAMES_CART);
    cluster.controller();
    // All four endpoints must serve zone a, or one would be loaded above the limit.
    await eventually(async () => expect([await serving('a'), await serving('b')]).toEqual([4, 2]));
    await eventually(async () => expect(await description()).toMatch(/BalancedHintsSet\s.*demand: 4 pods of cart/));

    await cluster.replaceEndpoints('cart', pods(9, 'bbbb'));
    await eventually(async () => expect(await serving('b')).toBe(4));
    await eventually(async () =>
      expect(await description()).toMatch(
        /DemandChanged\s.*Hints follow the demand \(4 pods of cart\): zone a 100% to 0%, b 0% to 100%/,
      ),
    );

    const slices = (await cluster.slices('cart')).map(({ metadata }) => `endpointslice/${metadata?.name ?? ''}`);
    await cluster.ok(['delete', 'service/cart', ...slices]);
    await eventually(async () => expect(await description()).toMatch(/Warning\s+DemandUnknown\s.*client Service cart/));

    await cluster.createService('cart', pods(9, 'aaaa'));
    await eventually(async () => expect(await serving('a')).toBe(4));
  }, 90_000);

  test('a bad value is a Warning, and the setting is used', async () => {
    await cluster.createService('other', pods(7, 'ab'), { ...NAMES_CART, 'slicehints.io/demand': 'memory' });
    cluster.controller('--demand=nodes');
    await eventually(async () => {
      const text = await cluster.ok(['describe', 'service', 'other']);
      expect(text).toMatch(/Warning\s+InvalidDemand\s.*but is "memory"; the demand is taken from nodes/);
      expect(text).toMatch(/BalancedHintsSet\s.*demand: nodes/);
    });
  }, 60_000);
});
