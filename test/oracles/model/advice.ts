import type { FuzzCase } from '../fuzzCase.js';
import { demandOf } from './demand.js';
import { ADDRESS_TYPES, byPort, consumed, portNames, slicesOfType } from './proxy.js';
import { trafficOf } from './traffic.js';

export interface Figures {
  readonly inZoneShare: number;
  readonly busiest: number;
}

/**
 * What the hints in the slices come to: the lowest part in its zone and the highest load of all ports.
 * @param demandCase whose demand counts; by default the same
 * @returns undefined where no figure is right or wrong, or no endpoint takes traffic
 */
export function figuresOf(input: FuzzCase, demandCase: FuzzCase = input): Figures | undefined {
  let figures: Figures | undefined;
  for (const addressType of ADDRESS_TYPES) {
    const group = slicesOfType(input.slices, addressType);
    if (group.length === 0) continue;
    if (group.some((slice) => portNames(slice).length === 0) && group.some((slice) => portNames(slice).length > 0))
      return;
    const demand = demandOf(demandCase, addressType);
    if (demand.torn) return undefined;
    for (const { endpoints, torn } of byPort(group, input.nodes)) {
      if (torn) return undefined;
      if (consumed(endpoints).length === 0) continue;
      const { inZoneShare, worstLoad } = trafficOf(endpoints, demand);
      figures = {
        inZoneShare: Math.min(figures?.inZoneShare ?? 1, inZoneShare),
        busiest: Math.max(figures?.busiest ?? 0, worstLoad),
      };
    }
  }
  return figures;
}

/** The Service with the annotations of an advice; null removes one. */
export function withAnnotations(input: FuzzCase, annotations: Readonly<Record<string, string | null>>): FuzzCase {
  const changed = { ...input.service.metadata?.annotations };
  for (const [key, value] of Object.entries(annotations)) {
    if (value === null) delete changed[key];
    else changed[key] = value;
  }
  return { ...input, service: { ...input.service, metadata: { ...input.service.metadata, annotations: changed } } };
}

/** The case without one address, as in the middle of a rollout. */
export function withoutAddress(input: FuzzCase, address: string): FuzzCase {
  return {
    ...input,
    slices: input.slices.map((slice) => ({
      ...slice,
      endpoints: (slice.endpoints ?? []).filter(({ addresses }) => addresses?.[0] !== address),
    })),
  };
}
