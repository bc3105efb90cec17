import fc from 'fast-check';
import type { EndpointSliceManifest, NodeManifest } from '../../src/model/manifest.js';
import type { PatchOperation } from '../../src/hints/patch.js';
import type { ServicePlan } from '../../src/hints/planService.js';
import { nodeManifest, sliceManifest, type VectorEndpoint } from './vectors.js';

const ZONES = ['a', 'b', 'c', 'd'];

export interface ArbitraryCluster {
  readonly nodes: NodeManifest[];
  readonly slices: EndpointSliceManifest[];
}

const maybe = <T>(value: fc.Arbitrary<T>, freq: number): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined, freq });

/** Clusters of one to four zones, sometimes with odd nodes, and slices with valid, invalid and foreign hints. */
export const clusters: fc.Arbitrary<ArbitraryCluster> = fc
  .record({
    zones: fc.integer({ min: 1, max: 4 }),
    cpus: fc.array(fc.constantFrom('2', '4', '4', '4', '8', '1500m'), { minLength: 4, maxLength: 8 }),
    odd: fc.constantFrom('none', 'none', 'none', 'zoneless', 'control-plane', 'not-ready'),
    endpoints: fc.array(
      fc.record({
        zone: fc.nat(3),
        zoneless: fc.nat(40),
        ready: fc.constantFrom(true, true, true, true, false, undefined),
        hints: maybe(fc.array(fc.constantFrom(...ZONES, 'gone'), { minLength: 1, maxLength: 3 }), 3),
        forNodes: fc.nat(12),
      }),
      { maxLength: 24 },
    ),
    cut: fc.integer({ min: 1, max: 9 }),
  })
  .map(({ zones, cpus, odd, endpoints, cut }) => {
    const zoneOf = (i: number): string => ZONES[i % zones] ?? 'a';
    const nodes = cpus.map((cpu, i) =>
      nodeManifest({ name: `n${i}`, labels: { 'topology.kubernetes.io/zone': zoneOf(i) }, cpu, ready: 'True' }),
    );
    if (odd === 'zoneless') nodes.push(nodeManifest({ name: 'odd', cpu: '4', ready: 'True' }));
    if (odd === 'control-plane') {
      nodes.push(
        nodeManifest({ name: 'odd', labels: { 'node-role.kubernetes.io/control-plane': '' }, cpu: '4', ready: 'True' }),
      );
    }
    if (odd === 'not-ready') nodes.push(nodeManifest({ name: 'odd', cpu: '4', ready: 'False' }));
    const list = endpoints.map(({ zone, zoneless, ready, hints, forNodes }, i): VectorEndpoint => ({
      address: `10.0.${i >> 4}.${i & 15}`,
      ...(zoneless === 0 ? {} : { zone: ZONES[zone] ?? 'a' }),
      node: `n${i % cpus.length}`,
      ...(ready === undefined ? {} : { ready }),
      ...(hints === undefined ? {} : { forZones: [...new Set(hints)] }),
      ...(forNodes === 0 ? { forNodes: ['n0'] } : {}),
    }));
    const slices: EndpointSliceManifest[] = [];
    for (let from = 0; from < list.length; from += cut) {
      slices.push(sliceManifest({ name: `s${slices.length}`, endpoints: list.slice(from, from + cut) }));
    }
    return { nodes, slices };
  });

/** Applies the operations that our patches are made of (RFC 6902: add, replace, remove) to a copy. */
export function applyPatch<T>(object: T, patch: readonly PatchOperation[]): T {
  const copy = structuredClone(object) as Record<string, unknown>;
  for (const operation of patch) {
    const steps = operation.path
      .slice(1)
      .split('/')
      .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = steps.pop() ?? '';
    let target = copy;
    for (const step of steps) target = target[step] as Record<string, unknown>;
    if (operation.op !== 'add' && !Object.hasOwn(target, last))
      throw new Error(`${operation.op} of a missing ${operation.path}`);
    if (operation.op === 'remove') delete target[last];
    else target[last] = operation.value;
  }
  return copy as T;
}

/** The slices as they are once a plan has been written. */
export function writePlan(slices: readonly EndpointSliceManifest[], plan: ServicePlan): EndpointSliceManifest[] {
  return slices.map((slice) => {
    const change = plan.patches.find(({ name }) => name === slice.metadata?.name);
    return change === undefined ? slice : applyPatch(slice, change.patch);
  });
}

export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}
