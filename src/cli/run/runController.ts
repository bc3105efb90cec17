import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { Controller } from '../../controller/controller.js';
import { systemClock } from '../../kube/clock.js';
import { openClusterAccess } from '../input/clusterAccess.js';
import { EventRecorder } from '../../kube/events/eventRecorder.js';
import { HttpTransport } from '../../kube/rest/httpTransport.js';
import { RateLimiter } from '../../kube/rest/rateLimiter.js';
import { healthListener, type HealthChecks } from '../../server/health.js';
import type { RunningServer } from '../../server/httpServer.js';
import { ProcessServers, type Listening } from '../../server/processServers.js';
import { Metrics } from '../../metrics/metrics.js';
import { serveGuard } from '../../guard/webhook.js';
import { AuditLog } from '../output/auditLog.js';
import type { ControllerSettings } from '../flags/commands/controllerFlags.js';
import { podNamespace } from '../input/podNamespace.js';
import { packageVersion } from '../version.js';

export interface RunHooks {
  /** Called once everything is wired and the servers listen, before the controller starts. */
  readonly onWired?: (controller: Controller, servers: Listening) => void;
}

/** A process whose event loop is blocked for this long is restarted by its liveness probe. */
const STALL_MS = 30_000;
const HEARTBEAT_MS = 1000;

/** Wires a controller to a cluster and to its servers, and runs it until the signal fires. */
export async function runController(
  settings: ControllerSettings,
  logger: Logger,
  signal: AbortSignal,
  hooks: RunHooks = {},
): Promise<void> {
  const version = packageVersion();
  const clock = systemClock;
  const audit =
    settings.auditLog === undefined
      ? undefined
      : AuditLog.open({
          path: settings.auditLog,
          wallMs: () => clock.wallMs(),
          onFailed: (problem) => logger.error({ problem }, 'the audit log misses changes'),
        });
  const access = openClusterAccess({
    kubeconfig: settings.kubeconfig,
    ...(settings.context === undefined ? {} : { context: settings.context }),
  });
  const metrics = new Metrics({ version, perService: settings.perServiceMetrics });
  const common = {
    access,
    userAgent: `slicehints/${version}`,
    clock,
    requestTimeoutMs: settings.requestTimeoutMs,
    onRequest: metrics.client.onRequest,
  };
  const transport = new HttpTransport({
    ...common,
    limiter: new RateLimiter({ qps: settings.qps, burst: settings.burst, clock }),
  });
  const leaseTransport = new HttpTransport(common);
  const eventTransport = new HttpTransport(common);
  const recorder = new EventRecorder({
    transport: eventTransport,
    budget: new RateLimiter({ qps: settings.eventQps, burst: settings.eventBurst, clock }),
    component: 'slicehints',
    host: hostname(),
    clock,
    random: Math.random,
    logger: logger.child({ component: 'events' }),
    observer: metrics.client.recorderObserver,
  });
  const controller = new Controller({
    transport,
    leaseTransport,
    recorder,
    settings: settings.settings,
    guardPolicyVersion: settings.guardPolicyVersion,
    measuredConfigMap: settings.measuredConfigMap,
    lease: settings.lease && {
      ...settings.lease,
      namespace: settings.lease.namespace ?? podNamespace() ?? 'kube-system',
    },
    namespace: settings.namespace,
    concurrency: settings.concurrency,
    coalesceMs: settings.coalesceMs,
    maxWritesPerMinute: settings.maxWritesPerMinute,
    dryRun: settings.dryRun,
    drainLimit: settings.drainLimit,
    clock,
    random: Math.random,
    logger,
    ...(audit === undefined ? {} : { onChange: (change) => audit.write(change) }),
    observer: metrics.observer,
    reflectorObserver: metrics.client.reflectorObserver,
  });
  metrics.watchController(controller, () => clock.monotonicMs());

  let lastBeatMs = clock.monotonicMs();
  const heartbeat = setInterval(() => (lastBeatMs = clock.monotonicMs()), HEARTBEAT_MS);
  const servers = new ProcessServers();
  try {
    logger.info({ version, node: process.version, server: access.server, ...shown(settings) }, 'starting slicehints');
    const checks = healthChecks(controller, () => clock.monotonicMs() - lastBeatMs);
    const health = await servers.start(settings.healthAddress, healthListener(checks));
    const scrape = await servers.start(settings.metricsAddress, metrics.listener());
    logger.info({ health: shownAddress(health), metrics: shownAddress(scrape) }, 'servers listen');
    hooks.onWired?.(controller, { health, metrics: scrape });
    await runBoth(
      (until) => controller.run(until),
      (until) => {
        const { guardWebhook } = settings;
        return guardWebhook && serveGuard(guardWebhook, clock, logger, until, { onAnswer: metrics.onReview });
      },
      signal,
    );
    logger.info('slicehints stopped');
  } finally {
    clearInterval(heartbeat);
    transport.close();
    leaseTransport.close();
    eventTransport.close();
    audit?.close();
    await servers.close();
  }
}

