import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { stringify } from 'yaml';
import {
  loadClusterAccess,
  type ClusterAccess,
  type ClusterAccessOptions,
} from '../../../src/kube/auth/credentials.js';
import { FakeClock } from '../../support/fakeClock.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'slicehints-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}

/** A kubeconfig with one cluster, user and context, all named `one` unless told otherwise. */
function kubeconfig(cluster: object, user: object | undefined, more: object = {}, name = 'one'): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: 'https://10.0.0.1:6443', ...cluster } }],
    users: user === undefined ? [] : [{ name, user }],
    contexts: [{ name, context: { cluster: name, ...(user === undefined ? {} : { user: name }) } }],
    'current-context': name,
    ...more,
  });
}

function load(options: Partial<ClusterAccessOptions> = {}): ClusterAccess {
  return loadClusterAccess({ env: { HOME: dir }, serviceAccountDir: join(dir, 'serviceaccount'), ...options });
}

const inPod = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };

function mountServiceAccount(token: string): void {
  mkdirSync(join(dir, 'serviceaccount'), { recursive: true });
  file('serviceaccount/token', `${token}\n`);
  file('serviceaccount/ca.crt', 'the CA');
  file('serviceaccount/namespace', 'kube-system\n');
}

function loadHome(): string {
  mkdirSync(join(dir, '.kube'), { recursive: true });
  return file('.kube/config', kubeconfig({ server: 'https://home:6443' }, { token: 'home' }));
}

describe('where the cluster is', () => {
  test('comes from the explicit file before all else', () => {
    mountServiceAccount('t');
    loadHome();
    const path = file('explicit', kubeconfig({ server: 'https://explicit:6443/' }, { token: 't' }));
    const access = load({ kubeconfig: path, env: { ...inPod, HOME: dir, KUBECONFIG: join(dir, 'other') } });
    expect(access).toMatchObject({ server: 'https://explicit:6443', source: path, insecureSkipTlsVerify: false });
  });

  test('comes from the Pod before KUBECONFIG and the home directory', async () => {
    mountServiceAccount('pod-token');
    loadHome();
    const access = load({ env: { ...inPod, HOME: dir, KUBECONFIG: loadHome() } });
    expect(access).toMatchObject({ server: 'https://10.96.0.1', source: 'in-cluster' });
    expect(await access.authorize()).toEqual({
      headers: { Authorization: 'Bearer pod-token' },
      ca: Buffer.from('the CA'),
    });
  });

  test('in a Pod with IPv6 is bracketed', () => {
    mountServiceAccount('t');
    expect(load({ env: { ...inPod, KUBERNETES_SERVICE_HOST: 'fd00::1' } }).server).toBe('https://[fd00::1]');
  });

  test('comes from KUBECONFIG before the home directory; files are merged, the first to name something wins', async () => {
    loadHome();
    const first = file('a', kubeconfig({ server: 'https://a' }, undefined, { users: [], 'current-context': '' }));
    const second = file(
      'b',
      stringify({
        clusters: [{ name: 'one', cluster: { server: 'https://b' } }],
        users: [{ name: 'u', user: { token: 'from-b' } }],
        contexts: [{ name: 'two', context: { cluster: 'one', user: 'u', namespace: 'shop' } }],
        'current-context': 'two',
      }),
    );
    const KUBECONFIG = [join(dir, 'missing'), first, second].join(delimiter);
    const access = load({ env: { HOME: dir, KUBECONFIG } });
    expect(access).toMatchObject({ server: 'https://a' });
    expect((await access.authorize()).headers).toEqual({ Authorization: 'Bearer from-b' });
  });

  test('comes from the home directory at last', () => {
    loadHome();
    expect(load().server).toBe('https://home:6443');
  });

  test('may be another context of the file', () => {
    const path = file(
      'k',
      kubeconfig(
        {},
        {},
        { contexts: [{ name: 'two', context: { cluster: 'one', user: 'one' } }], 'current-context': 'x' },
      ),
    );
    expect(load({ kubeconfig: path, context: 'two' }).server).toBe('https://10.0.0.1:6443');
  });
});

