import { describe, expect, test } from 'vitest';
import { resourceOf, validateDefinition } from '../../../../src/sandbox/schema/custom/definition.js';
import type { JsonObject, KubeObject } from '../../../../src/sandbox/schema/kubeObject.js';
import { definitionOf, drains } from './drains.js';

const names = { plural: 'drains', kind: 'Drain' };

describe('the resource of a definition', () => {
  test('has the names, the version that is stored and what the definition leaves out', () => {
    const { resource, plural, group, version, kind, singular, namespaced, shortNames, categories } = drains;
    expect({ resource, plural, group, version, kind, singular, namespaced, shortNames, categories }).toEqual({
      resource: 'drains.example.com',
      plural: 'drains',
      group: 'example.com',
      version: 'v1',
      kind: 'Drain',
      singular: 'drain',
      namespaced: true,
      shortNames: ['dr'],
      categories: ['all'],
    });
    expect(resourceOf(definitionOf({}, { scope: 'Cluster', names: { ...names, singular: 'one' } }))).toMatchObject({
      namespaced: false,
      singular: 'one',
    });
  });

  test('has a status only where its version has one', () => {
    expect(drains).toMatchObject({ statusSubresource: false, subresources: [], generation: 'all-but-metadata' });
    expect(resourceOf(definitionOf({ subresources: { status: {} } }))).toMatchObject({
      statusSubresource: true,
      subresources: [{ name: 'status', kind: 'Drain', verbs: ['get', 'patch', 'update'] }],
      generation: 'all-but-status',
    });
  });

  test('shows its columns, or its age', () => {
    expect(drains.custom?.printerColumns.map((column) => column.name)).toEqual(['Age']);
    const additionalPrinterColumns = [{ name: 'Zone', type: 'string', jsonPath: '.spec.zone', priority: 1 }];
    expect(resourceOf(definitionOf({ additionalPrinterColumns })).custom?.printerColumns).toEqual([
      { name: 'Zone', type: 'string', format: '', description: '', priority: 1, jsonPath: '.spec.zone' },
    ]);
  });

  test('fills in the defaults of its schema', () => {
    const drain = { metadata: {}, spec: { zone: 'a' } };
    expect(drains.custom?.withDefaults(drain)).toEqual({ metadata: {}, spec: { zone: 'a', share: 1 } });
  });
});

describe('an object of a definition', () => {
  test.each<[string, JsonObject, string[]]>([
    ['is accepted', { zone: 'a', share: 2 }, []],
    ['is refused by a rule', { zone: 'all' }, ['spec: Invalid value: one zone, not all']],
    ['is refused by its schema and by a rule', { zone: 'all', share: -1 }, ['spec.share: Invalid value: -1: spec.share in body should be greater than or equal to 0', 'spec: Invalid value: one zone, not all']],
    ['that its rules cannot rely on is not checked by them', { share: 2 }, ['spec.zone: Required value', '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation']],
  ])('%s', (_, spec, expected) => {
    const errors = drains.custom?.validate({ metadata: { name: 'd' }, spec }) ?? [];
    expect(errors.map(({ field, message }) => `${field}: ${message}`)).toEqual(expected);
  }); // prettier-ignore
});

test('an object of a definition without rules is checked by its schema alone', () => {
  const openAPIV3Schema = { type: 'object', properties: { share: { type: 'integer' } }, required: ['share'] };
  const { custom } = resourceOf(definitionOf({ schema: { openAPIV3Schema } }));
  expect(custom?.validate({ metadata: {}, share: 1 })).toEqual([]);
  expect(custom?.validate({ metadata: {} }).map(({ field }) => field)).toEqual(['share']);
});

describe('a definition', () => {
  test.each<[string, KubeObject, string[]]>([
    ['is accepted', definitionOf(), []],
    ['has the name that its parts make', { ...definitionOf(), metadata: { name: 'drains' } }, ['metadata.name: Invalid value: "drains": must be spec.names.plural+"."+spec.group']],
    ['has a group with a dot', { ...definitionOf({}, { group: 'example' }), metadata: { name: 'drains.example' } }, ['spec.group: Invalid value: "example": should be a domain with at least one dot']],
    ['has one of two scopes', definitionOf({}, { scope: 'cluster' }), ['spec.scope: Invalid value: "cluster": must be Cluster or Namespaced']],
    ['has a kind', definitionOf({}, { names: { plural: 'drains' } }), ['spec.names.kind: Invalid value: "": must not be empty']],
    ['has a version that is stored', definitionOf({ storage: false }), [expect.stringMatching(/^spec\.versions: .*must have exactly one version marked as storage version$/) as string]],
    ['has no more than one', definitionOf({}, { versions: [{ storage: true }, { storage: true }] }), [expect.stringMatching(/must have exactly one version marked as storage version$/) as string]],
    ['has a schema', definitionOf({ schema: undefined }), ['spec.versions: Invalid value: schema.openAPIV3Schema: Required value: schemas are required']],
    ['has columns with paths', definitionOf({ additionalPrinterColumns: [{ name: 'a', jsonPath: 'a' }] }), ['spec.versions: Invalid value: unsupported JSONPath "a" at "a"']],
    ['has rules in CEL', definitionOf({ schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-validations': [{ rule: '1 +' }] } } }), [expect.stringContaining('x-kubernetes-validations: Invalid value: "1 +": compilation failed: ') as string]],
  ])('%s', (_, definition, expected) => {
    expect(validateDefinition(definition).map(({ field, message }) => `${field}: ${message}`)).toEqual(expected);
  }); // prettier-ignore
});
