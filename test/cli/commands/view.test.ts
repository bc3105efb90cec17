import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadManifests } from '../../../src/cli/input/manifests.js';
import { ApiError, type ApiRequest, type Transport } from '../../../src/kube/rest/transport.js';
import { EXAMPLES, runViewCommand } from '../runPlan.js';

const KUBE_DNS = join(EXAMPLES, 'kube-dns.yaml');
const DNS = ['-f', KUBE_DNS, '--service', 'kube-system/kube-dns'];

const directory = mkdtempSync(join(tmpdir(), 'slicehints-view-'));
const COSTS = join(directory, 'costs.yaml');
writeFileSync(COSTS, 'a: { b: 1, c: 2 }\nb: { c: 2 }\n');
afterAll(() => rmSync(directory, { recursive: true }));

/** The lines of the output without the paragraph on other consumers, with single blanks. */
function lines(text: string): string[] {
  return (text.split('\n\n')[0] ?? '')
    .trimEnd()
    .split('\n')
    .map((line) => line.replaceAll(/\s+/g, ' '));
}

/** The lines for the port named dns. */
const dnsPort = (text: string): string[] => lines(text).filter((line) => line.includes(' dns 53/UDP '));

describe('slicehints view', () => {
  test('shows the hints of the manifests: none here, so every node uses all endpoints', async () => {
    const { stdout, stderr, code } = await runViewCommand(DNS);
    expect(dnsPort(stdout)).toEqual([
      'kube-system/kube-dns dns 53/UDP kind-control-plane, kind-worker, kind-worker2, kind-worker3 4 25% 10.244.0.5:53, 10.244.1.2:53, 10.244.2.2:53, 10.244.3.2:53',
    ]);
    expect([stderr, code]).toEqual(['', 0]);
  });

  test('--planned shows the hints that the controller would write, --diff what they take away', async () => {
    const { stdout } = await runViewCommand([...DNS, '--planned', '--diff']);
    expect(dnsPort(stdout)).toEqual([
      'kube-system/kube-dns dns 53/UDP kind-control-plane, kind-worker 4 → 2 50% 10.244.0.5:53, 10.244.3.2:53 10.244.1.2:53, 10.244.2.2:53',
      'kube-system/kube-dns dns 53/UDP kind-worker2, kind-worker3 4 → 2 50% 10.244.1.2:53, 10.244.2.2:53 10.244.0.5:53, 10.244.3.2:53',
    ]);
    expect(stdout).toContain('kube-proxy on Windows: ignores all hints');
  });

  test.each<[string, readonly string[], readonly string[]]>([
    ['what node hints add to zone hints', ['--node-hints=true'], ['shop/balanced: 73 % in zone, 89 % with node hints']],
    ['nothing of node hints where there are none', [], []],
    ['nothing of another Service', ['--node-hints=true', '--service', 'shop/auto'], []],
    ['rules and no figures', ['--node-hints=true', '-o', 'ipvs'], []],
  ])('shows %s', async (_, flags, expected) => {
    const { stdout } = await runViewCommand(['-f', join(EXAMPLES, 'five-pods.yaml'), '--planned', ...flags]);
    expect(stdout.split('\n').filter((line) => line.includes('with node hints'))).toEqual(expected);
  });

  test.each<[string, readonly string[], readonly string[]]>([
    [
      'what leaves zones, and what it costs',
      ['--planned', '--zone-costs', COSTS],
      [
        'shop/auto: a to b 13.3% at 1, a to c 6.7% at 2, b to a 13.3% at 1 and 3 more; a unit of traffic costs 1.07 on average',
        'shop/balanced: c to a 13.3% at 2, c to b 13.3% at 2; a unit of traffic costs 0.533 on average',
      ],
    ],
    [
      'what leaves by the hints that are there: none, so every zone uses all',
      ['--zone-costs', COSTS, '--service', 'shop/balanced'],
      [
        'shop/balanced: a to b 13.3% at 1, a to c 6.7% at 2, b to a 13.3% at 1 and 3 more; a unit of traffic costs 1.07 on average',
      ],
    ],
    ['no costs where none are given', ['--planned'], []],
    ['rules and no costs', ['--planned', '--zone-costs', COSTS, '-o', 'nft'], []],
  ])('shows %s', async (_, flags, expected) => {
    const { stdout } = await runViewCommand(['-f', join(EXAMPLES, 'five-pods.yaml'), ...flags]);
    expect(stdout.split('\n').filter((line) => line.includes('a unit of traffic'))).toEqual(expected);
  });

  test('--node shows one node, in the look that is asked for', async () => {
    const args = [...DNS, '--planned', '--node', 'kind-worker2'];
    const ipvs = lines((await runViewCommand([...args, '-o', 'ipvs', '--diff'])).stdout);
    expect(ipvs.slice(0, 8)).toEqual([
      '# node kind-worker2 (zone b)',
      ' IP Virtual Server version 1.2.1 (size=4096)',
      ' Prot LocalAddress:Port Scheduler Flags',
      ' -> RemoteAddress:Port Forward Weight ActiveConn InActConn',
      ' UDP 10.96.0.10:53 rr',
      '- -> 10.244.0.5:53 Masq 1 0 0',
      ' -> 10.244.1.2:53 Masq 1 0 0',
      ' -> 10.244.2.2:53 Masq 1 0 0',
    ]);
    expect((await runViewCommand([...args, '-o', 'iptables'])).stdout).toContain(
      '-A KUBE-SVC-TCOU7JCQXEZGVUNU -m comment --comment "kube-system/kube-dns:dns -> 10.244.1.2:53" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-',
    );
    expect((await runViewCommand([...args, '-o', 'nft'])).stdout).toContain(
      'numgen random mod 2 map { 0 : 10.244.1.2 . 53, 1 : 10.244.2.2 . 53 }',
    );
    const json = JSON.parse((await runViewCommand([...args, '-o', 'json'])).stdout) as { nodes: { name: string }[] };
    expect(json.nodes.map(({ name }) => name)).toEqual(['kind-worker2']);
  });

  test('a live cluster says the same as its manifests, by GET only', async () => {
    const { nodes, services, endpointSlices } = await loadManifests([KUBE_DNS]);
    const lists = new Map<string, readonly { object: object }[]>([
      ['/api/v1/nodes', nodes],
      ['/api/v1/services', services],
      ['/apis/discovery.k8s.io/v1/endpointslices', endpointSlices],
    ]);
    const methods: string[] = [];
    const transport: Transport = {
      send: ({ method, path }: ApiRequest) => {
        methods.push(method);
        const list = lists.get(path);
        if (list === undefined) return Promise.reject(new ApiError('http', `GET ${path}: 404`, { status: 404 }));
        return Promise.resolve({ metadata: { resourceVersion: '9' }, items: list.map(({ object }) => object) });
      },
      watch: () => {
        throw new Error('A view never watches.');
      },
      close: () => undefined,
    };
    const live = await runViewCommand(['--context', 'kind', '--planned'], { connect: () => transport });
    expect(live).toEqual(await runViewCommand(['-f', KUBE_DNS, '--planned']));
    expect(new Set(methods)).toEqual(new Set(['GET']));
  });

  test('--cluster-cidr and --all-rules give the whole of the rules', async () => {
    const { stdout } = await runViewCommand([...DNS, '--node', 'kind-worker', '-o', 'nft', '--all-rules', '--cluster-cidr', '10.244.0.0/16,fd00::/56']); // prettier-ignore
    expect(stdout).toContain('ip daddr @cluster-ips ip saddr != 10.244.0.0/16 meta mark set meta mark | 0x00004000');
  });

  test.each<[string[], string]>([
    [['-f', KUBE_DNS, '--node', 'nope'], '--node: expected one of the 4 nodes, got "nope"'],
    [['-f', KUBE_DNS, '--node', 'a', '--node', 'b'], '--node: given more than once'],
    [['-f', KUBE_DNS, '--service', 'a/b'], '--service: expected one of the 1 Services, got "a/b"'],
    [['-f', KUBE_DNS, '-o', 'xml'], '--output: expected table, ipvs, iptables, nft, json, got "xml"'],
    ...['10.0.0.0', '10.0.0.0/33', '10.0.0.0/8,10.0.0.0/9', 'fd00::/129', ''].map((cidr): [string[], string] => [
      ['-f', KUBE_DNS, '--cluster-cidr', cidr],
      `--cluster-cidr: expected a CIDR, or one IPv4 and one IPv6 CIDR with a comma between, got "${cidr}"`,
    ]),
    [['--kubeconfig', 'x'], 'This test has no cluster.'],
  ])('a mistake is one line: %j', async (args, message) => {
    expect(await runViewCommand(args)).toEqual({ stdout: '', stderr: `slicehints view: ${message}\n`, code: 1 });
  });
});
