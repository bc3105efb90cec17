import { UNROUTED_ADDRESS_TYPE } from '../../model/slice.js';
import type { Plan } from '../plan.js';

/** A Service and a load, over the mean of its endpoints today. */
export interface BusyService {
  readonly service: string;
  readonly busiest: number;
}

/** What a drain would do to the Services of a cluster. */
export interface DrainFigures {
  /** Services that would be drained. */
  readonly drained: number;
  /** Ready endpoints that would get no new connections. */
  readonly endpoints: number;
  /** Sorted `namespace/name` of Services that have no other ready endpoint for a port. */
  readonly last: readonly string[];
  /** Services whose busiest endpoint gets more than the limit, and more than today; the busiest first. */
  readonly overloaded: readonly BusyService[];
  /** The highest load of an endpoint of a Service that would be drained; undefined: none would be. */
  readonly busiest?: BusyService;
  /** Sorted `namespace/name` of Services that would keep their endpoints in use: Kubernetes writes their hints. */
  readonly inTree: readonly string[];
  /** Hints may not be written, or a policy holds them back. */
  readonly blocked: readonly string[];
  /** Hints do not steer their traffic. */
  readonly unsteered: readonly string[];
  /** Nodes that would go on to use drained endpoints, at most of all Services. */
  readonly sendingNodes: number;
}

/** Loads are replayed with rounding. */
const TOLERANCE = 1e-9;

/** Sums up what a drain does, one Service after the other. */
export class DrainAssessment {
  readonly #limit: number;
  readonly #last: string[] = [];
  readonly #inTree: string[] = [];
  readonly #blocked: string[] = [];
  readonly #unsteered: string[] = [];
  readonly #loads: (BusyService & { readonly isOver: boolean })[] = [];
  #endpoints = 0;
  #sendingNodes = 0;

  /** @param limit how much the busiest endpoint of a Service may get, over the mean of its endpoints today */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * @param service `namespace/name`
   * @param planned beside the drain that is assessed and those in force
   * @param today beside those in force alone
   * @param heldBack a policy keeps the plan from being written
   */
  add(service: string, planned: Plan, today: Plan, heldBack = false): void {
    const kinds = new Set<string>();
    let busiest = 0;
    let before = 0;
    for (const { addressType, kind, endpoints, sendingNodes } of planned.drain ?? []) {
      if (addressType === UNROUTED_ADDRESS_TYPE) continue;
      const known = today.drain?.find((one) => one.addressType === addressType);
      // What a drain in force does is no effect of this one.
      if (known?.kind === kind && known.endpoints === endpoints) continue;
      kinds.add(heldBack && kind === 'drained' ? 'blocked' : kind);
      if (kind !== 'drained' || heldBack) continue;
      this.#endpoints += endpoints - (known?.kind === kind ? known.endpoints : 0);
      this.#sendingNodes = Math.max(this.#sendingNodes, sendingNodes);
      busiest = Math.max(busiest, loadOf(planned, addressType));
      before = Math.max(before, loadOf(today, addressType));
    }
    if (kinds.has('last')) this.#last.push(service);
    if (kinds.has('in-tree')) this.#inTree.push(service);
    if (kinds.has('blocked')) this.#blocked.push(service);
    if (kinds.has('unsteered')) this.#unsteered.push(service);
    if (!kinds.has('drained')) return;
    const isOver = busiest > this.#limit + TOLERANCE && busiest > before + TOLERANCE;
    this.#loads.push({ service, busiest, isOver });
  }

  get figures(): DrainFigures {
    const loads = [...this.#loads].sort((a, b) => b.busiest - a.busiest || (a.service < b.service ? -1 : 1));
    const shown = ({ service, busiest }: BusyService): BusyService => ({ service, busiest });
    const [busiest] = loads;
    return {
      drained: loads.length,
      endpoints: this.#endpoints,
      last: [...this.#last].sort(),
      overloaded: loads.filter(({ isOver }) => isOver).map(shown),
      ...(busiest === undefined ? {} : { busiest: shown(busiest) }),
      inTree: [...this.#inTree].sort(),
      blocked: [...this.#blocked].sort(),
      unsteered: [...this.#unsteered].sort(),
      sendingNodes: this.#sendingNodes,
    };
  }
}

function loadOf({ forecast }: Plan, addressType: string): number {
  return forecast.find((one) => one.addressType === addressType)?.worstLoad ?? 0;
}
