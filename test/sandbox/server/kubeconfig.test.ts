import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { kubeconfigFor } from '../../../src/sandbox/server/kubeconfig.js';

interface Config {
  readonly clusters: { cluster: Record<string, string> }[];
  readonly users: { user: Record<string, string> }[];
}
const read = (options: { token?: string; ca?: string }): Config => parse(kubeconfigFor('https://127.0.0.1:1', options)) as Config; // prettier-ignore

test('leads to the server, in its one context', () => {
  expect(read({})).toEqual({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'sandbox', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'sandbox', user: {} }],
    contexts: [{ name: 'sandbox', context: { cluster: 'sandbox', user: 'sandbox' } }],
    'current-context': 'sandbox',
  });
});

test('has the token, and the certificate in base64, where there are such', () => {
  const { clusters, users } = read({ token: 't', ca: 'PEM' });
  expect(users[0]?.user).toEqual({ token: 't' });
  expect(clusters[0]?.cluster['certificate-authority-data']).toBe('UEVN');
});
