import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planCommand } from '../../../src/cli/commands/plan.js';
import { clusterSurroundings } from '../../../src/cli/input/clusterSource.js';
import { explainApiError } from '../../../src/cli/output/connectionError.js';
import { ApiError } from '../../../src/kube/rest/transport.js';
import { makeCertificate } from '../../support/certificate.js';
import { ScriptedServer } from '../../support/scriptedServer.js';
import { runCommand, type Ran } from '../runPlan.js';

let folder = '';
let kubeconfigs = 0;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'slicehints-errors-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function kubeconfig(server: string, cluster: object = {}, user: object = {}): Promise<string> {
  const file = join(folder, `config${(kubeconfigs += 1)}`);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server, ...cluster } }],
    users: [{ name: 'u', user }],
  };
  await writeFile(file, JSON.stringify(config));
  return file;
}

/** `slicehints plan` with the real transport. */
const plan = (...args: string[]): Promise<Ran> =>
  runCommand('plan', (io) => planCommand(io, clusterSurroundings('plan')), args, {
    env: { HOME: folder, KUBECONFIG: '' },
  });

async function expectSentence(args: readonly string[], sentence: string): Promise<void> {
  expect(await plan(...args)).toEqual({ stdout: '', stderr: `slicehints plan: ${sentence}\n`, code: 1 });
}

async function withServer(server: ScriptedServer, run: (url: string) => Promise<void>): Promise<void> {
  await server.listen();
  try {
    await run(server.url);
  } finally {
    await server.close();
  }
}

function replying(status: number, body: string, type = 'application/json'): ScriptedServer {
  const server = new ScriptedServer();
  server.script = (_, response) => {
    response.writeHead(status, { 'Content-Type': type });
    response.end(body);
  };
  return server;
}

describe('against real servers: one sentence with server, context, cause and next step', () => {
  test('nothing listens', async () => {
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    const file = await kubeconfig(`http://127.0.0.1:${port}`);
    await expectSentence(
      ['--kubeconfig', file],
      `the server http://127.0.0.1:${port} (context "test" of ${file}) refused the connection: nothing listens there; start the cluster, or choose another context ("kubectl config get-contexts" lists the contexts)`,
    );
  });

  test('no TLS where the kubeconfig has https', async () => {
    await withServer(new ScriptedServer(), async (url) => {
      const server = url.replace('http:', 'https:');
      const file = await kubeconfig(server, { 'insecure-skip-tls-verify': true });
      await expectSentence(
        ['--kubeconfig', file],
        `the server ${server} (context "test" of ${file}) does not speak TLS; write http:// in the kubeconfig if that is meant, or the port of the API server`,
      );
    });
  });

  test('plain HTTP where the server wants TLS, as servers in Go answer it', async () => {
    const server: Server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () =>
        socket.end('HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n'),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const file = await kubeconfig(url);
    await expectSentence(
      ['--kubeconfig', file],
      `the server ${url} (context "test" of ${file}) refuses plain HTTP; write https:// in the kubeconfig`,
    );
    await new Promise((resolve) => server.close(resolve));
  });

  test('an unknown authority, and another name in the certificate', async () => {
    const certificate = makeCertificate();
    await withServer(new ScriptedServer(certificate), async (url) => {
      const unknown = await kubeconfig(url);
      await expectSentence(
        ['--kubeconfig', unknown],
        `the certificate of the server ${url} (context "test" of ${unknown}) is signed by an unknown authority; set certificate-authority-data in the kubeconfig to the cluster's own CA`,
      );
      const wrong = await kubeconfig(url, {
        'certificate-authority-data': Buffer.from(certificate.cert).toString('base64'),
        'tls-server-name': 'other.example',
      });
      await expectSentence(
        ['--kubeconfig', wrong],
        `the certificate of the server ${url} (context "test" of ${wrong}) is for other names than this address; use one of its names, or set tls-server-name in the kubeconfig`,
      );
    });
  });

  test.each<[string, number, string, (where: string) => string]>([
    [
      '401',
      401,
      '{"kind":"Status","status":"Failure","reason":"Unauthorized","message":"Unauthorized","code":401}',
      (where) =>
        `${where} does not accept the credentials: they are wrong, expired or of another cluster; log in again, or choose another context`,
    ],
    [
      '403',
      403,
      '{"kind":"Status","status":"Failure","reason":"Forbidden","code":403,"message":"nodes is forbidden: User \\"jane\\" cannot list resource \\"nodes\\" in API group \\"\\" at the cluster scope"}',
      (where) =>
        `user "jane" may not list nodes in the whole cluster on ${where}; ask for that right ("kubectl auth can-i list nodes -A" shows whether it is there), or choose another context`,
    ],
    [
      'a page of HTML',
      200,
      '<html>Welcome</html>',
      (where) =>
        `${where} does not answer as a Kubernetes API server; check the server in the kubeconfig, and whether a proxy or a login page is in between`,
    ],
    [
      'a server that knows no /api',
      404,
      'not found',
      (where) =>
        `${where} does not answer as a Kubernetes API server (404); check the server in the kubeconfig, and whether a proxy or a login page is in between`,
    ],
    [
      'a redirect to a login page',
      302,
      '',
      (where) =>
        `${where} does not answer as a Kubernetes API server (302); check the server in the kubeconfig, and whether a proxy or a login page is in between`,
    ],
  ])('%s', async (_, status, body, sentence) => {
    await withServer(replying(status, body), async (url) => {
      const file = await kubeconfig(url);
      await expectSentence(['--kubeconfig', file], sentence(`the server ${url} (context "test" of ${file})`));
    });
  });

  test('a right that is missing in one namespace', async () => {
    const server = new ScriptedServer();
    server.script = ({ url }, response) => {
      const forbidden = url.pathname.includes('endpointslices');
      response.writeHead(forbidden ? 403 : 200, { 'Content-Type': 'application/json' });
      response.end(
        forbidden
          ? '{"kind":"Status","reason":"Forbidden","message":"endpointslices.discovery.k8s.io is forbidden: User \\"jane\\" cannot list resource \\"endpointslices\\" in API group \\"discovery.k8s.io\\" in the namespace \\"shop\\""}'
          : '{"kind":"List","metadata":{"resourceVersion":"1"},"items":[]}',
      );
    };
    await withServer(server, async (url) => {
      const file = await kubeconfig(url);
      await expectSentence(
        ['--kubeconfig', file, '-n', 'shop'],
        `user "jane" may not list endpointslices.discovery.k8s.io in the namespace shop on the server ${url} (context "test" of ${file}); ask for that right ("kubectl auth can-i list endpointslices.discovery.k8s.io -n shop" shows whether it is there), or choose another context`,
      );
    });
  });

  test('a credential plugin that is not installed', async () => {
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'no-such-plugin', interactiveMode: 'Never' };
    const file = await kubeconfig('http://127.0.0.1:1', {}, { exec });
    await expectSentence(
      ['--kubeconfig', file],
      `could not run the credential plugin "no-such-plugin" that context "test" of ${file} names; install it, or put it on the PATH`,
    );
  });
});

