import type { LabelSelector } from '../model/labelSelector.js';
import type { NodeConsumer } from '../model/node.js';
import type { ZoneCidr } from '../model/zones/zoneCidrs.js';
import type { ZoneCosts } from '../model/zones/zoneCosts.js';

/** The highest overload threshold that flags, annotations and policies may state. */
export const MAX_OVERLOAD = 10;

/** What an operator may set for all Services; annotations of a Service go before it. */
export interface Settings {
  /** How far above the mean the busiest endpoint may be loaded in `balanced`: 0.2 is 20 %. Between 0 and 10. */
  readonly overloadThreshold: number;
  /** `balanced` moves a valid assignment only when the share of traffic in zone rises by at least this much. */
  readonly rebalanceGain: number;
  /**
   * How far above its limit the busiest endpoint of a `balanced` assignment that stands may be loaded before another
   * one is made: with 0.05 beside a limit of 1.2, new ones keep 1.2 and stay until 1.25. Between 0 and 1.
   */
  readonly overloadHold: number;
  /**
   * Where traffic comes from: allocatable CPU of counted nodes by zone, their number, the ready endpoints of all
   * Services, every zone alike, or what was measured, and CPU where nothing is.
   */
  readonly demand: 'cpu' | 'nodes' | 'endpoints' | 'equal' | 'measured';
  /** By which factor a measured share may differ from the one that is expected without a measurement. At least 1. */
  readonly measuredFactor: number;
  /**
   * Whether `balanced` names nodes beside zones, so that more traffic stays in zone; `auto`: where the API server stores
   * node hints, every node heeds them, and there are at most `nodeHintsMaxNodes`.
   */
  readonly useNodeHints: boolean | 'auto';
  /** The most nodes that a cluster may have for `useNodeHints: 'auto'`. */
  readonly nodeHintsMaxNodes: number;
  /** What serves Services that say `Auto`. */
  readonly autoStrategy: 'proportional' | 'balanced';
  /** Whether the guard keeps hints on slices that another controller writes (docs/coexistence.md). */
  readonly guard: boolean;
  /** Whether the cluster runs Kubernetes' own EndpointSlice controller. */
  readonly inTree: 'present' | 'absent';
  /** Whether the API server stores `forNodes`, or drops it from what is written (Kubernetes before 1.34). */
  readonly nodeHints: 'stored' | 'dropped';
  /** What reads hints on every node; by default what each Node object shows. */
  readonly consumer?: NodeConsumer | undefined;
  /**
   * When given, only nodes with these labels count for the demand: requirements as the `matchExpressions` of a label selector
   * have them. In-tree's rule of Auto does not know it.
   */
  readonly nodeSelector?: LabelSelector | undefined;
  /**
   * The present, in milliseconds since 1970: a node that has not been ready for long does not count. By default when the last
   * of the kubelets reported.
   */
  readonly nowMs?: number | undefined;
  /** What a unit of traffic costs from zone to zone; by default regions decide which zones are near. */
  readonly zoneCosts?: ZoneCosts | undefined;
  /** The zones of endpoints that name neither a zone nor a node, by address. */
  readonly zoneCidrs?: readonly ZoneCidr[] | undefined;
  /** When given, only slices with one of these `managed-by` labels are written; the empty string means no label. */
  readonly managedBy?: readonly string[] | undefined;
  /** Slices with one of these `managed-by` labels are not written. */
  readonly ignoreManagedBy?: readonly string[] | undefined;
  /** Zones whose endpoints get no new connections, sorted: those of each ZoneDrain that is in force (docs/drain.md). */
  readonly drainedZones?: readonly string[] | undefined;
}

export const DEFAULT_SETTINGS: Settings = Object.freeze(defaults());

/** The settings of a plan: the defaults where nothing is given. */
export function settingsOf(given: Partial<Settings> | undefined): Settings {
  // Copying a frozen object would take as long as reading a small slice.
  return { ...defaults(), ...given };
}

function defaults(): Settings {
  return {
    overloadThreshold: 0.2,
    rebalanceGain: 0.05,
    overloadHold: 0.05,
    demand: 'cpu',
    measuredFactor: 4,
    useNodeHints: false,
    nodeHintsMaxNodes: 200,
    autoStrategy: 'proportional',
    guard: false,
    inTree: 'present',
    nodeHints: 'stored',
  };
}
