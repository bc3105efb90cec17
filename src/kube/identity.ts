/** How an object is known: `namespace/name`, or `name` for what has no namespace. */
export interface Identity {
  readonly key: string;
  /** Opaque: versions are compared for equality and nothing else. */
  readonly version: string;
}

/** Key and version of a Kubernetes object; undefined when it has no usable metadata. */
export function identify(raw: unknown): Identity | undefined {
  const metadata = (raw as { metadata?: { name?: unknown; namespace?: unknown; resourceVersion?: unknown } } | null)
    ?.metadata;
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  const { name, namespace, resourceVersion } = metadata;
  if (typeof name !== 'string' || name === '') return undefined;
  if (typeof resourceVersion !== 'string' || resourceVersion === '') return undefined;
  const key = typeof namespace === 'string' && namespace !== '' ? `${namespace}/${name}` : name;
  return { key, version: resourceVersion };
}
