import { expect, test } from 'vitest';
import { newAddresses } from '../../../src/analysis/whatIf/newAddresses.js';
import { sliceManifest } from '../../support/vectors.js';

const NOTHING = { nodes: [], services: [], endpointSlices: [] };

test.each([
  ['IPv4', ['198.18.0.1', '198.18.0.2']],
  ['IPv6', ['2001:db8::1', '2001:db8::2']],
  ['FQDN', ['new-1.invalid', 'new-2.invalid']],
])('%s', (addressType, wanted) => {
  expect(newAddresses(addressType, 2, NOTHING)).toEqual(wanted);
});

test.each(['IPv4', 'IPv6'])('%s: as many as a cluster may have, each once', (addressType) => {
  const addresses = newAddresses(addressType, 70_000, NOTHING);
  expect(new Set(addresses).size).toBe(70_000);
});

test('an address that a slice or a client has is not taken', () => {
  const slice = (address: string): ReturnType<typeof sliceManifest> =>
    sliceManifest({ name: 's', endpoints: [{ address }] });
  const objects = { ...NOTHING, endpointSlices: [slice('198.18.0.1')], clientSlices: [slice('198.18.0.3')] };
  expect(newAddresses('IPv4', 2, objects)).toEqual(['198.18.0.2', '198.18.0.4']);
});
