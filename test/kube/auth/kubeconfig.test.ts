import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { findCredentials, type CredentialSource, type SourceOptions } from '../../../src/kube/auth/kubeconfig.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'slicehints-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function file(name: string, content: unknown): string {
  const path = join(dir, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : stringify(content));
  return path;
}

/** Cluster, user and context of this name. */
const config = (name: string, user: object = { token: name }, server = `https://${name}`) => ({
  clusters: [{ name, cluster: { server } }],
  users: [{ name, user }],
  contexts: [{ name, context: { cluster: name, user: name } }],
  'current-context': name,
});

const find = (options: Partial<SourceOptions> = {}): CredentialSource =>
  findCredentials({ env: { HOME: dir }, serviceAccountDir: join(dir, 'account'), ...options });
const inPod = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };

describe('credentials are found', () => {
  test.each<[string, Record<string, string>, string | undefined, string, string]>([
    ['in the explicit file, before all else', inPod, 'explicit', 'explicit', 'https://explicit'],
    ['in a Pod, before KUBECONFIG', inPod, undefined, 'in-cluster', 'https://10.96.0.1:443'],
    ['in a Pod with IPv6', { ...inPod, KUBERNETES_SERVICE_HOST: 'fd00::1' }, undefined, 'in-cluster', 'https://[fd00::1]:443'], // prettier-ignore
    ['in KUBECONFIG outside a Pod', {}, undefined, 'listed', 'https://listed'],
    ['in KUBECONFIG where a Pod has no port', { KUBERNETES_SERVICE_HOST: 'x' }, undefined, 'listed', 'https://listed'],
  ])('%s', (_, env, explicit, description, server) => {
    file('account/token', 't');
    for (const name of ['explicit', 'listed']) file(name, config(name));
    file('.kube/config', config('home'));
    const source = find({
      kubeconfig: explicit && join(dir, explicit),
      env: { HOME: dir, KUBECONFIG: join(dir, 'listed'), ...env },
    });
    expect(source.description.replace(join(dir, ''), '').replace(/^\//, '')).toBe(description);
    expect(source.load().cluster.server).toBe(server);
  });

  test('in the home directory at last', () => {
    file('.kube/config', config('home'));
    expect(find({ kubeconfig: '', env: { HOME: dir, KUBECONFIG: '' } }).load()).toMatchObject({
      cluster: { server: 'https://home' },
      context: 'home',
    });
  });

  test('nowhere: the error names what was tried', () => {
    expect(() => find()).toThrow(
      `not in a Pod (KUBERNETES_SERVICE_HOST is not set), KUBECONFIG is not set and ${join(dir, '.kube', 'config')} does not exist.`,
    );
    expect(() => find({ env: { HOME: dir, ...inPod } })).toThrow(`${join(dir, 'account', 'token')} does not exist`);
  });

  test('in a Pod with the CA of the service account, where there is one', () => {
    file('account/token', 't');
    expect(find({ env: inPod }).load().cluster).not.toHaveProperty('caFile');
    file('account/ca.crt', 'CA');
    expect(find({ env: inPod }).load().cluster).toMatchObject({ caFile: join(dir, 'account', 'ca.crt') });
  });
});

describe('files of KUBECONFIG', () => {
  test('are merged: the first to name something wins, and those that do not exist are passed over', () => {
    const first = file('a', { ...config('one', {}, 'https://a'), 'current-context': '' });
    const second = file('b', { ...config('one', {}, 'https://b') });
    const KUBECONFIG = [join(dir, 'missing'), '', first, second].join(delimiter);
    expect(find({ env: { KUBECONFIG } }).load()).toMatchObject({ cluster: { server: 'https://a' }, context: 'one' });
  });

  test('that all do not exist are an error', () => {
    const KUBECONFIG = join(dir, 'missing');
    expect(() => find({ env: { KUBECONFIG } }).load()).toThrow(
      `KUBECONFIG names ${KUBECONFIG}, but no such file exists.`,
    );
  });
});

describe('a kubeconfig', () => {
  const both = (): object => {
    const [one, two] = [config('one'), config('two')];
    return {
      ...one,
      clusters: [...one.clusters, ...two.clusters],
      users: [...one.users, ...two.users],
      contexts: [...one.contexts, ...two.contexts],
    };
  };

  test.each<[string | undefined, string]>([
    [undefined, 'https://one'],
    ['two', 'https://two'],
  ])('with the context %p leads to %s', (context, server) => {
    expect(find({ kubeconfig: file('k', both()), context }).load().cluster.server).toBe(server);
  });

  test('with a plain http server may be used', () => {
    const { cluster } = find({ kubeconfig: file('k', config('one', {}, 'http://127.0.0.1:8001')) }).load();
    expect(cluster).toMatchObject({ skipTLSVerify: true });
  });

  test('without a user is anonymous', () => {
    const content = { ...config('one'), contexts: [{ name: 'one', context: { cluster: 'one' } }] };
    expect(
      find({ kubeconfig: file('k', content) })
        .load()
        .config.getCurrentUser(),
    ).toEqual({ name: 'anonymous' });
  });

  test('is read again by each load', () => {
    const source = find({ kubeconfig: file('k', config('one')) });
    source.load();
    file('k', config('two'));
    expect(source.load().context).toBe('two');
  });

  test.each<[string, unknown, string]>([
    ['no mapping', '- 1', 'it is not a YAML mapping.'],
    ['clusters that are no list', { ...config('one'), clusters: { a: 1 } }, 'clusters is not a list.'],
    ['an empty entry', { ...config('one'), users: [null] }, 'users[0] is not a mapping.'],
    ['a number as a name', { ...config('one'), contexts: [{ name: 2024 }] }, 'contexts[0].name is a number, where text is expected: put it in quotes.'], // prettier-ignore
    ['a number as a server', { ...config('one'), clusters: [{ name: 'one', cluster: { server: 5 } }] }, 'clusters[0].cluster.server is a number, where text is expected'], // prettier-ignore
    ['no current context', { ...config('one'), 'current-context': '' }, 'current-context is not set.'],
    ['an unknown context', { ...config('one'), 'current-context': 'x' }, 'there is no context "x".'],
    ['an unknown cluster', { ...config('one'), clusters: [] }, 'context "one" names the cluster "one"'],
    ['an unknown user', { ...config('one'), users: [] }, 'context "one" names the user "one"'],
  ])('with %s is an error in one sentence', (_, content, message) => {
    const path = file('k', content);
    expect(() => find({ kubeconfig: path }).load()).toThrow(`kubeconfig ${path}: ${message}`);
  });

  test('that is no YAML is an error without what it holds', () => {
    const path = file('k', 'users:\n  - name: x\n    user: {token: "very-secret\n');
    let thrown: unknown;
    try {
      find({ kubeconfig: path }).load();
    } catch (error) {
      thrown = error;
    }
    expect(String(thrown)).toContain(`kubeconfig ${path}: `);
    expect(JSON.stringify([String(thrown), (thrown as Error).stack])).not.toContain('very-secret');
  });
});

describe('a user', () => {
  const user = (raw: object) =>
    find({ kubeconfig: file('k', config('one', raw)) })
      .load()
      .config.getCurrentUser();

  test.each<[string, string]>([
    ['beside the kubeconfig', 'token-file'],
    ['anywhere', '/var/token'],
  ])('with a tokenFile %s reads that, and not the token beside it', (_, tokenFile) => {
    const path = tokenFile.startsWith('/') ? tokenFile : join(dir, tokenFile);
    expect(user({ token: 'inline', tokenFile })).toMatchObject({
      token: '',
      authProvider: { name: 'tokenFile', config: { tokenFile: path } },
    });
  });

  test.each<[string, string, (dir: string) => string]>([
    ['beside the kubeconfig', './plugin', (base) => join(base, 'plugin')],
    ['on the PATH', 'plugin', () => 'plugin'],
    ['anywhere', '/bin/plugin', () => '/bin/plugin'],
  ])('with an exec command %s runs that, with KUBERNETES_EXEC_INFO', (_, command, expected) => {
    const apiVersion = 'client.authentication.k8s.io/v1';
    const exec = { apiVersion, command, interactiveMode: 'Never', env: [{ name: 'A', value: 'b' }] };
    const info = { kind: 'ExecCredential', apiVersion, spec: { interactive: false } };
    expect(user({ exec })?.exec).toMatchObject({
      command: expected(dir),
      env: [
        { name: 'A', value: 'b' },
        { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) },
      ],
    });
  });
});
