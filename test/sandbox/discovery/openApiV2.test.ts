import { describe, expect, test } from 'vitest';
import { openApiV2Protobuf } from '../../../src/sandbox/discovery/openApiV2.js';
import { builtInDefinitions, storedDefinition } from '../../../src/sandbox/schema/resources.js';

/** The fields of a message whose fields are all length-delimited: number and bytes, in order. */
function fieldsOf(bytes: Buffer): [number, Buffer][] {
  const fields: [number, Buffer][] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at++] ?? 0;
    expect(tag & 7).toBe(2);
    let length = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      const byte = bytes[at++] ?? 0;
      length |= (byte & 127) << shift;
      more = byte > 127;
    }
    expect(at + length).toBeLessThanOrEqual(bytes.length);
    fields.push([tag >> 3, bytes.subarray(at, at + length)]);
    at += length;
  }
  return fields;
}

/** The bytes at a path of field numbers, following the first of each. */
function at(bytes: Buffer, ...path: number[]): Buffer {
  return path.reduce((message, number) => fieldsOf(message).find(([one]) => one === number)?.[1] ?? Buffer.alloc(0), bytes);
} // prettier-ignore

describe('the document as protobuf', () => {
  const one = openApiV2Protobuf([storedDefinition('endpointslices')]);

  test('names its version and title', () => {
    expect(String(at(one, 1))).toBe('2.0');
    expect(String(at(one, 2, 1))).toBe('slicehints sandbox');
  });

  test('has the path of a kind, whose PATCH takes fieldValidation and names the kind', () => {
    const path = at(one, 8, 2);
    expect(String(at(path, 1))).toBe('/discovery.k8s.io/v1/endpointslices/{name}');
    const patch = at(path, 2, 8);
    expect([String(at(patch, 8, 1, 2, 3, 2)), String(at(patch, 8, 1, 2, 3, 4))]).toEqual(['query', 'fieldValidation']);
    expect(String(at(patch, 13, 1))).toBe('x-kubernetes-group-version-kind');
    expect(JSON.parse(String(at(patch, 13, 2, 2)))).toEqual({ group: 'discovery.k8s.io', version: 'v1', kind: 'EndpointSlice' }); // prettier-ignore
  });

  test('has a path for each kind, in lengths of more than one byte', () => {
    const all = fieldsOf(at(openApiV2Protobuf(builtInDefinitions), 8));
    expect(all).toHaveLength(builtInDefinitions.length);
    expect(all.every(([number, bytes]) => number === 2 && bytes.length > 127)).toBe(true);
  });

  test('of no kinds has no paths', () => {
    expect(at(openApiV2Protobuf([]), 8)).toHaveLength(0);
  });
});
