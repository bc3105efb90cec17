import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import type { Command } from '../command.js';
import { cleanUp, type CleanUpSummary } from '../../operations/cleanup.js';
import { LeaderElector } from '../../kube/leaderElection/leaderElector.js';
import { takeLease } from '../../kube/leaderElection/leaseTakeover.js';
import { ApiError, type Transport } from '../../kube/rest/transport.js';
import { clusterSurroundings, type ClusterSurroundings } from '../input/clusterSource.js';
import { LEASE_FLAGS, podNamespace } from '../flags/controllerFlags.js';
import { ACCESS_FLAGS, readNamespace, REQUEST_VERBOSITY_FLAGS, SCOPE_FLAGS } from '../flags/clusterFlags.js';
import { flag, type FlagValues } from '../flags/flag.js';
import { BOOLEAN, DRY_RUN } from '../flags/kinds.js';
import { logRequests } from '../input/requestLog.js';
import { createLogger } from '../output/logging.js';
import { Progress } from '../output/progress.js';
import type { Io } from '../output/terminal.js';

/** A lease that has been taken over is left to run out: by then the Deployment behind it should be gone. */
const HOLD_MS = 120_000;
const SAY_EVERY_MS = 10_000;

const { namespace: NAMESPACE_FLAG, 'all-namespaces': ALL_NAMESPACES } = SCOPE_FLAGS;

export const CLEANUP_FLAGS = {
  ...ACCESS_FLAGS,
  namespace: NAMESPACE_FLAG,
  'all-namespaces': ALL_NAMESPACES,
  'dry-run': flag(DRY_RUN, {
    default: 'false',
    describe: 'Count what would be done, write nothing; none, client and server as in kubectl',
  }),
  'take-over': flag(BOOLEAN, {
    default: 'false',
    describe: `Take the lease away from a running controller first, and keep it for ${HOLD_MS / 1000} s after the end`,
  }),
  ...LEASE_FLAGS,
  ...REQUEST_VERBOSITY_FLAGS,
} as const;

type CleanupArguments = FlagValues<typeof CLEANUP_FLAGS>;

/** `slicehints cleanup`: takes our hints and annotations off every slice; what an uninstall runs first. */
export function cleanupCommand(
  io: Io,
  surroundings: ClusterSurroundings = clusterSurroundings('cleanup'),
): Command<typeof CLEANUP_FLAGS> {
  return {
    name: 'cleanup',
    describe: 'Take our hints and annotations off every EndpointSlice; to be run before uninstalling',
    usage:
      '$0 cleanup\n\nTakes the hints and the annotation of slicehints off every EndpointSlice. Can be interrupted and run again. A controller that still runs would write them again: stop it first, or use --take-over.',
    flags: CLEANUP_FLAGS,
    run: async (args) => {
      const { kubeconfig, context, v } = args;
      readNamespace(args);
      const connected = await surroundings.connect({ kubeconfig, context, env: io.env });
      const transport = logRequests(connected, v, surroundings.clock, io.stderr);
      try {
        io.setExitCode(await run(args, transport, io, surroundings));
      } catch (error) {
        throw error instanceof ApiError ? new Error(`The cluster cannot be cleaned up: ${error.message}`) : error;
      } finally {
        transport.close();
      }
    },
  };
}

async function run(
  args: CleanupArguments,
  transport: Transport,
  io: Io,
  { clock }: ClusterSurroundings,
): Promise<number> {
  const { namespace, 'dry-run': dryRun } = args;
  const stop = new AbortController();
  const interrupted = io.untilSignal(() => undefined);
  const signal = AbortSignal.any([interrupted, stop.signal]);
  const say = (text: string): void => void io.stdout.write(`${text}\n`);
  const progress = new Progress(io.isErrorTTY ? io.stderr : undefined, clock);
  // A terminal shows a line that changes; the log of a Job gets one now and then.
  let saidMs = clock.monotonicMs();
  // What goes wrong with the lease ends the work, because the controller may be writing again by then.
  let lost: Error | undefined;
  const lease = args['take-over'] && !dryRun ? await takeOver(args, transport, io, clock, signal, say) : undefined;
  const held = lease?.run(signal).catch((error: unknown) => {
    lost = error instanceof Error ? error : new Error(String(error));
    stop.abort();
  });
  try {
    const summary = await cleanUp({
      transport,
      clock,
      signal,
      dryRun,
      ...(namespace === undefined ? {} : { namespace }),
      onProgress: ({ looked, total, done }) => {
        const text =
          total === undefined ? `Listing EndpointSlices: ${looked}` : `Cleaning EndpointSlices: ${done} of ${total}`;
        progress.report(() => text);
        if (io.isErrorTTY || clock.monotonicMs() - saidMs < SAY_EVERY_MS) return;
        saidMs = clock.monotonicMs();
        say(text);
      },
    });
    progress.clear();
    if (lost !== undefined) throw lost;
    return report(summary, dryRun, say, io);
  } catch (error) {
    // A lost lease ends the listing too, whose own error says nothing.
    throw lost ?? error;
  } finally {
    progress.clear();
    stop.abort();
    await held;
  }
}

async function takeOver(
  args: CleanupArguments,
  transport: Transport,
  io: Io,
  clock: ClusterSurroundings['clock'],
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<LeaderElector> {
  const lease = {
    transport,
    namespace: args['leader-elect-resource-namespace'] ?? podNamespace() ?? 'kube-system',
    name: args['leader-elect-resource-name'],
    identity: `cleanup_${hostname()}_${randomUUID()}`,
    leaseDurationMs: HOLD_MS,
    clock,
  };
  await takeLease({
    ...lease,
    signal,
    onTaken: (holder, waitMs) =>
      say(
        `Took the lease ${lease.namespace}/${lease.name} from ${holder}; waiting ${waitMs / 1000} s for its last writes.`,
      ),
  });
  const logger = createLogger({ format: 'text', level: 'error', stream: io.stderr, colour: io.isErrorTTY });
  return new LeaderElector({
    ...lease,
    renewDeadlineMs: HOLD_MS * 0.75,
    retryPeriodMs: HOLD_MS / 6,
    random: Math.random,
    logger,
    onStartedLeading: () => undefined,
  });
}

function report(summary: CleanUpSummary, dryRun: boolean, say: (text: string) => void, io: Io): number {
  const { looked, cleaned, endpoints, failed, interrupted } = summary;
  const slices = `${cleaned} of ${looked} EndpointSlices, ${endpoints} endpoints`;
  say(dryRun ? `Would take hints off ${slices}. Nothing was written.` : `Took hints off ${slices}.`);
  for (const { slice, message } of failed) io.stderr.write(`slicehints cleanup: EndpointSlice ${slice}: ${message}\n`);
  if (interrupted) io.stderr.write('slicehints cleanup: interrupted; run it again to finish.\n');
  return failed.length > 0 || interrupted ? 1 : 0;
}
