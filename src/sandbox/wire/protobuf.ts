import type { JsonObject } from '../schema/kubeObject.js';
import { badRequest, unsupportedMediaType } from '../schema/status.js';
import { setOwnValue } from '../../model/ownValue.js';

/**
 * The kinds that kubectl sends as protobuf although the server announces JSON: `kubectl create namespace`,
 * `kubectl create service` and the evictions of `kubectl drain`. Field numbers are those of `generated.proto` in
 * k8s.io/apimachinery and k8s.io/api.
 */
export const protobufType = 'application/vnd.kubernetes.protobuf';

const magic = Buffer.from('k8s\0');
const invalidProtobuf = 'the body of the request is not valid protobuf';

interface Message {
  readonly type: 'message';
  /** Fields by number; unlisted numbers are dropped. */
  readonly fields: Readonly<Record<number, Field>>;
}

interface Field {
  readonly name: string;
  readonly value: Message | 'string' | 'integer' | 'boolean' | 'stringMap' | 'intOrString';
  readonly repeated: boolean;
}

function message(fields: Readonly<Record<number, Field>>): Message {
  return { type: 'message', fields };
}

function one(name: string, value: Field['value']): Field {
  return { name, value, repeated: false };
}

function many(name: string, value: Field['value']): Field {
  return { name, value, repeated: true };
}

const metadata = one(
  'metadata',
  message({
    1: one('name', 'string'),
    2: one('generateName', 'string'),
    3: one('namespace', 'string'),
    11: one('labels', 'stringMap'),
    12: one('annotations', 'stringMap'),
  }),
);

const servicePort = message({
  1: one('name', 'string'),
  2: one('protocol', 'string'),
  3: one('port', 'integer'),
  4: one('targetPort', 'intOrString'),
  5: one('nodePort', 'integer'),
  6: one('appProtocol', 'string'),
});

const serviceSpec = message({
  1: many('ports', servicePort),
  2: one('selector', 'stringMap'),
  3: one('clusterIP', 'string'),
  4: one('type', 'string'),
  5: many('externalIPs', 'string'),
  7: one('sessionAffinity', 'string'),
  8: one('loadBalancerIP', 'string'),
  9: many('loadBalancerSourceRanges', 'string'),
  10: one('externalName', 'string'),
  11: one('externalTrafficPolicy', 'string'),
  12: one('healthCheckNodePort', 'integer'),
  13: one('publishNotReadyAddresses', 'boolean'),
  17: one('ipFamilyPolicy', 'string'),
  18: many('clusterIPs', 'string'),
  19: many('ipFamilies', 'string'),
  20: one('allocateLoadBalancerNodePorts', 'boolean'),
  21: one('loadBalancerClass', 'string'),
  22: one('internalTrafficPolicy', 'string'),
  23: one('trafficDistribution', 'string'),
});

const deleteOptions = message({ 1: one('gracePeriodSeconds', 'integer'), 5: many('dryRun', 'string') });

/** Kinds by `apiVersion kind`. */
const kinds: ReadonlyMap<string, Message> = new Map([
  ['v1 Namespace', message({ 1: metadata })],
  ['v1 Service', message({ 1: metadata, 2: one('spec', serviceSpec) })],
  ['policy/v1 Eviction', message({ 1: metadata, 2: one('deleteOptions', deleteOptions) })],
]);

/** A value as it is on the wire: a number, or the bytes of a string or a message. */
type Wire = number | Buffer;

function wireFields(bytes: Buffer): Map<number, Wire[]> {
  const fields = new Map<number, Wire[]>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 63) throw badRequest(invalidProtobuf);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  const add = (number: number, value: Wire): void => {
    const values = fields.get(number);
    if (values === undefined) fields.set(number, [value]);
    else values.push(value);
  };
  while (at < bytes.length) {
    const tag = varint();
    const wireType = tag & 7;
    const number = Math.floor(tag / 8);
    if (wireType === 0) add(number, varint());
    else if (wireType === 1) at += 8;
    else if (wireType === 5) at += 4;
    else if (wireType === 2) {
      const length = varint();
      if (at + length > bytes.length) throw badRequest(invalidProtobuf);
      add(number, bytes.subarray(at, at + length));
      at += length;
    } else throw badRequest(invalidProtobuf);
  }
  return fields;
}

const empty = Buffer.alloc(0);

function bytesOf(value: Wire | undefined): Buffer {
  if (typeof value === 'number') throw badRequest(invalidProtobuf);
  return value ?? empty;
}

function textOf(value: Wire | undefined): string {
  return bytesOf(value).toString('utf8');
}

function decodeMessage(bytes: Buffer, { fields }: Message): JsonObject {
  const object: Record<string, unknown> = {};
  for (const [number, values] of wireFields(bytes)) {
    const field = fields[number];
    if (field === undefined) continue;
    const value =
      field.value === 'stringMap'
        ? Object.fromEntries(values.map(mapEntry))
        : field.repeated
          ? values.map((each) => decodeValue(each, field.value))
          : decodeValue(values.at(-1), field.value);
    setOwnValue(object, field.name, value);
  }
  return object;
}

function decodeValue(value: Wire | undefined, type: Field['value']): unknown {
  switch (type) {
    case 'string':
      return textOf(value);
    case 'integer':
      if (typeof value !== 'number') throw badRequest(invalidProtobuf);
      return value;
    case 'boolean':
      return value !== 0;
    case 'intOrString': {
      const fields = wireFields(bytesOf(value));
      return fields.get(1)?.[0] === 1 ? textOf(fields.get(3)?.[0]) : (fields.get(2)?.[0] ?? 0);
    }
    case 'stringMap':
      return Object.fromEntries([mapEntry(bytesOf(value))]);
    default:
      return decodeMessage(bytesOf(value), type);
  }
}

function mapEntry(value: Wire): [string, string] {
  const entry = wireFields(bytesOf(value));
  return [textOf(entry.get(1)?.[0]), textOf(entry.get(2)?.[0])];
}

/** @throws {StatusError} 415 for a kind that is not listed above, 400 for bytes that are not protobuf */
export function parseProtobuf(bytes: Buffer): JsonObject {
  if (!bytes.subarray(0, magic.length).equals(magic)) throw badRequest(invalidProtobuf);
  const unknown = wireFields(bytes.subarray(magic.length));
  const typeMeta = wireFields(bytesOf(unknown.get(1)?.at(-1)));
  const [apiVersion, kind] = [textOf(typeMeta.get(1)?.[0]), textOf(typeMeta.get(2)?.[0])];
  const schema = kinds.get(`${apiVersion} ${kind}`);
  if (schema === undefined) {
    throw unsupportedMediaType(
      `the sandbox does not read ${apiVersion} ${kind} as ${protobufType}; send application/json, as kubectl apply -f does`,
    );
  }
  return { apiVersion, kind, ...decodeMessage(bytesOf(unknown.get(2)?.at(-1)), schema) };
}
