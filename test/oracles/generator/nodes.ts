import {
  CONTROL_PLANE_LABEL,
  DESIRED_POOL_LABEL,
  HOSTNAME_LABEL,
  MASTER_LABEL,
  POOL_LABEL,
  REGION_LABEL,
  ZONE_LABEL,
  type Node,
} from '../fuzzCase.js';
import type { Random } from '../random.js';

type Cpu = string | number | null | undefined;

/** How the CPU of a cluster's nodes is: most clusters are plain, so that their Services get as far as hints. */
const CPU_PROFILES: readonly (readonly [weight: number, values: readonly Cpu[]])[] = [
  [30, ['4']],
  [30, ['2', '4', '8', '16']],
  [15, ['1500m', '3920m', '7910m', '250m', '4']],
  [5, ['1', '31', '64', '1']],
  [4, ['1n', '999n', '1u', '1m', '4']],
  [3, ['9000000', '4', '9E', '1']],
  [5, [undefined, null, '0']],
  [4, ['4', '4', '4', undefined, null, '0']],
  [4, ['4', 'nonsense', '-1', '', 4, 0.5, '1e3', '1Ki', '+2', '.5']],
];

/** Values of labels. */
const ODD_ZONES = ['constructor', 'valueof', 'tostring', 'hasownproperty'];
const ODD_NAMES = [...ODD_ZONES, '__proto__'];
const RACKS = ['r1', 'r2', 'r3', 'r4', 'constructor'];

export const zoneNames = (random: Random): string[] => {
  const count = random.weighted([
    [10, 1],
    [25, 2],
    [30, 3],
    [14, random.between(4, 5)],
    [12, random.between(6, 9)],
    [6, random.between(10, 16)],
    [3, random.between(17, 40)],
  ]);
  const names = Array.from({ length: count }, (_, i) => `z${String(i).padStart(2, '0')}`);
  if (random.chance(0.02)) names[random.below(count)] = random.pick(ODD_ZONES);
  return names;
};

/** One to a few nodes a zone, sometimes many; names that tell nothing of the zone. */
export const nodesOf = (random: Random, zones: readonly string[]): Node[] => {
  if (random.chance(0.01)) return [];
  const [, cpus] = random.weighted(CPU_PROFILES.map((profile) => [profile[0], profile] as const));
  const odd = random.chance(0.25) ? 0.15 : 0;
  const racks = random.chance(0.4);
  const pools = random.chance(0.15);
  const hostnames = random.chance(0.8);
  const largest =
    zones.length > 8
      ? 2
      : random.weighted([
          [60, 3],
          [20, 6],
          [10, 12],
        ] as const);
  const nodes: Node[] = [];
  for (const [z, zone] of zones.entries()) {
    for (let count = random.between(1, largest); count > 0; count--) {
      const name = `n${String(nodes.length).padStart(3, '0')}`;
      nodes.push(
        node(random, random.chance(odd * 0.1) ? random.pick(ODD_NAMES) + name : name, zone, random.pick(cpus), odd),
      );
      const labels = nodes.at(-1)?.metadata?.labels;
      if (!labels) continue;
      if (hostnames && !random.chance(odd)) labels[HOSTNAME_LABEL] = name;
      if (zones.length > 3 || racks) labels[REGION_LABEL] = `region${z % 3}`;
      if (racks && !random.chance(odd)) labels['example.com/rack'] = random.pick(RACKS);
      if (pools) labels[random.pick([POOL_LABEL, POOL_LABEL, DESIRED_POOL_LABEL])] = random.pick(['p1', 'p2', 'p3']);
    }
  }
  return random.chance(0.3) ? random.shuffled(nodes) : nodes;
};

const node = (random: Random, name: string, zone: string, cpu: Cpu, odd: number): Node => {
  const labels: Record<string, string> = {};
  if (!random.chance(odd)) labels[ZONE_LABEL] = zone;
  else if (random.chance(0.2)) labels[ZONE_LABEL] = '';
  if (random.chance(odd)) labels[random.pick([CONTROL_PLANE_LABEL, MASTER_LABEL])] = random.pick(['', 'true', 'false']);
  const ready = random.chance(odd) ? random.pick(['False', 'Unknown', undefined]) : 'True';
  return {
    metadata: { name, labels },
    status: {
      allocatable: cpu === undefined ? { memory: '8Gi' } : { cpu, memory: '8Gi' },
      conditions: [
        ...(random.chance(0.2) ? [{ type: 'MemoryPressure', status: 'False' }] : []),
        ...(ready === undefined ? [] : [{ type: 'Ready', status: ready }]),
      ],
    },
  };
};
