import type { Mode } from '../hints/mode.js';
import type { AddressTypeForecast } from '../hints/forecast.js';
import type { QueueObserver } from './queue.js';
import type { WriteResult } from './writing/writer.js';

/**
 * What the controller reports to metrics: callbacks with plain values, so that no other package depends on metrics. As every
 * observer in this project: optional methods named `on<what happened>`, called synchronously, that must not throw.
 */
export interface ControllerObserver {
  readonly queue?: QueueObserver;
  /** A plan was made to be carried out; `seconds` is the time it took. */
  onPlanned?(mode: Mode, seconds: number, forecast: readonly AddressTypeForecast[], key: string): void;
  /** Nodes have changed: the forecast for hints that may well stay as they are. */
  onForecast?(mode: Mode, forecast: readonly AddressTypeForecast[], key: string): void;
  /** The plan of a Service threw. */
  onPlanFailed?(key: string): void;
  /** A pass over all Services after a change of nodes, or the check of one Service in it, threw. */
  onResyncFailed?(): void;
  onWrite?(result: WriteResult['kind'], endpointsMoved: number): void;
  /** Seconds from the first event of a Service to the answered patch that follows from it. */
  onHinted?(seconds: number): void;
  onForgotten?(key: string): void;
  /** Services that another replica may plan from now on: what was reported of them does not hold any more. */
  onShardLost?(belongs: (key: string) => boolean): void;
  /** Another writer undid hints: of the same endpoints (`reverted`), or while it changed them (`rebuilt`). */
  onReverted?(kind: 'reverted' | 'rebuilt'): void;
}
