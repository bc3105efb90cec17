/** The key of a namespaced object in maps, queues and messages: `namespace/name`, as client-go has it. */
export function objectKey(object: { readonly namespace: string; readonly name: string }): string {
  return `${object.namespace}/${object.name}`;
}

/** The key of the Service that a slice belongs to; the name is empty when the slice has no label. */
export function serviceKeyOf(slice: { readonly namespace: string; readonly serviceName: string }): string {
  return `${slice.namespace}/${slice.serviceName}`;
}

/** Namespace and name of a key; neither may contain a slash. */
export function parseObjectKey(key: string): { readonly namespace: string; readonly name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, Math.max(0, slash)), name: key.slice(slash + 1) };
}

/** Orders texts by code units, as Go and the API server do; independent of the locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Orders objects by name. */
export function compareNames(a: { readonly name: string }, b: { readonly name: string }): number {
  return compareText(a.name, b.name);
}
