import { readZoneDrain, ZONE_DRAIN_KIND, type ZoneDrainManifest } from '../../hints/drain/zoneDrain.js';
import { POLICY_GROUP, POLICY_VERSION } from '../../hints/policy/policy.js';
import { sleep } from '../../kube/clock.js';
import { metaTime } from '../../kube/metaTime.js';
import { sendForItems, sendForObject } from '../../kube/rest/objects.js';
import { zoneDrainPath, zoneDrainsPath } from '../../kube/rest/paths.js';
import { ApiError, type Transport } from '../../kube/rest/transport.js';
import { compareText } from '../../model/objectKey.js';
import { isZoneName } from '../../model/zones/zoneName.js';
import type { Command } from '../command.js';
import { assessDrain } from '../drain/assessDrain.js';
import { renderAssessment, renderDrains, renderNotFollowing, type ListedDrain } from '../drain/renderDrain.js';
import { readFiles } from '../flags/clusterFlags.js';
import { DRAIN_FLAGS, judgingFlagOf, type DrainArguments } from '../flags/commands/drainFlags.js';
import { readHintSettings } from '../flags/hintFlags.js';
import { quoted, UsageError } from '../flags/usageError.js';
import { clusterSurroundings, gatherManifests, openCluster, type ClusterSurroundings } from '../input/clusterSource.js';
import { clusterObjects } from '../input/manifests.js';
import { Progress } from '../output/progress.js';
import { painter, type Io } from '../output/terminal.js';

const RESOURCE = 'zonedrain.slicehints.io';
const POLL_MS = 500;

/** `slicehints drain`: begins, shows and ends drains of zones. */
export function drainCommand(
  io: Io,
  surroundings: ClusterSurroundings = clusterSurroundings('drain'),
): Command<typeof DRAIN_FLAGS> {
  return {
    name: 'drain',
    describe: 'Take the endpoints of a zone out of use for a time, by hints; show drains, or end them',
    usage: `$0 drain ZONE --for 2h
       $0 drain status [ZONE]
       $0 drain end ZONE

Begins a drain of a zone: no new connection of Services with hints goes to its endpoints, and its clients use those of the other zones, until the time is over or the drain is ended. Creates a ZoneDrain, or extends the one that is there, and waits until a controller has accepted or refused it. With --dry-run it tells what would be drained, what would be too much and what does not follow, as a controller with the same flags would judge it, also from manifests. Exits with 1 where the drain is refused.`,
    flags: DRAIN_FLAGS,
    refusesRepeated: true,
    operands: 2,
    operandValues: ['status', 'end'],
    examples: [
      ['$0 drain zone-a --for 2h --dry-run=client', 'what it would do'],
      ['$0 drain zone-a --for 2h', 'drain for two hours'],
      ['$0 drain status', 'all drains'],
      ['$0 drain end zone-a', 'end it now'],
    ],
    run: async (args, operands) => io.setExitCode(await run(args, operands, io, surroundings)),
  };
}

async function run(
  args: DrainArguments,
  [first, second]: readonly string[],
  io: Io,
  surroundings: ClusterSurroundings,
): Promise<number> {
  if (first === undefined) throw new UsageError('Name a zone, or one of status and end.');
  const isVerb = first === 'status' || first === 'end';
  if (!isVerb && !isZoneName(first)) throw new UsageError(`expected the name of a zone, got ${quoted(first)}`);
  if (!isVerb && second !== undefined) throw new UsageError(`unexpected argument ${quoted(second)}`);
  if (first === 'end' && second === undefined) throw new UsageError('Name the zone whose drain is to end.');
  if (isVerb && args.for !== undefined) throw new UsageError(`--for: drain ${first} takes no time`);
  if (!isVerb && args.for === undefined) throw new UsageError('--for: required; give the time as in --for 2h');
  if (!isVerb && args['dry-run']) return await tellEffect(args, first, io, surroundings);
  if (readFiles(args).length > 0) throw new UsageError('--filename: drains are of a live cluster; it needs --dry-run');
  const judging = judgingFlagOf(args);
  if (judging !== undefined)
    throw new UsageError(`--${judging}: it needs --dry-run; a controller judges by its own flags`);
  const session = { args, io, surroundings, transport: await openCluster(args, io, surroundings) };
  try {
    if (first === 'status') return await showDrains(session, second);
    return first === 'end' ? await endDrains(session, second!) : await beginDrain(session, first);
  } finally {
    session.transport.close();
  }
}

