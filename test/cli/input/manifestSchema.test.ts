import { describe, expect, test } from 'vitest';
import { ENDPOINT_SLICE, expected, member, NAMESPACE, NODE, POLICY, SERVICE } from '../../../src/cli/input/manifestSchema.js'; // prettier-ignore

const named = { metadata: { name: 'x' } };

describe('an object that can be read', () => {
  test.each<[string, typeof NODE, object]>([
    ['a Node by its name alone', NODE, named],
    ['a Node with all that is read', NODE, { ...named, status: { allocatable: { cpu: '3920m' }, conditions: [{ type: 'Ready', status: 'True' }], addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] } }], // prettier-ignore
    ['a Node with a taint', NODE, { ...named, spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } }],
    ['CPU as a number', NODE, { ...named, status: { allocatable: { cpu: 4 } } }],
    ['null for what is absent', SERVICE, { ...named, spec: null, status: null }],
    ['fields that nobody reads', SERVICE, { ...named, spec: { other: 5 }, more: [] }],
    ['a zone that is none', ENDPOINT_SLICE, { ...named, addressType: 'IPv4', endpoints: [{ zone: 'a\u001b[31m' }] }],
    ['a slice without endpoints', ENDPOINT_SLICE, { ...named, addressType: 'IPv4', endpoints: null }],
    [
      'annotations with several lines',
      SERVICE,
      { metadata: { name: 'x', namespace: '', annotations: { a: '{\n}\n' } } },
    ],
    ['a Namespace', NAMESPACE, { metadata: { name: 'x', labels: { a: 'b' } } }],
    ['a policy', POLICY, { ...named, kind: 'HintsPolicy', spec: { defaults: { mode: 'auto' } } }],
    ['a policy whose default is off, which is always allowed', POLICY, { ...named, spec: { defaults: { mode: 'off' }, limits: { allowedModes: ['auto'] } } }], // prettier-ignore
    ['a policy whose defaults are as far as its limits go', POLICY, { ...named, spec: { defaults: { mode: 'auto', overloadThreshold: 1 }, limits: { allowedModes: ['auto'], maxOverloadThreshold: 1 } } }], // prettier-ignore
  ])('%s', (_, check, object) => {
    expect(check(object, '')).toBeUndefined();
  });
});

describe('what cannot be read is named by its place', () => {
  test.each<[typeof NODE, object, string]>([
    [NODE, {}, 'metadata: expected an object, got nothing'],
    [NODE, { metadata: { name: 'a\u001b[31m' } }, 'metadata.name: expected a name of at most 253 characters, without spaces and slashes, got "a\\u001b[31m"'], // prettier-ignore
    [NODE, { metadata: { name: 'a/b' } }, 'metadata.name: expected a name of at most 253 characters, without spaces and slashes, got "a/b"'], // prettier-ignore
    [NODE, { metadata: { name: 'n'.repeat(254) } }, `metadata.name: expected a name of at most 253 characters, without spaces and slashes, got "${'n'.repeat(58)}…`], // prettier-ignore
    [SERVICE, { metadata: { name: 'x', namespace: 'a b' } }, 'metadata.namespace: expected a name of at most 253 characters, without spaces and slashes, got "a b"'], // prettier-ignore
    [NODE, { metadata: { name: 'x', labels: { zone: 'a b' } } }, 'metadata.labels.zone: expected the value of a label, got "a b"'], // prettier-ignore
    [ENDPOINT_SLICE, { ...named, addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1\r'] }] }, 'endpoints[0].addresses[0]: expected a string without control characters, got "10.0.0.1\\r"'], // prettier-ignore
    [SERVICE, { ...named, spec: { ports: [{ port: NaN }] } }, 'spec.ports[0].port: expected a whole number, got NaN'],
    [NODE, { metadata: { name: '' } }, 'metadata.name: expected a name, got ""'],
    [NODE, { ...named, status: { allocatable: { cpu: 'much' } } }, 'status.allocatable.cpu: expected a quantity of CPU such as 4 or 3920m, got "much"'], // prettier-ignore
    [NODE, { metadata: { name: 'x', labels: { 'a.b/c': 1 } } }, 'metadata.labels["a.b/c"]: expected a string, got 1'],
    [NODE, { ...named, status: { conditions: {} } }, 'status.conditions: expected a list, got an object'],
    [NODE, { ...named, spec: { taints: {} } }, 'spec.taints: expected a list, got an object'],
    [NODE, { ...named, spec: { taints: [{ key: 7 }] } }, 'spec.taints[0].key: expected a string, got 7'],
    [SERVICE, { ...named, spec: { ports: [{ port: 80.5 }] } }, 'spec.ports[0].port: expected a whole number, got 80.5'],
    [ENDPOINT_SLICE, { ...named, addressType: 'IP' }, 'addressType: expected IPv4, IPv6 or FQDN, got "IP"'],
    [ENDPOINT_SLICE, { ...named, addressType: 'IPv4', endpoints: [{}, { zone: [] }] }, 'endpoints[1].zone: expected a string, got a list'], // prettier-ignore
    [POLICY, { ...named, spec: { limits: { allowOverrides: 'no' } } }, 'spec.limits.allowOverrides: expected true or false, got "no"'], // prettier-ignore
    [POLICY, { ...named, spec: { defaults: { mode: 'auto' }, limits: { allowedModes: [] } } }, 'spec.defaults.mode must be one of spec.limits.allowedModes but is "auto"'], // prettier-ignore
    [POLICY, { ...named, spec: { defaults: { overloadThreshold: 1.5 }, limits: { maxOverloadThreshold: 1 } } }, 'spec.defaults.overloadThreshold must not be above spec.limits.maxOverloadThreshold, 1, but is 1.5'], // prettier-ignore
    [POLICY, { ...named, spec: { defaults: { mode: 'best' } } }, 'spec.defaults.mode must be one of balanced, auto, same-zone, same-node, off but is "best"'], // prettier-ignore
  ])('%#', (check, object, problem) => {
    expect(check(object, '')).toBe(problem);
  });

  test('inside of a list, with the place before', () => {
    expect(NODE({ metadata: {} }, 'items[2]')).toBe('items[2].metadata.name: expected a name, got nothing');
    expect(POLICY({ ...named, spec: { enforcement: 'On' } }, 'items[2]')).toMatch(
      /^items\[2\]: spec\.enforcement must be /,
    );
  });
});

test('a long value is cut', () => {
  expect(expected('a name', 'x'.repeat(100), 'a')).toBe(`a: expected a name, got "${'x'.repeat(58)}…`);
});

test.each([
  ['', 'a', 'a'],
  ['a', 'b', 'a.b'],
  ['a', 'x.y/z', 'a["x.y/z"]'],
  ['a', '', 'a[""]'],
  ['a', 'b'.repeat(200), `a["${'b'.repeat(80)}…"]`],
])('the member of %j called %j is at %s', (path, name, place) => {
  expect(member(path, name)).toBe(place);
});
