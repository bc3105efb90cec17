import { stringify } from 'yaml';
import { auditCluster, lossesAbove, type AuditedCluster } from '../../analysis/audit/auditCluster.js';
import { renderAudit } from '../audit/auditTable.js';
import type { Command } from '../command.js';
import { AUDIT_FLAGS, type AuditArguments } from '../flags/commands/auditFlags.js';
import { readSource } from '../flags/sourceFlags.js';
import { imagine, readWhatIf } from '../flags/whatIfFlags.js';
import { clusterSurroundings, gatherManifests, type ClusterSurroundings } from '../input/clusterSource.js';
import { clusterObjects } from '../input/manifests.js';
import { writePaged } from '../output/pager.js';
import { Progress } from '../output/progress.js';
import { painter, type Io } from '../output/terminal.js';
import { requireService } from '../plan/requireService.js';

/** Auditing as many Services is long enough to be shown from the start. */
const MANY_SERVICES = 200;

/** `slicehints audit`: what happens to Services when a zone or a node is lost, from files or live; changes nothing. */
export function auditCommand(
  io: Io,
  surroundings: ClusterSurroundings = clusterSurroundings('audit'),
): Command<typeof AUDIT_FLAGS> {
  return {
    name: 'audit',
    describe: 'Show what happens to Services when a zone is lost: endpoints left, and the load of the busiest',
    usage: `$0 audit [-f cluster.yaml]

Shows for every Service what the loss of each zone, and of the worst single node, does to it: how many endpoints are lost, and how much the busiest of those that are left gets, at once with the hints as they stand and after the controller has planned again. Reads the live cluster of the current context, or manifests, such as \`kubectl get nodes,services,endpointslices -A -o yaml\` prints, and changes nothing.

Loads are multiples of the mean load that an endpoint of the Service has today; the demand of the lost zone comes from the other zones, in proportion to theirs. Endpoints count as equal.`,
    flags: AUDIT_FLAGS,
    refusesRepeated: true,
    findingsFlag: 'fail-above',
    examples: [
      ['$0 audit -f cluster.yaml', 'every Service, and the worst zone for each'],
      ['$0 audit --service shop/cart --scale shop/cart=9', 'every zone of one Service, now and with 9 pods'],
      ['$0 audit -n shop --fail-above 1.5', 'for CI: exit code 1 when a zone cannot be lost'],
    ],
    run: (args) => runAudit(args, io, surroundings),
  };
}

async function runAudit(args: AuditArguments, io: Io, surroundings: ClusterSurroundings): Promise<void> {
  const changes = readWhatIf(args);
  const progress = new Progress(io.isErrorTTY ? io.stderr : undefined, surroundings.clock);
  try {
    const { service } = args;
    const source = readSource(args);
    const { settings, ...manifests } = await gatherManifests(source, io, surroundings, progress);
    if (service !== undefined) requireService(service, manifests);
    const objects = clusterObjects(manifests);
    const options = {
      service,
      settings,
      planned: args.planned || changes !== undefined,
      onService: (done: number, total: number) =>
        progress.report(() => `Auditing Services: ${done} of ${total}`, total > MANY_SERVICES),
    };
    const today = auditCluster(objects, options);
    const audited = changes === undefined ? today : auditCluster(imagine(objects, changes), options);
    progress.clear();
    for (const note of [...manifests.notes, ...audited.notes]) io.stderr.write(`slicehints audit: ${note}\n`);
    await writePaged(io, [render(audited, changes === undefined ? undefined : today, args, io)], args.pager);
    io.setExitCode(reportAbove(audited, args['fail-above'], io) ? 1 : 0);
  } finally {
    progress.clear();
  }
}

function render(audited: AuditedCluster, today: AuditedCluster | undefined, args: AuditArguments, io: Io): string {
  const values = (): object => ({
    summary: audited.summary,
    services: audited.services,
    ...(today === undefined ? {} : { today: { summary: today.summary, services: today.services } }),
  });
  switch (args.output) {
    case 'json':
      return `${JSON.stringify(values(), null, 2)}\n`;
    case 'yaml':
      return stringify(values(), { aliasDuplicateObjects: false });
    case 'table':
      return renderAudit(audited, painter(io), { columns: io.columns, today, detailed: args.service !== undefined });
  }
}

/** @returns whether a loss is above the limit */
function reportAbove({ services }: AuditedCluster, limit: number | undefined, io: Io): boolean {
  if (limit === undefined) return false;
  const [worst, ...others] = lossesAbove(services, limit);
  if (worst === undefined) return false;
  const what =
    worst.load === Infinity
      ? 'no endpoint is left'
      : `the busiest endpoint gets ${worst.load.toFixed(2)} times today's mean ${worst.when}, above ${limit}`;
  const more =
    others.length === 0
      ? ''
      : `; ${others.length} more ${others.length === 1 ? 'Service is' : 'Services are'} above it`;
  io.stderr.write(`slicehints audit: ${worst.service} without zone ${worst.zone}: ${what}${more}\n`);
  return true;
}