describe('what cannot be used', () => {
  test.each<[string, string, string]>([
    ['no YAML', 'a: [', 'kubeconfig FILE: '],
    ['no mapping', '- 1', 'kubeconfig FILE: it is not a YAML mapping.'],
    ['an empty file', '', 'kubeconfig FILE: it is not a YAML mapping.'],
    [
      'no current context',
      kubeconfig({}, {}, { 'current-context': '' }),
      'kubeconfig FILE: current-context is not set.',
    ],
    ['a context that is not there', kubeconfig({}, {}, { 'current-context': 'x' }), 'there is no context "x".'],
    [
      'a cluster that is not there',
      kubeconfig({}, {}, { clusters: [] }),
      'names the cluster "one", which does not exist.',
    ],
    ['a user that is not there', kubeconfig({}, {}, { users: [] }), 'names the user "one", which does not exist.'],
    ['a cluster without server', kubeconfig({ server: '' }, {}), 'clusters[0].cluster.server is missing.'],
    [
      'a server that is no URL',
      kubeconfig({ server: 'ftp://x' }, {}),
      'the server address "ftp://x" is not an http(s) URL.',
    ],
    ['a server of nothing', kubeconfig({ server: 'https://undefined:undefined' }, {}), 'is not an http(s) URL.'],
    [
      'a proxy that is no URL',
      kubeconfig({ 'proxy-url': 'gopher://x' }, {}),
      'the proxy address is not an http, https or socks URL.',
    ],
  ])('(%s) is told in one sentence with the file', (_name, content, message) => {
    const path = file('k', content);
    let told = '';
    try {
      load({ kubeconfig: path });
    } catch (error) {
      told = (error as Error).message;
    }
    expect(told).toContain(message.replace('FILE', path));
    expect(told).toContain(path);
    expect(told).not.toContain('\n');
  });

  test('is told without what the file holds', () => {
    const path = file('k', 'users:\n  - name: x\n    user: {token: "very-secret\n');
    let told: unknown;
    try {
      load({ kubeconfig: path });
    } catch (error) {
      told = error;
    }
    expect(String(told)).toContain(path);
    expect(JSON.stringify([String(told), (told as Error).stack, (told as Error).cause])).not.toContain('very-secret');
  });

  test('names the file that is missing', () => {
    expect(() => load({ kubeconfig: join(dir, 'none') })).toThrow(
      `kubeconfig ${join(dir, 'none')}: cannot be read (ENOENT).`,
    );
    expect(() => load({ env: { HOME: dir, KUBECONFIG: join(dir, 'none') } })).toThrow('but no such file exists');
  });

  test('names everything that was tried, and never falls back to a server nobody named', () => {
    const path = join(dir, '.kube', 'config');
    expect(() => load()).toThrow(
      `No cluster to connect to: no --kubeconfig given, not in a Pod (KUBERNETES_SERVICE_HOST is not set), KUBECONFIG is not set and ${path} does not exist.`,
    );
    expect(() => load({ env: { HOME: dir, ...inPod } })).toThrow(
      `${join(dir, 'serviceaccount', 'token')} does not exist`,
    );
  });
});

