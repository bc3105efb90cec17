import type { PlanGroup } from '../planGroups.js';
import type { ZoneFlow } from '../traffic.js';
import type { Mode } from '../../hints/mode.js';
import type { SlicePolicy } from '../../hints/slicePolicy.js';
import type { Verdict } from '../../hints/verdict.js';
import type { DemandSource, ZoneDemand } from '../../model/demand.js';
import type { BeforeAfter } from '../planSummary.js';

/** What every step of an explanation has: its numbers, the same in words, and where the rule comes from. */
interface StepOf<Id extends string, Facts> {
  readonly id: Id;
  readonly title: string;
  /** Empty: about the Service as a whole. */
  readonly addressType: string;
  /** Sentences without a full stop. */
  readonly lines: readonly string[];
  /** KEP, upstream file or page of these docs. */
  readonly source: string;
  readonly facts: Facts;
}

/** What the Service asks for. */
export interface RequestFacts {
  readonly mode: Mode;
  /** The annotation or field that asks; empty: none. */
  readonly source: string;
  /** Its value. */
  readonly value: string;
  /** Why hints do not steer its traffic, or only a part of it. */
  readonly unsteered?: string;
}

export interface NodesFacts {
  readonly total: number;
  readonly counted: number;
  /** Counted nodes with zone and CPU, by zone. */
  readonly zones: readonly { readonly zone: string; readonly nodes: number; readonly cpuMilli: number }[];
  /** By cause. */
  readonly notCounted: readonly { readonly why: string; readonly nodes: readonly string[] }[];
  /** Counted, but passed over, because they have no zone or CPU. */
  readonly odd: readonly string[];
  /** Being deleted. */
  readonly leaving: readonly string[];
}

export interface DemandFacts {
  readonly source: DemandSource;
  /** Whether an annotation of the Service decides it. */
  readonly stated: boolean;
  readonly words: string;
  readonly zones: readonly ZoneDemand[];
}

export interface EndpointsFacts {
  readonly total: number;
  readonly ready: number;
  /** Those that proxies use: the ready ones or, where there are none, those that still serve. */
  readonly used: number;
  /** Empty zone: without one. */
  readonly zones: readonly { readonly zone: string; readonly ready: number; readonly notReady: number }[];
}

export interface LimitFacts {
  /** How far above the mean an endpoint may be loaded; 0.2 is 20 %. */
  readonly overload: number;
  readonly from: 'annotation' | 'setting' | 'upstream';
  /** In-zone share that no assignment within the limit can exceed; absent for Auto. */
  readonly bound?: number;
  /** Auto: how many endpoints each zone gets. Empty where its rule gives up, or for other modes. */
  readonly zones: readonly {
    readonly zone: string;
    readonly minimum: number;
    readonly desired: number;
    readonly maximum: number;
  }[];
}

export interface WritersFacts {
  readonly slices: readonly {
    readonly name: string;
    /** Label `managed-by`; empty: none. */
    readonly managedBy: string;
    readonly policy: SlicePolicy['kind'];
    readonly why: string;
  }[];
}

/** What hints come to. */
export interface Figures {
  readonly inZoneShare: number;
  /** Load of the busiest endpoint over the mean; 0: nothing can be used. */
  readonly busiest: number;
}

export interface ChoiceFacts {
  readonly verdict?: Pick<Verdict, 'hinted' | 'type' | 'reason' | 'message'>;
  readonly cause?: Pick<PlanGroup, 'cause' | 'wayOut'>;
  readonly before: Figures;
  readonly after: Figures;
}

export interface AlternativesFacts {
  /** The same Service with other modes, best first. */
  readonly modes: readonly (Figures & {
    readonly mode: Mode;
    readonly hinted: boolean;
    readonly reason: string;
    readonly withinLimit: boolean;
  })[];
  /** The best that was not chosen. */
  readonly runnerUp?: Mode;
}

export interface UseFacts {
  /** Nodes of one zone that use the same endpoints. */
  readonly groups: readonly {
    /** Empty: without a zone. */
    readonly zone: string;
    readonly nodes: readonly string[];
    /** How many endpoints each chooses from, and how many of those lie in its zone. */
    readonly usable: number;
    readonly local: number;
  }[];
  /** What leaves its zone, and where it goes; fractions of all traffic. */
  readonly leaving: readonly ZoneFlow[];
  /** What a unit of traffic costs on average by the zone costs; absent where none are given. */
  readonly meanCost?: number;
}

export interface ConsumersFacts {
  readonly consumers: readonly { readonly name: string; readonly differs: string; readonly source: string }[];
  /** What nodes of this cluster do with these hints that they do not read. */
  readonly unread: readonly string[];
}

/** What only a live cluster tells. */
export interface LiveFacts {
  /** The Leases of controllers; undefined: they could not be read. */
  readonly leases?: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly holder: string;
    readonly isLive: boolean;
  }[];
  /** The Events of this Service by slicehints, the latest last; undefined: they could not be read. */
  readonly events?: readonly {
    readonly type: string;
    readonly reason: string;
    readonly message: string;
    readonly count: number;
    /** RFC 3339; empty: not known. */
    readonly lastSeen: string;
  }[];
}

export interface WritesFacts {
  readonly slices: readonly {
    readonly name: string;
    /** The slice carries the annotation of slicehints. */
    readonly annotated: boolean;
    /** Who set `endpoints` last, other than slicehints; empty: nobody else. Absent: managedFields are not there. */
    readonly otherWriter?: string;
    /** Whether slicehints wrote the endpoints as they are now. Absent: managedFields are not there. */
    readonly ours?: boolean;
  }[];
  /** Absent offline. */
  readonly live?: LiveFacts;
}

export type ExplainStep =
  | StepOf<'request', RequestFacts>
  | StepOf<'nodes', NodesFacts>
  | StepOf<'demand', DemandFacts>
  | StepOf<'endpoints', EndpointsFacts>
  | StepOf<'limit', LimitFacts>
  | StepOf<'writers', WritersFacts>
  | StepOf<'choice', ChoiceFacts>
  | StepOf<'alternatives', AlternativesFacts>
  | StepOf<'use', UseFacts>
  | StepOf<'consumers', ConsumersFacts>
  | StepOf<'writes', WritesFacts>;

/** A change that would do better, with what it comes to. */
export interface Improvement {
  readonly what: string;
  /** The flags of `plan` and `explain` that show it; empty where none does. */
  readonly flags: readonly string[];
  /** Absent where it cannot be computed from what is known. */
  readonly inZoneShare?: BeforeAfter;
  readonly busiest?: BeforeAfter;
}

/** Why a Service has the hints that it has. */
export interface Explanation {
  readonly namespace: string;
  readonly name: string;
  readonly steps: readonly ExplainStep[];
  /** Best first. */
  readonly improvements: readonly Improvement[];
}
