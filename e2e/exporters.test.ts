import { rm, mkdtemp, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { VerifiedService } from '../src/analysis/verify/verifyCluster.js';
import { readAnswer } from '../src/measured/answer.js';
import { PRESET_NAMES, PRESETS } from '../src/measured/presets.js';
import { EXPORTER_TARGETS, exporterSample } from '../test/observability/exporterSamples.js';
import { eventually, slicehints } from './support/process.js';
import { PROMETHEUS, TestPrometheus, WITHOUT_PROMETHEUS, type ScrapeConfig } from './support/prometheus.js';

const ZONE = 'topology.kubernetes.io/zone';
const [A, B] = ['eu-west-1a', 'eu-west-1b'];

/** The samples of all exporters, a path for each pod that is scraped; counters grow by their value each second. */
async function play(): Promise<Server> {
  const samples = new Map(EXPORTER_TARGETS.map((target) => [`/${target.sample}`, exporterSample(target)]));
  const startMs = performance.now();
  const server = createServer(({ url = '' }, response) => {
    const sample = samples.get(url) ?? '';
    const seconds = (performance.now() - startMs) / 1000;
    const grown = (line: string): string =>
      line.replace(
        /^(\w+_total\{.*\}) (\d+)$/,
        (_all, series: string, value: string) => `${series} ${Number(value) * seconds}`,
      );
    const type = sample.endsWith('# EOF\n')
      ? 'application/openmetrics-text; version=1.0.0'
      : 'text/plain; version=0.0.4';
    response.setHeader('content-type', `${type}; charset=utf-8`);
    response.end(sample.split('\n').map(grown).join('\n'));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return server;
}

/** How a Prometheus of these exporters is set up, by whether labels of the samples win. */
function scrapeConfigs(address: string): ScrapeConfig[] {
  return [true, false].map((honorLabels) => ({
    job_name: honorLabels ? 'honoured' : 'renamed',
    honor_labels: honorLabels,
    static_configs: EXPORTER_TARGETS.filter((target) => (target.honorLabels ?? false) === honorLabels).map(
      ({ sample, labels }) => ({ targets: [address], labels: { ...labels, __metrics_path__: `/${sample}` } }),
    ),
  }));
}

/** What the samples are of: shop/web in zones a and b, and shop/db on a node without a zone. */
const OBJECTS = [
  ...[A, B, undefined].map((zone, i) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: `n${i + 1}`, ...(zone === undefined ? {} : { labels: { [ZONE]: zone } }) },
    status: { allocatable: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'True' }] },
  })),
  ...[
    { name: 'web', endpoints: [endpoint('10.244.1.9', 'n1', A), endpoint('10.244.2.9', 'n2', B)] },
    { name: 'db', endpoints: [endpoint('10.244.3.4', 'n3')] },
  ].flatMap(({ name, endpoints }) => [
    { apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'shop', name }, spec: { ports: [{ port: 80 }] } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { namespace: 'shop', name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      ports: [{ port: 80 }],
      endpoints,
    },
  ]),
];

function endpoint(address: string, nodeName: string, zone?: string): object {
  return { addresses: [address], conditions: { ready: true }, nodeName, ...(zone === undefined ? {} : { zone }) };
}

/** One of the two pods of shop/web is on the node of the caller. */
const IN_ZONE = [
  { from: A, to: A, share: 0.5 },
  { from: A, to: B, share: 0.5 },
];

describe.skipIf(PROMETHEUS === undefined)(
  `The ready-made queries, by a real Prometheus that scrapes samples of the exporters${WITHOUT_PROMETHEUS}`,
  () => {
    let exporters: Server;
    let prometheus: TestPrometheus;
    let folder: string;
    beforeAll(async () => {
      exporters = await play();
      prometheus = await TestPrometheus.start(scrapeConfigs(`127.0.0.1:${(exporters.address() as AddressInfo).port}`));
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
      ['obi', [{ from: A, to: '', share: 1 }]],
      ['obi-workload', IN_ZONE],
      ['istio-ambient', IN_ZONE],
      ['istio', [{ from: A, to: '', share: 1 }]],
      ['linkerd', IN_ZONE],
      ['hubble', IN_ZONE],
    ])(
      '%s tells where cart calls from, and whom it reaches as far as it knows',
      async (source, web) => {
        await eventually(async () => {
          const { stdout, stderr } = await slicehints(
            ...['verify', '-f', join(folder, 'cluster.json'), '-o', 'json'],
            ...[`--prometheus-url=${prometheus.url}`, `--source=${source}`],
          );
          expect(stderr).toBe('');
          const { services } = JSON.parse(stdout) as { services: VerifiedService[] };
          const measured = new Map(
            services.map(({ name, pairs }) => [name, pairs.filter((pair) => pair.measured > 0)]),
          );
          expect([...measured.keys()].sort()).toEqual(['db', 'web']);
          expect(measured.get('db')).toMatchObject([{ from: A, to: '', measured: 1 }]);
          // Targets are not scraped at the same moment, which tells less with each scrape.
          expect(measured.get('web')).toMatchObject(
            web.map(({ from, to, share }) => ({ from, to, measured: expect.closeTo(share, 1) as number })),
          );
        }, 45_000);
      },
      60_000,
    );

    test.each(PRESET_NAMES)(
      '%s answers for Services, and with callers whose node has no zone named as that',
      async (name) => {
        const { query, labels } = PRESETS[name];
        await eventually(async () => {
          const response = await fetch(`${prometheus.url}/api/v1/query?${new URLSearchParams({ query }).toString()}`);
          const { traffic, ignored } = readAnswer(await response.json(), labels);
          expect([...traffic.keys()].sort()).toEqual(['shop/db', 'shop/web']);
          expect(ignored).toMatchObject([{ reason: 'no-zone', count: 1 }]);
        }, 45_000);
      },
      60_000,
    );
  },
);
