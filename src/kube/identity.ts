import { asRecord } from './json.js';

/** How an object is identified: `namespace/name`, or `name` for what has no namespace. */
export interface Identity {
  readonly key: string;
  /** Opaque: versions are compared for equality and nothing else. */
  readonly version: string;
}

/** Key and version of a Kubernetes object; undefined when it has no usable metadata. */
export function identify(raw: unknown): Identity | undefined {
  const { name, namespace, resourceVersion } = asRecord(asRecord(raw).metadata);
  if (typeof name !== 'string' || name === '') return undefined;
  if (typeof resourceVersion !== 'string' || resourceVersion === '') return undefined;
  const key = typeof namespace === 'string' && namespace !== '' ? `${namespace}/${name}` : name;
  return { key, version: resourceVersion };
}
