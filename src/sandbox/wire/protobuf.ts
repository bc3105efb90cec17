import type { JsonObject } from '../schema/kubeObject.js';
import { badRequest, unsupportedMediaType } from './status.js';

/**
 * The one body that kubectl sends as protobuf although it is asked for JSON: `kubectl create namespace`. Field numbers
 * are those of k8s.io/apimachinery and k8s.io/api `generated.proto`.
 */
export const protobufType = 'application/vnd.kubernetes.protobuf';

const magic = Buffer.from('k8s\0');

/** Fields by number; only the length-delimited ones, which is all that is read here. */
function fieldsOf(bytes: Buffer): Map<number, Buffer[]> {
  const fields = new Map<number, Buffer[]>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 49) throw badRequest('the body of the request is no valid protobuf');
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const wire = tag & 7;
    if (wire === 0) varint();
    else if (wire === 1) at += 8;
    else if (wire === 5) at += 4;
    else if (wire === 2) {
      const length = varint();
      if (at + length > bytes.length) throw badRequest('the body of the request is no valid protobuf');
      const number = Math.floor(tag / 8);
      fields.set(number, [...(fields.get(number) ?? []), bytes.subarray(at, at + length)]);
      at += length;
    } else throw badRequest('the body of the request is no valid protobuf');
  }
  return fields;
}

function textOf(fields: Map<number, Buffer[]>, number: number): string {
  return fields.get(number)?.at(-1)?.toString('utf8') ?? '';
}

function mapOf(fields: Map<number, Buffer[]>, number: number): Record<string, string> {
  const entries = (fields.get(number) ?? []).map(fieldsOf);
  return Object.fromEntries(entries.map((entry) => [textOf(entry, 1), textOf(entry, 2)]));
}

const empty = Buffer.alloc(0);

/** @throws {StatusError} 415 for every kind but Namespace, 400 for bytes that are no protobuf */
export function parseProtobuf(bytes: Buffer): JsonObject {
  if (!bytes.subarray(0, magic.length).equals(magic)) throw badRequest('the body of the request is no valid protobuf');
  const unknown = fieldsOf(bytes.subarray(magic.length));
  const typeMeta = fieldsOf(unknown.get(1)?.at(-1) ?? empty);
  const [apiVersion, kind] = [textOf(typeMeta, 1), textOf(typeMeta, 2)];
  if (apiVersion !== 'v1' || kind !== 'Namespace') {
    throw unsupportedMediaType(
      `the sandbox reads ${protobufType} only for namespaces, got ${apiVersion} ${kind}; send application/json`,
    );
  }
  const metadata = fieldsOf(
    fieldsOf(unknown.get(2)?.at(-1) ?? empty)
      .get(1)
      ?.at(-1) ?? empty,
  );
  return {
    apiVersion,
    kind,
    metadata: {
      name: textOf(metadata, 1),
      generateName: textOf(metadata, 2),
      labels: mapOf(metadata, 11),
      annotations: mapOf(metadata, 12),
    },
  };
}
