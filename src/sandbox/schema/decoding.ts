import { eventsToCore } from './eventConversion.js';
import { textAt, toKubeObject } from './kubeObject.js';
import type { JsonObject, KubeObject } from './kubeObject.js';
import { builtInDefinitions, groupVersionOf, kindSubjectOf } from './resources.js';
import type { ResourceDefinition } from './resources.js';
import { DecodeError, decode } from './schema.js';
import { badRequest, invalid, invalidValue } from './status.js';

/** How unknown fields are treated, by the query `fieldValidation`. */
export interface DecodeOptions {
  /** Strict rejects fields that the kind does not have; Warn and Ignore drop them. */
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict';
  /** Called with the unknown fields that were dropped. */
  readonly onUnknownFields?: (fields: readonly string[]) => void;
}

/**
 * The body of a write as it is stored.
 * @throws {StatusError} 400 for another kind, for a value of a wrong type and, when strict, for unknown fields
 */
export function decodeBody(definition: ResourceDefinition, body: JsonObject, options: DecodeOptions): KubeObject {
  checkType(definition, body);
  try {
    return normalized(definition, body, options);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const { kind, version } = definition;
    throw badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${error.message}`);
  }
}

/**
 * What a patch made of an object, as it is stored.
 * @throws {StatusError} 422 where `decodeBody` answers 400
 */
export function decodePatched(
  definition: ResourceDefinition,
  patched: JsonObject,
  patch: unknown,
  options: DecodeOptions,
): KubeObject {
  try {
    return normalized(definition, patched, options);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw invalid({ group: '', name: '' }, '', [invalidValue('patch', JSON.stringify(patch), error.message)]);
  }
}

function normalized(definition: ResourceDefinition, body: JsonObject, options: DecodeOptions): KubeObject {
  const { object, unknown } = decode(body, definition.schema, definition.kind);
  if (unknown.length > 0) {
    if (options.fieldValidation === 'Strict') {
      const fields = unknown.map((field) => `unknown field ${JSON.stringify(field)}`).join(', ');
      throw new DecodeError(`strict decoding error: ${fields}`);
    }
    if (options.fieldValidation !== 'Ignore') options.onUnknownFields?.(unknown);
  }
  const shaped = toKubeObject(object);
  return definition.group === 'events.k8s.io' ? eventsToCore(shaped) : shaped;
}

/** The body must be of the kind that the path names; a body without kind and apiVersion is taken as that kind. */
function checkType(definition: ResourceDefinition, body: JsonObject): void {
  if (definition.custom !== undefined) {
    checkCustomType(definition, body);
    return;
  }
  const kind = textAt(body, 'kind') || definition.kind;
  const apiVersion = textAt(body, 'apiVersion') || groupVersionOf(definition);
  if (kind === definition.kind && apiVersion === groupVersionOf(definition)) return;
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const known = builtInDefinitions.some((one) => one.kind === kind && groupVersionOf(one) === apiVersion);
  if (!known) {
    const names = [kind, apiVersion].map((name) => JSON.stringify(name));
    throw badRequest(
      `no kind ${names[0] ?? ''} is registered for version ${names[1] ?? ''} in scheme "slicehints/sandbox"`,
    );
  }
  const from = JSON.stringify(group === '' ? version : apiVersion);
  const internal = `${definition.group === '' ? 'core' : (definition.group.split('.')[0] ?? '')}.${definition.kind}`;
  throw badRequest(
    `${kind} in version ${from} cannot be handled as a ${definition.kind}: converting (${version}.${kind}) to (${internal}): unknown conversion`,
  );
}

/** Custom resources are read without their type, so that both fields must be there. */
function checkCustomType(definition: ResourceDefinition, body: JsonObject): void {
  const { kind } = definition;
  const expected = groupVersionOf(definition);
  for (const [field, name] of [
    ['kind', 'Kind'],
    ['apiVersion', 'apiVersion'],
  ] as const) {
    if (textAt(body, field) === '') throw badRequest(`Object '${name}' is missing in '${JSON.stringify(body)}'`);
  }
  const given = textAt(body, 'apiVersion');
  if (given !== expected) {
    throw badRequest(`the API version in the data (${given}) does not match the expected API version (${expected})`);
  }
  if (textAt(body, 'kind') !== kind) {
    throw invalid(kindSubjectOf(definition), textAt(body, 'metadata', 'name'), [
      invalidValue('kind', body['kind'], `must be ${kind}`),
    ]);
  }
}
