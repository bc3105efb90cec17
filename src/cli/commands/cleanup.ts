import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import type { Command } from '../command.js';
import { cleanUp, findReturned, type CleanUpSummary } from '../../operations/cleanup.js';
import { CLEANUP_IDENTITY, findLeases, partsOf, type FoundLease, type FoundLeases } from '../../operations/leases.js';
import { LeaderElector } from '../../kube/leaderElection/leaderElector.js';
import { takeLease } from '../../kube/leaderElection/leaseTakeover.js';
import { ApiError, type Transport } from '../../kube/rest/transport.js';
import { clusterSurroundings, openCluster, type ClusterSurroundings } from '../input/clusterSource.js';
import { ACCESS_FLAGS, readNamespace, REQUEST_VERBOSITY_FLAGS, SCOPE_FLAGS } from '../flags/clusterFlags.js';
import { flag, type FlagValues } from '../flags/flag.js';
import { BOOLEAN, DRY_RUN, DURATION, NAMESPACE, OBJECT_NAME } from '../flags/kinds.js';
import { podNamespace } from '../input/podNamespace.js';
import { createLogger } from '../output/logging.js';
import { Progress } from '../output/progress.js';
import type { Io } from '../output/terminal.js';

/** A lease that has been taken over is left to expire: by then the Deployment behind it should be gone. */
const HOLD_MS = 120_000;
const LOG_EVERY_MS = 10_000;
const DEFAULT_LEASE = 'slicehints';
/** How many names a sentence lists before it counts. */
const NAMED = 5;

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
    describe: `Take the lease away from running controllers first, and keep it for ${HOLD_MS / 1000} s after the end`,
  }),
  'verify-for': flag(DURATION, {
    default: '10s',
    describe: 'How long to watch that no hints come back before success is reported; 0 does not watch',
  }),
  'leader-elect-resource-name': flag(OBJECT_NAME, {
    describe: `Name of Leases without the label, as older controllers left them; by default ${DEFAULT_LEASE}`,
    group: 'Leader election:',
  }),
  'leader-elect-resource-namespace': flag(NAMESPACE, {
    describe: 'Only Leases of this namespace; with the name as well, only that Lease',
    group: 'Leader election:',
  }),
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
      '$0 cleanup\n\nTakes the hints and the annotation of slicehints off every EndpointSlice. Can be interrupted and run again. A controller that still runs would write them again, so the clean-up refuses then: stop the controller first, or use --take-over. Controllers are found by the label of their Lease, in all namespaces.',
    flags: CLEANUP_FLAGS,
    run: async (args) => {
      readNamespace(args);
      const transport = await openCluster(args, io, surroundings);
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
  const { namespace, 'dry-run': dryRun, 'take-over': takeOver, 'verify-for': verifyMs } = args;
  const stop = new AbortController();
  const interrupted = io.untilSignal(() => undefined);
  const signal = AbortSignal.any([interrupted, stop.signal]);
  const print = (text: string): void => void io.stdout.write(`${text}\n`);
  const warn = (text: string): void => void io.stderr.write(`slicehints cleanup: ${text}\n`);
  const progress = new Progress(io.isErrorTTY ? io.stderr : undefined, clock);

  const { leases, unreadable } = await searchLeases(args, transport, clock, signal);
  if (unreadable.length > 0) warn(unreadableText(unreadable));
  const live = leases.filter(({ isLive }) => isLive);
  if (live.length > 0 && dryRun) for (const lease of live) print(`${holds(lease)}: it would write the hints again.`);
  if (live.length > 0 && !dryRun && !takeOver) {
    for (const lease of live) warn(`${holds(lease)} and would write the hints again.`);
    warn('nothing was written; stop the controller first, or use --take-over.');
    return 1;
  }

  // What goes wrong with a lease ends the work, because the controller may be writing again by then.
  const lost: Error[] = [];
  const failIfLost = (): void => {
    if (lost[0] !== undefined) throw lost[0];
  };
  const taken = takeOver && !dryRun ? leasesToTake(args, leases) : [];
  const electors = await Promise.all(taken.map((lease) => takeFrom(lease, transport, io, clock, signal, print)));
  const held = electors.map((elector) =>
    elector.run(signal).catch((error: unknown) => {
      lost.push(error instanceof Error ? error : new Error(String(error)));
      stop.abort();
    }),
  );
  // A terminal shows a line that changes; the log of a Job gets one now and then.
  let printedMs = clock.monotonicMs();
  const common = { transport, clock, signal, ...(namespace === undefined ? {} : { namespace }) };
  try {
    const summary = await cleanUp({
      ...common,
      dryRun,
      onProgress: ({ looked, total, done }) => {
        const text =
          total === undefined ? `Listing EndpointSlices: ${looked}` : `Cleaning EndpointSlices: ${done} of ${total}`;
        progress.report(() => text);
        if (io.isErrorTTY || clock.monotonicMs() - printedMs < LOG_EVERY_MS) return;
        printedMs = clock.monotonicMs();
        print(text);
      },
    });
    progress.clear();
    failIfLost();
    const code = report(summary, dryRun, print, warn);
    if (dryRun || verifyMs === 0 || summary.interrupted || summary.cleaned.length === 0) return code;
    progress.report(() => `Watching for ${verifyMs / 1000} s whether hints come back`, true);
    const returned = await findReturned(summary.cleaned, verifyMs, common);
    progress.clear();
    failIfLost();
    return Math.max(code, reportReturned(returned, signal.aborted, verifyMs, print, warn));
  } catch (error) {
    // A lost lease ends the listing too, whose own error does not tell why.
    failIfLost();
    throw error;
  } finally {
    progress.clear();
    stop.abort();
    await Promise.all(held);
  }
}

