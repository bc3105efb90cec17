import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { VerifiedService } from '../src/analysis/verify/verifyCluster.js';
import type { Finding } from '../src/operations/diagnosis/finding.js';
import { TestCluster, type EndpointSpec } from './support/cluster.js';
import { Background, eventually, slicehints } from './support/process.js';
import { PROMETHEUS, TestPrometheus, WITHOUT_PROMETHEUS } from './support/prometheus.js';
import { TrafficExporter } from './support/trafficExporter.js';

const MEASURED = { 'slicehints.io/mode': 'balanced', 'slicehints.io/demand': 'measured' };
/** Over a few seconds, where the ready-made queries take minutes. */
const QUICK_QUERY = [
  '--query=sum by (k8s_dst_namespace, k8s_dst_name, src_zone, dst_zone) (rate(obi_network_flow_bytes_total[5s]))',
  '--service-labels=k8s_dst_namespace,k8s_dst_name',
  '--zone-labels=src_zone,dst_zone',
];
const CONFIG_MAP = 'slicehints-measured';

describe.skipIf(PROMETHEUS === undefined)(`Demand that a real Prometheus measures${WITHOUT_PROMETHEUS}`, () => {
  let cluster: TestCluster;
  let exporter: TrafficExporter;
  let prometheus: TestPrometheus;
  let controller: Background | undefined;
  let observer: Background | undefined;

  beforeAll(async () => {
    cluster = await TestCluster.start();
    const nodes = await cluster.nodes();
    exporter = await TrafficExporter.start(async () => ({ nodes, slices: await cluster.slices('web') }));
    prometheus = await TestPrometheus.start(exporter.target);
  }, 60_000);
  afterAll(async () => {
    await Promise.all([observer?.end(), controller?.end(), prometheus.stop()]);
    await exporter.stop();
    await cluster.stop();
  }, 60_000);

  const pods = (zones: string): EndpointSpec[] =>
    [...zones].map((letter, i) => {
      const zone = letter === 'a' ? 'a' : 'b';
      return { address: `10.244.8.${i + 1}`, node: cluster.zones[zone][0] ?? '', zone };
    });
  const configMap = (): string => `--measured-configmap=${cluster.namespace}/${CONFIG_MAP}`;
  const observe = (...query: string[]): Background =>
    new Background([
      'observe',
      `--kubeconfig=${cluster.kubeconfig}`,
      configMap(),
      `--prometheus-url=${prometheus.url}`,
      '--interval=1s',
      '--metrics-bind-address=127.0.0.1:0',
      '--health-probe-bind-address=127.0.0.1:0',
      ...query,
    ]);
  /** How many endpoints of web are hinted for each zone. */
  const serving = async (): Promise<Record<'a' | 'b', number>> => {
    const hinted = Object.values(await cluster.hints('web'));
    const count = (zone: string): number => hinted.filter((zones) => zones.split(',').includes(zone)).length;
    return { a: count('a'), b: count('b') };
  };
  const description = (): Promise<string> => cluster.ok(['describe', 'service', 'web']);

  test('hints follow the traffic that is measured, with the query for eBPF instrumentation', async () => {
    exporter.rates = { a: 8000, b: 2000 };
    await cluster.createService('web', pods('aabb'), MEASURED);
    controller = cluster.controller(configMap());
    // By CPU each zone keeps to its own two.
    await eventually(async () => expect(await serving()).toEqual({ a: 2, b: 2 }), 40_000);
    observer = observe('--source=obi');
    await eventually(async () => expect((await serving()).a).toBeGreaterThan(2), 40_000);
    await eventually(async () => expect(await description()).toMatch(/demand: measured/));
    // The fewer samples there are, the faster new ones count.
    await observer.end();
  }, 120_000);

  test('verify agrees with the forecast, and tells when clients go around the hints', async () => {
    const verify = async (): Promise<{ code: number; services: VerifiedService[] }> => {
      const { code, stdout } = await slicehints(
        ...['verify', '-o', 'json', '--exit-code', `--prometheus-url=${prometheus.url}`, ...QUICK_QUERY],
        ...[`--kubeconfig=${cluster.kubeconfig}`, `--namespace=${cluster.namespace}`, configMap()],
      );
      return { code, services: (JSON.parse(stdout) as { services: VerifiedService[] }).services };
    };
    // The last seconds before the hints are still in the rate.
    await eventually(async () => {
      const { code, services } = await verify();
      expect(services).toMatchObject([{ name: 'web', differs: false, causes: [] }]);
      expect(code).toBe(0);
    });
    exporter.goesAroundHints = true;
    await eventually(async () => {
      const { code, services } = await verify();
      expect(services).toMatchObject([
        { name: 'web', differs: true, measuredInZone: expect.closeTo(0.5, 1) as number },
      ]);
      expect(code).toBe(1);
    });
    exporter.goesAroundHints = false;
  }, 60_000);

  test('another observer goes on from the ConfigMap, and hints follow traffic that moves to the other zone', async () => {
    exporter.rates = { a: 2000, b: 8000 };
    observer = observe(...QUICK_QUERY);
    // The more samples there are of the time before, the longer the new traffic takes to outweigh them.
    await eventually(async () => {
      const { a, b } = await serving();
      expect([a <= 2, b > 2]).toEqual([true, true]);
    }, 150_000);
  }, 200_000);

  test('without Prometheus there is one sentence, and the hints stay', async () => {
    await prometheus.stop();
    const complaints = (): unknown[] =>
      (observer?.log ?? []).filter(({ msg }) => msg.includes('Prometheus cannot be reached'));
    await eventually(() => expect(complaints()).toHaveLength(1));
    // Hints follow new figures until there are none any more.
    const before = await cluster.hints('web');
    const findings = async (): Promise<string> => {
      const flags = [`--kubeconfig=${cluster.kubeconfig}`, `--namespace=${cluster.namespace}`, configMap()];
      const { stdout } = await slicehints('doctor', '-o', 'json', ...flags);
      return (JSON.parse(stdout) as Finding[])
        .filter(({ code }) => /^MeasuredDemand|^Observe/.test(code))
        .map(({ level, code, message }) => `${level} ${code} ${message}`)
        .join('\n');
    };
    const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`;
    await eventually(async () =>
      expect(await findings()).toMatch(
        new RegExp(
          `^warning ObserveProblem slicehints observe can use no answer of Prometheus since ${time}: ` +
            `Prometheus cannot be reached: .*ECONNREFUSED.*\\. The last figures are of ${time} and expire at ${time}\\.\n` +
            'ok MeasuredDemand 1 of 1 measured Services have figures that are recent enough to plan with\\.$',
        ),
      ),
    );
    expect(complaints()).toHaveLength(1);
    expect(await cluster.hints('web')).toEqual(before);
  }, 60_000);
});
