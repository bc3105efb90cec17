import { describe, expect, test } from 'vitest';
import { readOpenApiSchema } from '../../../../src/sandbox/schema/custom/openApiSchema.js';
import { compileRules } from '../../../../src/sandbox/schema/custom/rules.js';

/** The check of a schema whose field `at` has rules. */
function problems(field: object, value: unknown, live?: unknown): string[] {
  const check = compileRules(readOpenApiSchema({ type: 'object', properties: { at: field } }));
  const liveObject = live === undefined ? undefined : { at: live };
  return (check?.({ at: value }, liveObject) ?? []).map(({ field: path, reason, message }) => `${path} ${reason} ${message}`);
} // prettier-ignore

const ruled = (type: string, rule: string, more: object = {}): object => ({
  type,
  'x-kubernetes-validations': [{ rule, ...more }],
});

describe('a rule', () => {
  test.each<[string, object, unknown, unknown, string[]]>([
    ['that holds', ruled('integer', 'self > 1'), 2, undefined, []],
    ['that does not hold', ruled('integer', 'self > 1'), 1, undefined, ['at FieldValueInvalid Invalid value: failed rule: self > 1']],
    ['with a message', ruled('integer', 'self > 1', { message: 'more' }), 1, undefined, ['at FieldValueInvalid Invalid value: more']],
    ['with a message that is composed', ruled('integer', 'self > 1', { message: 'more', messageExpression: '"got " + string(self)' }), 1, undefined, ['at FieldValueInvalid Invalid value: got 1']],
    ['whose composed message is empty', ruled('integer', 'self > 1', { message: 'more', messageExpression: '""' }), 1, undefined, ['at FieldValueInvalid Invalid value: more']],
    ['with a reason and a path', ruled('object', 'false', { reason: 'FieldValueForbidden', fieldPath: '.a.b', message: 'm' }), {}, undefined, ['at.a.b FieldValueForbidden Invalid value: m']],
    ['with a reason that is none', ruled('object', 'false', { reason: 'Odd', message: 'm' }), {}, undefined, ['at FieldValueInvalid Invalid value: m']],
    ['about what is absent or null', ruled('integer', 'false'), null, undefined, []],
    ['about an update, at a creation', ruled('integer', 'self >= oldSelf'), 1, undefined, []],
    ['about an update, where nothing was before', ruled('integer', 'self >= oldSelf'), 1, null, []],
    ['about an update that holds', ruled('integer', 'self >= oldSelf'), 2, 2, []],
    ['about an update that does not', ruled('integer', 'self >= oldSelf', { message: 'm' }), 1, 2, ['at FieldValueInvalid Invalid value: m']],
    ['about integers', ruled('integer', 'self % 2 == 0'), 4, undefined, []],
    ['about a number or a text', { ...ruled('', 'self == 4'), 'x-kubernetes-int-or-string': true }, 4, undefined, []],
    ['about times', { ...ruled('string', "self > timestamp('2026-01-01T00:00:00Z')"), format: 'date-time' }, '2026-01-02T00:00:00Z', undefined, []],
  ])('%s', (_, field, value, live, expected) => {
    expect(problems(field, value, live)).toEqual(expected);
  }); // prettier-ignore

  test('that cannot be evaluated is a problem in one line', () => {
    const [first = '', ...more] = problems(ruled('object', 'self.none.size() > 0'), {});
    expect(first).toMatch(/^at FieldValueInvalid Invalid value: rule evaluation failed: .+: self\.none\.size\(\) > 0$/);
    expect(first).not.toContain('\n');
    expect(more).toEqual([]);
  });
});

describe('rules apply', () => {
  const inner = ruled('integer', 'self != 0', { message: 'm' });
  const words = 'FieldValueInvalid Invalid value: m';
  test.each<[string, object, unknown, string[]]>([
    ['to fields', { type: 'object', properties: { a: inner } }, { a: 0, b: 0 }, [`at.a ${words}`]],
    ['to values of a map', { type: 'object', additionalProperties: inner }, { a: 1, b: 0 }, [`at.b ${words}`]],
    ['to items of a list', { type: 'array', items: inner }, [1, 0, 0], [`at[1] ${words}`, `at[2] ${words}`]],
    ['not to values of other types than the schema has', { type: 'object', properties: { a: inner } }, 'text', []],
  ])('%s', (_, field, value, expected) => {
    expect(problems(field, value)).toEqual(expected);
  });

  test('to fields with their values before, and to items without', () => {
    const grows = ruled('integer', 'self > oldSelf', { message: 'm' });
    expect(problems({ type: 'object', properties: { a: grows } }, { a: 1 }, { a: 1 })).toEqual([`at.a ${words}`]);
    expect(problems({ type: 'array', items: grows }, [1], [1])).toEqual([]);
  });

  test('to the whole object, whose problems have the path of the rule alone', () => {
    const schema = readOpenApiSchema(ruled('object', 'false', { message: 'm', fieldPath: '.spec' }));
    expect(compileRules(schema)?.({}, undefined)).toEqual([
      { field: 'spec', reason: 'FieldValueInvalid', message: 'Invalid value: m' },
    ]);
  });
});

test('a schema without rules needs no check, and one with a rule that is no CEL is refused', () => {
  expect(compileRules(readOpenApiSchema({ type: 'object', properties: { a: { type: 'string' } } }))).toBeUndefined();
  expect(() => compileRules(readOpenApiSchema(ruled('object', 'self +')))).toThrow(
    /^x-kubernetes-validations: Invalid value: "self \+": compilation failed: [^\n]+$/,
  );
});
