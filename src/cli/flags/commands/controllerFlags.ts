import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import { type BindAddress } from '../../../server/bindAddress.js';
import type { HintSettings } from '../../../controller/coexistence/coexistence.js';
import type { LeaseOptions } from '../../../controller/options.js';
import { GUARD_CERT_DIR, type GuardWebhookSettings } from '../../../guard/webhook.js';
import { parseObjectKey } from '../../../model/objectKey.js';
import type { LogFormat, LogLevel } from '../../output/logging.js';
import { ACCESS_FLAGS } from '../clusterFlags.js';
import { DRAIN_LIMIT_FLAGS } from './drainFlags.js';
import { flag, list, type FlagValues } from '../flag.js';
import { GUARD_FLAGS, HINT_FLAGS, readHintSettings } from '../hintFlags.js';
import {
  ADDRESS,
  BOOLEAN,
  DRY_RUN,
  DURATION,
  NAMESPACE,
  NAMESPACE_OR_ALL,
  number,
  OBJECT_NAME,
  path,
  POSITIVE_DURATION,
  text,
} from '../kinds.js';
import { addressOf, LOG_FLAGS, readLogLevel, SERVER_FLAGS } from '../serverFlags.js';
import { UsageError } from '../usageError.js';

/** The Lease by which replicas elect a leader; `cleanup` takes it over. */
export const LEASE_FLAGS = {
  'leader-elect-resource-name': flag(OBJECT_NAME, {
    default: 'slicehints',
    describe: 'Name of the Lease',
    group: 'Leader election:',
  }),
  'leader-elect-resource-namespace': flag(NAMESPACE, {
    describe: 'Namespace of the Lease; by default the one of the pod, else kube-system',
    group: 'Leader election:',
  }),
} as const;

/**
 * The flags of `slicehints controller` with their defaults; names as kube-controller-manager and controller-runtime
 * have them. Each is also an environment variable: `--kube-api-qps` is SLICEHINTS_KUBE_API_QPS.
 */
