import { loadClusterAccess, type ClusterAccess, type ClusterAccessOptions } from '../../kube/auth/credentials.js';
import { UsageError } from '../flags/usageError.js';
import { explainAccessError } from '../output/connectionError.js';

/**
 * The cluster that flags and environment name. An empty kubeconfig counts as none.
 * @throws {UsageError} one sentence with the next step
 */
export function openClusterAccess({ kubeconfig, ...options }: ClusterAccessOptions): ClusterAccess {
  try {
    return loadClusterAccess({ ...options, kubeconfig: kubeconfig === '' ? undefined : kubeconfig });
  } catch (error) {
    throw new UsageError(explainAccessError(error), error);
  }
}
