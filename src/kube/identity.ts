import { asRecord } from './json.js';

/** How an object is identified: `namespace/name`, or `name` for what has no namespace. */
export interface Identity {
  readonly key: string;
  /** Opaque: versions are compared for equality and nothing else. */
  readonly version: string;
}

/** Fields with plain text as values, as kind, apiVersion, generateName and uid are, each with its comma. */
const TEXTS = String.raw`(?:"\w+":"[^"\\]*",)*?`;
const VALUE = String.raw`"([^"\\]+)"`;
const HEAD = new RegExp(
  `^(?:\\{"type":"MODIFIED","object":)?\\{${TEXTS}"metadata":\\{${TEXTS}"name":${VALUE},` +
    `${TEXTS}"namespace":${VALUE},${TEXTS}"resourceVersion":${VALUE}`,
);

/**
 * Key and version from the beginning of an object of a namespace as JSON, or of the MODIFIED line of a watch with one,
 * without parsing the rest. The fields have the order in which Kubernetes writes them (ObjectMeta in apimachinery's
 * meta/v1/types.go); undefined for any other text.
 */
export function identifyText(text: string): Identity | undefined {
  const [, name, namespace, version] = HEAD.exec(text) ?? [];
  return name === undefined || namespace === undefined || version === undefined
    ? undefined
    : { key: `${namespace}/${name}`, version };
}

/** The object that a text begins with, where `isKnown` holds for it: there is no need to parse the text then. */
export function knownObject(text: string, isKnown: ((object: Identity) => boolean) | undefined): Identity | undefined {
  const identity = isKnown && identifyText(text);
  return identity !== undefined && isKnown?.(identity) === true ? identity : undefined;
}

/** Key and version of a Kubernetes object; undefined when it has no usable metadata. */
export function identify(raw: unknown): Identity | undefined {
  const { name, namespace, resourceVersion } = asRecord(asRecord(raw).metadata);
  if (typeof name !== 'string' || name === '') return undefined;
  if (typeof resourceVersion !== 'string' || resourceVersion === '') return undefined;
  const key = typeof namespace === 'string' && namespace !== '' ? `${namespace}/${name}` : name;
  return { key, version: resourceVersion };
}
