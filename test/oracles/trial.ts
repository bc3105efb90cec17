import jsonPatch from 'fast-json-patch';
import { planService, type ServicePlan } from '../../src/index.js';
import { compareText, type FuzzCase, type Slice } from './fuzzCase.js';
import { demandOf, type Demand } from './model/demand.js';
import { Random } from './random.js';

/** One case and what came of it. */
export interface Trial {
  readonly input: FuzzCase;
  readonly plan: ServicePlan;
  /** The slices with their patches applied by a library of others, sorted by name. */
  readonly written: readonly Slice[];
  readonly demand: (addressType: string) => Demand;
  /** For what a rule varies; the same for the same case number. */
  readonly random: () => Random;
}

/** A sentence on what is wrong, or undefined. */
export type Finding = string | undefined;

export interface Rule {
  readonly name: string;
  readonly check: (trial: Trial) => Finding;
}

export function tryCase(input: FuzzCase, salt: number): Trial {
  const plan = planService(input);
  const demands = new Map<string, Demand>();
  return {
    input,
    plan,
    written: writePatches(input.slices, plan),
    demand: (addressType) => {
      let demand = demands.get(addressType);
      if (demand === undefined) demands.set(addressType, (demand = demandOf(input, addressType)));
      return demand;
    },
    random: () => new Random(salt, 0xdecade),
  };
}

/** Applies the patches as an API server does; a patch that does not fit throws. */
export function writePatches(slices: readonly Slice[], plan: ServicePlan): Slice[] {
  const patches = new Map(plan.patches.map(({ name, patch }) => [name, patch]));
  return slices
    .map((slice) => {
      const patch = patches.get(slice.metadata?.name ?? '');
      if (patch === undefined) return slice;
      return jsonPatch.applyPatch(structuredClone(slice), structuredClone(patch) as jsonPatch.Operation[], true, true)
        .newDocument;
    })
    .sort((a, b) => compareText(a.metadata?.name ?? '', b.metadata?.name ?? ''));
}

export const shortened = (text: string, most = 400): string => (text.length > most ? `${text.slice(0, most)}…` : text);
