import type { Logger } from 'pino';
import type { ReflectorObserver } from '../kube/cache/reflectorOptions.js';
import type { Clock } from '../kube/clock.js';
import type { EventRecorder } from '../kube/events/eventRecorder.js';
import type { Transport } from '../kube/rest/transport.js';
import type { HintSettings } from './coexistence/coexistence.js';
import type { ChangeRecord } from './writing/changeRecord.js';
import type { ControllerObserver } from './observer.js';

export interface LeaseOptions {
  /** Into how many parts the Services are divided, with a Lease for each; 1: there is one Lease. */
  readonly shards: number;
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  readonly leaseDurationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
}

/** Everything a controller is made of; all fields are required, since `slicehints controller` has the defaults. */
export interface ControllerOptions {
  readonly transport: Transport;
  /** Carries nothing but the lease, so that a busy API connection never costs the leadership. */
  readonly leaseTransport: Transport;
  readonly recorder: Pick<EventRecorder, 'record' | 'run' | 'flush'>;
  readonly settings: HintSettings;
  /** The version of MutatingAdmissionPolicy in which the guard is looked up. By default v1. */
  readonly guardPolicyVersion?: 'v1' | 'v1beta1';
  /** undefined: no election, this process always writes. In a dry run the Lease is read and never written. */
  readonly lease: LeaseOptions | undefined;
  /** Only this namespace; empty: all. */
  readonly namespace: string;
  /** The ConfigMap with measured demand; undefined: there is none. */
  readonly measuredConfigMap?: { readonly namespace: string; readonly name: string } | undefined;
  /** How much the busiest endpoint of a Service may get for a drain to be accepted, over the mean today. */
  readonly drainLimit?: number;
  /** Services worked on, and patches in flight, at a time; fewer while the API server is busy. */
  readonly concurrency: number;
  readonly coalesceMs: number;
  /** Writes of slices in any minute; 0: no limit. */
  readonly maxWritesPerMinute: number;
  /** Nothing is written: no slice, no Event, no Lease. What a leader would do is logged. */
  readonly dryRun: boolean;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** Called with every slice that was written, besides the line in the log. */
  readonly onChange?: (change: ChangeRecord) => void;
  readonly observer: ControllerObserver;
  readonly reflectorObserver: ReflectorObserver;
}
