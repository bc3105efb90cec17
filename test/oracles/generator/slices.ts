import {
  IN_TREE,
  MANAGED_BY_LABEL,
  MIRRORING,
  OUR_ANNOTATION,
  SERVICE_NAME_LABEL,
  TRIGGER_TIME_ANNOTATION,
  ZONE_LABEL,
  type Endpoint,
  type Node,
  type Service,
  type Slice,
} from '../fuzzCase.js';
import type { Random } from '../random.js';

type Ports = Slice['ports'];

/** What is decided once for a Service, so that whole kinds of clusters come up and not only mixtures of everything. */
interface Profile {
  readonly zones: readonly string[];
  readonly nodes: readonly Node[];
  /** Chances, fractions of 1. */
  readonly notReady: number;
  readonly silent: number;
  readonly terminating: number;
  readonly zoneless: number;
  readonly nodeless: number;
  readonly strange: number;
  readonly hinted: 'none' | 'zones' | 'random' | 'nonsense';
}

const PORT_LAYOUTS: readonly (readonly [weight: number, layout: readonly (readonly string[] | undefined)[]])[] = [
  [60, [['http']]],
  [8, [['']]],
  [6, [['http', 'metrics']]],
  [8, [['http'], ['metrics']]],
  [6, [['http'], ['http', 'metrics']]],
  [
    4,
    [
      ['http', 'a'],
      ['a', 'b'],
      ['b', 'metrics'],
    ],
  ],
  [2, [[]]],
  [1, [undefined]],
  [1, [['http'], []]],
];

const managers = (random: Random): readonly (string | undefined)[] =>
  random.weighted<readonly (string | undefined)[]>([
    [45, [IN_TREE]],
    [20, [undefined]],
    [10, ['example.com/mine']],
    [8, [MIRRORING]],
    [6, [IN_TREE, undefined]],
    [4, [MIRRORING, 'example.com/mine', undefined]],
    [3, [IN_TREE, MIRRORING]],
    [1, ['constructor', '']],
  ]);

export const slicesOf = (
  random: Random,
  service: Service,
  zones: readonly string[],
  nodes: readonly Node[],
): Slice[] => {
  const profile: Profile = {
    zones,
    nodes,
    notReady: random.weighted([
      [60, 0],
      [25, 0.15],
      [8, 0.5],
      [3, 1],
    ] as const),
    silent: random.weighted([
      [75, 0],
      [10, 0.3],
      [10, 1],
    ] as const),
    terminating: random.weighted([
      [85, 0],
      [10, 0.2],
      [5, 0.9],
    ] as const),
    zoneless: random.weighted([
      [80, 0],
      [8, 0.1],
      [4, 1],
    ] as const),
    nodeless: random.weighted([
      [85, 0],
      [8, 0.1],
      [4, 1],
    ] as const),
    strange: random.chance(0.25) ? 0.1 : 0,
    hinted: random.weighted([
      [45, 'none'],
      [25, 'zones'],
      [20, 'random'],
      [8, 'nonsense'],
    ] as const),
  };
  const slices: Slice[] = [];
  const layout = random.weighted(PORT_LAYOUTS);
  const owners = managers(random);
  const types = random.weighted<readonly string[]>([
    [78, ['IPv4']],
    [5, ['IPv6']],
    [12, ['IPv4', 'IPv6']],
    [2, ['FQDN']],
    [3, ['IPv4', 'FQDN']],
  ]);
  const total = random.weighted([
    [4, 0],
    [60, random.between(1, 8)],
    [30, random.between(5, 16)],
    [6, random.between(16, 60)],
  ]);
  for (const type of types)
    slices.push(...family(random, service, profile, type, total, layout, owners, slices.length));
  return random.chance(0.2) ? random.shuffled(slices) : slices;
};

