import type { BindAddress } from '../../../server/bindAddress.js';
import { parseObjectKey } from '../../../model/objectKey.js';
import type { TrafficQuery } from '../../../measured/presets.js';
import type { ConfigMapName } from '../../../observe/measuredWriter.js';
import type { PrometheusAccess } from '../../../observe/prometheusClient.js';
import { podNamespace } from '../../input/podNamespace.js';
import { ACCESS_FLAGS } from '../clusterFlags.js';
import { flag, type FlagValues } from '../flag.js';
import { POSITIVE_DURATION, SERVICE_KEY } from '../kinds.js';
import { PROMETHEUS_FLAGS, readPrometheusAccess, readTrafficQuery } from '../prometheusFlags.js';
import { addressOf, LOG_FLAGS, SERVER_FLAGS } from '../serverFlags.js';
import { UsageError } from '../usageError.js';

export const OBSERVE_FLAGS = {
  ...PROMETHEUS_FLAGS,
  interval: flag(POSITIVE_DURATION, { default: '1m', describe: 'Time between two queries', group: 'Prometheus:' }),
  'measured-configmap': flag(SERVICE_KEY, {
    describe:
      'The ConfigMap to write, as namespace/name; by default slicehints-measured in the namespace of the pod, else kube-system',
    group: 'Cluster:',
  }),
  ...ACCESS_FLAGS,
  ...SERVER_FLAGS,
  ...LOG_FLAGS,
} as const;

export interface ObserveSettings {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly prometheus: PrometheusAccess;
  readonly query: TrafficQuery;
  readonly intervalMs: number;
  readonly configMap: ConfigMapName;
  readonly metricsAddress: BindAddress | undefined;
  readonly healthAddress: BindAddress | undefined;
}

/** Two queries never run side by side, and figures expire after ten minutes. */
const SHORTEST_MS = 1000;
const LONGEST_MS = 300_000;

/** @throws {UsageError} for flags that contradict each other or are missing */
export function readObserveSettings(flags: FlagValues<typeof OBSERVE_FLAGS>): ObserveSettings {
  const { interval: intervalMs, kubeconfig, context } = flags;
  if (intervalMs < SHORTEST_MS || intervalMs > LONGEST_MS) {
    throw new UsageError('--interval: expected a duration from 1s to 5m, because figures expire after ten minutes');
  }
  const key = flags['measured-configmap'];
  return {
    kubeconfig: kubeconfig === '' ? undefined : kubeconfig,
    context,
    prometheus: readPrometheusAccess(flags),
    query: readTrafficQuery(flags),
    intervalMs,
    configMap:
      key === undefined
        ? { namespace: podNamespace() ?? 'kube-system', name: 'slicehints-measured' }
        : parseObjectKey(key),
    metricsAddress: addressOf(flags['metrics-bind-address']),
    healthAddress: addressOf(flags['health-probe-bind-address']),
  };
}
