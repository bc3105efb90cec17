import type { NamedTraffic } from '../../../kubeproxy/forecast.js';
import type { EndpointHints } from '../../../model/hints.js';
import type { StrategyInput } from '../../strategy.js';
import type { ClassTable } from '../balanced/classification.js';
import { VALUE_TOLERANCE, type BalancedProblem } from '../balanced/problem.js';
import { chooseHeirs } from './heirs.js';
import type { KnownNaming, NamingMemory } from './memory.js';
import { hasNames, namedTraffic, readNames, type Heirs, type NamedNodes, type NamedPlaces } from './names.js';
import { nodeSharesOf } from './nodes.js';
import { positionsOf, sortPositions, type Positions } from './positions.js';
import { namingBound, namingProblem } from './problem.js';
import { mayBeMended, measureNames, type NamingFigures } from './standing.js';
import { keepStanding, writeNames } from './write.js';

/** The hints with names of nodes, and what they do where all nodes heed them. */
export interface Naming {
  readonly hints: readonly (EndpointHints | undefined)[];
  readonly inZone: number;
  readonly busiest: number;
  /** The nodes that the hints name, where the forecast need not look them up. */
  readonly named: NamedTraffic | undefined;
}

/** What Balanced decided by zones. */
export interface ZoneDecision {
  /** Parallel to the endpoints; all have some. */
  readonly hints: readonly (EndpointHints | undefined)[];
  /** For each endpoint its class in the table. */
  readonly classes: readonly number[];
  readonly table: ClassTable;
  readonly problem: BalancedProblem;
  /** In-zone share of these hints. */
  readonly inZone: number;
  /** They stand and were written a moment ago, so that names that hold are left alone, too. */
  readonly stays: boolean;
}

/** Names are written for at least so much more traffic in zone, in parts of all. */
export const LEAST_WORTH = 0.01;

/** None are searched for where no more than so much is missing from the bound: a search ends near it, and rarely finds enough. */
const LEAST_MISSING = 2 * LEAST_WORTH;

/** They are taken away for less than so much, so that nodes that come and go do not have them written again and again. */
const LEAST_KEPT = LEAST_WORTH / 2;

/** Zone hints and names that stand beside each other are replaced only for so many times the gain that zone hints need. */
export const STANDING_GAIN = 2;

/**
 * Adds names of nodes to the zone hints of Balanced: a node that some endpoint names uses the endpoints that name it and
 * leaves its zone's pool, so that more traffic stays in zone. No endpoint passes the limit, whether nodes heed the names
 * or not. What stands is kept while it is valid and not much better is in reach; see docs/balanced.md.
 * @returns undefined where names gain nothing worth while
 */
export function nameNodes(input: StrategyInput, zones: ZoneDecision): Naming | undefined {
  const { endpoints, settings, scratch, demand } = input;
  const { hints, inZone: zonesOnly, stays } = zones;
  const isNamed = hasNames(endpoints);
  if (!isNamed && (stays || namingBound(zones.problem) - zonesOnly < LEAST_MISSING)) return undefined;
  const shares = nodeSharesOf(input);
  const positions = positionsOf(endpoints, zones.classes, zones.table);
  const { ready, groups } = positions;
  const limits = { overload: zones.problem.overload, hold: settings.overloadHold };
  const memory = scratch.naming;
  const known = memory.problemFor(shares, groups, limits, () => namingProblem(groups, demand.zones, shares, limits));
  const { bound } = known.problem;
  if (!isNamed && bound - zonesOnly < LEAST_MISSING) return undefined;
  const places = isNamed ? memory.names.read(endpoints, shares) : undefined;
  if (places !== undefined) {
    const heirs = chooseHeirs(endpoints, places);
    const standing = standingNames(memory, known, input, positions, places, heirs);
    // What was mended just now must come near a fresh solution; what stood needs no change for less than twice as much.
    const gain = Math.max(settings.rebalanceGain, LEAST_WORTH) * (standing?.isNew === false ? STANDING_GAIN : 1);
    const holds = standing !== undefined && standing.figures.inZone >= zonesOnly - VALUE_TOLERANCE;
    if (holds && (stays || isGoodEnough(standing.figures.inZone, gain, memory, known))) {
      const { isNew, figures } = standing;
      const { inZone, busiest } = figures;
      const named = memory.names.sortByName(standing.named, shares);
      return {
        hints: isNew
          ? writeNames({ endpoints, hints, ready, shares, named, places, heirs })
          : keepStanding({ endpoints, hints, heirs }),
        inZone,
        busiest,
        named: namedTraffic(named, shares, ready),
      };
    }
  }
  const solution = memory.solve(known);
  const { inZone, busiest } = solution;
  if (inZone < zonesOnly + (isNamed ? LEAST_KEPT : LEAST_WORTH)) return undefined;
  sortPositions(positions, endpoints);
  const named = memory.names.sortByName(solution.named, shares);
  return {
    hints: writeNames({ endpoints, hints, ready, shares, named, places, heirs: undefined }),
    inZone,
    busiest,
    named: namedTraffic(named, shares, ready),
  };
}

/** While no endpoint is ready: names stay, and endpoints without any get the placeholder. */
export function keepNames(input: StrategyInput, hints: Naming['hints']): Naming['hints'] {
  const { endpoints } = input;
  return hasNames(endpoints) ? keepStanding({ endpoints, hints, heirs: undefined }) : hints;
}

function isGoodEnough(inZone: number, gain: number, memory: NamingMemory, known: KnownNaming): boolean {
  return inZone > known.problem.bound - gain || memory.solve(known).inZone < inZone + gain;
}

interface Standing {
  readonly named: NamedNodes;
  readonly figures: NamingFigures;
  /** One node uses other endpoints than before. */
  readonly isNew: boolean;
}

/** The names with those that are inherited, if they are within the limit and its hold; or else mended. */
function standingNames(
  memory: NamingMemory,
  known: KnownNaming,
  { endpoints }: StrategyInput,
  positions: Positions,
  places: NamedPlaces,
  heirs: Heirs | undefined,
): Standing | undefined {
  const { problem } = known;
  const { ready } = positions;
  const named = readNames(places, ready, heirs);
  const figures = measureNames(problem, named);
  if (figures.holds) return { named, figures, isNew: false };
  if (!mayBeMended(problem, named, figures)) return undefined;
  sortPositions(positions, endpoints);
  const mended = memory.mend(known, readNames(places, ready, heirs));
  return mended && { named: mended, figures: measureNames(problem, mended), isNew: true };
}