/** Pods of two other Services, which may be the clients. */
export const clientSlicesOf = (random: Random, zones: readonly string[], nodes: readonly Node[]): Slice[] =>
  ['shop/front', 'other/back'].flatMap((key, k) => {
    const [namespace = '', name = ''] = key.split('/');
    if (random.chance(0.2)) return [];
    const plain = { zones, nodes, notReady: 0.1, silent: 0.1, terminating: 0, strange: 0, hinted: 'none' } as const;
    const profile: Profile = { ...plain, zoneless: random.pick([0, 0, 1]), nodeless: random.pick([0, 0, 0.5]) };
    const endpoints = Array.from({ length: random.between(0, 9) }, (_, i) =>
      endpoint(random, profile, random.chance(0.05) ? '10.9.0.1' : `10.${200 + k}.0.${i + 1}`),
    );
    const metadata = { namespace, name: `${name}-1`, labels: { [SERVICE_NAME_LABEL]: name } };
    return [{ metadata, addressType: random.pick(['IPv4', 'IPv4', 'IPv4', 'IPv6']), ports: [{ port: 80 }], endpoints }];
  });

/** The slices of one address type: each port layout gets endpoints of its own, or the same ones again. */
const family = (
  random: Random,
  service: Service,
  profile: Profile,
  type: string,
  total: number,
  layout: readonly (readonly string[] | undefined)[],
  owners: readonly (string | undefined)[],
  first: number,
): Slice[] => {
  const slices: Slice[] = [];
  const shared = layout.length > 1 && random.chance(0.4);
  let all: Endpoint[] = [];
  for (const [l, names] of layout.entries()) {
    const endpoints =
      shared && l > 0
        ? structuredClone(all)
        : Array.from({ length: l > 0 ? random.between(0, total) : total }, (_, i) =>
            endpoint(random, profile, addressOf(type, l, i)),
          );
    if (shared && l > 0 && random.chance(0.2)) endpoints.splice(random.below(endpoints.length + 1));
    all = l === 0 ? endpoints : all;
    const doubles = endpoints.length > 0 && random.chance(0.05) ? [structuredClone(random.pick(endpoints))] : [];
    const size = random.pick([endpoints.length, endpoints.length, 3, 7, 100]) || 1;
    const lists = [doubles, endpoints.slice(0, size)].filter((list, k) => k > 0 || list.length > 0);
    for (let from = size; from < endpoints.length; from += size) lists.push(endpoints.slice(from, from + size));
    // Within one slice addresses are unique by the API.
    for (const list of lists) {
      slices.push(slice(random, service, `s${first + slices.length}`, type, list, names, random.pick(owners)));
    }
  }
  return slices;
};

const addressOf = (type: string, layout: number, i: number): string =>
  type === 'IPv6' ? `fd00::${layout + 1}:${i + 1}` : type === 'FQDN' ? `h${i}.example.com` : `10.${layout}.0.${i + 1}`;

const slice = (
  random: Random,
  service: Service,
  name: string,
  addressType: string,
  endpoints: Endpoint[],
  portNames: readonly string[] | undefined,
  manager: string | undefined,
): Slice => {
  const labels: Record<string, string> = { [SERVICE_NAME_LABEL]: service.metadata?.name ?? '' };
  if (manager !== undefined) labels[MANAGED_BY_LABEL] = manager;
  const annotations: Record<string, string> = {};
  const hinted = endpoints.some(({ hints }) => hints !== undefined);
  if (hinted && random.chance(0.5)) annotations[OUR_ANNOTATION] = random.pick(['v1', 'v1-41', '', 'nonsense']);
  if (!hinted && random.chance(0.02)) annotations[OUR_ANNOTATION] = 'v1-7';
  if (random.chance(0.4)) annotations[TRIGGER_TIME_ANNOTATION] = '2026-01-01T00:00:00Z';
  const metadata: NonNullable<Slice['metadata']> = { name, namespace: service.metadata?.namespace ?? '', labels };
  if (random.chance(0.9)) metadata.resourceVersion = String(random.between(1, 99999));
  if (random.chance(0.9)) metadata.generation = random.between(1, 9);
  if (Object.keys(annotations).length > 0 || random.chance(0.3)) metadata.annotations = annotations;
  if (hinted && random.chance(0.3)) {
    metadata.managedFields = [
      { manager: random.pick(['slicehints', 'kube-controller-manager']), fieldsV1: { 'f:endpoints': {} } },
    ];
  }
  return { metadata, addressType, endpoints, ...portsField(random, portNames) };
};

