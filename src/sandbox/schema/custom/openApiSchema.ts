import { isJsonObject, listAt, textAt, valueAt } from '../kubeObject.js';
import type { JsonObject } from '../kubeObject.js';

/** One node of an `openAPIV3Schema`, with what the stand-in evaluates. Other keywords are published and not checked. */
export interface OpenApiSchema {
  readonly type: '' | 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly format: string;
  readonly nullable: boolean;
  readonly intOrString: boolean;
  readonly preserveUnknownFields: boolean;
  readonly properties: ReadonlyMap<string, OpenApiSchema>;
  readonly values: OpenApiSchema | undefined;
  readonly items: OpenApiSchema | undefined;
  readonly required: readonly string[];
  /** undefined: none */
  readonly defaultValue: unknown;
  readonly enumeration: readonly unknown[] | undefined;
  readonly pattern: RegExp | undefined;
  readonly limits: Limits;
  readonly listType: '' | 'atomic' | 'set' | 'map';
  readonly listMapKeys: readonly string[];
  /** `x-kubernetes-map-type: atomic` */
  readonly atomic: boolean;
  readonly rules: readonly SchemaRule[];
}

/** `x-kubernetes-validations` */
export interface SchemaRule {
  readonly rule: string;
  readonly message: string;
  readonly messageExpression: string;
  readonly reason: string;
  readonly fieldPath: string;
}

const limitNames = [
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
] as const;

export type Limits = Readonly<Partial<Record<(typeof limitNames)[number], number>>>;

const types: ReadonlySet<string> = new Set(['object', 'array', 'string', 'integer', 'number', 'boolean']);

/**
 * @param path of the node, for messages
 * @throws {Error} one sentence that names the node, for a schema that is not structural
 */
export function readOpenApiSchema(raw: unknown, path = 'openAPIV3Schema'): OpenApiSchema {
  if (!isJsonObject(raw)) throw new Error(`${path}: must be an object`);
  const type = textAt(raw, 'type');
  const preserveUnknownFields = raw['x-kubernetes-preserve-unknown-fields'] === true;
  const intOrString = raw['x-kubernetes-int-or-string'] === true;
  if (!isType(type) && !(type === '' && (preserveUnknownFields || intOrString))) {
    throw new Error(`${path}.type: Required value: must not be empty for specified object fields`);
  }
  const { items, additionalProperties } = raw;
  return {
    type: isType(type) ? type : '',
    format: textAt(raw, 'format'),
    nullable: raw['nullable'] === true,
    intOrString,
    preserveUnknownFields: preserveUnknownFields || additionalProperties === true,
    properties: propertiesOf(raw, path),
    values: isJsonObject(additionalProperties)
      ? readOpenApiSchema(additionalProperties, `${path}.additionalProperties`)
      : undefined,
    items: items === undefined ? undefined : readOpenApiSchema(items, `${path}.items`),
    required: listAt(raw, 'required').map(String),
    defaultValue: raw['default'],
    enumeration: Array.isArray(raw['enum']) ? (raw['enum'] as readonly unknown[]) : undefined,
    pattern: typeof raw['pattern'] === 'string' ? patternOf(raw['pattern'], path) : undefined,
    limits: Object.fromEntries(
      limitNames.flatMap((name) => (typeof raw[name] === 'number' ? [[name, raw[name]]] : [])),
    ),
    listType: listTypeOf(raw, path),
    listMapKeys: listAt(raw, 'x-kubernetes-list-map-keys').map(String),
    atomic: raw['x-kubernetes-map-type'] === 'atomic',
    rules: listAt(raw, 'x-kubernetes-validations').map((rule) => ({
      rule: textAt(rule, 'rule'),
      message: textAt(rule, 'message'),
      messageExpression: textAt(rule, 'messageExpression'),
      reason: textAt(rule, 'reason') || 'FieldValueInvalid',
      fieldPath: textAt(rule, 'fieldPath'),
    })),
  };
}

function isType(type: string): type is Exclude<OpenApiSchema['type'], ''> {
  return types.has(type);
}

function propertiesOf(raw: JsonObject, path: string): ReadonlyMap<string, OpenApiSchema> {
  const properties = valueAt(raw, 'properties');
  if (!isJsonObject(properties)) return new Map();
  return new Map(
    Object.entries(properties).map(([name, node]) => [name, readOpenApiSchema(node, `${path}.properties[${name}]`)]),
  );
}

function listTypeOf(raw: JsonObject, path: string): OpenApiSchema['listType'] {
  const listType = textAt(raw, 'x-kubernetes-list-type');
  if (listType === '' || listType === 'atomic' || listType === 'set' || listType === 'map') return listType;
  throw new Error(`${path}.x-kubernetes-list-type: Unsupported value: ${JSON.stringify(listType)}`);
}

function patternOf(pattern: string, path: string): RegExp {
  try {
    return new RegExp(pattern, 'u');
  } catch {
    throw new Error(`${path}.pattern: Invalid value: ${JSON.stringify(pattern)}: must be a valid regular expression`);
  }
}
