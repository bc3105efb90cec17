import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { UsageError } from '../../../src/cli/flags/usageError.js';
import { loadManifests, type ClusterManifests, type Loaded } from '../../../src/cli/input/manifests.js';
import type { EndpointSliceManifest, NodeManifest, ServiceManifest } from '../../../src/model/manifest.js';

let folder = '';
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slicehints-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(text: string | Uint8Array, extension = 'yaml'): Promise<string> {
  const path = join(folder, `file-${count++}.${extension}`);
  await writeFile(path, text);
  return path;
}

/** The message of the UsageError, with the name of the file as `F`. */
async function problemOf(text: string, extension?: string): Promise<string> {
  const path = await file(text, extension);
  const error: unknown = await loadManifests([path]).then(
    () => new Error('nothing was refused'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof UsageError)) throw error;
  return error.message.replaceAll(path, 'F');
}

const load = async (text: string | Uint8Array, extension?: string): Promise<ClusterManifests> =>
  loadManifests([await file(text, extension)]);

function names({ nodes, services, endpointSlices, others }: ClusterManifests): Record<string, unknown[]> {
  const name = ({ object }: Loaded<ServiceManifest | NodeManifest | EndpointSliceManifest>): unknown =>
    object.metadata?.name;
  return {
    nodes: nodes.map(name),
    services: services.map(name),
    slices: endpointSlices.map(name),
    others: others.map(({ object }) => object.kind),
  };
}

const NODE = 'apiVersion: v1\nkind: Node\nmetadata: { name: n }\n';
const SERVICE = 'apiVersion: v1\nkind: Service\nmetadata: { name: s }\n';
const SLICE = 'apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: { name: e }\naddressType: IPv4\n';

