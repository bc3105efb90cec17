import { afterEach, describe, expect, test } from 'vitest';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { parse } from 'yaml';
import { SandboxApiServer } from '../../../src/sandbox/server/apiServer.js';
import type { SandboxServerOptions } from '../../../src/sandbox/server/apiServer.js';
import { settle } from '../../support/fakeClock.js';
import { TestClient } from '../client.js';
import { nodeOf, sliceOf, slicesPath } from '../samples.js';

/** Made for these tests, for 127.0.0.1, and used nowhere else. */
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgKcNIpSMTiqRwd+cC
AOZX35JYBZsDSq+pio9vGAyOHLGhRANCAARL3sJ/ymKfv9lXMCFqQ30AtEyWe6f2
zZaqn4mDywjXVGG3PQRmQ7dmlJfH0S3RU0iVS7s0KxGILdlRzUG36++q
-----END PRIVATE KEY-----
`;
const cert = `-----BEGIN CERTIFICATE-----
MIIBijCCATKgAwIBAgIUEEwyryadhFext107nDKJPJLe2b0wCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHc2FuZGJveDAgFw0yNjExMjEwMzA0MjhaGA8yMTI2MTAyODAz
MDQyOFowEjEQMA4GA1UEAwwHc2FuZGJveDBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABEvewn/KYp+/2VcwIWpDfQC0TJZ7p/bNlqqfiYPLCNdUYbc9BGZDt2aUl8fR
LdFTSJVLuzQrEYgt2VHNQbfr76qjZDBiMB0GA1UdDgQWBBSSJTEMmPfbLBAtJ8DL
PwhuhPPdXzAfBgNVHSMEGDAWgBSSJTEMmPfbLBAtJ8DLPwhuhPPdXzAPBgNVHRMB
Af8EBTADAQH/MA8GA1UdEQQIMAaHBH8AAAEwCgYIKoZIzj0EAwIDRgAwQwIfJYm5
Hitd2W+njbRNUzQ/s77TXxgQby97pKbvnbhdBwIgDIO4Ync51Sa9+CKzCfc7tW4+
CEiJsM6oJWElKsVI84g=
-----END CERTIFICATE-----
`;

const started: { server: SandboxApiServer; client: TestClient }[] = [];

async function start(
  options: SandboxServerOptions = {},
): Promise<{ server: SandboxApiServer; client: TestClient; url: string }> {
  const server = new SandboxApiServer(options);
  const url = await server.listen();
  const client = new TestClient(url, 'test/1');
  started.push({ server, client });
  return { server, client, url };
}

afterEach(async () => {
  for (const { server, client } of started.splice(0)) {
    client.close();
    await server.close();
  }
});

function tlsGet(url: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(url, { ca: cert, headers, agent: false }, (incoming) => {
      incoming.resume();
      resolve(incoming.statusCode ?? 0);
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

describe('who may come in', () => {
  test('with a token set, every path but with that token gets 401', async () => {
    const { client } = await start({ token: 'secret', users: { other: 'system:serviceaccount:a:b' } });
    for (const path of ['/api/v1/nodes', '/readyz', '/sandbox/faults']) {
      expect((await client.get(path)).status).toBe(401);
      expect((await client.get(path, { authorization: 'Bearer wrong' })).status).toBe(401);
      expect((await client.get(path, { authorization: 'Bearer constructor' })).status).toBe(401);
      expect((await client.get(path, { authorization: 'Bearer secret' })).status).toBe(200);
      expect((await client.get(path, { authorization: 'Bearer other' })).status).toBe(200);
    }
  });

  test('a request has the user of its token, or the one it impersonates, and hooks and history learn that', async () => {
    const users: string[] = [];
    const { server, client } = await start({
      users: { t1: 'system:serviceaccount:a:b' },
      onWrite: (_old, next, request) => {
        users.push(request.user);
        return next;
      },
    });
    server.store.create('endpointslices', sliceOf('s'));
    const type = { 'content-type': 'application/merge-patch+json' };
    const write = (value: string, headers: Readonly<Record<string, string>>): Promise<unknown> =>
      client.send(
        'PATCH',
        `${slicesPath}/s?fieldManager=fm`,
        { metadata: { labels: { v: value } } },
        { ...type, ...headers },
      );
    await write('1', {});
    await write('2', { authorization: 'Bearer t1' });
    await write('3', { 'impersonate-user': 'jane' });
    expect(users).toEqual(['system:admin', 'system:serviceaccount:a:b', 'jane']);
    const written = server.history.entries().slice(-3);
    expect(written.map((one) => one.user)).toEqual(users);
    expect(written[0]).toMatchObject({
      verb: 'patch',
      resource: 'endpointslices',
      name: 's',
      userAgent: 'test/1',
      fieldManager: 'fm',
    });
    expect(written[1]?.before).toBe(written[0]?.after);
  });

  test('over TLS, with a kubeconfig that trusts the certificate and carries the token', async () => {
    const { server, url } = await start({ tls: { key, cert }, token: 'secret' });
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(await tlsGet(`${url}/readyz`)).toBe(401);
    expect(await tlsGet(`${url}/readyz`, { authorization: 'Bearer secret' })).toBe(200);
    const config: unknown = parse(server.kubeconfig());
    const data = Buffer.from(cert).toString('base64');
    expect(config).toMatchObject({
      clusters: [{ cluster: { server: url, 'certificate-authority-data': data } }],
      users: [{ user: { token: 'secret' } }],
    });
    server.faults.add('refuse-connections:count=1');
    await settle();
    await expect(tlsGet(`${url}/readyz`)).rejects.toThrow();
    expect(await tlsGet(`${url}/readyz`, { authorization: 'Bearer secret' })).toBe(200);
  });
});

describe('requests', () => {
  test.each(['//', '/api/v1/pods/%zz', '/nope'])(
    'a path that is none is answered 404, and the server goes on: %s',
    async (path) => {
      const { client } = await start();
      expect((await client.get(path)).status).toBe(404);
      expect((await client.get('/healthz')).status).toBe(200);
    },
  );

  test('each request is on record with its status, a watch from its beginning', async () => {
    const { server, client } = await start({ requestHistoryLimit: 10 });
    await client.get('/api/v1/nodes?limit=5');
    await client.get('/api/v1/nodes/none');
    const watch = await client.watch(`${slicesPath}?watch=true`);
    watch.close();
    await settle();
    expect(
      server.requests.entries().map(({ verb, resource, status, userAgent }) => [verb, resource, status, userAgent]),
    ).toEqual([
      ['list', 'nodes', 200, 'test/1'],
      ['get', 'nodes', 404, 'test/1'],
      ['watch', 'endpointslices', 200, 'test/1'],
    ]);
    expect(server.requests.total).toBe(3);
  });

  test('records are bounded and can be switched off', async () => {
    const { server } = await start({ writeHistoryLimit: 0 });
    server.store.create('nodes', nodeOf('n'));
    expect(server.history.entries()).toEqual([]);
    const bounded = await start({ writeHistoryLimit: 5 });
    for (let i = 0; i < 100; i++) bounded.server.store.create('nodes', nodeOf(`n${i}`));
    expect(bounded.server.history.entries().map((one) => one.name)).toEqual(['n95', 'n96', 'n97', 'n98', 'n99']);
  });

  test.each([
    ['GET', '/api/v1/none', 404],
    ['GET', '/api/v1/nodes/n/none', 404],
    ['GET', '/apis/discovery.k8s.io/v1beta1/endpointslices', 404],
    ['GET', '/api/v1/services/x', 404],
    ['GET', '/%zz', 404],
    ['PUT', '/api/v1/nodes', 405],
    ['POST', '/api/v1/services', 405],
    ['DELETE', '/api/v1/namespaces', 405],
    ['HEAD', '/api/v1/nodes', 405],
  ])('%s %s gets %i', async (method, path, status) => {
    const { client } = await start();
    expect((await client.send(method, path)).status).toBe(status);
  });

  test.each([
    ['no JSON', '{', {}, 400],
    ['no object', '[]', {}, 400],
    ['a media type that is none of ours', '{}', { 'content-type': 'text/plain' }, 415],
    ['protobuf of another kind', 'k8s\0', { 'content-type': 'application/vnd.kubernetes.protobuf' }, 415],
    ['protobuf that is none', 'nope', { 'content-type': 'application/vnd.kubernetes.protobuf' }, 400],
    ['a body beyond 3 MiB', `"${'x'.repeat(3 * 1024 * 1024)}"`, {}, 413],
    ['a wish for protobuf only', '{"metadata":{"name":"n"}}', { accept: 'application/vnd.kubernetes.protobuf' }, 406],
  ])('%s gets a Status', async (_name, body, headers, status) => {
    const { client } = await start();
    const answer = await client.send('POST', '/api/v1/nodes', body, headers);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ kind: 'Status', code: status });
  });

  test('preconditions of a deletion hold when the body travels', async () => {
    const { server, client, url } = await start();
    server.store.create('endpointslices', sliceOf('s'));
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { resourceVersion: '1' } };
    const refused = await client.send('DELETE', `${slicesPath}/s`, body);
    expect(refused.body).toMatchObject({ code: 409, reason: 'Conflict' });
    // Node announces no length for the body of a DELETE by itself; such a body does not count.
    const status = await new Promise<number>((resolve, reject) => {
      const outgoing = httpRequest(`${url}${slicesPath}/s`, { method: 'DELETE', agent: false }, (incoming) => {
        incoming.resume();
        resolve(incoming.statusCode ?? 0);
      });
      outgoing.on('error', reject);
      outgoing.end(JSON.stringify(body));
    });
    expect(status).toBe(200);
  });

  test('a group can be hidden, as on an older server', async () => {
    const { client } = await start({ hiddenGroups: ['admissionregistration.k8s.io'] });
    const groups = (await client.get('/apis')).body['groups'] as { name: string }[];
    expect(groups.map((group) => group.name)).toEqual([
      'apiextensions.k8s.io',
      'coordination.k8s.io',
      'discovery.k8s.io',
      'events.k8s.io',
    ]);
    for (const path of ['', '/v1', '/v1/mutatingadmissionpolicies']) {
      expect((await client.get(`/apis/admissionregistration.k8s.io${path}`)).status).toBe(404);
    }
    const other = await start();
    expect((await other.client.get('/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies')).status).toBe(
      200,
    );
  });
});

describe('pages', () => {
  test('pages of a list show one state, whatever changes meanwhile, and selectors hold on each', async () => {
    const { server, client } = await start();
    for (let i = 0; i < 25; i++)
      server.store.create('nodes', nodeOf(`n${String(i).padStart(2, '0')}`, i % 2 === 0 ? 'a' : 'b'));
    const names: string[] = [];
    let next = '';
    const sizes: number[] = [];
    do {
      const page = await client.get(
        `/api/v1/nodes?limit=5&labelSelector=topology.kubernetes.io/zone%3Da&continue=${next}`,
      );
      const items = page.body['items'] as { metadata: { name: string } }[];
      sizes.push(items.length);
      names.push(...items.map((item) => item.metadata.name));
      next = (page.body['metadata'] as { continue?: string }).continue ?? '';
      server.store.delete('nodes', '', `n${String(20 + sizes.length * 2 - 2).padStart(2, '0')}`);
      server.store.create('nodes', nodeOf(`new${sizes.length}`));
    } while (next !== '');
    expect(sizes).toEqual([5, 5, 3]);
    expect(names).toEqual(Array.from({ length: 13 }, (_, i) => `n${String(i * 2).padStart(2, '0')}`));
  });

  test.each([
    ['resourceVersion=5&resourceVersionMatch=Sometimes', 422],
    ['resourceVersionMatch=Exact', 422],
    ['resourceVersion=0&resourceVersionMatch=Exact', 422],
    ['limit=x', 400],
    ['continue=%21%21', 400],
    ['continue=e30', 400],
    ['fieldSelector=nope', 400],
  ])('%s gets %i', async (query, status) => {
    const { client } = await start();
    expect((await client.get(`/api/v1/nodes?${query}`)).status).toBe(status);
  });
});
