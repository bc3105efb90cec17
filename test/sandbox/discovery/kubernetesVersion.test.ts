import { afterEach, describe, expect, test } from 'vitest';
import { NEWEST_VERSION, parseKubernetesVersion } from '../../../src/sandbox/discovery/kubernetesVersion.js';
import { valueAt } from '../../../src/sandbox/schema/kubeObject.js';
import { SandboxApiServer } from '../../../src/sandbox/server/apiServer.js';
import { TestClient } from '../client.js';
import { sliceOf, slicesPath } from '../samples.js';

describe('a Kubernetes version is read', () => {
  test.each([
    ['1.33', { minor: 33, patch: 0 }],
    ['v1.33', { minor: 33, patch: 0 }],
    ['1.34.7', { minor: 34, patch: 7 }],
    ['1.36', NEWEST_VERSION],
    ['1.36.0', { minor: 36, patch: 0 }],
  ])('from %s', (text, version) => expect(parseKubernetesVersion(text)).toEqual(version));

  test.each(['', '1', '2.33', '1.29', '1.37', '1.x', 'constructor', '1.33.', ' 1.33', '1.3e1'])(
    'not from %j, in one sentence',
    (text) => {
      expect(() => parseKubernetesVersion(text)).toThrow(/^expected a Kubernetes version from 1\.30 to 1\.36, got "/);
    },
  );
});

describe('an older server', () => {
  const servers: SandboxApiServer[] = [];
  const clients: TestClient[] = [];
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    for (const server of servers.splice(0)) await server.close();
  });

  async function start(version: string): Promise<{ server: SandboxApiServer; client: TestClient }> {
    const server = new SandboxApiServer({ kubernetesVersion: parseKubernetesVersion(version) });
    servers.push(server);
    const client = new TestClient(await server.listen());
    clients.push(client);
    return { server, client };
  }

  const hints = [
    { op: 'add', path: '/endpoints/0/hints', value: { forNodes: [{ name: 'n0' }] } },
    { op: 'add', path: '/endpoints/1/hints', value: { forZones: [{ name: 'a' }], forNodes: [{ name: 'n1' }] } },
  ];
  const jsonPatch = { 'content-type': 'application/json-patch+json' };

  test.each([
    ['1.30', [{}, { forZones: [{ name: 'a' }] }]],
    ['1.33', [{}, { forZones: [{ name: 'a' }] }]],
    ['1.34', [{ forNodes: [{ name: 'n0' }] }, { forZones: [{ name: 'a' }], forNodes: [{ name: 'n1' }] }]],
  ])('%s answers a patch with node hints with 200, and keeps of them what it stores', async (version, kept) => {
    const { server, client } = await start(version);
    server.store.create('endpointslices', sliceOf('cart-1'));
    const reply = await client.send('PATCH', `${slicesPath}/cart-1`, hints, jsonPatch);
    expect(reply.status).toBe(200);
    const hintsOf = (object: unknown): unknown[] =>
      (valueAt(object, 'endpoints') as readonly unknown[]).map((endpoint) => valueAt(endpoint, 'hints'));
    expect(hintsOf(reply.body)).toEqual(kept);
    expect(hintsOf(server.store.get('endpointslices', 'default', 'cart-1'))).toEqual(kept);
  });

  test.each([
    ['1.32', false],
    ['1.33', true],
    ['1.36', true],
  ])('%s has forNodes in OpenAPI: %s', async (version, published) => {
    const { client } = await start(version);
    const { body } = await client.send('GET', '/openapi/v3/apis/discovery.k8s.io/v1');
    expect(JSON.stringify(body).includes('"forZones"')).toBe(true);
    expect(JSON.stringify(body).includes('"forNodes"')).toBe(published);
  });

  test.each([
    ['1.33', 'v1.33.0', 404],
    ['1.35.3', 'v1.35.3', 404],
    ['1.36', 'v1.36.2', 200],
  ])('%s calls itself %s; the list of mutating admission policies is %d', async (version, gitVersion, status) => {
    const { client } = await start(version);
    expect((await client.send('GET', '/version')).body).toMatchObject({ gitVersion });
    const policies = '/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies';
    expect((await client.send('GET', policies)).status).toBe(status);
    expect((await client.send('GET', '/apis/admissionregistration.k8s.io')).status).toBe(status);
  });
});