describe('credentials', () => {
  test.each<[string, object, object, object]>([
    ['a token', {}, { token: 'abc' }, { headers: { Authorization: 'Bearer abc' } }],
    ['a password', {}, { username: 'me', password: 'pw' }, { headers: { Authorization: 'Basic bWU6cHc=' } }],
    ['impersonation', {}, { token: 'abc', as: 'you' }, { headers: { 'Impersonate-User': 'you' } }],
    [
      'a client certificate and a CA',
      { 'certificate-authority-data': Buffer.from('CA').toString('base64') },
      {
        'client-certificate-data': Buffer.from('C').toString('base64'),
        'client-key-data': Buffer.from('K').toString('base64'),
      },
      { ca: Buffer.from('CA'), cert: Buffer.from('C'), key: Buffer.from('K') },
    ],
  ])('may be %s', async (_name, cluster, user, expected) => {
    expect(await load({ kubeconfig: file('k', kubeconfig(cluster, user)) }).authorize()).toMatchObject(expected);
  });

  test('may be none: the CA is used all the same', async () => {
    const cluster = { 'certificate-authority-data': Buffer.from('CA').toString('base64') };
    const access = load({ kubeconfig: file('k', kubeconfig(cluster, undefined)) });
    expect(await access.authorize()).toEqual({ headers: {}, ca: Buffer.from('CA') });
  });

  test('for plain http need no flag', async () => {
    const access = load({ kubeconfig: file('k', kubeconfig({ server: 'http://127.0.0.1:8001' }, { token: 't' })) });
    expect((await access.authorize()).headers).toEqual({ Authorization: 'Bearer t' });
  });

  test('may lie in files beside the kubeconfig', async () => {
    file('ca', 'CA');
    file('cert', 'C');
    file('key', 'K');
    const user = { 'client-certificate': 'cert', 'client-key': 'key' };
    const access = load({ kubeconfig: file('k', kubeconfig({ 'certificate-authority': 'ca' }, user)) });
    expect(await access.authorize()).toMatchObject({ ca: Buffer.from('CA'), cert: Buffer.from('C') });
  });

  test('that lie in a file which is not there are told by the file', async () => {
    const access = load({ kubeconfig: file('k', kubeconfig({ 'certificate-authority': 'ca' }, { token: 'x' })) });
    await expect(access.authorize()).rejects.toThrow(`could not load credentials: ENOENT`);
    file('ca', '');
    await expect(access.authorize()).rejects.toThrow(`the CA file ${join(dir, 'ca')} is empty`);
  });

  test('insecure-skip-tls-verify, tls-server-name and proxy-url are taken over', () => {
    const cluster = { 'insecure-skip-tls-verify': true, 'tls-server-name': 'k', 'proxy-url': 'http://p:1' };
    expect(load({ kubeconfig: file('k', kubeconfig(cluster, {})) })).toMatchObject({
      insecureSkipTlsVerify: true,
      tlsServerName: 'k',
      proxyUrl: 'http://p:1',
    });
  });

  test('the proxy may come from the environment', () => {
    const path = file('k', kubeconfig({}, {}));
    expect(load({ kubeconfig: path, env: { HTTPS_PROXY: 'p:3128' } }).proxyUrl).toBe('http://p:3128');
    expect(load({ kubeconfig: path, env: { HTTPS_PROXY: 'p:3128', NO_PROXY: '10.0.0.0/8' } }).proxyUrl).toBeUndefined();
  });

  test('are read once in a while and the same object while they are the same', async () => {
    const clock = new FakeClock();
    file('ca', 'CA 1');
    const access = load({
      clock,
      kubeconfig: file('k', kubeconfig({ 'certificate-authority': 'ca' }, { token: 't' })),
    });
    const first = await access.authorize();
    await clock.advance(60_000);
    expect(await access.authorize()).toBe(first);
    file('ca', 'CA 2');
    expect(await access.authorize()).toBe(first);
    await clock.advance(10_000);
    expect(await access.authorize()).toMatchObject({ ca: Buffer.from('CA 2') });
  });

  test('that were refused are read anew, but not for every refusal', async () => {
    const clock = new FakeClock();
    const path = file('k', kubeconfig({}, { token: 'old' }));
    const access = load({ clock, kubeconfig: path });
    const old = await access.authorize();
    file('k', kubeconfig({}, { token: 'new' }));
    const fresh = await access.authorize(old);
    expect(fresh.headers).toEqual({ Authorization: 'Bearer new' });
    // Somebody else's refusal of the old one is no news.
    expect(await access.authorize(old)).toBe(fresh);
    file('k', kubeconfig({}, { token: 'newest' }));
    expect(await access.authorize(fresh)).toBe(fresh);
    await clock.advance(5_000);
    expect((await access.authorize(fresh)).headers).toEqual({ Authorization: 'Bearer newest' });
  });

  test('that were refused to many at once are read anew for all of them', async () => {
    const path = file('k', kubeconfig({}, { token: 'old' }));
    const access = load({ clock: new FakeClock(), kubeconfig: path });
    const old = await access.authorize();
    file('k', kubeconfig({}, { token: 'new' }));
    const all = await Promise.all([1, 2, 3].map(() => access.authorize(old)));
    expect(all.map(({ headers }) => headers.Authorization)).toEqual(Array(3).fill('Bearer new'));
  });

  test('survive a kubeconfig that is being rewritten', async () => {
    const path = file('k', kubeconfig({}, { token: 'old' }));
    const access = load({ kubeconfig: path });
    const old = await access.authorize();
    file('k', '');
    expect(await access.authorize(old)).toBe(old);
  });

  test('in a Pod follow the token file when it was refused', async () => {
    mountServiceAccount('old');
    const access = load({ env: inPod });
    const old = await access.authorize();
    mountServiceAccount('rotated');
    expect((await access.authorize(old)).headers).toEqual({ Authorization: 'Bearer rotated' });
  });

  test('may be a tokenFile, which wins over a token', async () => {
    file('token', 'from-file\n');
    const path = file('k', kubeconfig({}, { token: 'inline', tokenFile: 'token' }));
    expect((await load({ kubeconfig: path }).authorize()).headers).toEqual({ Authorization: 'Bearer from-file' });
  });
});

