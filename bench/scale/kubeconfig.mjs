/** A kubeconfig for a server without credentials. */
export function kubeconfigOf(url) {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'scale', cluster: { server: url } }],
    users: [{ name: 'scale', user: {} }],
    contexts: [{ name: 'scale', context: { cluster: 'scale', user: 'scale' } }],
    'current-context': 'scale',
  });
}
