import { groupVersionOf } from '../schema/resources.js';
import type { ResourceDefinition } from '../schema/resources.js';

/** What kubectl asks /openapi/v2 for when it is given a `List`: the same document as a protobuf message. */
export const OPENAPI_V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/** Field numbers of OpenAPIv2.proto (google/gnostic-models), as far as they are used. */
const FIELD = {
  document: { swagger: 1, info: 2, paths: 8 },
  info: { title: 1, version: 2 },
  paths: { path: 2 },
  named: { name: 1, value: 2 },
  pathItem: { patch: 8 },
  operation: { parameters: 8, vendorExtension: 13 },
  parametersItem: { parameter: 1 },
  parameter: { nonBody: 2 },
  nonBody: { query: 3 },
  query: { in: 2, name: 4 },
  any: { yaml: 2 },
} as const;

/** A length-delimited field: a string or a message. All numbers above are below 16, so that a tag is one byte. */
function field(number: number, value: string | Buffer): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  const length: number[] = [];
  let rest = bytes.length;
  for (; rest > 127; rest >>>= 7) length.push((rest & 127) | 128);
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length, rest]), bytes]);
}

function named(name: string, value: Buffer): Buffer {
  return Buffer.concat([field(FIELD.named.name, name), field(FIELD.named.value, value)]);
}

/**
 * The smallest document from which kubectl concludes that the server validates fields: for each kind a path whose PATCH takes
 * the query parameter `fieldValidation`, and whose extension names the kind.
 */
export function openApiV2Protobuf(definitions: readonly ResourceDefinition[]): Buffer {
  const query = Buffer.concat([field(FIELD.query.in, 'query'), field(FIELD.query.name, 'fieldValidation')]);
  const parameter = field(
    FIELD.parametersItem.parameter,
    field(FIELD.parameter.nonBody, field(FIELD.nonBody.query, query)),
  );
  const paths = definitions.map((definition) => {
    const { group, version, kind, plural } = definition;
    const yaml = JSON.stringify({ group, version, kind });
    const extension = named('x-kubernetes-group-version-kind', field(FIELD.any.yaml, yaml));
    const patch = Buffer.concat([
      field(FIELD.operation.parameters, parameter),
      field(FIELD.operation.vendorExtension, extension),
    ]);
    const path = `/${groupVersionOf(definition)}/${plural}/{name}`;
    return field(FIELD.paths.path, named(path, field(FIELD.pathItem.patch, patch)));
  });
  const info = Buffer.concat([field(FIELD.info.title, 'slicehints sandbox'), field(FIELD.info.version, 'v2')]);
  return Buffer.concat([
    field(FIELD.document.swagger, '2.0'),
    field(FIELD.document.info, info),
    field(FIELD.document.paths, Buffer.concat(paths)),
  ]);
}
