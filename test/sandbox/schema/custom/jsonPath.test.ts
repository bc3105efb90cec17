import { describe, expect, test } from 'vitest';
import { jsonPathValues } from '../../../../src/sandbox/schema/custom/jsonPath.js';

const object = {
  spec: { mode: 'auto', 'a.b': 1 },
  status: {
    conditions: [
      { type: 'Accepted', status: 'True' },
      { type: 'Conflicted', status: 'False' },
    ],
  },
};

describe('a path of a printer column', () => {
  test.each<[string, string, readonly unknown[]]>([
    ['fields', '.spec.mode', ['auto']],
    ['a field that is absent', '.spec.other.more', []],
    ['a name with an escaped dot', '.spec.a\\.b', [1]],
    ['a name in brackets', ".spec['a.b']", [1]],
    ['an index', '.status.conditions[1].type', ['Conflicted']],
    ['every item', '.status.conditions[*].status', ['True', 'False']],
    ['the item with a value', ".status.conditions[?(@.type=='Accepted')].status", ['True']],
    ['the item with a value in double quotes', '.status.conditions[?(@.type == "Accepted")].status', ['True']],
    ['a value that is not there', ".status.conditions[?(@.type=='None')].status", []],
  ])('%s', (_, path, values) => {
    expect(jsonPathValues(path)(object)).toEqual(values);
  });

  test.each([['spec'], ['.spec[?(@.a>1)]'], ['.spec..mode']])('%s is refused', (path) => {
    expect(() => jsonPathValues(path)).toThrow(/^unsupported JSONPath/);
  });
});
