import { fnv1a, fnv1aOfAll } from './hash.js';
import type { EndpointManifest } from './manifest.js';

/** Hints of one endpoint. Names are unique and keep the order they have in the slice. */
export interface EndpointHints {
  readonly forZones?: readonly string[] | undefined;
  readonly forNodes?: readonly string[] | undefined;
}

/** Stands in a list that must not be empty and names no node or zone; `.invalid` is reserved for this (RFC 6761). */
export const PLACEHOLDER = 'placeholder.invalid';

/** The nodes that an endpoint names that serves no node by name: one list for all, by which it is recognised. */
export const NOBODY: readonly string[] = Object.freeze([PLACEHOLDER]);

/** Hints as Kubernetes writes them. */
export interface HintsManifest {
  readonly forZones?: readonly { readonly name: string }[];
  readonly forNodes?: readonly { readonly name: string }[];
}

export function hintsManifest({ forZones, forNodes }: EndpointHints): HintsManifest {
  if (forNodes === undefined) return forZones === undefined ? {} : { forZones: named(forZones) };
  return forZones === undefined
    ? { forNodes: named(forNodes) }
    : { forZones: named(forZones), forNodes: named(forNodes) };
}

export function named(names: readonly string[]): readonly { readonly name: string }[] {
  const entries = new Array<{ readonly name: string }>(names.length);
  for (let i = 0; i < names.length; i++) entries[i] = { name: names[i]! };
  return entries;
}

/**
 * Makes manifests and remembers them by object, because many endpoints share one: a strategy has one object of hints
 * for a zone, not one for an endpoint.
 */
export class HintsManifests {
  readonly #ordinals = new HintsOrdinals();
  readonly #made: HintsManifest[] = [];

  of(hints: EndpointHints): HintsManifest {
    const ordinal = this.#ordinals.of(hints);
    const known = this.#made[ordinal];
    if (known !== undefined) return known;
    const manifest = hintsManifest(hints);
    this.#made.push(manifest);
    return manifest;
  }
}

/** The hash of a text that the names of hints continue: equal hints have equal ones, and an empty list counts as an absent one. */
export function hashHints({ forZones = [], forNodes = [] }: EndpointHints, before: number): number {
  return fnv1aOfAll(forNodes, fnv1a('|', 0, fnv1aOfAll(forZones, before)));
}

/** Whether two lists name the same in the same order; an empty list names as much as an absent one. */
export function sameNames(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  if (a === b) return true;
  if (a?.length !== b?.length) return (a?.length ?? 0) === 0 && (b?.length ?? 0) === 0;
  if (a === undefined) return true;
  for (let i = 0; i < a.length; i++) if (a[i] !== b?.[i]) return false;
  return true;
}

/** Whether two hints have the same effect in every proxy; an empty list is equal to an absent one. */
export function sameHints(a: EndpointHints | undefined, b: EndpointHints | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return sameNames(a.forZones, b.forZones) && sameNames(a.forNodes, b.forNodes);
}

/** The hints whose list of zones begins with those on the way here, in a tree of linked siblings: arrays cost more. */
export interface ZonePath {
  readonly zone: string;
  hints: EndpointHints | undefined;
  /** The same with `NOBODY`. */
  unnamed: EndpointHints | undefined;
  firstNext: ZonePath | undefined;
  sibling: ZonePath | undefined;
}

/** From so many zones on that follow the same ones, hints are no longer looked for among those known. */
export const MOST_SIBLINGS = 64;
/**
 * Reads hints so that endpoints of one slice with the same zones, in the same order, share one object, or one list of
 * zones where they name nodes, too: a slice of a thousand endpoints then holds a few, and what is made from them can be
 * remembered by object.
 */
export class HintsReader {
  readonly #start: ZonePath = {
    zone: '',
    hints: undefined,
    unnamed: undefined,
    firstNext: undefined,
    sibling: undefined,
  };

  read({ forZones, forNodes }: NonNullable<EndpointManifest['hints']>): EndpointHints {
    const path = forZones === null || forZones === undefined ? undefined : this.#follow(forZones);
    if (path === undefined) return { forZones: names(forZones), forNodes: names(forNodes) };
    path.hints ??= { forZones: names(forZones), forNodes: undefined };
    if (forNodes === null || forNodes === undefined) return path.hints;
    const nodes = names(forNodes);
    if (nodes === NOBODY) return (path.unnamed ??= { forZones: path.hints.forZones, forNodes: nodes });
    return { forZones: path.hints.forZones, forNodes: nodes };
  }

  #follow(zones: readonly { readonly name: string }[]): ZonePath | undefined {
    let path = this.#start;
    for (let i = 0; i < zones.length; i++) {
      const zone: unknown = zones[i]?.name;
      if (typeof zone !== 'string') return undefined;
      let next = path.firstNext;
      let siblings = 0;
      for (; next !== undefined && next.zone !== zone; next = next.sibling) siblings++;
      if (next === undefined) {
        if (siblings === MOST_SIBLINGS) return undefined;
        next = { zone, hints: undefined, unnamed: undefined, firstNext: undefined, sibling: path.firstNext };
        path.firstNext = next;
      }
      path = next;
    }
    return path;
  }
}

export function names(list: readonly { readonly name: string }[] | null | undefined): readonly string[] | undefined {
  if (list === null || list === undefined) return undefined;
  const first = list[0];
  if (list.length === 1 && typeof first?.name === 'string') return first.name === PLACEHOLDER ? NOBODY : [first.name];
  if (areDistinctNames(list)) return list.map(({ name }) => name);
  // Hand-written files may have empty entries, and a name twice.
  const all = list.flatMap((entry: { readonly name: string } | null) =>
    typeof entry?.name === 'string' ? [entry.name] : [],
  );
  return [...new Set(all)];
}

function areDistinctNames(list: readonly ({ readonly name: unknown } | null)[]): boolean {
  if (list.length > FEW) return false;
  for (let i = 0; i < list.length; i++) {
    const name = list[i]?.name;
    if (typeof name !== 'string') return false;
    for (let k = 0; k < i; k++) if (list[k]?.name === name) return false;
  }
  return true;
}

/** Up to so many different objects, looking at each is cheaper than a map. */
const FEW = 32;

/**
 * Numbers the hints of many endpoints, or parts of them, from 0 on, by object: endpoints share one by the hundred, so that
 * what is worked out for it can be kept in plain arrays. Equal hints in two objects have two numbers.
 */
export class HintsOrdinals<Part = EndpointHints> {
  /** The objects by number, in the order in which they were first seen. */
  readonly list: (Part | undefined)[] = [];
  #byObject: Map<Part | undefined, number> | undefined;

  of(part: Part | undefined): number {
    const { list } = this;
    if (this.#byObject !== undefined) return this.#byObject.get(part) ?? this.#add(part);
    for (let i = 0; i < list.length; i++) if (list[i] === part) return i;
    return this.#add(part);
  }

  #add(part: Part | undefined): number {
    const ordinal = this.list.push(part) - 1;
    if (this.#byObject !== undefined) this.#byObject.set(part, ordinal);
    else if (ordinal === FEW) this.#byObject = new Map(this.list.map((each, i) => [each, i]));
    return ordinal;
  }
}