describe('before any server is asked', () => {
  test('a kubeconfig that does not exist', () =>
    expectSentence(
      ['--kubeconfig', '/nowhere/config'],
      'the kubeconfig /nowhere/config does not exist; name another with --kubeconfig or the variable KUBECONFIG',
    ));

  test('a context that the kubeconfig does not have', async () => {
    const file = await kubeconfig('http://127.0.0.1:1');
    await expectSentence(
      ['--kubeconfig', file, '--context', 'prod'],
      `kubeconfig ${file}: there is no context "prod"; "kubectl config get-contexts" lists the contexts`,
    );
  });

  test('no kubeconfig at all', async () => {
    const { stderr, code } = await plan();
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^slicehints plan: No cluster to connect to: .*; name a kubeconfig with --kubeconfig, or read files with -f\n$/,
    );
  });
});

describe('what a test cannot provoke', () => {
  const cluster = { server: 'https://k8s.example', context: 'prod', source: '/c' };
  const network = (code: string): ApiError =>
    new ApiError('network', `GET /api/v1/nodes: ${code}`, { cause: Object.assign(new Error(code), { code }) });
  test.each<[ApiError, string]>([
    [network('ENOTFOUND'), 'the host name of the server https://k8s.example (context "prod" of /c) is unknown; check'],
    [network('EAI_AGAIN'), 'the host name of the server https://k8s.example (context "prod" of /c) is unknown; check'],
    [network('ETIMEDOUT'), 'the server https://k8s.example (context "prod" of /c) cannot be reached; check'],
    [
      new ApiError('timeout', 'GET /x: late'),
      'the server https://k8s.example (context "prod" of /c) did not answer in time; check',
    ],
    [
      network('CERT_HAS_EXPIRED'),
      'the certificate of the server https://k8s.example (context "prod" of /c) is not valid today; renew',
    ],
    [
      network('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'),
      'the server https://k8s.example (context "prod" of /c) refuses the TLS handshake: the client certificate',
    ],
    [network('ECONNRESET'), 'the server https://k8s.example (context "prod" of /c) closed the connection; check'],
  ])('%s', (error, start) => {
    expect(explainApiError(error, cluster)?.startsWith(start)).toBe(true);
  });

  test.each([
    new ApiError('http', 'PATCH /x: 409 Conflict', { status: 409, reason: 'Conflict' }),
    new ApiError('http', 'GET /apis/discovery.k8s.io/v1/endpointslices: 404', { status: 404 }),
    new ApiError('aborted', 'GET /x: stopped'),
  ])('%s stays as it is', (error) => {
    expect(explainApiError(error, cluster)).toBeUndefined();
  });
});
