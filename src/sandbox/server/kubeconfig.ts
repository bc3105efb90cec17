import { stringify } from 'yaml';

/** A kubeconfig for one server, as `kubectl --kubeconfig` reads it. */
export function kubeconfigFor(
  server: string,
  options: { readonly token?: string | undefined; readonly ca?: string | undefined },
): string {
  const { token, ca } = options;
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'sandbox',
        cluster: {
          server,
          ...(ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
        },
      },
    ],
    users: [{ name: 'sandbox', user: token === undefined ? {} : { token } }],
    contexts: [{ name: 'sandbox', context: { cluster: 'sandbox', user: 'sandbox' } }],
    'current-context': 'sandbox',
  });
}
