import { ALL, membersOf, type Problem, type ZoneDemand } from './problem.js';

/** A target that the zone hints may give to a zone by default; its nodes that want something else need node hints. */
export interface Option {
  readonly target: number;
  /** Nodes of the zone that want just this. */
  readonly served: number;
  /** Hint entries that choosing it costs; fewer age slower. */
  readonly cost: number;
}

/** The defaults that each zone may get, the best first; worked out when they are first asked for. */
export class ZoneOptions {
  readonly #problem: Problem;
  readonly #countUnserved: boolean;
  readonly #listed: (readonly Option[] | undefined)[] = [];
  readonly #sorted: (readonly Option[] | undefined)[] = [];

  /** @param countUnserved give all endpoints to nodes that nothing matches, as if they asked for that */
  constructor(problem: Problem, countUnserved: boolean) {
    this.#problem = problem;
    this.#countUnserved = countUnserved;
  }

  /**
   * @param zone its index
   * @param preferred the target that comes first, if it is an option
   */
  of(zone: number, preferred: number | undefined): readonly Option[] {
    const sorted = (this.#sorted[zone] ??= sortOptions(this.#problem, zone, this.inAnyOrder(zone)));
    const at = preferred === undefined ? 0 : sorted.findIndex(({ target }) => target === preferred);
    return at <= 0 ? sorted : [sorted[at]!, ...sorted.slice(0, at), ...sorted.slice(at + 1)];
  }

  /** The same, for where sorting them would be in vain. */
  inAnyOrder(zone: number): readonly Option[] {
    return (this.#listed[zone] ??= listOptions(this.#problem, this.#problem.zones[zone]!, this.#countUnserved));
  }
}

function listOptions(problem: Problem, zone: ZoneDemand, countUnserved: boolean): readonly Option[] {
  const served = (target: number): number =>
    (zone.groups.get(target)?.length ?? 0) + (target === ALL && countUnserved ? zone.unserved.length : 0);
  const size = (target: number): number => membersOf(problem, target).length;
  const targets = [...new Set([ALL, zone.natural, ...zone.groups.keys()])];
  const entries = targets.reduce((sum, target) => sum + served(target) * size(target), 0);
  return targets.map((target) => ({
    target,
    served: served(target),
    // The natural default is free: it serves the nodes of tomorrow too.
    cost: entries - served(target) * size(target) + (target === zone.natural || target === ALL ? 0 : size(target)),
  }));
}

function sortOptions({ zones, targets }: Problem, zone: number, options: readonly Option[]): readonly Option[] {
  const { natural } = zones[zone]!;
  const rank = ({ target }: Option): number => (target === natural ? 0 : target === ALL ? 1 : 2);
  return [...options].sort(
    (a, b) => a.cost - b.cost || rank(a) - rank(b) || targets[a.target]!.compare(targets[b.target]!),
  );
}

/** Zones in the order in which they are decided: large ones first, as they leave the least freedom. */
export function decisionOrder(problem: Problem): number[] {
  const size = (zone: number): number => problem.zones[zone]?.size ?? 0;
  return problem.zones.map((_, zone) => zone).sort((a, b) => size(b) - size(a) || a - b);
}