export const CONTROLLER_FLAGS = {
  ...ACCESS_FLAGS,
  namespace: flag(NAMESPACE_OR_ALL, {
    short: 'n',
    default: '',
    describe: 'Watch the Services of this namespace only; empty: all',
    group: 'Cluster:',
  }),
  'kube-api-qps': flag(number({ low: -1 }), {
    default: '0',
    describe: 'Requests a second to the API server, Events and the Lease apart; 0 or less: no limit',
    group: 'Cluster:',
  }),
  'kube-api-burst': flag(number({ low: 1, whole: true }), {
    default: '100',
    describe: 'Requests that may go out at once before --kube-api-qps holds',
    group: 'Cluster:',
  }),
  'event-qps': flag(number({ low: 0 }), {
    default: '5',
    describe: 'Events written a second, besides --kube-api-qps; 0: no limit',
    group: 'Cluster:',
  }),
  'event-burst': flag(number({ low: 1, whole: true }), {
    default: '50',
    describe: 'Events that may be written at once before --event-qps holds',
    group: 'Cluster:',
  }),
  'kube-api-timeout': flag(POSITIVE_DURATION, {
    default: '30s',
    describe: 'Deadline of a request to the API server',
    group: 'Cluster:',
  }),
  'leader-elect': flag(BOOLEAN, {
    default: 'true',
    describe: 'Elect a leader by a Lease; only the leader writes',
    group: 'Leader election:',
  }),
  'leader-elect-lease-duration': flag(DURATION, {
    default: '15s',
    describe: 'A lease not renewed for this long may be taken',
    group: 'Leader election:',
  }),
  'leader-elect-renew-deadline': flag(DURATION, {
    default: '10s',
    describe: 'A leader that cannot renew for this long steps down',
    group: 'Leader election:',
  }),
  'leader-elect-retry-period': flag(DURATION, {
    default: '2s',
    describe: 'Time between tries to take or renew the lease',
    group: 'Leader election:',
  }),
  ...LEASE_FLAGS,
  shards: flag(number({ low: 1, high: 32, whole: true }), {
    default: '1',
    describe: 'Divide the Services into this many parts with a Lease each, for replicas to share',
    group: 'Leader election:',
  }),
  'concurrent-service-syncs': flag(number({ low: 1, high: 1000, whole: true }), {
    default: '10',
    describe: 'Services worked on, and writes in flight, at a time; fewer while the API server is busy',
    group: 'Work:',
  }),
  'coalesce-window': flag(DURATION, {
    default: '50ms',
    describe: 'A burst of changes of a Service is planned once more when it pauses for this long',
    group: 'Work:',
  }),
  'max-writes-per-minute': flag(number({ low: 0, whole: true }), {
    default: '0',
    describe: 'EndpointSlices written in any minute, at most; Services beyond that wait their turn; 0: no limit',
    group: 'Work:',
  }),
  'dry-run': flag(DRY_RUN, {
    default: 'false',
    describe: 'Log what would be written, write nothing; none, client and server as in kubectl',
    group: 'Work:',
  }),
  ...HINT_FLAGS,
  ...DRAIN_LIMIT_FLAGS,
  'guard-policy-version': { ...GUARD_FLAGS['guard-policy-version'], group: 'Guard:' },
  'guard-webhook-bind-address': flag(ADDRESS, {
    default: '0',
    describe: 'Address that serves the guard as a webhook, for clusters without the policy; 0 disables it',
    group: 'Guard:',
  }),
  'guard-webhook-cert-dir': flag(path('a folder'), {
    default: GUARD_CERT_DIR,
    describe: 'Folder with tls.crt and tls.key of the webhook, read again when they are renewed',
    group: 'Guard:',
  }),
  'guard-exempt-user': list(text('the name of a user'), {
    describe: 'User whose updates the webhook does not change',
    group: 'Guard:',
  }),
  ...SERVER_FLAGS,
  'per-service-metrics': flag(BOOLEAN, {
    default: 'false',
    describe: 'Also serve in-zone share and worst load of each Service',
    group: 'Servers:',
  }),
  ...LOG_FLAGS,
  'audit-log': flag(path('a file'), {
    describe: 'File to which one line of JSON is appended for each slice written; by default they are only in the log',
    group: 'Logs:',
  }),
} as const;

export type ControllerArguments = FlagValues<typeof CONTROLLER_FLAGS>;

/** What the flags mean, checked. */
export interface ControllerSettings {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespace: string;
  readonly qps: number;
  readonly burst: number;
  /** Events a second; 0: no limit. */
  readonly eventQps: number;
  readonly eventBurst: number;
  readonly requestTimeoutMs: number;
  /** Without `namespace` the one of the credentials is used. */
  readonly lease: (Omit<LeaseOptions, 'namespace'> & { readonly namespace: string | undefined }) | undefined;
  readonly concurrency: number;
  readonly coalesceMs: number;
  /** 0: no limit. */
  readonly maxWritesPerMinute: number;
  readonly dryRun: boolean;
  readonly settings: HintSettings;
  /** How much the busiest endpoint of a Service may get by a drain, over the mean of its endpoints today. */
  readonly drainLimit: number;
  readonly guardPolicyVersion: 'v1' | 'v1beta1';
  readonly measuredConfigMap: { readonly namespace: string; readonly name: string } | undefined;
  readonly guardWebhook: GuardWebhookSettings | undefined;
  readonly metricsAddress: BindAddress | undefined;
  readonly healthAddress: BindAddress | undefined;
  readonly perServiceMetrics: boolean;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  /** Path of the file for the records of changes. */
  readonly auditLog: string | undefined;
}

