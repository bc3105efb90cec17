import type { Clock } from '../../kube/clock.js';
import type { KubeObject } from '../schema/kubeObject.js';
import { storedDefinition } from '../schema/resources.js';
import type { ObjectStore } from '../storage/store.js';
import type { DeleteOptions } from '../storage/writes.js';

/** The writer that removes terminated Pods, as kubelets do. */
export const KUBELET = { userAgent: 'kubelet/sandbox', fieldManager: 'kubelet' } as const;

/** No kubelet runs here: a terminating Pod is gone after its grace period, or after this long. */
const MOST_TERMINATION_MS = 1000;

/**
 * Deletes a Pod gracefully: it is marked as terminating first and removed after its grace period, at most 1 s.
 * @returns the Pod as it is stored, or was last
 * @throws {StatusError} 404 when there is no such Pod
 */
export function terminatePod(
  store: ObjectStore,
  clock: Clock,
  namespace: string,
  name: string,
  options: DeleteOptions & { readonly graceSeconds?: number } = {},
): KubeObject {
  const pod = store.writer.terminate(storedDefinition('pods'), namespace, name, options);
  const { uid, deletionGracePeriodSeconds = 0 } = pod.metadata;
  if (options.dryRun !== true && deletionGracePeriodSeconds > 0) {
    clock.after(Math.min(deletionGracePeriodSeconds * 1000, MOST_TERMINATION_MS), () => {
      if (store.get('pods', namespace, name)?.metadata.uid === uid) store.delete('pods', namespace, name, KUBELET);
    });
  }
  return pod;
}
