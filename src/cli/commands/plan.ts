import { stringify } from 'yaml';
import { planCluster, type PlannedCluster, type PlannedService } from '../../analysis/planCluster.js';
import type { MeasuredTraffic } from '../../analysis/measuredTraffic.js';
import { summarisePlan, type PlanSummary } from '../../analysis/planSummary.js';
import { describeWhatIf } from '../../analysis/whatIf/describe.js';
import type { WhatIf } from '../../analysis/whatIf/whatIf.js';
import { listed } from '../../model/text/listed.js';
import { objectKey } from '../../model/objectKey.js';
import type { Command } from '../command.js';
import { clusterArguments } from '../flags/clusterFlags.js';
import { readSource } from '../flags/sourceFlags.js';
import { PLAN_FLAGS, type PlanArguments } from '../flags/commands/planFlags.js';
import { UsageError } from '../flags/usageError.js';
import { imagine, readWhatIf } from '../flags/whatIfFlags.js';
import { clusterSurroundings, gatherManifests, type ClusterSurroundings } from '../input/clusterSource.js';
import { clusterObjects } from '../input/manifests.js';
import { readTrafficFile } from '../input/trafficFile.js';
import { writePaged } from '../output/pager.js';
import { Progress } from '../output/progress.js';
import { painter, type Io } from '../output/terminal.js';
import { chooseServices, isChanged } from '../plan/chooseServices.js';
import { renderDetail } from '../plan/planDetail.js';
import { planJson } from '../plan/planJson.js';
import { renderOverview } from '../plan/planOverview.js';
import { renderPatches } from '../plan/planPatches.js';
import { requireService } from '../plan/requireService.js';

/** Planning as many Services is long enough to be shown from the start. */
const MANY_SERVICES = 500;

export type PlanSurroundings = ClusterSurroundings;

/** `slicehints plan`: what the controller would do to a cluster, from files or live; changes nothing. */
export function planCommand(
  io: Io,
  surroundings: PlanSurroundings = clusterSurroundings('plan'),
): Command<typeof PLAN_FLAGS> {
  return {
    name: 'plan',
    describe: 'Show the hints that Services would get and what nodes would do with them; changes nothing',
    usage: `$0 plan [-f cluster.yaml]

Shows what Services that ask for topology hints would get and what nodes would do with it: first the sum, then what keeps Services from hints and the way out, then the Services. Reads the live cluster of the current context, or manifests, such as \`kubectl get nodes,services,endpointslices -A -o yaml\` prints, and changes nothing. With the flags of a controller it shows what that controller does.

In the table a → b is now → planned; IN ZONE is the part of the traffic that stays in its zone, BUSIEST the load of the busiest endpoint over the mean, CHANGES the number of endpoints whose hints change. With a flag of "What if" the same is shown for a cluster that is only imagined, beside today's.`,
    flags: PLAN_FLAGS,
    refusesRepeated: true,
    findingsFlag: 'exit-code',
    examples: [
      ['kubectl get nodes,services,endpointslices -A -o yaml | $0 plan -f -', 'plan what is there now'],
      ['$0 plan -f cluster.yaml --service shop/web', 'one Service, endpoint by endpoint'],
      ['$0 plan --without-zone zone-c --sort busiest', 'if a zone were gone: which endpoints get most'],
      ['$0 plan --mode balanced --guard=true --only-changes', 'if all Services asked for balanced, under the guard'],
      ['$0 plan --context kind-kind -o patch', 'the changes as kubectl commands'],
    ],
    run: (args) => runPlan(args, io, surroundings),
  };
}

/** What a plan shows: of the cluster as it is, or of an imagined one beside it. */
interface Shown {
  readonly planned: PlannedCluster;
  readonly summary: PlanSummary;
  readonly whatIf:
    | {
        readonly changes: WhatIf;
        readonly words: string;
        readonly today: PlanSummary;
        readonly services: ReadonlyMap<string, PlannedService>;
      }
    | undefined;
  readonly traffic: MeasuredTraffic | undefined;
}

