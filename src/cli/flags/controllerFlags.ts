import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Argv, InferredOptionTypes, Options } from 'yargs';
import { DEFAULT_SETTINGS } from '../../hints/settings.js';
import { parseBindAddress, type BindAddress } from '../../server/bindAddress.js';
import type { HintSettings } from '../../controller/coexistence/coexistence.js';
import type { LeaseOptions } from '../../controller/controller.js';
import { parseDurationMs } from './duration.js';
import { GUARD_CERT_DIR, type GuardWebhookSettings } from '../../guard/guardServer.js';
import { LOG_LEVELS, levelOfVerbosity, type LogFormat, type LogLevel } from '../output/logging.js';
import { KEEP_REPEATED, lastOfRepeated } from './repeatedFlags.js';
import { UsageError } from './inputError.js';

/**
 * The flags of `slicehints controller` with their defaults; names as kube-controller-manager and controller-runtime
 * have them. Each is also an environment variable: `--kube-api-qps` is SLICEHINTS_KUBE_API_QPS.
 */
export const CONTROLLER_FLAGS = {
  kubeconfig: {
    type: 'string',
    describe: 'Path of a kubeconfig; empty: in-cluster credentials, else $KUBECONFIG or ~/.kube/config',
    group: 'Cluster:',
  },
  context: { type: 'string', describe: 'Context of the kubeconfig', group: 'Cluster:' },
  namespace: { type: 'string', default: '', describe: 'Watch the Services of this namespace only', group: 'Cluster:' },
  'kube-api-qps': {
    type: 'string',
    default: 50,
    describe: 'Requests a second to the API server; 0 or less: no limit',
    group: 'Cluster:',
  },
  'kube-api-burst': {
    type: 'string',
    default: 100,
    describe: 'Requests that may go out at once before --kube-api-qps holds',
    group: 'Cluster:',
  },
  'kube-api-timeout': {
    type: 'string',
    default: '30s',
    describe: 'Deadline of a request to the API server',
    group: 'Cluster:',
  },
  'leader-elect': {
    type: 'boolean',
    default: true,
    describe: 'Elect a leader by a Lease; only the leader writes',
    group: 'Leader election:',
  },
  'leader-elect-lease-duration': {
    type: 'string',
    default: '15s',
    describe: 'A lease not renewed for this long may be taken',
    group: 'Leader election:',
  },
  'leader-elect-renew-deadline': {
    type: 'string',
    default: '10s',
    describe: 'A leader that cannot renew for this long steps down',
    group: 'Leader election:',
  },
  'leader-elect-retry-period': {
    type: 'string',
    default: '2s',
    describe: 'Time between tries to take or renew the lease',
    group: 'Leader election:',
  },
  'leader-elect-resource-name': {
    type: 'string',
    default: 'slicehints',
    describe: 'Name of the Lease',
    group: 'Leader election:',
  },
  'leader-elect-resource-namespace': {
    type: 'string',
    describe: 'Namespace of the Lease; by default the one of the pod, else kube-system',
    group: 'Leader election:',
  },
  'concurrent-service-syncs': { type: 'string', default: 5, describe: 'Services worked on at a time', group: 'Work:' },
  'coalesce-window': {
    type: 'string',
    default: '50ms',
    describe: 'A burst of changes of a Service is planned once more when it pauses for this long',
    group: 'Work:',
  },
  'dry-run': { type: 'boolean', default: false, describe: 'Log what would be written, write nothing', group: 'Work:' },
  'auto-strategy': {
    choices: ['proportional', 'balanced'] as const,
    default: DEFAULT_SETTINGS.autoStrategy,
    describe: 'What serves Services that say Auto',
    group: 'Hints:',
  },
  'overload-threshold': {
    type: 'string',
    default: DEFAULT_SETTINGS.overloadThreshold,
    describe: 'Balanced: how far above the mean the busiest endpoint may be loaded (0 to 10)',
    group: 'Hints:',
  },
  'rebalance-gain': {
    type: 'string',
    default: DEFAULT_SETTINGS.rebalanceGain,
    describe: 'Balanced: in-zone share that a move must gain (0 to 1)',
    group: 'Hints:',
  },
  'in-tree': {
    choices: ['present', 'absent', 'auto'] as const,
    default: DEFAULT_SETTINGS.inTree as HintSettings['inTree'],
    describe: 'Whether the cluster runs Kubernetes’ own EndpointSlice controller; auto: look for yourself',
    group: 'Hints:',
  },
  'managed-by': {
    type: 'string',
    array: true,
    describe: 'Write only slices with this managed-by label (repeatable)',
    group: 'Hints:',
  },
  'ignore-managed-by': {
    type: 'string',
    array: true,
    describe: 'Never write slices with this managed-by label (repeatable)',
    group: 'Hints:',
  },
  'guard-policy-version': {
    choices: ['v1', 'v1beta1'] as const,
    default: 'v1' as const,
    describe: 'Version of MutatingAdmissionPolicy in which to look for the guard',
    group: 'Guard:',
  },
  'guard-webhook-bind-address': {
    type: 'string',
    default: '0',
    describe: 'Where the guard is served as a webhook, for clusters without the policy; 0: nowhere',
    group: 'Guard:',
  },
  'guard-webhook-cert-dir': {
    type: 'string',
    default: GUARD_CERT_DIR,
    describe: 'Folder with tls.crt and tls.key of the webhook, read again when they are renewed',
    group: 'Guard:',
  },
  'guard-exempt-user': {
    type: 'string',
    array: true,
    describe: 'User whose updates the webhook lets pass untouched (repeatable)',
    group: 'Guard:',
  },
  'metrics-bind-address': {
    type: 'string',
    default: ':8080',
    describe: 'Where /metrics is served; 0: nowhere',
    group: 'Servers:',
  },
  'health-probe-bind-address': {
    type: 'string',
    default: ':8081',
    describe: 'Where /healthz and /readyz are served; 0: nowhere',
    group: 'Servers:',
  },
  'per-service-metrics': {
    type: 'boolean',
    default: false,
    describe: 'Also serve in-zone share and worst load of each Service',
    group: 'Servers:',
  },
  'log-level': { choices: LOG_LEVELS, describe: 'Least level that is logged (default info)', group: 'Logs:' },
  'log-format': {
    choices: ['json', 'text'] as const,
    default: 'json' as LogFormat,
    describe: 'JSON for machines or text for people',
    group: 'Logs:',
  },
  v: { type: 'string', describe: 'Verbosity as in Kubernetes: 0-2 info, 3-4 debug, 5 and more trace', group: 'Logs:' },
} as const satisfies Record<string, Options>;

