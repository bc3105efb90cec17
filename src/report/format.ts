import type { GivenChanges, Controls } from './controls.js';

/** With one decimal where it is not 0; the space keeps the number and its sign on one line. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1).replace(/\.0$/, '')}\u00a0%`;
}

/** A load over the mean. */
export function times(load: number): string {
  return `${load.toFixed(2)}×`;
}

export function counted(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** What is not there is a dash, and so that a screen reader does not pass it over it is not empty. */
export const NONE = '–';

export function zoneName(zone: string): string {
  return zone === '' ? 'no zone' : zone;
}

export const MODE_WORDS: Readonly<Record<Controls['mode'], string>> = Object.freeze({
  '': 'as each Service asks',
  balanced: 'balanced for all',
  auto: 'auto for all',
  'same-zone': 'same-zone for all',
  'same-node': 'same-node for all',
  off: 'off for all',
});

export const DEMAND_WORDS: Readonly<Record<Controls['demand'], string>> = Object.freeze({
  cpu: 'CPU of the nodes',
  nodes: 'number of nodes',
  endpoints: 'where pods run',
  equal: 'every zone alike',
  measured: 'measurement',
});

/** What differs from the cluster as it is, one clause each; none where nothing is imagined. */
export function imagined(controls: Controls, start: Controls, fixed: GivenChanges): readonly string[] {
  const { mode, overloadThreshold, demand, guard, withoutZone, scale } = controls;
  return [
    ...(mode === '' ? [] : [`mode ${MODE_WORDS[mode]}`]),
    ...(overloadThreshold === start.overloadThreshold ? [] : [`overload threshold ${percent(overloadThreshold)}`]),
    ...(demand === start.demand ? [] : [`demand by ${DEMAND_WORDS[demand]}`]),
    ...(guard === start.guard ? [] : [guard ? 'with the guard' : 'without the guard']),
    ...[...(fixed.withoutZones ?? []), ...(withoutZone === '' ? [] : [withoutZone])].map(
      (zone) => `without zone ${zone}`,
    ),
    ...(fixed.withoutNodes ?? []).map((node) => `without node ${node}`),
    ...(fixed.scale ?? [])
      .filter(({ service }) => !scale.some((one) => one.service === service))
      .map(({ service, replicas }) => `${service} with ${replicasText(replicas)}`),
    ...scale.map(({ service, replicas }) => `${service} with ${counted(replicas, 'pod', 'pods')}`),
    ...(fixed.set ?? []).map(({ service, annotation, value }) =>
      value === '' ? `${service} without ${annotation}` : `${service} with ${annotation}: ${value}`,
    ),
  ];
}

function replicasText(replicas: number | readonly (readonly [string, number])[]): string {
  if (typeof replicas === 'number') return counted(replicas, 'pod', 'pods');
  return replicas.map(([zone, count]) => `${counted(count, 'pod', 'pods')} in ${zone}`).join(' and ');
}
