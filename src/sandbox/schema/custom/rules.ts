import { Environment } from '@marcbachmann/cel-js';
import { ownValue } from '../../../model/ownValue.js';
import { isJsonObject, valueAt } from '../kubeObject.js';
import type { FieldError } from '../status.js';
import type { OpenApiSchema, SchemaRule } from './openApiSchema.js';

/** What is wrong with a value by the rules of its schema; `live` is the value before an update. */
export type RuleCheck = (value: unknown, live: unknown) => FieldError[];

interface CompiledRule extends SchemaRule {
  readonly holds: (context: object) => unknown;
  readonly messageOf: ((context: object) => unknown) | undefined;
  /** A rule about a transition: it applies to updates alone. */
  readonly needsLive: boolean;
}

interface CompiledNode {
  readonly schema: OpenApiSchema;
  readonly rules: readonly CompiledRule[];
  readonly properties: ReadonlyMap<string, CompiledNode>;
  readonly values: CompiledNode | undefined;
  readonly items: CompiledNode | undefined;
}

/**
 * Compiles the rules (`x-kubernetes-validations`) of a schema.
 * @returns undefined for a schema without rules
 * @throws {Error} one sentence for a rule that is no CEL
 */
export function compileRules(schema: OpenApiSchema): RuleCheck | undefined {
  const cel = new Environment({ unlistedVariablesAreDyn: true, enableOptionalTypes: true });
  const node = compileNode(schema, cel);
  return node === undefined ? undefined : (value, live) => check(node, value, live, '');
}

/** undefined: neither the node nor one below it has rules */
function compileNode(schema: OpenApiSchema, cel: Environment): CompiledNode | undefined {
  const rules = schema.rules.map((rule) => compileRule(rule, cel));
  const properties = new Map(
    [...schema.properties].flatMap(([name, child]) => {
      const node = compileNode(child, cel);
      return node === undefined ? [] : [[name, node] as const];
    }),
  );
  const values = schema.values === undefined ? undefined : compileNode(schema.values, cel);
  const items = schema.items === undefined ? undefined : compileNode(schema.items, cel);
  const empty = rules.length === 0 && properties.size === 0 && values === undefined && items === undefined;
  return empty ? undefined : { schema, rules, properties, values, items };
}

function compileRule(rule: SchemaRule, cel: Environment): CompiledRule {
  try {
    return {
      ...rule,
      holds: cel.parse(rule.rule),
      messageOf: rule.messageExpression === '' ? undefined : cel.parse(rule.messageExpression),
      needsLive: /\boldSelf\b/.test(rule.rule),
    };
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new Error(
      `x-kubernetes-validations: Invalid value: ${JSON.stringify(rule.rule)}: compilation failed: ${why}`,
      {
        cause: error,
      },
    );
  }
}

function check(node: CompiledNode, value: unknown, live: unknown, path: string): FieldError[] {
  if (value === undefined || value === null) return [];
  const context: Record<string, unknown> = { self: celValue(value, node.schema) };
  if (live !== undefined && live !== null) context['oldSelf'] = celValue(live, node.schema);
  const errors = node.rules.flatMap((rule) => {
    if (rule.needsLive && context['oldSelf'] === undefined) return [];
    const problem = problemOf(rule, context);
    return problem === undefined ? [] : [{ field: fieldOf(rule, path), reason: reasonOf(rule), message: problem }];
  });
  if (Array.isArray(value)) {
    const { items } = node;
    // Items of lists have no counterpart in the list before, as in the real server for lists without keys.
    if (items !== undefined)
      errors.push(...value.flatMap((item: unknown, index) => check(items, item, undefined, `${path}[${index}]`)));
    return errors;
  }
  if (!isJsonObject(value)) return errors;
  for (const [name, field] of Object.entries(value)) {
    const child = node.properties.get(name) ?? node.values;
    if (child !== undefined)
      errors.push(...check(child, field, valueAt(live, name), path === '' ? name : `${path}.${name}`));
  }
  return errors;
}

/** undefined: the rule holds */
function problemOf(rule: CompiledRule, context: object): string | undefined {
  try {
    if (rule.holds(context) === true) return undefined;
    const composed = rule.messageOf?.(context);
    const message = typeof composed === 'string' && composed !== '' ? composed : rule.message;
    return `Invalid value: ${message === '' ? `failed rule: ${rule.rule}` : message}`;
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return `Invalid value: rule evaluation failed: ${why}: ${rule.rule}`;
  }
}

function fieldOf({ fieldPath }: SchemaRule, path: string): string {
  return path === '' ? fieldPath.replace(/^\./, '') : `${path}${fieldPath}`;
}

const reasons: ReadonlySet<string> = new Set<FieldError['reason']>([
  'FieldValueInvalid',
  'FieldValueRequired',
  'FieldValueDuplicate',
  'FieldValueForbidden',
]);

function reasonOf({ reason }: SchemaRule): FieldError['reason'] {
  return reasons.has(reason) ? (reason as FieldError['reason']) : 'FieldValueInvalid';
}

/** The value with the types of CEL: integers are int and times are timestamp by the schema. */
function celValue(value: unknown, schema: OpenApiSchema | undefined): unknown {
  if (schema === undefined || value === null) return value;
  if (typeof value === 'number')
    return schema.type === 'integer' || schema.intOrString ? BigInt(Math.trunc(value)) : value;
  if (typeof value === 'string') return schema.format === 'date-time' ? new Date(value) : value;
  if (Array.isArray(value)) return value.map((item: unknown) => celValue(item, schema.items));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value).map((name) => [
      name,
      celValue(ownValue(value, name), schema.properties.get(name) ?? schema.values),
    ]),
  );
}