/** @throws {UsageError} for flags that contradict each other */
export function readControllerSettings(flags: ControllerArguments): ControllerSettings {
  const lease = readLease(flags);
  const measured = flags['measured-configmap'];
  if (flags.demand === 'measured' && measured === undefined) {
    throw new UsageError('--demand=measured needs --measured-configmap, which names where the measurements are');
  }
  const metricsAddress = addressOf(flags['metrics-bind-address']);
  const healthAddress = addressOf(flags['health-probe-bind-address']);
  const webhookAddress = addressOf(flags['guard-webhook-bind-address']);
  refuseSharedPort({
    'metrics-bind-address': metricsAddress,
    'health-probe-bind-address': healthAddress,
    'guard-webhook-bind-address': webhookAddress,
  });
  return {
    kubeconfig: flags.kubeconfig === '' ? undefined : flags.kubeconfig,
    context: flags.context,
    namespace: flags.namespace,
    qps: flags['kube-api-qps'],
    burst: flags['kube-api-burst'],
    eventQps: flags['event-qps'],
    eventBurst: flags['event-burst'],
    requestTimeoutMs: flags['kube-api-timeout'],
    lease,
    concurrency: flags['concurrent-service-syncs'],
    coalesceMs: flags['coalesce-window'],
    maxWritesPerMinute: flags['max-writes-per-minute'],
    dryRun: flags['dry-run'],
    drainLimit: flags['drain-limit'],
    settings: readHintSettings(flags),
    measuredConfigMap: measured === undefined ? undefined : parseObjectKey(measured),
    guardPolicyVersion: flags['guard-policy-version'],
    guardWebhook: webhookAddress && {
      address: webhookAddress,
      certDir: flags['guard-webhook-cert-dir'],
      exemptUsers: flags['guard-exempt-user'] ?? [],
    },
    metricsAddress,
    healthAddress,
    perServiceMetrics: flags['per-service-metrics'],
    logLevel: readLogLevel(flags),
    logFormat: flags['log-format'],
    auditLog: flags['audit-log'],
  };
}

/**
 * @returns undefined without leader election
 * @throws {UsageError} for times that do not go together, and for shards without leader election
 */
function readLease(flags: ControllerArguments): ControllerSettings['lease'] {
  const leaseDurationMs = flags['leader-elect-lease-duration'];
  const renewDeadlineMs = flags['leader-elect-renew-deadline'];
  const retryPeriodMs = flags['leader-elect-retry-period'];
  if (!flags['leader-elect']) {
    if (flags.shards > 1) throw new UsageError('--shards divides the Services by Leases, so it needs --leader-elect');
    return undefined;
  }
  if (leaseDurationMs <= renewDeadlineMs) {
    throw new UsageError('--leader-elect-lease-duration must be longer than --leader-elect-renew-deadline');
  }
  if (renewDeadlineMs <= retryPeriodMs * 1.2) {
    throw new UsageError('--leader-elect-renew-deadline must be longer than 1.2 times --leader-elect-retry-period');
  }
  if (retryPeriodMs <= 0) throw new UsageError('--leader-elect-retry-period must be longer than 0');
  return {
    namespace: flags['leader-elect-resource-namespace'],
    shards: flags.shards,
    name: flags['leader-elect-resource-name'],
    identity: `${hostname()}_${randomUUID()}`,
    leaseDurationMs,
    renewDeadlineMs,
    retryPeriodMs,
  };
}

type AddressFlag = 'metrics-bind-address' | 'health-probe-bind-address' | 'guard-webhook-bind-address';

/** @throws {UsageError} when two servers are to listen on one port */
function refuseSharedPort(addresses: Readonly<Partial<Record<AddressFlag, BindAddress | undefined>>>): void {
  const flagOf = new Map<number, string>();
  for (const [flag, address] of Object.entries(addresses)) {
    if (address === undefined || address.port === 0) continue;
    const other = flagOf.get(address.port);
    if (other !== undefined) throw new UsageError(`--${other} and --${flag} are both on port ${address.port}`);
    flagOf.set(address.port, flag);
  }
}