describe('an exec plugin', () => {
  function plugin(script: string): string {
    chmodSync(file('plugin', `#!/bin/sh\n${script}\n`), 0o755);
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: './plugin',
      args: ['a'],
      env: [{ name: 'PLUGIN_ENV', value: 'x' }],
      interactiveMode: 'Never',
    };
    return file('k', kubeconfig({}, { exec }));
  }

  test('beside the kubeconfig is run with its environment, and asked again only when refused', async () => {
    const clock = new FakeClock();
    const runs = join(dir, 'runs');
    const path = plugin(
      `echo "$1 $PLUGIN_ENV $KUBERNETES_EXEC_INFO" >> ${runs}; echo "{\\"status\\":{\\"token\\":\\"t$(wc -l < ${runs} | tr -d ' ')\\"}}"`,
    );
    const access = load({ clock, kubeconfig: path });
    const [first, second] = await Promise.all([access.authorize(), access.authorize()]);
    expect(second).toBe(first);
    expect(first.headers).toEqual({ Authorization: 'Bearer t1' });
    await clock.advance(600_000);
    expect(await access.authorize()).toBe(first);
    expect((await access.authorize(first)).headers).toEqual({ Authorization: 'Bearer t2' });
    const [line = ''] = readFileSync(runs, 'utf8').split('\n');
    expect(line).toMatch(/^a x /);
    expect(JSON.parse(line.slice(4))).toEqual({
      kind: 'ExecCredential',
      apiVersion: 'client.authentication.k8s.io/v1',
      spec: { interactive: false },
    });
  });

  test('may hand out a client certificate', async () => {
    const path = plugin(`echo '{"status":{"clientCertificateData":"C","clientKeyData":"K"}}'`);
    expect(await load({ kubeconfig: path }).authorize()).toMatchObject({ cert: 'C', key: 'K' });
  });

  test.each<[string, string, string]>([
    ['fails', 'echo "log in first" >&2; exit 1', 'could not load credentials: log in first.'],
    ['prints no JSON', 'echo secret-secret', 'could not load credentials: the exec plugin did not print JSON.'],
    ['tells its token', `echo "bad ${'x'.repeat(50)}" >&2; exit 1`, 'could not load credentials: bad [cut].'],
  ])('that %s is told in one line without secrets', async (_name, script, message) => {
    const access = load({ kubeconfig: plugin(script) });
    await expect(access.authorize()).rejects.toThrow(message);
    await expect(access.authorize()).rejects.not.toThrow('secret');
  });
});