export type ControllerArguments = InferredOptionTypes<typeof CONTROLLER_FLAGS>;

/** What the flags mean, checked. */
export interface ControllerSettings {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespace: string;
  readonly qps: number;
  readonly burst: number;
  readonly requestTimeoutMs: number;
  /** Without `namespace` the one of the credentials is used. */
  readonly lease: (Omit<LeaseOptions, 'namespace'> & { readonly namespace: string | undefined }) | undefined;
  readonly concurrency: number;
  readonly coalesceMs: number;
  readonly dryRun: boolean;
  readonly settings: HintSettings;
  readonly guardPolicyVersion: 'v1' | 'v1beta1';
  readonly guardWebhook: GuardWebhookSettings | undefined;
  readonly metricsAddress: BindAddress | undefined;
  readonly healthAddress: BindAddress | undefined;
  readonly perServiceMetrics: boolean;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

/** `--kube-api-qps` is SLICEHINTS_KUBE_API_QPS. */
export function environmentName(flag: string): string {
  return `SLICEHINTS_${flag.toUpperCase().replaceAll('-', '_')}`;
}

/**
 * The flags that the environment sets, as arguments to put before those of the command line, which win. Only names of
 * flags are looked at: Kubernetes itself sets SLICEHINTS_PORT and the like beside a Service called slicehints.
 * @param args the command line: what it names is left out here, because a list would take the values of both
 */
export function argumentsFromEnvironment(env: NodeJS.ProcessEnv, args: readonly string[] = []): string[] {
  return Object.keys(CONTROLLER_FLAGS).flatMap((flag) => {
    const value = env[environmentName(flag)];
    const named = args.some((arg) => arg === `--${flag}` || arg.startsWith(`--${flag}=`));
    return value === undefined || named ? [] : [`--${flag}=${value}`];
  });
}

export function addControllerFlags<T>(yargs: Argv<T>): Argv<T & ControllerArguments> {
  return yargs.parserConfiguration(KEEP_REPEATED).options(CONTROLLER_FLAGS) as unknown as Argv<T & ControllerArguments>;
}

/** @throws {UsageError} for the first flag that cannot be */
export function readControllerSettings(given: ControllerArguments): ControllerSettings {
  const flags = lastOfRepeated(given, ['managed-by', 'ignore-managed-by', 'guard-exempt-user']);
  const duration = (flag: keyof ControllerArguments): number =>
    parsed(flag, () => parseDurationMs(String(flags[flag])));
  const number = (flag: keyof ControllerArguments, low: number, high: number, whole = false): number => {
    const text = String(flags[flag]);
    const value = text.trim() === '' ? NaN : Number(text);
    if (Number.isFinite(value) && value >= low && value <= high && (!whole || Number.isInteger(value))) return value;
    const range = high === Infinity ? `of at least ${low}` : `from ${low} to ${high}`;
    throw new UsageError(`--${flag}: expected a ${whole ? 'whole ' : ''}number ${range}, got "${text}"`);
  };
  const address = (flag: AddressFlag): BindAddress | undefined => parsed(flag, () => parseBindAddress(flags[flag]));
  // No value of a label has a comma, and a variable of the environment is there once only.
  const labels = (flag: 'managed-by' | 'ignore-managed-by'): string[] | undefined =>
    flags[flag]?.flatMap((value) => value.split(','));

  const leaseDurationMs = duration('leader-elect-lease-duration');
  const renewDeadlineMs = duration('leader-elect-renew-deadline');
  const retryPeriodMs = duration('leader-elect-retry-period');
  if (flags['leader-elect'] && leaseDurationMs <= renewDeadlineMs) {
    throw new UsageError('--leader-elect-lease-duration must be longer than --leader-elect-renew-deadline');
  }
  if (flags['leader-elect'] && renewDeadlineMs <= retryPeriodMs * 1.2) {
    throw new UsageError('--leader-elect-renew-deadline must be longer than 1.2 times --leader-elect-retry-period');
  }
  if (flags['leader-elect'] && retryPeriodMs <= 0)
    throw new UsageError('--leader-elect-retry-period must be longer than 0');
  if (flags['log-level'] !== undefined && flags.v !== undefined) {
    throw new UsageError('--log-level and --v say the same thing; give one of them');
  }
  const metricsAddress = address('metrics-bind-address');
  const healthAddress = address('health-probe-bind-address');
  const webhookAddress = address('guard-webhook-bind-address');
  refuseSharedPort({
    'metrics-bind-address': metricsAddress,
    'health-probe-bind-address': healthAddress,
    'guard-webhook-bind-address': webhookAddress,
  });
  return {
    kubeconfig: flags.kubeconfig === '' ? undefined : flags.kubeconfig,
    context: flags.context,
    namespace: flags.namespace,
    qps: number('kube-api-qps', -1, Infinity),
    burst: number('kube-api-burst', 1, Infinity, true),
    requestTimeoutMs: duration('kube-api-timeout'),
    lease: flags['leader-elect']
      ? {
          namespace: flags['leader-elect-resource-namespace'],
          name: flags['leader-elect-resource-name'],
          identity: `${hostname()}_${randomUUID()}`,
          leaseDurationMs,
          renewDeadlineMs,
          retryPeriodMs,
        }
      : undefined,
    concurrency: number('concurrent-service-syncs', 1, 1000, true),
    coalesceMs: duration('coalesce-window'),
    dryRun: flags['dry-run'],
    settings: {
      overloadThreshold: number('overload-threshold', 0, 10),
      rebalanceGain: number('rebalance-gain', 0, 1),
      autoStrategy: flags['auto-strategy'],
      inTree: flags['in-tree'],
      managedBy: labels('managed-by'),
      ignoreManagedBy: labels('ignore-managed-by'),
    },
    guardPolicyVersion: flags['guard-policy-version'],
    guardWebhook: webhookAddress && {
      address: webhookAddress,
      certDir: flags['guard-webhook-cert-dir'],
      exemptUsers: flags['guard-exempt-user'] ?? [],
    },
    metricsAddress,
    healthAddress,
    perServiceMetrics: flags['per-service-metrics'],
    logLevel: flags['log-level'] ?? levelOfVerbosity(flags.v === undefined ? 0 : number('v', 0, 10, true)),
    logFormat: flags['log-format'],
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

function parsed<T>(flag: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`--${flag}: ${error.message}`);
    throw error;
  }
}

/** The namespace that the pod runs in; undefined outside of a cluster. */
export function podNamespace(): string | undefined {
  try {
    return readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/namespace', 'utf8').trim();
  } catch {
    return undefined;
  }
}
