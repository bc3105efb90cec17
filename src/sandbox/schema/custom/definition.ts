import { isJsonObject, listAt, textAt, valueAt } from '../kubeObject.js';
import type { KubeObject } from '../kubeObject.js';
import { definitionBase } from '../resources.js';
import type { PrinterColumn, ResourceDefinition } from '../resources.js';
import { invalidValue } from '../status.js';
import type { FieldError } from '../status.js';
import { jsonPathValues } from './jsonPath.js';
import { readOpenApiSchema } from './openApiSchema.js';
import { compileRules } from './rules.js';
import type { RuleCheck } from './rules.js';
import { shapeOf, withSchemaDefaults } from './structure.js';
import { validateValue } from './validate.js';

/** Errors after which the rules in CEL are not evaluated, because their expressions rely on the schema. */
const blocking: ReadonlySet<FieldError['reason']> = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);

const unchecked: FieldError = {
  field: '<nil>',
  reason: 'FieldValueInvalid',
  message:
    'Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
};

const defaultColumns: readonly PrinterColumn[] = [
  { name: 'Age', type: 'date', format: '', description: '', priority: 0, jsonPath: '.metadata.creationTimestamp' },
];

/**
 * The resource that a CustomResourceDefinition describes, in the version that is stored; other versions are not served.
 * @throws {Error} one sentence for a schema, a rule or a column that cannot be used
 */
export function resourceOf(crd: KubeObject): ResourceDefinition {
  const group = textAt(crd, 'spec', 'group');
  const names = valueAt(crd, 'spec', 'names');
  const plural = textAt(names, 'plural');
  const kind = textAt(names, 'kind');
  const version = listAt(crd, 'spec', 'versions').find((one) => valueAt(one, 'storage') === true);
  const openApi = valueAt(version, 'schema', 'openAPIV3Schema');
  if (!isJsonObject(openApi)) throw new Error('schema.openAPIV3Schema: Required value: schemas are required');
  const schema = readOpenApiSchema(openApi);
  const checkRules = compileRules(schema);
  const hasStatus = valueAt(version, 'subresources', 'status') !== undefined;
  return {
    ...definitionBase,
    resource: `${plural}.${group}`,
    plural,
    group,
    version: textAt(version, 'name'),
    kind,
    singular: textAt(names, 'singular') || kind.toLowerCase(),
    namespaced: textAt(crd, 'spec', 'scope') === 'Namespaced',
    shortNames: listAt(names, 'shortNames').map(String),
    categories: listAt(names, 'categories').map(String),
    schema: shapeOf(schema),
    statusSubresource: hasStatus,
    subresources: hasStatus ? [{ name: 'status', kind, verbs: ['get', 'patch', 'update'] }] : [],
    generation: hasStatus ? 'all-but-status' : 'all-but-metadata',
    unconditionalUpdate: false,
    custom: {
      openApi,
      withDefaults: (object) => withSchemaDefaults(object, schema),
      validate: (object, live) => problemsOf(validateValue(object, schema), checkRules, object, live),
      printerColumns: columnsOf(version),
    },
  };
}

function problemsOf(
  errors: readonly FieldError[],
  checkRules: RuleCheck | undefined,
  object: KubeObject,
  live: KubeObject | undefined,
): FieldError[] {
  if (checkRules === undefined) return [...errors];
  if (errors.some(({ reason }) => blocking.has(reason))) return [...errors, unchecked];
  return [...errors, ...checkRules(object, live)];
}

function columnsOf(version: unknown): readonly PrinterColumn[] {
  const columns = listAt(version, 'additionalPrinterColumns').map((column): PrinterColumn => {
    const priority = valueAt(column, 'priority');
    return {
      name: textAt(column, 'name'),
      type: textAt(column, 'type'),
      format: textAt(column, 'format'),
      description: textAt(column, 'description'),
      priority: typeof priority === 'number' ? priority : 0,
      jsonPath: textAt(column, 'jsonPath'),
    };
  });
  for (const { jsonPath } of columns) jsonPathValues(jsonPath);
  return columns.length === 0 ? defaultColumns : columns;
}

/** What is wrong with a CustomResourceDefinition. */
export function validateDefinition(crd: KubeObject): FieldError[] {
  const group = textAt(crd, 'spec', 'group');
  const plural = textAt(crd, 'spec', 'names', 'plural');
  const scope = textAt(crd, 'spec', 'scope');
  const versions = listAt(crd, 'spec', 'versions');
  const errors: FieldError[] = [];
  if (crd.metadata.name !== `${plural}.${group}`) {
    errors.push(invalidValue('metadata.name', crd.metadata.name, 'must be spec.names.plural+"."+spec.group'));
  }
  if (!group.includes('.')) errors.push(invalidValue('spec.group', group, 'should be a domain with at least one dot'));
  if (scope !== 'Namespaced' && scope !== 'Cluster') {
    errors.push(invalidValue('spec.scope', scope, 'must be Cluster or Namespaced'));
  }
  if (textAt(crd, 'spec', 'names', 'kind') === '')
    errors.push(invalidValue('spec.names.kind', '', 'must not be empty'));
  if (versions.filter((version) => valueAt(version, 'storage') === true).length !== 1) {
    return [
      ...errors,
      invalidValue('spec.versions', versions, 'must have exactly one version marked as storage version'),
    ];
  }
  try {
    resourceOf(crd);
  } catch (error) {
    const message = `Invalid value: ${error instanceof Error ? error.message : String(error)}`;
    errors.push({ field: 'spec.versions', reason: 'FieldValueInvalid', message });
  }
  return errors;
}
