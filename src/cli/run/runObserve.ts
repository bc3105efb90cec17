import type { Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { systemClock, type Clock } from '../../kube/clock.js';
import { HttpTransport } from '../../kube/rest/httpTransport.js';
import { EXPIRY_SECONDS } from '../../measured/figures.js';
import { observeReport } from '../../metrics/observeMetrics.js';
import { MeasuredWriter } from '../../observe/measuredWriter.js';
import { Observer } from '../../observe/observer.js';
import { PrometheusClient } from '../../observe/prometheusClient.js';
import { healthListener, type HealthChecks } from '../../server/health.js';
import { metricsListener } from '../../server/metricsListener.js';
import { ProcessServers, type Listening } from '../../server/processServers.js';
import type { ObserveSettings } from '../flags/commands/observeFlags.js';
import { openClusterAccess } from '../input/clusterAccess.js';
import { packageVersion } from '../version.js';

export interface ObserveHooks {
  readonly onListening?: (servers: Listening) => void;
}

/** Runs until the signal fires. */
export async function runObserve(
  settings: ObserveSettings,
  logger: Logger,
  signal: AbortSignal,
  hooks: ObserveHooks = {},
): Promise<void> {
  const version = packageVersion();
  const clock = systemClock;
  const userAgent = `slicehints/${version} (observe)`;
  const { kubeconfig, context, prometheus, query, intervalMs, configMap } = settings;
  const access = openClusterAccess({ kubeconfig, ...(context === undefined ? {} : { context }) });
  const transport = new HttpTransport({ access, userAgent, clock });
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const observer = new Observer({
    prometheus: new PrometheusClient(prometheus, { clock, userAgent }),
    query,
    writer: new MeasuredWriter(transport, configMap),
    intervalMs,
    clock,
    logger,
    report: observeReport(registry, () => clock.wallMs()),
  });
  const servers = new ProcessServers();
  try {
    logger.info(
      { version, node: process.version, prometheus: prometheus.url.origin, query: query.query, configMap, intervalMs },
      'starting slicehints observe',
    );
    const health = await servers.start(settings.healthAddress, healthListener(checks(observer, clock)));
    const metrics = await servers.start(settings.metricsAddress, metricsListener(registry));
    hooks.onListening?.({ health, metrics });
    await observer.run(signal);
    logger.info('slicehints observe stopped');
  } finally {
    transport.close();
    await servers.close();
  }
}

/** A restart helps with nothing that Prometheus does; not ready tells that figures expire, or that there are none. */
function checks(observer: Observer, clock: Clock): HealthChecks {
  return {
    healthz: [{ name: 'process', check: () => ({}) }],
    readyz: [
      {
        name: 'measured',
        check: () => {
          const { problem, lastUsedMs } = observer;
          const isOld = lastUsedMs === undefined || clock.monotonicMs() - lastUsedMs > EXPIRY_SECONDS * 1000;
          if (isOld) return { problem: problem ?? 'nothing is measured yet' };
          return problem === undefined ? {} : { note: problem };
        },
      },
    ],
  };
}
