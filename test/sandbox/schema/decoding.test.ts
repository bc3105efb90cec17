import { describe, expect, test } from 'vitest';
import { decodeBody, decodePatched } from '../../../src/sandbox/schema/decoding.js';
import type { JsonObject } from '../../../src/sandbox/schema/kubeObject.js';
import { builtInDefinitions, storedDefinition } from '../../../src/sandbox/schema/resources.js';
import type { ResourceDefinition } from '../../../src/sandbox/schema/resources.js';
import { drains } from './custom/drains.js';

const services = storedDefinition('services');
const events = builtInDefinitions.find((one) => one.group === 'events.k8s.io') as ResourceDefinition;
const slices = storedDefinition('endpointslices');

const codeOf = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    const { code, message } = error as { code: number; message: string };
    return `${code} ${message}`;
  }
};

describe('the kind of a body', () => {
  test.each<[string, ResourceDefinition, JsonObject, unknown]>([
    ['may be left out', services, { metadata: { name: 'a' } }, expect.objectContaining({ metadata: { name: 'a' } })],
    ['may be that of the path', slices, { kind: 'EndpointSlice', apiVersion: 'discovery.k8s.io/v1' }, expect.objectContaining({ metadata: {} })],
    ['must be registered', services, { kind: 'Gateway', apiVersion: 'v1' }, '400 no kind "Gateway" is registered for version "v1" in scheme "slicehints/sandbox"'],
    ['must be registered for its version', services, { kind: 'Service', apiVersion: 'v2' }, '400 no kind "Service" is registered for version "v2" in scheme "slicehints/sandbox"'],
    ['must be that of the path', services, { kind: 'Pod', apiVersion: 'v1' }, '400 Pod in version "v1" cannot be handled as a Service: converting (v1.Pod) to (core.Service): unknown conversion'],
    ['must be of the group of the path', slices, { kind: 'Lease', apiVersion: 'coordination.k8s.io/v1' }, '400 Lease in version "coordination.k8s.io/v1" cannot be handled as a EndpointSlice: converting (v1.Lease) to (discovery.EndpointSlice): unknown conversion'],
    ['of a custom resource must be there', drains, { apiVersion: 'example.com/v1' }, `400 Object 'Kind' is missing in '{"apiVersion":"example.com/v1"}'`],
    ['of a custom resource must be there, and its version', drains, { kind: 'Drain' }, `400 Object 'apiVersion' is missing in '{"kind":"Drain"}'`],
    ['of a custom resource must have its version', drains, { kind: 'Drain', apiVersion: 'example.com/v2' }, '400 the API version in the data (example.com/v2) does not match the expected API version (example.com/v1)'],
    ['of a custom resource must be that of the path', drains, { kind: 'Other', apiVersion: 'example.com/v1', metadata: { name: 'd' } }, '422 Drain.example.com "d" is invalid: kind: Invalid value: "Other": must be Drain'],
  ])('%s', (_, definition, body, expected) => {
    expect(codeOf(() => decodeBody(definition, body, {}))).toEqual(expected);
  }); // prettier-ignore
});

describe('unknown fields', () => {
  const body = { spec: { odd: 1, type: 'ClusterIP' }, more: true };
  const clean = { spec: { type: 'ClusterIP' }, status: expect.anything() as unknown, metadata: {} };
  test.each<['Ignore' | 'Warn' | undefined, readonly string[]]>([
    ['Ignore', []],
    ['Warn', ['spec.odd', 'more']],
    [undefined, ['spec.odd', 'more']],
  ])('are dropped with %s', (fieldValidation, warned) => {
    const warnings: string[] = [];
    const options = { onUnknownFields: (fields: readonly string[]) => void warnings.push(...fields) };
    const decoded = decodeBody(services, body, fieldValidation === undefined ? options : { ...options, fieldValidation });
    expect(decoded).toEqual(clean);
    expect(warnings).toEqual(warned);
  }); // prettier-ignore

  test('are refused with Strict: 400 of a body, 422 of a patch', () => {
    const strict = { fieldValidation: 'Strict' } as const;
    const words = 'strict decoding error: unknown field "spec.odd", unknown field "more"';
    expect(codeOf(() => decodeBody(services, body, strict))).toBe(
      `400 Service in version "v1" cannot be handled as a Service: ${words}`,
    );
    expect(codeOf(() => decodePatched(services, body, { more: true }, strict))).toBe(
      `422  "" is invalid: patch: Invalid value: "{\\"more\\":true}": ${words}`,
    );
  });
});

test('a value of a wrong type is 400 in a body and 422 in a patch', () => {
  const body = { spec: { type: 1 } };
  const words = 'json: cannot unmarshal number into Go struct field Service.spec.type of type string';
  expect(codeOf(() => decodeBody(services, body, {}))).toBe(
    `400 Service in version "v1" cannot be handled as a Service: ${words}`,
  );
  expect(codeOf(() => decodePatched(services, body, body, {}))).toContain(`422  "" is invalid: patch: Invalid value: `);
});

test('an Event of events.k8s.io is stored under the names of core/v1', () => {
  const decoded = decodeBody(events, { note: 'text', regarding: { name: 'cart' } }, {});
  expect(decoded).toMatchObject({ kind: 'Event', apiVersion: 'v1', message: 'text', involvedObject: { name: 'cart' } });
});
