import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { once } from 'node:events';
import { request } from 'node:https';
import { dirname } from 'node:path';
import { makeCertificate, mountCertificate } from '../test/support/certificate.js';
import { TestCluster } from './support/cluster.js';
import { Background, eventually, slicehints } from './support/process.js';

const LEASE = [
  '--leader-elect-lease-duration=6s',
  '--leader-elect-renew-deadline=5s',
  '--leader-elect-retry-period=300ms',
];

describe('what an operator runs beside the controller', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await TestCluster.start();
    const { a, b } = cluster.zones;
    for (const name of ['web', 'api']) {
      await cluster.createService(
        name,
        [
          { address: '10.0.0.1', node: a[0] ?? '', zone: 'a' },
          { address: '10.0.0.2', node: b[0] ?? '', zone: 'b' },
        ],
        { 'service.kubernetes.io/topology-mode': 'slicehints.io/balanced' },
      );
    }
  }, 60_000);
  afterAll(() => cluster.stop(), 60_000);

  const here = (): string[] => [`--kubeconfig=${cluster.kubeconfig}`, `--namespace=${cluster.namespace}`];
  const hinted = async (): Promise<string[]> =>
    (await Promise.all(['web', 'api'].map((name) => cluster.hints(name)))).flatMap((hints) => Object.values(hints));

  test('doctor says in sentences what there is, and as JSON for machines', async () => {
    const { code, stdout } = await slicehints('doctor', ...here());
    expect(stdout).toContain('The API server is v1.');
    expect(stdout).toContain('Services request hints: balanced 2.');
    expect(stdout).toMatch(/\d+ nodes; CPU by zone: /);
    // Nobody has written the hints yet.
    expect(stdout).toContain('[HintsNotWritten]');
    expect(code).toBe(1);
    const json = await slicehints('doctor', '-o', 'json', ...here());
    expect(JSON.parse(json.stdout)).toContainEqual(
      expect.objectContaining({ level: 'ok', subject: 'nodes', code: 'NodesByZone' }),
    );
  });

  test('doctor and cleanup say in one line that there is no cluster', async () => {
    for (const command of ['doctor', 'cleanup']) {
      const { code, stderr } = await slicehints(command, '--kubeconfig=/nonexistent/kubeconfig');
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^slicehints \w+: .*\/nonexistent\/kubeconfig.*\n$/)]);
    }
  });

  test('cleanup takes the lease from a running controller, takes everything off, and nothing comes back', async () => {
    const controllers = [cluster.controller(...LEASE), cluster.controller(...LEASE)];
    try {
      await eventually(async () => expect((await hinted()).filter((zones) => zones === '')).toEqual([]));
      const lease = [...here(), `--leader-elect-resource-namespace=${cluster.namespace}`];
      const dry = await slicehints('cleanup', '--dry-run', ...lease);
      expect(dry.stdout).toMatch(
        /^the controller .* holds the Lease .*\nWould take hints off 2 of 2 EndpointSlices, 4 endpoints\. Nothing was written\.\n$/,
      );
      const refused = await slicehints('cleanup', ...lease);
      expect([refused.code, refused.stdout]).toEqual([1, '']);
      expect(refused.stderr).toContain(`holds the Lease ${cluster.namespace}/`);
      expect((await hinted()).filter((zones) => zones === '')).toEqual([]);
      const done = await slicehints('cleanup', '--take-over', ...lease);
      expect(done.stderr).toBe('');
      expect(done.stdout).toMatch(
        /^Took the lease .* waiting 6 s .*\nTook hints off 2 of 2 EndpointSlices, 4 endpoints\.\nNo hints came back within 10 s\.\n$/,
      );
      expect(done.code).toBe(0);
      // The leader has gone for good, as a pod would be restarted; the standby keeps off for as long as the lease lasts.
      await eventually(() => expect(controllers.filter(({ running }) => running)).toHaveLength(1));
      const again = await slicehints('cleanup', ...lease);
      expect(again.stdout).toBe('Took hints off 0 of 2 EndpointSlices, 0 endpoints.\n');
      expect((await hinted()).every((zones) => zones === '')).toBe(true);
    } finally {
      for (const controller of controllers) await controller.end('SIGKILL');
    }
  }, 120_000);

  test.each<[string, (certDir: string) => Background]>([
    [
      'guard',
      (certDir) =>
        new Background([
          'guard',
          '--bind-address=127.0.0.1:0',
          `--cert-dir=${certDir}`,
          '--health-probe-bind-address=0',
        ]),
    ],
    [
      'controller',
      (certDir) =>
        cluster.controller(
          '--no-leader-elect',
          '--guard-webhook-bind-address=127.0.0.1:0',
          `--guard-webhook-cert-dir=${certDir}`,
        ),
    ],
  ])('%s serves the guard over TLS until it is told to stop', async (_, start) => {
    const certificate = makeCertificate();
    const mounted = mountCertificate(certificate);
    const server = start(dirname(mounted.certFile));
    try {
      const port = await eventually(() => {
        const line = server.log.find(({ msg }) => msg === 'the guard webhook listens');
        if (line === undefined) throw new Error(`it does not listen: ${server.stdout}${server.stderr}`);
        return Number(line['port']);
      });
      const metadata = { annotations: { 'slicehints.io/hints': 'v1-1' } };
      const before = {
        metadata,
        endpoints: [{ addresses: ['10.0.0.1'], zone: 'a', hints: { forZones: [{ name: 'b' }] } }],
      };
      const after = { metadata, endpoints: [{ addresses: ['10.0.0.1'], zone: 'a' }] };
      const resource = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };
      const answer = await ask(port, certificate.cert, {
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        request: { uid: 'u1', operation: 'UPDATE', resource, oldObject: before, object: after },
      });
      const { response } = JSON.parse(answer) as { response: { uid: string; allowed: boolean; patch: string } };
      expect(response).toMatchObject({ uid: 'u1', allowed: true });
      expect(JSON.parse(Buffer.from(response.patch, 'base64').toString())).toEqual([
        { op: 'add', path: '/endpoints/0/hints', value: { forZones: [{ name: 'b' }] } },
      ]);
    } finally {
      mounted.remove();
      expect(await server.end()).toBe(0);
    }
  });
});

async function ask(port: number, ca: string, review: object): Promise<string> {
  const outgoing = request({
    host: '127.0.0.1',
    port,
    method: 'POST',
    path: '/keep-hints',
    ca,
    headers: { 'content-type': 'application/json' },
  });
  outgoing.end(JSON.stringify(review));
  const [response] = (await once(outgoing, 'response')) as [AsyncIterable<Buffer>];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
