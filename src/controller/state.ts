import { serviceKeyOf as keyOf } from '../model/objectKey.js';
import { summariseCluster, type Cluster } from '../model/cluster.js';
import { hasOursToRemove } from '../hints/ownership.js';
import type { NodeRecord } from '../model/node.js';
import type { NodeRules } from '../model/nodeStanding.js';
import type { ServiceRecord } from '../model/service.js';
import type { SliceRecord } from '../model/slice.js';
import { ownValue } from '../model/ownValue.js';

const NO_SLICES: readonly SliceRecord[] = Object.freeze([]);

function sameLabels(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  if (a === b) return true;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => ownValue(a, key) === ownValue(b, key));
}

/** Whether the two are the same to every plan; heartbeats and image lists do not count. */
export function sameNode(a: NodeRecord, b: NodeRecord): boolean {
  return (
    a.zone === b.zone &&
    a.cpuNano === b.cpuNano &&
    a.ready === b.ready &&
    a.excluded === b.excluded &&
    a.consumer === b.consumer &&
    a.virtual === b.virtual &&
    a.leaving === b.leaving &&
    a.notReadySinceMs === b.notReadySinceMs &&
    sameLabels(a.labels, b.labels)
  );
}

/** The transformed objects of the cluster with the indexes that a plan needs. The sources write it, reconciles read it. */
export class ClusterState {
  readonly #services = new Map<string, ServiceRecord>();
  readonly #slicesByService = new Map<string, Map<string, SliceRecord>>();
  /** How many slices of a Service hold something of this controller to remove; absent where none does. */
  readonly #oursByService = new Map<string, number>();
  readonly #nodes = new Map<string, NodeRecord>();
  readonly #rules: () => NodeRules;
  #cluster: Cluster | undefined;

  /** @param rules which nodes count, read for each sum */
  constructor(rules: () => NodeRules = () => ({})) {
    this.#rules = rules;
  }

  get services(): ReadonlyMap<string, ServiceRecord> {
    return this.#services;
  }

  get nodeCount(): number {
    return this.#nodes.size;
  }

  get sliceCount(): number {
    let count = 0;
    for (const slices of this.#slicesByService.values()) count += slices.size;
    return count;
  }

  /** The nodes summed up; computed once after each change that matters, and when a node ceases to count. */
  get cluster(): Cluster {
    const expiresMs = this.#cluster?.expiresMs;
    if (expiresMs !== undefined && (this.#rules().nowMs ?? -Infinity) >= expiresMs) this.#cluster = undefined;
    this.#cluster ??= summariseCluster([...this.#nodes.values()], this.#rules());
    return this.#cluster;
  }

  /** The slices of a Service in no particular order. */
  slicesOf(key: string): readonly SliceRecord[] {
    const slices = this.#slicesByService.get(key);
    return slices === undefined ? NO_SLICES : [...slices.values()];
  }

  /** Whether a slice of a Service holds something of this controller to remove. */
  hasOursToRemove(key: string): boolean {
    return this.#oursByService.has(key);
  }

  /** All slices in no particular order. */
  *allSlices(): Iterable<SliceRecord> {
    for (const slices of this.#slicesByService.values()) yield* slices.values();
  }

  applyService(key: string, next: ServiceRecord | undefined): void {
    if (next === undefined) this.#services.delete(key);
    else this.#services.set(key, next);
  }

  /**
   * @returns keys of the Services that the change touches; two when the slice moves to another Service, because its
   *   label changed
   */
  applySlice(key: string, next: SliceRecord | undefined, previous: SliceRecord | undefined): readonly string[] {
    const touched: string[] = [];
    const before = previous === undefined ? undefined : serviceKeyOf(previous);
    const after = next === undefined ? undefined : serviceKeyOf(next);
    if (before !== undefined && before !== after) {
      const slices = this.#slicesByService.get(before);
      this.#countOurs(before, slices?.get(key), undefined);
      slices?.delete(key);
      if (slices?.size === 0) this.#slicesByService.delete(before);
      touched.push(before);
    }
    if (next === undefined || after === undefined) return touched;
    const slices = this.#slicesByService.get(after);
    this.#countOurs(after, slices?.get(key), next);
    if (slices === undefined) this.#slicesByService.set(after, new Map([[key, next]]));
    else slices.set(key, next);
    touched.push(after);
    return touched;
  }

  #countOurs(key: string, before: SliceRecord | undefined, after: SliceRecord | undefined): void {
    const count = (slice: SliceRecord | undefined): number => (slice !== undefined && hasOursToRemove(slice) ? 1 : 0);
    const ours = (this.#oursByService.get(key) ?? 0) - count(before) + count(after);
    if (ours === 0) this.#oursByService.delete(key);
    else this.#oursByService.set(key, ours);
  }

  /** @returns whether a plan may depend on the change */
  applyNode(key: string, next: NodeRecord | undefined, previous: NodeRecord | undefined): boolean {
    if (next === undefined) this.#nodes.delete(key);
    else this.#nodes.set(key, next);
    if (next !== undefined && previous !== undefined && sameNode(next, previous)) return false;
    this.#cluster = undefined;
    return true;
  }
}

/** `namespace/name` of the Service that a slice belongs to; undefined when it has no such label. */
function serviceKeyOf(slice: SliceRecord): string | undefined {
  return slice.serviceName === '' ? undefined : keyOf(slice);
}
