import { listed } from '../../model/text/listed.js';
import type { WhatIf } from './whatIf.js';

/** Changes in words, e.g. `without zone c, shop/web with 6 pods`. */
export function describeWhatIf({ withoutZones = [], withoutNodes = [], scale = [], mode, set = [] }: WhatIf): string {
  const without = (noun: string, names: readonly string[]): string[] =>
    names.length === 0 ? [] : [`without ${noun}${names.length === 1 ? '' : 's'} ${listed(names)}`];
  return [
    ...without('zone', withoutZones),
    ...without('node', withoutNodes),
    ...scale.map(({ service, replicas }) =>
      typeof replicas === 'number'
        ? `${service} with ${replicas} ${replicas === 1 ? 'pod' : 'pods'}`
        : `${service} with ${[...replicas].map(([zone, count]) => `${count} in ${zone}`).join(', ')}`,
    ),
    ...(mode === undefined ? [] : [`mode ${mode} for all`]),
    ...set.map(({ service, annotation, value }) =>
      value === '' ? `${service} without ${annotation}` : `${service} with ${annotation}: ${value}`,
    ),
  ].join(', ');
}
