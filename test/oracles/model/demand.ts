import { compareText, CONTROL_PLANE_LABEL, MASTER_LABEL, ZONE_LABEL, type Node } from '../fuzzCase.js';

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

export interface Source {
  readonly name: string;
  readonly zone: string;
  /** Part of all traffic, a fraction of 1. */
  readonly share: number;
}

export interface Demand {
  /** Sorted by name. */
  readonly zones: readonly { readonly zone: string; readonly share: number }[];
  /** The nodes that traffic comes from: counted, in a zone, with CPU where any has some. */
  readonly sources: readonly Source[];
  /** No node tells its CPU: nodes count alike. */
  readonly byCount: boolean;
  /** Some counted node lacks a zone or CPU, or there are fewer than two zones: Kubernetes' Auto gives up. */
  readonly auto: boolean;
}

export function isReady({ status }: Node): boolean {
  return (status?.conditions ?? []).find(({ type }) => type === 'Ready')?.status === 'True';
}

export function isCounted(node: Node): boolean {
  const labels = node.metadata?.labels ?? {};
  const excluded = [CONTROL_PLANE_LABEL, MASTER_LABEL].some((label) => Object.hasOwn(labels, label));
  return isReady(node) && !excluded;
}

/** Where traffic comes from: zones by allocatable CPU, each rounded up to a thousandth of a CPU. */
export function demandOf(nodes: readonly Node[]): Demand {
  const counted = nodes.filter(isCounted).map((node) => ({
    name: node.metadata?.name ?? '',
    zone: node.metadata?.labels?.[ZONE_LABEL] ?? '',
    cpu: cpuOf(node.status?.allocatable?.['cpu']),
  }));
  const zoned = counted.filter(({ zone }) => zone !== '');
  const byCount = zoned.every(({ cpu }) => cpu === 0);
  const heard = zoned.filter(({ cpu }) => byCount || cpu > 0).map((node) => ({ ...node, cpu: byCount ? 1 : node.cpu }));
  const cpuByZone = new Map<string, number>();
  for (const { zone, cpu } of heard) cpuByZone.set(zone, (cpuByZone.get(zone) ?? 0) + cpu);
  // Sums of thousandths must not be lifted to the next one by rounding errors of binary fractions.
  const milli = (cpu: number): number => Math.ceil(Math.round(cpu * 1e9) / 1e6);
  const total = [...cpuByZone.values()].reduce((sum, cpu) => sum + milli(cpu), 0);
  const shareOf = (zone: string): number => milli(cpuByZone.get(zone) ?? 0) / total;
  return {
    zones: [...cpuByZone.keys()].sort(compareText).map((zone) => ({ zone, share: shareOf(zone) })),
    sources: heard.map(({ name, zone, cpu }) => ({
      name,
      zone,
      share: shareOf(zone) * (cpu / (cpuByZone.get(zone) ?? 1)),
    })),
    byCount,
    auto: counted.every(({ zone, cpu }) => zone !== '' && cpu > 0) && cpuByZone.size >= 2,
  };
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
