import type { FuzzCase } from '../fuzzCase.js';
import { Random } from '../random.js';
import { nodesOf, zoneNames } from './nodes.js';
import { serviceOf, settingsOf } from './services.js';
import { clientSlicesOf, slicesOf } from './slices.js';

/** The case of this number in the sequence of this seed. */
export function generateCase(seed: number, number: number): FuzzCase {
  const random = new Random(seed, number, 0x51ced);
  const zones = zoneNames(random);
  const nodes = nodesOf(random, zones);
  const service = serviceOf(random, zones);
  const slices = slicesOf(random, service, zones, nodes);
  const ports = [...new Set(slices.flatMap((slice) => (slice.ports ?? []).map(({ name }) => name ?? '')))];
  service.spec ??= {};
  service.spec.ports = ports.map((name, i) => ({ name, port: 80 + i, protocol: 'TCP' }));
  const made: FuzzCase = { service, slices, nodes, settings: settingsOf(random) };
  if (random.chance(0.25)) made.clientSlices = clientSlicesOf(random, zones, nodes);
  if (random.chance(0.1)) pokeHoles(random, made);
  return made;
}

/** Optional parts of the objects that may be null or absent. */
function pokeHoles(random: Random, { service, slices, nodes }: FuzzCase): void {
  const holes: (readonly [object | null | undefined, string])[] = [
    [service, 'metadata'],
    [service, 'spec'],
    [service.metadata, 'annotations'],
    [service.spec, 'ports'],
    ...nodes.flatMap(
      (node) =>
        [
          [node, 'status'],
          [node.metadata, 'labels'],
          [node.status, 'allocatable'],
          [node.status, 'conditions'],
        ] as const,
    ),
    ...slices.flatMap(
      (slice) =>
        [
          [slice, 'endpoints'],
          [slice, 'ports'],
          [slice.metadata, 'annotations'],
          [slice.metadata, 'labels'],
          ...(slice.endpoints ?? []).flatMap((endpoint) =>
            ['addresses', 'conditions', 'hints', 'zone', 'nodeName'].map((field) => [endpoint, field] as const),
          ),
        ] as const,
    ),
  ];
  for (let count = random.between(1, 3); count > 0; count--) {
    const [object, field] = random.pick(holes);
    if (!object) continue;
    if (random.chance(0.5)) Reflect.set(object, field, null);
    else Reflect.deleteProperty(object, field);
  }
}