function searchLeases(
  args: CleanupArguments,
  transport: Transport,
  clock: ClusterSurroundings['clock'],
  signal: AbortSignal,
): Promise<FoundLeases> {
  const { 'leader-elect-resource-name': name, 'leader-elect-resource-namespace': namespace } = args;
  const likely = [podNamespace(), 'kube-system', args.namespace];
  return findLeases({
    transport,
    clock,
    signal,
    name: name ?? DEFAULT_LEASE,
    namespace,
    exact: name !== undefined && namespace !== undefined,
    likelyNamespaces: likely.filter((one) => one !== undefined),
  });
}

type LeaseName = Pick<FoundLease, 'namespace' | 'name'>;

/** A Lease that was named and does not exist is created, so that no standby takes it. */
function leasesToTake(args: CleanupArguments, found: readonly FoundLease[]): readonly LeaseName[] {
  const { 'leader-elect-resource-name': name, 'leader-elect-resource-namespace': namespace } = args;
  if (found.length === 0 && name !== undefined && namespace !== undefined) return [{ namespace, name }];
  // Replicas with shards end when they lose the Lease that they hold together.
  const parts = new Set(found.flatMap((lease) => (lease.shards === undefined ? [] : partsOf(lease, found))));
  return found.filter((lease) => !parts.has(lease));
}

async function takeFrom(
  { namespace, name }: LeaseName,
  transport: Transport,
  io: Io,
  clock: ClusterSurroundings['clock'],
  signal: AbortSignal,
  print: (text: string) => void,
): Promise<LeaderElector> {
  const lease = {
    transport,
    namespace,
    name,
    identity: `${CLEANUP_IDENTITY}${hostname()}_${randomUUID()}`,
    leaseDurationMs: HOLD_MS,
    clock,
  };
  await takeLease({
    ...lease,
    signal,
    isHarmless: (holder) => holder.startsWith(CLEANUP_IDENTITY),
    onTaken: (holder, waitMs) =>
      print(`Took the lease ${namespace}/${name} from ${holder}; waiting ${waitMs / 1000} s for its last writes.`),
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

function holds({ namespace, name, holder }: FoundLease): string {
  return `the controller ${holder} holds the Lease ${namespace}/${name}`;
}

function unreadableText(unreadable: readonly string[]): string {
  const where = unreadable.map((namespace) => (namespace === '' ? 'all namespaces' : `namespace ${namespace}`));
  return `Leases of ${where.join(', ')} may not be listed, so a controller there may not be found.`;
}

function report(
  summary: CleanUpSummary,
  dryRun: boolean,
  print: (text: string) => void,
  warn: (text: string) => void,
): number {
  const { looked, cleaned, endpoints, failed, interrupted } = summary;
  const slices = `${cleaned.length} of ${looked} EndpointSlices, ${endpoints} endpoints`;
  print(dryRun ? `Would take hints off ${slices}. Nothing was written.` : `Took hints off ${slices}.`);
  for (const { slice, message } of failed) warn(`EndpointSlice ${slice}: ${message}`);
  if (interrupted) warn('interrupted; run it again to finish.');
  return failed.length > 0 || interrupted ? 1 : 0;
}

function reportReturned(
  returned: readonly string[],
  interrupted: boolean,
  verifyMs: number,
  print: (text: string) => void,
  warn: (text: string) => void,
): number {
  if (interrupted) {
    warn('interrupted before it was known whether hints come back.');
    return 1;
  }
  if (returned.length === 0) {
    print(`No hints came back within ${verifyMs / 1000} s.`);
    return 0;
  }
  const more = returned.length > NAMED ? ` and ${returned.length - NAMED} more` : '';
  warn(
    `hints came back on ${returned.length} EndpointSlice${returned.length === 1 ? '' : 's'}: ` +
      `${returned.slice(0, NAMED).join(', ')}${more}. A controller that holds none of these Leases still writes: ` +
      'stop it and run the clean-up again.',
  );
  return 1;
}