describe('every mistake is one line with file, document and field', () => {
  test.each<[string, string, string]>([
    [
      'an indentation that is no YAML',
      'a: 1\n b: 2\n',
      'F: document 1: line 1, column 4: Nested mappings are not allowed',
    ],
    ['a key twice', 'a: 1\na: 2\n', 'F: document 1: line 2, column 1: Map keys must be unique'],
    [
      'a mistake in a later document',
      `${NODE}---\n${NODE}---\n"`,
      'F: document 3: line 9, column 2: Missing closing "quote',
    ],
    ['an alias without anchor', 'a: *nobody\n', 'F: document 1: '],
    ['a file with comments only', '# nothing\n', 'F: there is nothing in it'],
    ['an empty file', '', 'F: there is nothing in it'],
    [
      'a list that holds itself',
      '&a\napiVersion: v1\nkind: List\nitems: [*a]\n',
      `F: document 1: ${'items[0].'.repeat(10)}items: lists in more than 10 lists`,
    ],
    ['a scalar', 'hello\n', 'F: document 1: expected a Kubernetes object, got "hello"'],
    ['a list without its List', '[]\n', 'F: document 1: expected a Kubernetes object, got a list'],
    ['no apiVersion', 'kind: Service\n', 'F: document 1: apiVersion: expected a string, got nothing'],
    ['no kind', 'apiVersion: v1\n', 'F: document 1: kind: expected a string, got nothing'],
    ['no metadata', 'apiVersion: v1\nkind: Node\n', 'F: document 1: metadata: expected an object, got nothing'],
    [
      'no name',
      'apiVersion: v1\nkind: Node\nmetadata: {}\n',
      'F: document 1: metadata.name: expected a name, got nothing',
    ],
    [
      'a namespace that is a number',
      SERVICE.replace('s }', 's, namespace: 7 }'),
      'F: document 1: metadata.namespace: expected a string, got 7',
    ],
    [
      'a label that is no string',
      SERVICE.replace('s }', 's, labels: { app.kubernetes.io/name: true } }'),
      'F: document 1: metadata.labels["app.kubernetes.io/name"]: expected a string, got true',
    ],
    [
      'annotations that are a list',
      SERVICE.replace('s }', 's, annotations: [a] }'),
      'F: document 1: metadata.annotations: expected an object, got a list',
    ],
    [
      'a bad amount of CPU',
      `${NODE}status: { allocatable: { cpu: 4 cores } }\n`,
      'F: document 1: status.allocatable.cpu: expected a quantity of CPU such as 4 or 3920m, got "4 cores"',
    ],
    [
      'a condition whose status is not quoted',
      `${NODE}status: { conditions: [{ type: Ready, status: True }] }\n`,
      'F: document 1: status.conditions[0].status: expected a string, got true',
    ],
    [
      'a selector that is a string',
      `${SERVICE}spec: { selector: app }\n`,
      'F: document 1: spec.selector: expected an object, got "app"',
    ],
    [
      'a time that is a number',
      SERVICE.replace('name: s', 'name: s, creationTimestamp: 2026'),
      'F: document 1: metadata.creationTimestamp: expected a string, got 2026',
    ],
    [
      'a time of deletion that is an object',
      SERVICE.replace('name: s', 'name: s, deletionTimestamp: {}'),
      'F: document 1: metadata.deletionTimestamp: expected a string, got an object',
    ],
    [
      'managed fields that are no list',
      SLICE.replace('name: e', 'name: e, managedFields: 5'),
      'F: document 1: metadata.managedFields: expected a list, got 5',
    ],
    [
      'managed fields without an object',
      SLICE.replace('name: e', 'name: e, managedFields: [{ manager: m }, null]'),
      'F: document 1: metadata.managedFields[1]: expected an object, got nothing',
    ],
    [
      'slices of the beta version',
      SLICE.replace('/v1', '/v1beta1'),
      'F: document 1: apiVersion: expected discovery.k8s.io/v1, got discovery.k8s.io/v1beta1, which is too old',
    ],
    [
      'no addressType',
      SLICE.replace('addressType: IPv4\n', ''),
      'F: document 1: addressType: expected IPv4, IPv6 or FQDN, got nothing',
    ],
    [
      'an unknown addressType',
      SLICE.replace('IPv4', 'ipv4'),
      'F: document 1: addressType: expected IPv4, IPv6 or FQDN, got "ipv4"',
    ],
    [
      'endpoints that are an object',
      `${SLICE}endpoints: {}\n`,
      'F: document 1: endpoints: expected a list, got an object',
    ],
    [
      'an address that is a number',
      `${SLICE}endpoints: [{ addresses: [a] }, { addresses: [10] }]\n`,
      'F: document 1: endpoints[1].addresses[0]: expected a string, got 10',
    ],
    [
      'a ready that is a word',
      `${SLICE}endpoints: [{ conditions: { ready: "yes" } }]\n`,
      'F: document 1: endpoints[0].conditions.ready: expected true or false, got "yes"',
    ],
    [
      'hints that are plain names',
      `${SLICE}endpoints: [{ hints: { forZones: [a] } }]\n`,
      'F: document 1: endpoints[0].hints.forZones[0]: expected an object, got "a"',
    ],
    [
      'a zone that is a number',
      `${SLICE}endpoints: [{ zone: 1 }]\n`,
      'F: document 1: endpoints[0].zone: expected a string, got 1',
    ],
    [
      'a port that is a name',
      `${SLICE}ports: [{ port: http }]\n`,
      'F: document 1: ports[0].port: expected a whole number, got "http"',
    ],
    [
      'an item of a List',
      `${NODE}---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Node, metadata: {name: x}}\n- {apiVersion: v1, kind: Service, metadata: {name: 5}}\n`,
      'F: document 2: items[1].metadata.name: expected a name, got 5',
    ],
    [
      'items that are no list',
      'apiVersion: v1\nkind: NodeList\nitems: 3\n',
      'F: document 1: items: expected a list, got 3',
    ],
    [
      'a typed list of the beta version',
      'apiVersion: discovery.k8s.io/v1beta1\nkind: EndpointSliceList\nitems: []\n',
      'F: document 1: apiVersion: expected discovery.k8s.io/v1, got',
    ],
    [
      'aliases that unfold without end',
      `a: &a [x]\n${'bcdefgh'
        .split('')
        .map((c, i) => `${c}: &${c} [${`*${'abcdefg'[i]!},`.repeat(9)}]\n`)
        .join('')}`,
      'F: document 1: Excessive alias count',
    ],
    [
      'a very long value',
      SLICE.replace('IPv4', 'x'.repeat(500)),
      `F: document 1: addressType: expected IPv4, IPv6 or FQDN, got "${'x'.repeat(58)}…`,
    ],
  ])('%s', async (_, text, message) => {
    const problem = await problemOf(text);
    expect(problem.slice(0, message.length)).toBe(message);
    expect(problem).not.toContain('\n');
  });

  test('JSON that is cut off', async () => {
    expect(await problemOf('{"apiVersion": "v1",\n "kind": ', 'json')).toMatch(
      /^F: document 1: line 2, column \d+: [^\n]+$/,
    );
  });

  test('a file that is not there, a directory without manifests, standard input twice', async () => {
    const empty = join(folder, 'empty');
    await mkdir(empty);
    await expect(loadManifests([join(folder, 'none.yaml')])).rejects.toThrow(
      `${join(folder, 'none.yaml')}: cannot be read: no such file or directory`,
    );
    await expect(loadManifests([empty])).rejects.toThrow(`${empty}: the directory has no .yaml, .yml, .json files`);
    await expect(loadManifests(['-', '-'])).rejects.toThrow('-: standard input can be read only once');
  });

  test('standard input goes by its name', async () => {
    await expect(loadManifests(['-'], { stdin: Readable.from(['kind: x\n']) })).rejects.toThrow(
      'stdin: document 1: apiVersion: expected a string, got nothing',
    );
  });
});

