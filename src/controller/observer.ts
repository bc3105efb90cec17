import type { Mode } from '../hints/mode.js';
import type { AddressTypeForecast } from '../hints/forecast.js';
import type { QueueObserver } from './queue.js';
import type { WriteResult } from './writer.js';

/** What the controller tells whoever counts: callbacks with plain values, so that no room but `server` knows metrics. */
export interface ControllerObserver {
  readonly queue: QueueObserver;
  planned(mode: Mode, seconds: number, forecast: readonly AddressTypeForecast[], key: string): void;
  /** Nodes have changed; what they will do with hints that may well stay as they are. */
  foreseen?(mode: Mode, forecast: readonly AddressTypeForecast[], key: string): void;
  wrote(result: WriteResult['kind'], endpointsMoved: number): void;
  /** From the first event of a Service to the answered patch that follows from it. */
  hinted(seconds: number): void;
  forgot(key: string): void;
  /** Another writer undid hints of ours: of the same endpoints, or while he changed them. */
  undone(kind: 'reverted' | 'rebuilt'): void;
}
