import { isJsonObject, omit } from '../schema/kubeObject.js';
import type { KubeObject } from '../schema/kubeObject.js';
import type { ObjectStore } from '../storage/store.js';

/** The name of the writer that the fault `foreign-write` plays. */
export const foreignWriter = 'foreign-writer';

/**
 * Changes a slice as another writer would: a new value of an annotation, or all hints taken away. A slice that is gone
 * stays gone.
 */
export function applyForeignWrite(store: ObjectStore, slice: KubeObject, change: 'annotate' | 'strip'): void {
  const { namespace = '', name = '' } = slice.metadata;
  const live = store.get('endpointslices', namespace, name);
  if (live === undefined) return;
  const caller = { user: foreignWriter, userAgent: `${foreignWriter}/1`, fieldManager: foreignWriter };
  if (change === 'annotate') {
    const annotations = { 'foreign.example.com/touched': `after-${live.metadata.resourceVersion ?? ''}` };
    store.patch('endpointslices', namespace, name, 'merge', { metadata: { annotations } }, caller);
    return;
  }
  const endpoints = live['endpoints'];
  const bare = Array.isArray(endpoints)
    ? endpoints.map((endpoint: unknown) => (isJsonObject(endpoint) ? omit(endpoint, 'hints') : endpoint))
    : null;
  store.patch('endpointslices', namespace, name, 'merge', { endpoints: bare }, caller);
}