async function runPlan(args: PlanArguments, io: Io, surroundings: PlanSurroundings): Promise<void> {
  const progress = new Progress(io.isErrorTTY ? io.stderr : undefined, surroundings.clock);
  try {
    const { service } = args;
    const changes = readWhatIf(args);
    if (changes !== undefined && args.output === 'patch') {
      throw new UsageError('-o patch: what is only imagined cannot be written; leave out the flags of "What if"');
    }
    const source = readSource(args);
    const traffic = await readTraffic(args);
    const { settings, ...manifests } = await gatherManifests(source, io, surroundings, progress);
    if (service !== undefined) requireService(service, manifests);
    const onService = (done: number, total: number): void =>
      progress.report(() => `Planning Services: ${done} of ${total}`, total > MANY_SERVICES);
    const objects = clusterObjects(manifests);
    const today = planCluster(objects, { service, settings, onService });
    const summarise = ({ services, cluster: { oddNodes } }: PlannedCluster): PlanSummary =>
      summarisePlan(services, { oddNodes, demand: settings.demand, traffic, pricePerGb: args['price-per-gb'] });
    const planned =
      changes === undefined ? today : planCluster(imagine(objects, changes), { service, settings, onService });
    progress.clear();
    const shown: Shown = {
      planned,
      summary: summarise(planned),
      whatIf:
        changes === undefined
          ? undefined
          : {
              changes,
              words: describeWhatIf(changes),
              today: summarise(today),
              services: new Map(today.services.map((one) => [objectKey(one), one])),
            },
      traffic,
    };
    for (const note of [...manifests.notes, ...planned.notes, ...heldBack(planned), ...strangers(shown)]) {
      io.stderr.write(`slicehints plan: ${note}\n`);
    }
    await writePaged(io, [render(shown, args, io)], args.pager);
    const changed = planned.services.some((one) => isChanged(one, shown.whatIf?.services.get(objectKey(one))));
    io.setExitCode(args['exit-code'] && changed ? 1 : 0);
  } finally {
    progress.clear();
  }
}

/** @throws {UsageError} where a price has no bytes to be multiplied with */
async function readTraffic(args: PlanArguments): Promise<MeasuredTraffic | undefined> {
  const price = args['price-per-gb'];
  if (args.traffic === undefined) {
    if (price !== undefined) throw new UsageError('--price-per-gb: needs measured bytes; give them with --traffic');
    return undefined;
  }
  const traffic = await readTrafficFile(args.traffic);
  if (price !== undefined && traffic.unit !== 'bytes') {
    throw new UsageError(`--price-per-gb: needs measured bytes, and ${args.traffic} has requests`);
  }
  return traffic;
}

/** A note on Services that would change, and that no controller writes. */
function heldBack({ services }: PlannedCluster): string[] {
  const held = services.filter((one) => (one.service.policy?.enforcement ?? 'Enforce') !== 'Enforce' && isChanged(one));
  if (held.length === 0) return [];
  const policies = [...new Set(held.flatMap(({ service }) => service.policy?.policies ?? []))].sort();
  const subject =
    held.length === 1 ? '1 Service that would change is' : `${held.length} Services that would change are`;
  return [
    `${subject} held back by policies (${listed(held.map(objectKey))}; ${listed(policies)}): nothing is written for them`,
  ];
}

/** A note on measured Services that are not planned. */
function strangers({ planned, traffic }: Shown): string[] {
  if (traffic === undefined) return [];
  const known = new Set(planned.services.map(objectKey));
  const unknown = [...traffic.perSecond.keys()].filter((key) => !known.has(key));
  if (unknown.length === 0) return [];
  const subject = unknown.length === 1 ? '1 Service' : `${unknown.length} Services`;
  return [
    `--traffic has ${subject} that ${unknown.length === 1 ? 'is' : 'are'} not planned (${listed(unknown.sort())})`,
  ];
}

function render(
  { planned: { services, cluster }, summary, whatIf, traffic }: Shown,
  args: PlanArguments,
  io: Io,
): string {
  const { output, service } = args;
  const chosen = chooseServices(services, {
    onlyChanges: args['only-changes'],
    sort: args.sort,
    traffic,
    today: whatIf?.services,
  });
  switch (output) {
    case 'json':
      return `${JSON.stringify(planJson({ summary, services: chosen, whatIf }), null, 2)}\n`;
    case 'yaml':
      return stringify(planJson({ summary, services: chosen, whatIf }), { aliasDuplicateObjects: false });
    case 'patch':
      return renderPatches(chosen, clusterArguments(args));
    case 'table': {
      const paint = painter(io);
      if (service === undefined) {
        const { columns } = io;
        return renderOverview({ summary, services: chosen, whatIf, today: whatIf?.services, columns }, paint);
      }
      return chosen
        .map((one) => {
          const imagined =
            whatIf === undefined ? undefined : { words: whatIf.words, today: whatIf.services.get(objectKey(one)) };
          return renderDetail(one, cluster, paint, imagined);
        })
        .join('\n');
    }
  }
}
