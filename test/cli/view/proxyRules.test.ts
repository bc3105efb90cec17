import { describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { runView, type ViewFormat } from '../../../src/cli/view/renderView.js';
import type { EndpointSliceManifest, NodeManifest, ServiceManifest } from '../../../src/model/manifest.js';

const FIXTURES = new URL('../../../../test/fixtures/proxy-rules/', import.meta.url);
const NODES = ['w0', 'w2', 'w4'];

interface Item {
  readonly kind: string;
}

const { items } = JSON.parse(read('cluster.json')) as { items: Item[] };
const ofKind = <T>(kind: string): T[] => items.filter((item) => item.kind === kind) as T[];

function read(name: string): string {
  return readFileSync(new URL(name, FIXTURES), 'utf8');
}

function view(node: string, format: ViewFormat, allRules: boolean): string {
  const pieces = runView({
    services: ofKind<ServiceManifest>('Service'),
    endpointSlices: ofKind<EndpointSliceManifest>('EndpointSlice'),
    nodes: ofKind<NodeManifest>('Node'),
    node,
    format,
    diff: false,
    paint: (_, text) => text,
    rules: { allRules, clusterCidr: { IPv4: '10.40.0.0/14' } },
  });
  return [...pieces].join('');
}

/** Objects of a table (`chain x`, `map y`) with their lines; elements of sets and maps one a line, sorted. */
function readNft(text: string): Map<string, string[]> {
  const objects = new Map<string, string[]>();
  for (const [, head = '', body = ''] of text.matchAll(/^\t((?:chain|map|set) \S+) \{\n([^]*?)^\t\}$/gm)) {
    const [, before = '', elements] = /^([^]*?)(?:\t\telements = \{ ([^]*) \}\n)?$/.exec(body) ?? [];
    const lines = before.split('\n').map((line) => line.trim()).filter((line) => line !== ''); // prettier-ignore
    objects.set(head, [...lines, ...(elements ?? '').split(/,\s+/).filter((element) => element !== '').sort()]); // prettier-ignore
  }
  return objects;
}

/** What nft 1.0.6 printed otherwise than the nft of today, which is the one that `view` imitates. */
function oldNft(line: string): string {
  return line.replace(/dnat (ip6?) addr \. port to numgen/, 'dnat $1 to numgen');
}

/** Rules of the nat table by chain, in order; the chains that are declared. */
function readNat(text: string): { rules: Map<string, string[]>; declared: string[] } {
  const nat = /^\*nat\n([^]*?)^COMMIT$/m.exec(text)?.[1] ?? '';
  const rules = new Map<string, string[]>();
  const declared: string[] = [];
  for (const line of nat.split('\n')) {
    const [, chain, rule] = /^-A (\S+) (.*)$/.exec(line) ?? [];
    if (chain !== undefined && rule !== undefined) rules.set(chain, [...(rules.get(chain) ?? []), rule]);
    const [, name] = /^:(\S+) /.exec(line) ?? [];
    if (name !== undefined) declared.push(name);
  }
  // In these chains every rule matches packets of its own, and kube-proxy writes them in the random order of a Go map.
  for (const chain of ['KUBE-SERVICES', 'KUBE-NODEPORTS']) rules.get(chain)?.sort();
  return { rules, declared };
}

/**
 * What kube-proxy wrote and `view` does not show, with the reason. Nothing else may differ, not even a comment; the
 * order is compared wherever it means something.
 */
const NOT_SHOWN = {
  // From ServiceCIDR objects, which `view` does not read.
  'chain cluster-ips-check': ['ip daddr 10.96.0.0/12 drop comment "Drop traffic to unallocated ClusterIPs"'],
} as const;

describe.each(NODES)('the rules that kube-proxy 1.36.2 wrote on %s', (node) => {
  test('nft: every set, map and chain is the same', () => {
    const real = readNft(read(`${node}.nft`));
    const shown = readNft(view(node, 'nft', true));
    for (const [object, lines] of Object.entries(NOT_SHOWN)) {
      expect(real.get(object)).toEqual(expect.arrayContaining([...lines]));
      real.set(object, real.get(object)!.filter((line) => !lines.some((one) => one === line))); // prettier-ignore
    }
    expect(real.size).toBeGreaterThan(150);
    expect([...shown.keys()].sort()).toEqual([...real.keys()].sort());
    for (const [object, lines] of real) {
      expect([object, ...shown.get(object)!.map(oldNft)]).toEqual([object, ...lines]);
    }
  });

  test('iptables: every chain of the nat table is the same', () => {
    const real = readNat(read(`${node}.iptables`));
    const shown = readNat(view(node, 'iptables', true));
    expect(real.rules.size).toBeGreaterThan(300);
    expect(shown.declared).toEqual(real.declared);
    expect([...shown.rules.keys()].sort()).toEqual([...real.rules.keys()].sort());
    for (const [chain, rules] of real.rules) expect([chain, ...shown.rules.get(chain)!]).toEqual([chain, ...rules]);
  });

  test.each(['nft', 'iptables'] as const)('without --all-rules %s shows a part of the same rules', (format) => {
    const linesOf = (allRules: boolean): Set<string> =>
      new Set(view(node, format, allRules).split('\n').map((line) => line.replace(/[,}]+$/, ''))); // prettier-ignore
    const all = linesOf(true);
    const some = linesOf(false);
    expect([...some].filter((line) => !all.has(line))).toEqual([]);
    expect(some.size).toBeLessThan(all.size);
  });
});
