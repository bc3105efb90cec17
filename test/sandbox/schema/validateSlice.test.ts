import { describe, expect, test } from 'vitest';
import { validateSlice, validateSliceUpdate } from '../../../src/sandbox/schema/validateSlice.js';
import type { JsonObject, KubeObject } from '../../../src/sandbox/schema/kubeObject.js';

function slice(fields: JsonObject = {}): KubeObject {
  return { metadata: { name: 's' }, addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }], ports: [], ...fields };
} // prettier-ignore

const shown = (object: KubeObject): string[] =>
  validateSlice(object).map(({ field, message }) => `${field}: ${message}`);
const endpoint = (fields: JsonObject): JsonObject => ({ endpoints: [{ addresses: ['10.0.0.1'], ...fields }] });
const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index)); // prettier-ignore
const zones = (...names: string[]): JsonObject => endpoint({ hints: { forZones: names.map((name) => ({ name })) } });
const port = (fields: JsonObject): JsonObject => ({ ports: [{ name: 'http', protocol: 'TCP', port: 80, ...fields }] });

describe('a slice is accepted', () => {
  test.each<[string, JsonObject]>([
    ['with one endpoint', {}],
    ['without endpoints and ports', { endpoints: [], ports: [] }],
    ['with names instead of addresses', { addressType: 'FQDN', endpoints: [{ addresses: ['cart.example.com'] }] }],
    ['with addresses of IPv6', { addressType: 'IPv6', endpoints: [{ addresses: ['fd00::1'] }] }],
    ['with as many endpoints as it may have', { endpoints: many(1000, (index) => ({ addresses: [`10.0.${index >> 8}.${index & 255}`] })) }],
    ['with as many zones as a hint may name', zones(...many(8, (index) => `z${index}`))],
    ['with a hint for the zone without a name', zones('')],
    ['with node and hostname', endpoint({ nodeName: 'node.a', hostname: 'pod-0' })],
    ['with a port without number', { ports: [{ name: '', protocol: 'UDP' }] }],
    ['with the last port', port({ port: 65535, appProtocol: 'kubernetes.io/h2c' })],
  ])('%s', (_, fields) => {
    expect(shown(slice(fields))).toEqual([]);
  }); // prettier-ignore
});

describe('a slice is refused', () => {
  test.each<[string, JsonObject, string]>([
    ['without a type of addresses', { addressType: '' }, 'addressType: Required value'],
    ['with an unknown type of addresses', { addressType: 'ipv4' }, 'addressType: Unsupported value: "ipv4": supported values: "FQDN", "IPv4", "IPv6"'],
    ['with too many endpoints', { endpoints: many(1001, () => ({ addresses: [] })) }, 'endpoints: Too many: 1001: must have at most 1000 items'],
    ['with an endpoint without addresses', { endpoints: [{ addresses: [] }] }, 'endpoints[0].addresses: Required value: must contain at least 1 address'],
    ['with too many addresses', { endpoints: [{ addresses: many(101, (index) => `10.0.0.${index}`) }] }, 'endpoints[0].addresses: Too many: 101: must have at most 100 items'],
    ['with too many zones in a hint', zones(...many(9, (index) => `z${index}`)), 'endpoints[0].hints.forZones: Too many: 9: must have at most 8 items'],
    ['with a zone twice', zones('a', 'b', 'a'), 'endpoints[0].hints.forZones[2].name: Duplicate value: "a"'],
    ['with a node without a name', endpoint({ hints: { forNodes: [{ name: '' }] } }), 'endpoints[0].hints.forNodes[0].name: Invalid value: ""'],
    ['with a zone that is no label', zones('a b'), 'endpoints[0].hints.forZones[0].name: Invalid value: "a b"'],
    ['with a node that is no name', endpoint({ nodeName: 'A' }), 'endpoints[0].nodeName: Invalid value: "A"'],
    ['with a hostname that has dots', endpoint({ hostname: 'a.b' }), 'endpoints[0].hostname: Invalid value: "a.b"'],
    ['with too many ports', { ports: many(20001, () => ({})) }, 'ports: Too many: 20001: must have at most 20000 items'],
    ['with a port twice', { ports: many(2, () => ({ name: 'a', protocol: 'TCP' })) }, 'ports[1].name: Duplicate value: "a"'],
    ['with a port whose name is none', port({ name: 'A' }), 'ports[0].name: Invalid value: "A"'],
    ['with an unknown protocol', port({ protocol: 'tcp' }), 'ports[0].protocol: Unsupported value: "tcp"'],
    ['with the port 0', port({ port: 0 }), 'ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive'],
    ['with a port beyond the last', port({ port: 65536 }), 'ports[0].port: Invalid value: 65536'],
    ['with an application protocol that is no key', port({ appProtocol: 'a/b/c' }), 'ports[0].appProtocol: Invalid value: "a/b/c"'],
  ])('%s', (_, fields, message) => {
    const [first = '', ...more] = shown(slice(fields));
    expect(first).toContain(message);
    expect(more).toEqual([]);
  }); // prettier-ignore
});

describe('an address', () => {
  test.each<[string, string, string]>([
    ['IPv4', 'pod-1', 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
    ['IPv4', 'fd00::1', 'must be an IPv4 address'],
    ['IPv6', '10.0.0.1', 'must be an IPv6 address'],
    ['IPv4', '0.0.0.0', 'may not be unspecified (0.0.0.0)'],
    ['IPv6', '::', 'may not be unspecified (::)'],
    ['IPv4', '127.0.0.1', 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
    ['IPv6', '::1', 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
    ['IPv4', '169.254.1.1', 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
    ['IPv6', 'FE80::1', 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
    ['IPv6', 'febf::1', 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
    ['IPv4', '224.0.0.251', 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
    ['IPv6', 'ff02::1', 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
    ['FQDN', '10.0.0.1_', 'a lowercase RFC 1123 subdomain must consist of'],
  ])('of %s: %s', (addressType, address, message) => {
    const errors = shown(slice({ addressType, endpoints: [{ addresses: [address] }] }));
    expect(errors).toEqual([expect.stringContaining(`endpoints[0].addresses[0]: Invalid value: "${address}": ${message}`)]);
  }); // prettier-ignore

  test.each(['10.0.0.1', '128.0.0.1', '169.253.0.1', '224.0.1.1'])('that others can reach: %s', (address) => {
    expect(shown(slice({ endpoints: [{ addresses: [address] }] }))).toEqual([]);
  });
});

test('the type of addresses never changes', () => {
  expect(validateSliceUpdate(slice(), slice())).toEqual([]);
  const [error] = validateSliceUpdate(slice({ addressType: 'IPv6' }), slice());
  expect(error).toMatchObject({ field: 'addressType', message: 'Invalid value: "IPv6": field is immutable' });
});