describe('what is read', () => {
  test.each<[string, string, Record<string, string[]>]>([
    [
      'several documents, empty ones among them',
      `---\n${NODE}---\n---\n${SERVICE}---\n${SLICE}`,
      { nodes: ['n'], services: ['s'], slices: ['e'], others: [] },
    ],
    [
      'kind: List',
      `apiVersion: v1\nkind: List\nitems:\n${[NODE, SERVICE, SLICE].map((text) => `- ${text.trim().replaceAll('\n', '\n  ')}\n`).join('')}`,
      { nodes: ['n'], services: ['s'], slices: ['e'], others: [] },
    ],
    [
      'typed lists, whose items say no kind',
      'apiVersion: v1\nkind: ServiceList\nitems: [{ metadata: { name: s } }]\n---\napiVersion: v1\nkind: NodeList\nitems: [{ metadata: { name: n } }]\n---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSliceList\nitems: [{ metadata: { name: e }, addressType: IPv6 }]\n',
      { nodes: ['n'], services: ['s'], slices: ['e'], others: [] },
    ],
    [
      'an empty list as Go writes it',
      'apiVersion: v1\nkind: ServiceList\nitems: null\n',
      { nodes: [], services: [], slices: [], others: [] },
    ],
    [
      'a List in a List',
      `apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: NodeList\n  items: [{ metadata: { name: n } }]\n`,
      { nodes: ['n'], services: [], slices: [], others: [] },
    ],
    [
      "somebody else's Service",
      'apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: { name: k }\n',
      { nodes: [], services: [], slices: [], others: ['Service'] },
    ],
    [
      'JSON',
      JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } }),
      { nodes: ['n'], services: [], slices: [], others: [] },
    ],
    [
      'YAML in braces',
      '{ apiVersion: v1, kind: Node, metadata: { name: n } }\n',
      { nodes: ['n'], services: [], slices: [], others: [] },
    ],
  ])('%s', async (_, text, expectedNames) => {
    expect(names(await load(text))).toEqual(expectedNames);
  });

  test('items of a typed list get the kind that their list has said', async () => {
    const { services } = await load('apiVersion: v1\nkind: ServiceList\nitems: [{ metadata: { name: s } }]\n');
    expect(services[0]?.object).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's', namespace: 'default' },
    });
  });

  test('objects keep all their fields and say where they were found', async () => {
    const path = await file(
      `${NODE}---\napiVersion: v1\nkind: List\nitems:\n- ${SLICE.trim().replaceAll('\n', '\n  ')}\n  extra: { deep: [1] }\n`,
    );
    const { endpointSlices, nodes } = await loadManifests([path]);
    expect(endpointSlices[0]?.object).toMatchObject({ kind: 'EndpointSlice', extra: { deep: [1] } });
    expect(endpointSlices[0]?.origin).toBe(`${path}: document 2: items[0]`);
    expect(nodes[0]?.origin).toBe(`${path}: document 1`);
  });

  test('the namespace is default where none is given, but Nodes have none', async () => {
    const { nodes, services, endpointSlices } = await load(`${NODE}---\n${SERVICE}---\n${SLICE}`);
    expect(services[0]?.object.metadata).toEqual({ name: 's', namespace: 'default' });
    expect(endpointSlices[0]?.object.metadata?.namespace).toBe('default');
    expect(nodes[0]?.object.metadata).toEqual({ name: 'n' });
  });

  test.each<[string, (text: string) => Uint8Array]>([
    ['UTF-8 with a byte order mark', (text) => Buffer.from(`\ufeff${text}`, 'utf8')],
    ['UTF-16, as PowerShell writes it', (text) => Buffer.from(`\ufeff${text}`, 'utf16le')],
  ])('%s', async (_, encode) => {
    expect(names(await load(encode(NODE)))['nodes']).toEqual(['n']);
    expect(
      names(await load(encode('{"apiVersion":"v1","kind":"Node","metadata":{"name":"j"}}'), 'json'))['nodes'],
    ).toEqual(['j']);
  });

  test('a directory gives its .yaml, .yml and .json files by name, and no others', async () => {
    const directory = join(folder, 'directory');
    await mkdir(directory);
    await writeFile(join(directory, 'b.yml'), NODE.replace('n }', 'second }'));
    await writeFile(join(directory, 'a.yaml'), NODE.replace('n }', 'first }'));
    await writeFile(join(directory, 'c.json'), '{"apiVersion":"v1","kind":"Node","metadata":{"name":"third"}}');
    await writeFile(join(directory, 'README.md'), '# no manifest');
    expect(names(await loadManifests([directory]))['nodes']).toEqual(['first', 'second', 'third']);
  });

  test('of an object that is given twice the last counts, and a note says so', async () => {
    const first = await file(`${SERVICE}spec: { trafficDistribution: first }\n`);
    const second = await file(
      `${SERVICE.replace('s }', 's, namespace: default }')}spec: { trafficDistribution: second }\n`,
    );
    const { services, notes } = await loadManifests([first, second]);
    expect(services.map(({ object }) => object.spec?.trafficDistribution)).toEqual(['second']);
    expect(notes).toEqual([
      `Service default/s is given twice, as ${first}: document 1 and as ${second}: document 1; the last one counts`,
    ]);
  });

  test('equal names in two namespaces are two objects', async () => {
    const { services, notes } = await load(`${SERVICE}---\n${SERVICE.replace('s }', 's, namespace: other }')}`);
    expect(services).toHaveLength(2);
    expect(notes).toEqual([]);
  });

  test('the ConfigMap of slicehints observe is read', async () => {
    const line = 'shop/web 20 0 100 - 60 500,500 =';
    const configMap = (text: string): string =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: m }\n${stringify({ data: { 'measured.txt': text } })}---\n`;
    const text = (zones: string): string => `slicehints-measured 1\nat 1800000000\nzones ${zones}\n${line}\n`;
    const { measured, notes } = await load(configMap(text('a b')));
    expect(measured?.services.map(({ key, demand }) => [key, demand])).toEqual([
      [
        'shop/web',
        [
          { zone: 'a', share: 0.5 },
          { zone: 'b', share: 0.5 },
        ],
      ],
    ]);
    expect(notes).toEqual([]);
    const twice = await load(configMap(text('a b')) + configMap(text('x y')));
    expect(twice.measured?.services[0]?.demand[0]?.zone).toBe('x');
    expect(twice.notes[0]).toMatch(
      /^measured demand is given twice, by .*document 1 and by .*document 2; the last one counts$/,
    );
    const broken = await load(configMap('hello'));
    expect(broken.measured?.services).toEqual([]);
    expect(broken.notes[0]).toContain(
      'measured.txt: expected the first line to be "slicehints-measured 1", got "hello"',
    );
    const other = await load('apiVersion: v1\nkind: ConfigMap\nmetadata: { name: m }\ndata: { a: b }\n');
    expect(other.notes).toEqual(['1 object of another kind is not looked at (1 ConfigMap)']);
  });

  test('objects of other kinds are counted', async () => {
    const other = (kind: string): string => `apiVersion: v1\nkind: ${kind}\nmetadata: { name: x }\n---\n`;
    expect((await load(other('Pod') + other('Secret') + other('Pod'))).notes).toEqual([
      '3 objects of other kinds are not looked at (2 Pod, 1 Secret)',
    ]);
    expect((await load(other('Pod'))).notes).toEqual(['1 object of another kind is not looked at (1 Pod)']);
  });
});

describe('policies', () => {
  const policy = (kind: string, rest: string): string =>
    `apiVersion: slicehints.io/v1alpha1\nkind: ${kind}\nmetadata: { name: p }\n${rest}\n---\n`;

  test('are read with the namespaces that they select', async () => {
    const text =
      policy('ClusterHintsPolicy', 'spec: { defaults: { mode: auto } }') +
      policy('HintsPolicy', 'spec: {}') +
      'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop, labels: { team: a } }\n';
    const { policies, namespaces, notes } = await load(text);
    expect(policies.map(({ object }) => [object.kind, object.metadata?.namespace])).toEqual([
      ['ClusterHintsPolicy', undefined],
      ['HintsPolicy', 'default'],
    ]);
    expect(namespaces.map(({ object }) => object.metadata?.labels)).toEqual([{ team: 'a' }]);
    expect(notes).toEqual([]);
  });

  test.each([
    [
      'spec: { defaults: { mode: Auto } }',
      'spec.defaults.mode must be one of balanced, auto, same-zone, same-node, off but is "Auto"',
    ],
    [
      'spec: { serviceSelector: { matchLabels: { a: 1 } } }',
      'spec.serviceSelector.matchLabels.a: expected a string, got 1',
    ],
    [
      'spec: { limits: { maxOverloadThreshold: 11 } }',
      'spec.limits.maxOverloadThreshold must be a number from 0 to 10 but is "11"',
    ],
  ])('%s is refused with its field', async (spec, problem) => {
    await expect(load(policy('ClusterHintsPolicy', spec))).rejects.toThrow(problem);
  });
});

describe('a large list as kubectl prints it', () => {
  const items = Array.from({ length: 300 }, (_, i) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: `s${i}`,
      namespace: 'shop',
      annotations: { note: `line one\n- line two\n\n# no comment ${i}\n` },
    },
    spec: { ports: [{ name: 'http', port: 80 }] },
  }));
  const indented = stringify(
    { apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } },
    { indentSeq: false },
  );

  test('is read item by item, with its progress, as the whole text would be', async () => {
    const path = await file(indented);
    const shares: number[] = [];
    const { services } = await loadManifests([path], { onRead: (_, __, share) => shares.push(share) });
    expect(services.map(({ object }) => object)).toEqual(items);
    expect(services[299]?.origin).toBe(`${path}: document 1: items[299]`);
    expect(shares.length).toBeGreaterThan(100);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBeGreaterThan(0.9);
    expect(shares.at(-1)).toBeLessThan(1);
  });

  test('documents one after another show their progress too', async () => {
    const shares: number[] = [];
    const path = await file(items.map((item) => stringify(item)).join('---\n'));
    const { services } = await loadManifests([path], { onRead: (_, __, share) => shares.push(share) });
    expect(services).toHaveLength(300);
    expect(shares.length).toBeGreaterThan(100);
    expect(shares.at(-1)).toBeGreaterThan(0.9);
  });

  test.each<[string, string, string]>([
    ['a mistake in an item', indented.replace('name: s7\n', 'name: s7\n   bad: x\n'), 'F: document 1: line 1'],
    ['a key of the list twice', `${indented}kind: List\n`, 'F: document 1: line'],
    ['an item that is no list item', indented.replace('kind: List', 'kind List'), 'F: document 1: line'],
  ])('%s is told with its line', async (_, text, start) => {
    expect((await problemOf(text)).startsWith(start)).toBe(true);
  });

  test('anchors reach from one item to another', async () => {
    const text =
      'apiVersion: v1\nitems:\n- apiVersion: &v v1\n  kind: Service\n  metadata: { name: a }\n- apiVersion: *v\n  kind: Service\n  metadata: { name: b }\nkind: List\n';
    expect(names(await load(text)).services).toEqual(['a', 'b']);
  });
});
