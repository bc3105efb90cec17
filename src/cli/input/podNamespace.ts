import { readFileSync } from 'node:fs';

/** Where Kubernetes puts it into every pod with a service account. */
const NAMESPACE_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

/** The namespace that the pod runs in; undefined outside of a cluster. */
export function podNamespace(file = NAMESPACE_FILE): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}
