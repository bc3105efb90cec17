import { knownZone } from './proxy.js';
import {
  compareText,
  CONTROL_PLANE_LABEL,
  MASTER_LABEL,
  SERVICE_NAME_LABEL,
  ZONE_LABEL,
  type FuzzCase,
  type Node,
  type Slice,
} from '../fuzzCase.js';

/** Units of a quantity: powers of ten of the decimal suffixes, bytes of the binary ones. */
const DECIMAL = new Map([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
]);
const BINARY = new Map(['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((suffix, i) => [suffix, 1024 ** (i + 1)]));

/** A quantity in plain units; 0 when it is none or below zero. Below a billionth it is rounded up to one. */
export function cpuOf(quantity: string | number | null | undefined): number {
  const match = /^([-+]?)([0-9.]+)([a-zA-Z]*)([-+]?[0-9]*)$/.exec(String(quantity ?? ''));
  if (match === null) return 0;
  const [, sign, digits = '', suffix = '', power = ''] = match;
  if (sign === '-' || !/^([0-9]+\.?[0-9]*|\.[0-9]+)$/.test(digits)) return 0;
  let factor: number | undefined;
  if (/^[eE]$/.test(suffix) && power !== '') factor = 10 ** Number(power);
  else if (power === '') {
    const exponent = DECIMAL.get(suffix);
    factor = exponent === undefined ? BINARY.get(suffix) : 10 ** exponent;
  }
  if (factor === undefined) return 0;
  const value = Number(digits) * factor;
  return value > 0 ? Math.min(Math.max(value, 1e-9), 2 ** 63) : 0;
}

/** Nodes of a zone that send a part of all traffic. */
export interface Source {
  /** The node; empty for traffic of the zone of which no node is known. */
  readonly name: string;
  readonly zone: string;
  /** Part of all traffic, a fraction of 1. */
  readonly share: number;
}

export interface Demand {
  readonly source: string;
  /** An annotation of the Service decides it. */
  readonly stated: boolean;
  /** Sorted by name. */
  readonly zones: readonly { readonly zone: string; readonly share: number }[];
  readonly sources: readonly Source[];
  /** A client pod says another zone than its node: then nobody can tell where its traffic comes from. */
  readonly torn: boolean;
}

export function isReady({ status }: Node): boolean {
  return (status?.conditions ?? []).find(({ type }) => type === 'Ready')?.status === 'True';
}

export function isCounted(node: Node): boolean {
  const labels = node.metadata?.labels ?? {};
  const excluded = [CONTROL_PLANE_LABEL, MASTER_LABEL].some((label) => Object.hasOwn(labels, label));
  return isReady(node) && !excluded;
}

interface CountedNode {
  readonly name: string;
  readonly zone: string;
  readonly cpu: number;
}

function countedNodes(nodes: readonly Node[]): CountedNode[] {
  return nodes
    .filter(isCounted)
    .map((node) => ({
      name: node.metadata?.name ?? '',
      zone: node.metadata?.labels?.[ZONE_LABEL] ?? '',
      cpu: cpuOf(node.status?.allocatable?.['cpu']),
    }))
    .filter(({ zone }) => zone !== '');
}

/** Amounts of anything by name. */
type Amounts = ReadonlyMap<string, number>;

function sums<T>(list: readonly T[], nameOf: (each: T) => string, amountOf: (each: T) => number): Map<string, number> {
  const result = new Map<string, number>();
  for (const each of list) result.set(nameOf(each), (result.get(nameOf(each)) ?? 0) + amountOf(each));
  return result;
}

/** Where the traffic of one address type comes from: what the Service states, or else what the operator does. */
export function demandOf(input: FuzzCase, addressType: string): Demand {
  const stated = statedDemand(input);
  const setting = input.settings.demand ?? 'cpu';
  const made = stated === undefined ? undefined : byWish(stated, input, addressType);
  return made === undefined
    ? { ...(byWish(setting, input, addressType) ?? byCpu(input)), stated: false }
    : { ...made, stated: true };
}

type Wish = string | { readonly clients: Amounts } | { readonly parts: Amounts };
type Made = Omit<Demand, 'stated'>;

const LABEL_VALUE = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const CLIENT = /^([a-z0-9-]+\/)?[a-z0-9-]+$/;

/** `slicehints.io/demand` and `slicehints.io/clients`; undefined where nothing is stated that can be understood. */
function statedDemand({ service: { metadata } }: FuzzCase): Wish | undefined {
  const { 'slicehints.io/demand': demand, 'slicehints.io/clients': clients } = metadata?.annotations ?? {};
  const text = demand?.trim() ?? (clients === undefined ? undefined : 'clients');
  if (text === undefined) return undefined;
  if (['cpu', 'nodes', 'equal', 'endpoints'].includes(text)) return text;
  const list = text === 'clients' ? clients : text;
  const pairs = (list ?? '').split(',').map((pair) => pair.trim().split('='));
  const amounts = new Map(pairs.map(([name = '', amount = '1']) => [name, Number(amount)]));
  const fine =
    amounts.size === pairs.length &&
    pairs.every(([, amount = '1', ...more]) => /^([0-9]+\.?[0-9]*|\.[0-9]+)$/.test(amount.trim()) && more.length === 0);
  if (text === 'clients') {
    const named = [...amounts].every(([name, amount]) => CLIENT.test(name) && amount > 0);
    const own = (name: string): string => (name.includes('/') ? name : `${metadata?.namespace ?? ''}/${name}`);
    const byKey = new Map([...amounts].map(([name, amount]) => [own(name), amount]));
    return fine && named && byKey.size === pairs.length ? { clients: byKey } : undefined;
  }
  const parts = [...amounts.values()];
  const sums = parts.every((part) => part >= 0 && part <= 1e6) && parts.some((part) => part > 0);
  const named = [...amounts.keys()].every((zone) => LABEL_VALUE.test(zone));
  return fine && sums && named && text.includes('=') ? { parts: amounts } : undefined;
}

function byWish(wish: Wish, input: FuzzCase, addressType: string): Made | undefined {
  const { nodes } = input;
  if (typeof wish === 'object') {
    return 'clients' in wish ? byPods('clients', wish.clients, input, addressType) : byParts(wish.parts, nodes);
  }
  const zones = sums(
    countedNodes(nodes),
    ({ zone }) => zone,
    () => 1,
  );
  switch (wish) {
    case 'nodes':
      return fromZones('nodes', zones, nodes);
    case 'equal':
      return fromZones('equal', new Map([...zones.keys()].map((zone) => [zone, 1])), nodes);
    case 'endpoints':
      return byPods('endpoints', undefined, input, addressType) ?? byCpu(input);
    default:
      return byCpu(input);
  }
}

/** Zones by allocatable CPU, each rounded up to a thousandth of a CPU; by the number of nodes where none tells its CPU. */
function byCpu({ nodes }: FuzzCase): Made {
  const heard = countedNodes(nodes).filter(({ cpu }) => cpu > 0);
  const cpu = sums(
    heard,
    ({ zone }) => zone,
    (node) => node.cpu,
  );
  // Sums must not be lifted to the next thousandth by rounding errors of binary fractions.
  const milli = new Map([...cpu].map(([zone, sum]) => [zone, Math.ceil(Math.round(sum * 1e9) / 1e6)]));
  if (milli.size > 0) return fromZones('cpu', milli, nodes);
  return fromZones(
    'nodes',
    sums(
      countedNodes(nodes),
      ({ zone }) => zone,
      () => 1,
    ),
    nodes,
  );
}

function byParts(parts: Amounts, nodes: readonly Node[]): Made | undefined {
  const known = new Set(countedNodes(nodes).map(({ zone }) => zone));
  const kept = new Map([...parts].filter(([zone]) => known.has(zone)));
  return [...kept.values()].some((part) => part > 0) ? fromZones('zones', withCounted(kept, nodes), nodes) : undefined;
}

/** Zones with counted nodes take part even where nothing comes from there. */
function withCounted(amounts: Amounts, nodes: readonly Node[]): Map<string, number> {
  const all = new Map(amounts);
  for (const { zone } of countedNodes(nodes)) if (!all.has(zone)) all.set(zone, 0);
  return all;
}

/** Within a zone traffic comes from counted nodes by CPU, or from all of them alike where none tells it. */
function fromZones(source: string, zones: Amounts, nodes: readonly Node[]): Made {
  const shares = sharesOf(zones);
  const counted = countedNodes(nodes);
  const sources = shares.flatMap(({ zone, share }): Source[] => {
    const here = counted.filter((node) => node.zone === zone);
    if (here.length === 0) return [{ name: '', zone, share }];
    const cpu = source === 'nodes' ? 0 : here.reduce((sum, node) => sum + node.cpu, 0);
    return here.map(({ name, cpu: own }) => ({ name, zone, share: share * (cpu > 0 ? own / cpu : 1 / here.length) }));
  });
  return { source, zones: shares, sources, torn: false };
}

function sharesOf(zones: Amounts): { zone: string; share: number }[] {
  const total = [...zones.values()].reduce((sum, amount) => sum + amount, 0);
  return [...zones]
    .map(([zone, amount]) => ({ zone, share: amount / total }))
    .sort((a, b) => compareText(a.zone, b.zone));
}

interface Pod {
  readonly zone: string;
  readonly node: string;
  readonly weight: number;
}

/** @param clients Services by `namespace/name` with what a pod of each counts; undefined: all Services */
function byPods(
  source: string,
  clients: Amounts | undefined,
  { slices, clientSlices, nodes }: FuzzCase,
  addressType: string,
): Made | undefined {
  const zoneOf = new Map(nodes.map((node) => [node.metadata?.name ?? '', node.metadata?.labels?.[ZONE_LABEL] ?? '']));
  const everything = [...slices, ...(clientSlices ?? [])];
  const keyOf = ({ metadata }: Slice): string =>
    `${metadata?.namespace ?? ''}/${metadata?.labels?.[SERVICE_NAME_LABEL] ?? ''}`;
  const groups: readonly (readonly [readonly Slice[], number])[] =
    clients === undefined
      ? [[everything, 1]]
      : [...clients].map(([key, weight]) => [everything.filter((slice) => keyOf(slice) === key), weight]);
  let torn = false;
  const podsOf = (list: readonly Slice[], type: string, weight: number): Pod[] => {
    const pods = new Map<string, Pod>();
    for (const { addresses, conditions, zone, nodeName } of list
      .filter((slice) => slice.addressType === type)
      .flatMap((slice) => slice.endpoints ?? [])) {
      const address = addresses?.[0] ?? '';
      const place = knownZone(zone) || (zoneOf.get(nodeName ?? '') ?? '');
      const known = zoneOf.get(nodeName ?? '');
      if (address === '' || conditions?.ready === false || place === '') continue;
      if (known !== undefined && known !== place) torn = true;
      const pod = { zone: place, node: known === undefined ? '' : (nodeName ?? ''), weight };
      const before = pods.get(address);
      if (before !== undefined && JSON.stringify(before) !== JSON.stringify(pod)) torn = true;
      if (before === undefined) pods.set(address, pod);
    }
    return [...pods.values()];
  };
  const pods = groups.flatMap(([list, weight]) => {
    const types = [addressType, ...['IPv4', 'IPv6'].filter((type) => type !== addressType)];
    return types.map((type) => podsOf(list, type, weight)).find(({ length }) => length > 0) ?? [];
  });
  if (pods.length === 0) return undefined;
  const zones = sharesOf(
    withCounted(
      sums(
        pods,
        ({ zone }) => zone,
        ({ weight }) => weight,
      ),
      nodes,
    ),
  );
  const total = pods.reduce((sum, { weight }) => sum + weight, 0);
  const sources = pods.map(({ zone, node, weight }) => ({ name: node, zone, share: weight / total }));
  return { source, zones, sources, torn };
}

/** Whether every counted node has a zone and CPU, and there are two zones: else Kubernetes' Auto gives up. */
export function isPlainForAuto(nodes: readonly Node[]): boolean {
  const counted = nodes.filter(isCounted);
  const plain = countedNodes(nodes).filter(({ cpu }) => cpu > 0);
  return plain.length === counted.length && new Set(plain.map(({ zone }) => zone)).size >= 2;
}

/** What the traffic of all nodes comes to, node by node. */
export interface Traffic {
  readonly inZoneShare: number;
  readonly worstLoad: number;
  readonly byZone: readonly {
    readonly zone: string;
    readonly share: number;
    readonly usableEndpoints: number;
    readonly inZoneShare: number;
  }[];
}
