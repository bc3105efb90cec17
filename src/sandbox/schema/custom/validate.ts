import { isJsonObject, jsonEqual, valueAt } from '../kubeObject.js';
import { duplicateValue, invalidValue, notSupported, requiredValue, tooMany } from '../status.js';
import type { FieldError } from '../status.js';
import type { OpenApiSchema } from './openApiSchema.js';

/** What is wrong with a value by its schema, in the words of the API server; rules in CEL are apart (rules.ts). */
export function validateValue(value: unknown, schema: OpenApiSchema, path = ''): FieldError[] {
  if (value === null && schema.nullable) return [];
  const wrongType = typeError(value, schema, path);
  if (wrongType !== undefined) return [wrongType];
  const errors = [...enumErrors(value, schema, path)];
  if (typeof value === 'number') errors.push(...numberErrors(value, schema, path));
  else if (typeof value === 'string') errors.push(...textErrors(value, schema, path));
  else if (Array.isArray(value)) errors.push(...listErrors(value as readonly unknown[], schema, path));
  else if (isJsonObject(value)) errors.push(...objectErrors(value, schema, path));
  return errors;
}

/** The name of a value's type in the messages of the API server. */
function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function typeError(value: unknown, schema: OpenApiSchema, path: string): FieldError | undefined {
  const found = typeName(value);
  const fits = schema.intOrString
    ? found === 'integer' || found === 'string'
    : schema.type === '' || found === schema.type || (schema.type === 'number' && found === 'integer');
  if (!fits) return wrongTypeError(path, found, schema.intOrString ? 'integer,string' : schema.type);
  const isTime = schema.type === 'string' && schema.format === 'date-time';
  if (isTime && !isDateTime(String(value))) return wrongTypeError(path, String(value), 'date-time');
  return undefined;
}

function wrongTypeError(field: string, found: string, wanted: string): FieldError {
  const shown = JSON.stringify(found);
  const message = `Invalid value: ${shown}: ${field} in body must be of type ${wanted}: ${shown}`;
  return { field, reason: 'FieldValueTypeInvalid', message };
}

const dateTimeForm = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

function isDateTime(text: string): boolean {
  return dateTimeForm.test(text) && !Number.isNaN(Date.parse(text));
}

function enumErrors(value: unknown, { enumeration }: OpenApiSchema, path: string): FieldError[] {
  if (enumeration === undefined || enumeration.some((one) => jsonEqual(one, value))) return [];
  return [notSupported(path, value, enumeration.map(String))];
}

function numberErrors(value: number, { limits }: OpenApiSchema, path: string): FieldError[] {
  const { minimum, maximum } = limits;
  const errors: FieldError[] = [];
  if (minimum !== undefined && value < minimum)
    errors.push(invalidValue(path, value, `${path} in body should be greater than or equal to ${minimum}`));
  if (maximum !== undefined && value > maximum)
    errors.push(invalidValue(path, value, `${path} in body should be less than or equal to ${maximum}`));
  return errors;
}

function textErrors(value: string, { limits, pattern }: OpenApiSchema, path: string): FieldError[] {
  const { minLength, maxLength } = limits;
  const length = [...value].length;
  const errors: FieldError[] = [];
  if (maxLength !== undefined && length > maxLength) {
    const message = `Too long: may not be more than ${maxLength} bytes`;
    errors.push({ field: path, reason: 'FieldValueTooLong', message });
  }
  if (minLength !== undefined && length < minLength)
    errors.push(invalidValue(path, value, `${path} in body should be at least ${minLength} chars long`));
  if (pattern !== undefined && !pattern.test(value))
    errors.push(invalidValue(path, value, `${path} in body should match '${pattern.source}'`));
  return errors;
}

function listErrors(list: readonly unknown[], schema: OpenApiSchema, path: string): FieldError[] {
  const { minItems, maxItems } = schema.limits;
  const errors: FieldError[] = [];
  if (maxItems !== undefined && list.length > maxItems) errors.push(tooMany(path, list.length, maxItems));
  if (minItems !== undefined && list.length < minItems)
    errors.push(invalidValue(path, list.length, `${path} in body should have at least ${minItems} items`));
  const { items } = schema;
  if (items !== undefined)
    errors.push(...list.flatMap((item, index) => validateValue(item, items, `${path}[${index}]`)));
  if (schema.listType !== 'set' && schema.listType !== 'map') return errors;
  const identityOf = (item: unknown): unknown =>
    schema.listType === 'set'
      ? item
      : Object.fromEntries(schema.listMapKeys.map((key) => [key, valueAt(item, key)] as const));
  const seen: unknown[] = [];
  list.forEach((item, index) => {
    const identity = identityOf(item);
    if (seen.some((one) => jsonEqual(one, identity))) errors.push(duplicateValue(`${path}[${index}]`, identity));
    else seen.push(identity);
  });
  return errors;
}

function objectErrors(value: Readonly<Record<string, unknown>>, schema: OpenApiSchema, path: string): FieldError[] {
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const errors = schema.required.filter((name) => !Object.hasOwn(value, name)).map((name) => requiredValue(at(name)));
  const { maxProperties } = schema.limits;
  const entries = Object.entries(value);
  if (maxProperties !== undefined && entries.length > maxProperties)
    errors.push(tooMany(path, entries.length, maxProperties));
  for (const [name, field] of entries) {
    const node = schema.properties.get(name) ?? schema.values;
    if (node !== undefined) errors.push(...validateValue(field, node, at(name)));
  }
  return errors;
}
