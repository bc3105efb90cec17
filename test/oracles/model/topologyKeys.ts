import { DESIRED_POOL_LABEL, POOL_LABEL, ZONE_LABEL, type FuzzCase, type Node } from '../fuzzCase.js';
import type { ProxyEndpoint } from './proxy.js';

const OWN = 'slicehints.io/topology-keys';
const OPENYURT = 'openyurt.io/topologyKeys';
const MOST_NAMES = 8;

/** Where something is by one key; undefined: nowhere. */
type Place = (node: Node) => string | undefined;

interface Key {
  readonly any: boolean;
  readonly outside: boolean;
  readonly place: Place;
  /** Of an endpoint on no known node its own zone counts. */
  readonly byZone: boolean;
}

const label =
  (name: string): Place =>
  ({ metadata }) =>
    (Object.hasOwn(metadata?.labels ?? {}, name) ? metadata?.labels?.[name] : undefined) || undefined;
const ownName: Place = ({ metadata }) => metadata?.name ?? '';
const pool: Place = (node) => {
  const named = label(POOL_LABEL)(node) ?? label(DESIRED_POOL_LABEL)(node);
  return named === undefined ? `alone ${ownName(node)}` : `pool ${named}`;
};

/** The keys of a Service's annotation, which is taken to be valid. */
export function keysOf({ service }: FuzzCase): Key[] {
  const annotations = service.metadata?.annotations ?? {};
  const own = annotations[OWN];
  const texts = (own ?? annotations[OPENYURT] ?? '').split(',').map((text) => text.trim());
  if (texts.join('') === '') return [];
  return texts.map((text): Key => {
    const outside = own !== undefined && text.startsWith('!');
    const name = outside ? text.slice(1) : text;
    const place = own !== undefined ? label(name) : name === 'kubernetes.io/hostname' ? ownName : pool;
    return { any: text === '*', outside, place, byZone: own !== undefined && name === ZONE_LABEL };
  });
}

/** What each node selects among the ready endpoints: the rule of docs/topology-keys.md. Addresses, parallel to nodes. */
export function selections(input: FuzzCase, ready: readonly ProxyEndpoint[]): (readonly string[])[] {
  const keys = keysOf(input);
  const nodes = new Map(input.nodes.map((node) => [node.metadata?.name ?? '', node]));
  const all = ready.map(({ address }) => address);
  const placesOf = keys.map((key) =>
    ready.map(({ nodeName, zone }) => {
      const node = nodes.get(nodeName);
      if (node !== undefined) return key.place(node);
      return key.byZone ? zone || undefined : undefined;
    }),
  );
  return input.nodes.map((node) => {
    if (keys.length === 0) return all;
    for (const [level, key] of keys.entries()) {
      if (key.any) return all;
      const mine = key.place(node);
      if (mine === undefined) continue;
      const places = placesOf[level]!;
      const chosen = all.filter((_, i) => places[i] !== undefined && (places[i] === mine) !== key.outside);
      if (chosen.length > 0) return chosen;
    }
    return [];
  });
}

/**
 * Whether some hints give every node exactly what it selects: the theorem of docs/topology-keys.md, by trying every
 * choice of what the zones are given.
 * @returns undefined where there are too many choices to try
 */
export function canBeExact(
  nodes: readonly { readonly name: string; readonly zone: string }[],
  selected: readonly (readonly string[])[],
  all: readonly string[],
): boolean | undefined {
  if (selected.some((addresses) => addresses.length === 0)) return false;
  const everything = [...all].sort().join(' ');
  const targets = selected.map((addresses) => [...addresses].sort().join(' '));
  const zones = [...new Set(nodes.map(({ zone }) => zone))];
  const members = zones.map((zone) => nodes.flatMap((node, i) => (node.zone === zone ? [i] : [])));
  const choices = members.map((list) => [...new Set([everything, ...list.map((i) => targets[i]!)])]);
  if (choices.reduce((product, { length }) => product * length, 1) > 3000) return undefined;
  const fits = (byNode: ReadonlyMap<string, number>, byZone: ReadonlyMap<string, number>): boolean =>
    [...byNode.values(), ...byZone.values()].every((names) => names <= MOST_NAMES);
  const claim = (claims: Map<string, number>, target: string): void => {
    for (const address of target.split(' ')) claims.set(address, (claims.get(address) ?? 0) + 1);
  };
  const attempt = (at: number, byNode: Map<string, number>, byZone: Map<string, number>): boolean => {
    if (!fits(byNode, byZone)) return false;
    if (at === zones.length) return true;
    return choices[at]!.some((given) => {
      const [nodeClaims, zoneClaims] = [new Map(byNode), new Map(byZone)];
      if (given !== everything) claim(zoneClaims, given);
      for (const i of members[at]!) if (targets[i] !== given) claim(nodeClaims, targets[i]!);
      return attempt(at + 1, nodeClaims, zoneClaims);
    });
  };
  return attempt(0, new Map(), new Map());
}
