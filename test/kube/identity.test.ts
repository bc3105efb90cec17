import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { identify, identifyText, knownObject } from '../../src/kube/identity.js';

describe('what identifies an object', () => {
  test.each([
    [{ metadata: { name: 'n', resourceVersion: '1' } }, { key: 'n', version: '1' }],
    [{ metadata: { name: 'n', namespace: 'ns', resourceVersion: '1' } }, { key: 'ns/n', version: '1' }],
    [{ metadata: { name: 'n' } }, undefined],
    [{ metadata: { name: '', resourceVersion: '1' } }, undefined],
    [{ metadata: { name: 'n', resourceVersion: 7 } }, undefined],
    [{ metadata: null }, undefined],
    [null, undefined],
    ['text', undefined],
  ])('of %j is %j', (raw, expected) => {
    expect(identify(raw)).toEqual(expected);
  });
});

const head = '"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1","metadata":';
const metadata =
  '{"name":"web-1","generateName":"web-","namespace":"shop","uid":"u-1","resourceVersion":"7","generation":2,"labels":{}}';

describe('the beginning of a text', () => {
  test.each<[string, string, object | undefined]>([
    ['an answer', `{${head}${metadata}}`, { key: 'shop/web-1', version: '7' }],
    ['a line of a watch', `{"type":"MODIFIED","object":{${head}${metadata}}}`, { key: 'shop/web-1', version: '7' }],
    [
      'a text that ends there',
      `{${head}${metadata.slice(0, metadata.indexOf('"generation'))}`,
      { key: 'shop/web-1', version: '7' },
    ],
    ['an addition to a watch', `{"type":"ADDED","object":{${head}${metadata}}}`, undefined],
    ['an object of no namespace', `{${head}{"name":"n","uid":"u","resourceVersion":"7"}}`, undefined],
    [
      'labels before the version',
      `{${head}{"name":"n","namespace":"s","labels":{"resourceVersion":"6"},"resourceVersion":"7"}}`,
      undefined,
    ],
    ['a version in a label only', `{${head}{"name":"n","namespace":"s","labels":{"resourceVersion":"6"}}}`, undefined],
    ['a version beside metadata', `{${head}{"name":"n","namespace":"s"},"resourceVersion":"7"}`, undefined],
    [
      'a list of objects',
      `{"kind":"List","metadata":{"resourceVersion":"9"},"items":[{${head}${metadata}}]}`,
      undefined,
    ],
    ['spaces between the fields', `{ ${head}${metadata}}`, undefined],
    ['an escaped name', `{${head}{"name":"a\\u0062","namespace":"s","resourceVersion":"7"}}`, undefined],
    ['nothing', '', undefined],
  ])('identifies the object of %s, if it does', (_name, text, expected) => {
    expect(identifyText(text)).toEqual(expected);
  });

  test('identifies what parsing it identifies, or nothing', () => {
    const text = fc.stringMatching(/^[a-z0-9"\\{}:,]{0,6}$/);
    const field = fc.record({ key: fc.constantFrom('name', 'namespace', 'uid', 'resourceVersion', 'labels'), value: fc.oneof(text, fc.dictionary(fc.constantFrom('name', 'namespace', 'resourceVersion'), text)) }); // prettier-ignore
    fc.assert(
      fc.property(fc.array(field), fc.array(field), (outer, inner) => {
        const object = { kind: 'K', ...toObject(outer), metadata: toObject(inner) };
        const found = identifyText(JSON.stringify(object));
        if (found !== undefined) expect(found).toEqual(identify(object));
      }),
    );
  });
});

function toObject(fields: readonly { readonly key: string; readonly value: unknown }[]): object {
  return Object.fromEntries(fields.map(({ key, value }) => [key, value]));
}

test.each<[string, string, boolean | undefined, object | undefined]>([
  ['is known where its reader says so', `{${head}${metadata}}`, true, { key: 'shop/web-1', version: '7' }],
  ['is not known where its reader says so', `{${head}${metadata}}`, false, undefined],
  ['is not known where nobody is asked', `{${head}${metadata}}`, undefined, undefined],
  ['that cannot be identified is not known', '{}', true, undefined],
])('an object %s', (_name, text, answer, expected) => {
  expect(knownObject(text, answer === undefined ? undefined : () => answer)).toEqual(expected);
});
