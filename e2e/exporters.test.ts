import { readFile, rm, mkdtemp, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { VerifiedService } from '../src/analysis/verify/verifyCluster.js';
import { eventually, slicehints } from './support/process.js';
import { PROMETHEUS, TestPrometheus, WITHOUT_PROMETHEUS } from './support/prometheus.js';

const SAMPLES = ['obi', 'istio-ambient', 'istio', 'linkerd', 'hubble', 'kube-state'];
const ZONE = 'topology.kubernetes.io/zone';
const [CALLER, SERVER] = ['eu-west-1a', 'eu-west-1b'];

/** The samples of all exporters; counters grow by their value each second. */
async function play(): Promise<Server> {
  const texts = await Promise.all(
    SAMPLES.map((name) =>
      readFile(fileURLToPath(new URL(`../../test/fixtures/exporters/${name}.prom`, import.meta.url)), 'utf8'),
    ),
  );
  const startMs = performance.now();
  const server = createServer((_, response) => {
    const seconds = (performance.now() - startMs) / 1000;
    const grown = (line: string): string =>
      line.replace(
        /^(\w+_total\{.*\}) (\d+)$/,
        (_all, series: string, value: string) => `${series} ${Number(value) * seconds}`,
      );
    response.end(texts.map((text) => text.split('\n').map(grown).join('\n')).join('\n'));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return server;
}

/** shop/web with endpoints in the zone of the server, called from the zone of the caller. */
const OBJECTS = [
  ...[CALLER, SERVER].map((zone, i) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: `n${i + 1}`, labels: { [ZONE]: zone } },
    status: { allocatable: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'True' }] },
  })),
  { apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'shop', name: 'web' }, spec: { ports: [{ port: 80 }] } },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace: 'shop', name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ port: 80 }],
    endpoints: [{ addresses: ['10.244.2.9'], conditions: { ready: true }, nodeName: 'n2', zone: SERVER }],
  },
];

describe.skipIf(PROMETHEUS === undefined)(
  `The ready-made queries, by a real Prometheus that scrapes samples of the exporters${WITHOUT_PROMETHEUS}`,
  () => {
    let exporters: Server;
    let prometheus: TestPrometheus;
    let folder: string;
    beforeAll(async () => {
      exporters = await play();
      prometheus = await TestPrometheus.start(`127.0.0.1:${(exporters.address() as AddressInfo).port}`);
      folder = await mkdtemp(join(tmpdir(), 'slicehints-exporters-'));
      await writeFile(join(folder, 'cluster.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: OBJECTS }));
    }, 60_000);
    afterAll(async () => {
      await prometheus.stop();
      exporters.closeAllConnections();
      exporters.close();
      await rm(folder, { recursive: true });
    }, 60_000);

    test.each([
      ['obi', ''],
      ['obi-workload', SERVER],
      ['istio-ambient', SERVER],
      ['istio', ''],
      ['linkerd', SERVER],
      ['hubble', SERVER],
    ])(
      '%s tells that shop/web is called from zone a',
      async (source, to) => {
        await eventually(async () => {
          const { stdout, stderr } = await slicehints(
            ...['verify', '-f', join(folder, 'cluster.json'), '-o', 'json'],
            ...[`--prometheus-url=${prometheus.url}`, `--source=${source}`],
          );
          expect(stderr).toBe('');
          const { services } = JSON.parse(stdout) as { services: VerifiedService[] };
          expect(services).toMatchObject([{ namespace: 'shop', name: 'web' }]);
          expect(services[0]!.rate).toBeGreaterThan(0);
          const measured = services[0]!.pairs.filter((pair) => pair.measured > 0);
          expect(measured).toMatchObject([{ from: CALLER, to, measured: 1 }]);
        }, 30_000);
      },
      60_000,
    );
  },
);