const NOT_SERVED =
  'the cluster has no ZoneDrain: install the chart with drains.enabled, or charts/slicehints/files/drains.yaml';

interface Session {
  readonly args: DrainArguments;
  readonly io: Io;
  readonly surroundings: ClusterSurroundings;
  readonly transport: Transport;
}

async function tellEffect(
  args: DrainArguments,
  zone: string,
  io: Io,
  surroundings: ClusterSurroundings,
): Promise<number> {
  const progress = new Progress(io.isErrorTTY ? io.stderr : undefined, surroundings.clock);
  const source = {
    ...args,
    files: readFiles(args),
    namespace: undefined,
    selector: undefined,
    service: undefined,
    hints: readHintSettings(args),
  };
  try {
    const { settings, ...manifests } = await gatherManifests(source, io, surroundings, progress);
    const nowMs = surroundings.clock.wallMs();
    const assessed = assessDrain({
      objects: clusterObjects(manifests),
      settings,
      drain: { zone, untilMs: nowMs + (args.for ?? 0), force: args.force },
      limit: args['drain-limit'],
      nowMs,
    });
    progress.clear();
    for (const note of manifests.notes) io.stderr.write(`slicehints drain: ${note}\n`);
    io.stdout.write(
      args.output === 'json' ? `${JSON.stringify({ zone, ...assessed }, null, 2)}\n` : renderAssessment(zone, assessed),
    );
    return assessed.judgement.accepted ? 0 : 1;
  } finally {
    progress.clear();
  }
}

async function beginDrain(session: Session, zone: string): Promise<number> {
  const { args, io, surroundings, transport } = session;
  const { clock } = surroundings;
  const name = objectNameOf(zone);
  const until = metaTime(clock.wallMs() + (args.for ?? 0));
  const spec = { zone, until, force: args.force };
  const known = (await listDrains(transport)).find((drain) => drain.metadata?.name === name);
  if (known !== undefined && known.spec?.zone !== zone) {
    throw new UsageError(`ZoneDrain ${name} is of zone ${quoted(known.spec?.zone ?? '')}; end that first`);
  }
  const written: ListedDrain = await sendForObject(
    transport,
    known === undefined
      ? {
          method: 'POST',
          path: zoneDrainsPath(),
          body: { apiVersion: `${POLICY_GROUP}/${POLICY_VERSION}`, kind: ZONE_DRAIN_KIND, metadata: { name }, spec },
        }
      : {
          method: 'PATCH',
          path: zoneDrainPath(name),
          body: { spec: { until, force: args.force } },
          contentType: 'application/merge-patch+json',
        },
  );
  if (args.output === 'text')
    io.stdout.write(`${RESOURCE}/${name} ${known === undefined ? 'created' : 'configured'}\n`);
  const signal = io.untilSignal(() => undefined);
  const judged = await untilJudged(session, written, signal);
  const { isJudged, conditions } = readZoneDrain(judged);
  if (args.output === 'json') io.stdout.write(`${JSON.stringify(judged, null, 2)}\n`);
  if (!isJudged) {
    if (args.timeout === 0) return 0;
    if (signal.aborted) {
      throw new Error(
        `interrupted before a controller has judged the drain, which stays: slicehints drain end ${zone} ends it`,
      );
    }
    throw new Error(
      `no controller has judged the drain within ${args.timeout / 1000} s: it takes effect when one accepts it (slicehints doctor shows whether one leads)`,
    );
  }
  const accepted = conditions.get('Accepted');
  const isAccepted = accepted?.status === 'True';
  if (args.output === 'text') {
    io.stdout.write(
      isAccepted
        ? `Zone ${zone} is drained until ${until}: ${accepted.message}\n${renderNotFollowing(judged)}`
        : `The drain is refused (${accepted?.reason}): ${accepted?.message}\n`,
    );
  }
  return isAccepted ? 0 : 1;
}