const portsField = (random: Random, names: readonly string[] | undefined): { ports?: Ports } => {
  if (names === undefined) return random.chance(0.5) ? {} : { ports: null };
  return {
    ports: names.map((name, i) => ({
      ...(name === '' && random.chance(0.7) ? random.pick([{}, { name: null }]) : { name }),
      port: 8080 + i,
      protocol: 'TCP',
    })),
  };
};

const endpoint = (random: Random, profile: Profile, address: string): Endpoint => {
  const { zones, nodes, strange } = profile;
  const made: Endpoint = { addresses: [address] };
  const node = nodes.length === 0 ? undefined : random.pick(nodes);
  const zone = node?.metadata?.labels?.[ZONE_LABEL] ?? random.pick(zones);
  if (!random.chance(profile.zoneless)) {
    made.zone = random.chance(strange) ? random.pick([...zones, 'gone', '', null, 'no zone', '__proto__']) : zone;
  }
  if (!random.chance(profile.nodeless)) {
    made.nodeName = random.chance(strange) ? random.pick(['gone', '', null]) : node?.metadata?.name;
    if (made.nodeName === undefined) delete made.nodeName;
  }
  if (random.chance(strange)) made.addresses = random.pick([[], null, [address, `${address}9`], ['']]);
  const conditions = conditionsOf(random, profile);
  if (conditions !== undefined) made.conditions = conditions;
  const hints = hintsOf(random, profile, made);
  if (hints !== undefined) made.hints = hints;
  return made;
};

const conditionsOf = (random: Random, profile: Profile): Endpoint['conditions'] => {
  if (random.chance(profile.silent)) return random.pick([undefined, null, {}, { ready: null }, { serving: true }]);
  if (random.chance(profile.terminating)) {
    return { ready: false, serving: random.chance(0.8), terminating: true };
  }
  if (random.chance(profile.notReady)) {
    return random.pick([{ ready: false }, { ready: false, serving: false, terminating: false }]);
  }
  return random.pick([{ ready: true }, { ready: true, serving: true, terminating: false }]);
};

const hintsOf = (random: Random, { zones, nodes, hinted }: Profile, { zone }: Endpoint): Endpoint['hints'] => {
  const named = (names: readonly string[]): { name: string }[] => names.map((name) => ({ name }));
  const some = (list: readonly string[], most: number): { name: string }[] =>
    named(random.sample(list, random.between(1, most)));
  const nodeNames = nodes.map(({ metadata }) => metadata?.name ?? '');
  switch (hinted) {
    case 'none':
      return undefined;
    case 'zones':
      return { forZones: named([random.chance(0.8) && typeof zone === 'string' ? zone : random.pick(zones)]) };
    case 'random':
      return random.chance(0.2)
        ? undefined
        : {
            ...(random.chance(0.9) ? { forZones: some([...zones, 'gone'], 3) } : {}),
            ...(random.chance(0.15) && nodeNames.length > 0 ? { forNodes: some(nodeNames, 3) } : {}),
          };
    case 'nonsense':
      return random.pick([
        undefined,
        null,
        {},
        { forZones: [] },
        { forZones: null },
        { forZones: named(['constructor', '__proto__']) },
        { forZones: named([...zones, 'gone', 'more', ...zones.map((name) => `${name}x`)].slice(0, 12)) },
        { forNodes: [] },
        { forNodes: named(['gone']) },
        { forZones: named([zones[0] ?? '', zones[0] ?? '']) },
        { forZones: named(['']) },
      ]);
  }
};