/** Runs the controller until the signal fires or one of the two fails, and the webhook until the controller has ended. */
async function runBoth(
  runMain: (until: AbortSignal) => Promise<void>,
  runWebhook: (until: AbortSignal) => Promise<void> | undefined,
  signal: AbortSignal,
): Promise<void> {
  const failed = new AbortController();
  const ended = new AbortController();
  const main = runMain(AbortSignal.any([signal, failed.signal]));
  const webhook = runWebhook(ended.signal);
  try {
    await Promise.race(webhook === undefined ? [main] : [main, webhook]);
  } finally {
    failed.abort();
    await Promise.allSettled([main]);
    ended.abort();
    await Promise.allSettled([webhook]);
  }
}

/** The settings as the start line shows them; they hold no secrets. */
function shown({
  settings,
  lease,
  namespace,
  qps,
  burst,
  concurrency,
  coalesceMs,
  maxWritesPerMinute,
  dryRun,
}: ControllerSettings): object {
  return {
    namespace,
    qps,
    burst,
    concurrency,
    coalesceMs,
    maxWritesPerMinute,
    dryRun,
    leaderElection: lease !== undefined && !dryRun,
    shards: lease?.shards ?? 1,
    ...settings,
  };
}

function shownAddress(server: RunningServer | undefined): string {
  if (server === undefined) return 'off';
  return `${server.host.includes(':') ? `[${server.host}]` : server.host}:${server.port}`;
}

function healthChecks(controller: Controller, sinceBeatMs: () => number): HealthChecks {
  return {
    healthz: [
      {
        name: 'event-loop',
        check: () => (sinceBeatMs() > STALL_MS ? { problem: `blocked for ${Math.round(sinceBeatMs() / 1000)} s` } : {}),
      },
      {
        name: 'lease',
        check: () => controller.shards.describe(),
      },
    ],
    readyz: [
      ...controller.reflectors.map((reflector) => ({
        name: `cache-${reflector.name}`,
        check: () => (reflector.synced ? {} : { problem: 'not synced yet' }),
      })),
      {
        name: 'guard',
        check: () => {
          const { known, guard } = controller.coexistence;
          if (!known) return { problem: 'not known yet' };
          return { note: guard.inForce ? `in force as ${guard.how}` : `not in force: ${guard.how}` };
        },
      },
      ...Object.entries(controller.prerequisites).map(([name, part]) => ({
        name,
        check: () => (part.known ? {} : { problem: 'not known yet' }),
      })),
      {
        name: 'writes',
        check: () => ({ note: controller.rails.describe() }),
      },
      {
        name: 'in-tree',
        check: () => ({ note: `${controller.coexistence.inTree.inTree}: ${controller.coexistence.inTree.how}` }),
      },
    ],
  };
}