/** @returns the drain as it is once it is judged, or when the time is over or the signal fires */
async function untilJudged(
  { args: { timeout }, surroundings: { clock }, transport }: Session,
  written: ListedDrain,
  signal: AbortSignal,
): Promise<ListedDrain> {
  const deadlineMs = clock.monotonicMs() + timeout;
  const path = zoneDrainPath(written.metadata?.name ?? '');
  let drain = written;
  while (!readZoneDrain(drain).isJudged && clock.monotonicMs() < deadlineMs) {
    await sleep(clock, POLL_MS, signal);
    try {
      drain = await sendForObject(transport, { method: 'GET', path, signal });
    } catch (error) {
      if (signal.aborted) return drain;
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
      throw new Error('the drain was deleted before a controller has judged it', { cause: error });
    }
  }
  return drain;
}

async function showDrains({ args, io, surroundings, transport }: Session, zone: string | undefined): Promise<number> {
  const all = await listDrains(transport);
  const drains = zone === undefined ? all : all.filter((drain) => isOf(drain, zone));
  if (zone !== undefined && drains.length === 0) throw new Error(`there is no drain of zone ${quoted(zone)}`);
  if (args.output === 'json') {
    const list = { apiVersion: `${POLICY_GROUP}/${POLICY_VERSION}`, kind: `${ZONE_DRAIN_KIND}List`, items: drains };
    io.stdout.write(`${JSON.stringify(list, null, 2)}\n`);
    return 0;
  }
  io.stdout.write(renderDrains(drains, surroundings.clock.wallMs(), painter(io)));
  if (zone !== undefined) io.stdout.write(renderNotFollowing(drains[0]!));
  return 0;
}

async function endDrains({ args, io, transport }: Session, zone: string): Promise<number> {
  const drains = (await listDrains(transport)).filter((drain) => isOf(drain, zone));
  if (drains.length === 0) throw new Error(`there is no drain of zone ${quoted(zone)}`);
  for (const { metadata } of drains) {
    const name = metadata?.name ?? '';
    if (!args['dry-run']) await transport.send({ method: 'DELETE', path: zoneDrainPath(name) });
    if (args.output === 'text') {
      io.stdout.write(`${RESOURCE} ${JSON.stringify(name)} deleted${args['dry-run'] ? ' (dry run)' : ''}\n`);
    }
  }
  if (args.output === 'json') io.stdout.write(`${JSON.stringify({ items: drains }, null, 2)}\n`);
  return 0;
}

/** A drain is found by its zone, or by its name. */
function isOf({ metadata, spec }: ZoneDrainManifest, zone: string): boolean {
  return spec?.zone === zone || metadata?.name === zone;
}

/** Sorted by name; there are few. */
async function listDrains(transport: Transport): Promise<readonly ListedDrain[]> {
  let items: readonly ListedDrain[];
  try {
    items = await sendForItems(transport, { method: 'GET', path: zoneDrainsPath() });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    throw new Error(`${NOT_SERVED} (${error.message})`, { cause: error });
  }
  return [...items].sort((a, b) => compareText(a.metadata?.name ?? '', b.metadata?.name ?? ''));
}

/** Zones are values of labels, which may have capitals and underscores; names of objects may not. */
function objectNameOf(zone: string): string {
  return zone.toLowerCase().replaceAll(/[^a-z0-9.-]/g, '-');
}
