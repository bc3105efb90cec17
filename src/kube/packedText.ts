import { gunzipSync, gzipSync } from 'node:zlib';
import { asRecord } from './json.js';

/** Up to this size a text stays readable for kubectl. */
const PLAIN_BYTES = 128 * 1024;
/** A ConfigMap holds 1 MiB, keys included (ValidateConfigMap, MaxSecretSize). */
const MOST_BYTES = 1024 * 1024 - 1024;
/**
 * What a packed text may unpack to: as much as a process of 256 MiB can take apart. By gzip alone a ConfigMap could hold a
 * thousand times its size.
 */
const MOST_UNPACKED_BYTES = 4 * 1024 * 1024;
const PACKED_SUFFIX = '.gz';

export interface PackedText {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

/**
 * The fields of a ConfigMap that hold a text: under its key in `data`, or from 128 KiB on by gzip under `KEY.gz` in
 * `binaryData`.
 * @returns undefined when it does not fit into a ConfigMap
 */
export function packText(key: string, text: string): PackedText | undefined {
  const bytes = Buffer.byteLength(text);
  if (bytes <= PLAIN_BYTES) return { data: { [key]: text } };
  if (bytes > MOST_UNPACKED_BYTES) return undefined;
  const packed = gzipSync(text, { level: 9 });
  return packed.length <= MOST_BYTES
    ? { binaryData: { [`${key}${PACKED_SUFFIX}`]: packed.toString('base64') } }
    : undefined;
}

/** Whether an object holds a text under a key, packed or not. */
export function holdsText(configMap: unknown, key: string): boolean {
  const { data, binaryData } = asRecord(configMap);
  return Object.hasOwn(asRecord(data), key) || Object.hasOwn(asRecord(binaryData), `${key}${PACKED_SUFFIX}`);
}

/**
 * The text that `packText` packed.
 * @throws {Error} one clause when there is no such text
 */
export function unpackText(configMap: unknown, key: string): string {
  const { data, binaryData } = asRecord(configMap);
  const plain = Object.entries(asRecord(data)).find(([name]) => name === key)?.[1];
  if (typeof plain === 'string') return plain;
  const packed = Object.entries(asRecord(binaryData)).find(([name]) => name === `${key}${PACKED_SUFFIX}`)?.[1];
  if (typeof packed !== 'string')
    throw new Error(`it has neither data["${key}"] nor binaryData["${key}${PACKED_SUFFIX}"]`);
  try {
    return gunzipSync(Buffer.from(packed, 'base64'), { maxOutputLength: MOST_UNPACKED_BYTES }).toString('utf8');
  } catch (error) {
    throw new Error(`binaryData["${key}${PACKED_SUFFIX}"] cannot be unpacked`, { cause: error });
  }
}
