import type { ZoneFlow } from './traffic.js';

/** A share with one decimal where it is not 0. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1).replace(/\.0$/, '')}%`;
}

export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** As in `a to b 33.3% at 0.01`: the cost of a unit, where there are costs. */
export function flowText({ from, to, share, cost }: ZoneFlow): string {
  const flow = `${from} to ${to === '' ? 'no zone' : to} ${percent(share)}`;
  return cost === undefined ? flow : `${flow} at ${costText(cost)}`;
}

export function costText(cost: number): string {
  return String(Number(cost.toPrecision(3)));
}
