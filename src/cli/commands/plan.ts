import { stringify } from 'yaml';
import type { Command } from '../command.js';
import { readFiles, readNamespace } from '../flags/clusterFlags.js';
import { readHintSettings } from '../flags/hintFlags.js';
import { PLAN_FLAGS, type PlanArguments } from '../flags/planFlags.js';
import { clusterSurroundings, gatherManifests, type ClusterSurroundings } from '../input/clusterSource.js';
import { planCluster, type PlannedCluster } from '../../analysis/planCluster.js';
import { renderDetail } from '../plan/planDetail.js';
import { renderPatches } from '../plan/planPatches.js';
import { summarisePlan } from '../../analysis/planSummary.js';
import { clusterObjects } from '../input/manifests.js';
import { requireService } from '../plan/requireService.js';
import { renderOverview } from '../plan/planTable.js';
import { writePaged } from '../output/pager.js';
import { Progress } from '../output/progress.js';
import { painter, type Io } from '../output/terminal.js';

/** Planning as many Services is long enough to be shown from the start. */
const MANY_SERVICES = 500;

export type PlanSurroundings = ClusterSurroundings;

/** `slicehints plan`: says what the controller would do to a cluster, from files or live, and changes nothing. */
export function planCommand(
  io: Io,
  surroundings: PlanSurroundings = clusterSurroundings('plan'),
): Command<typeof PLAN_FLAGS> {
  return {
    name: 'plan',
    describe: 'Show the hints that Services would get and what nodes would do with them; changes nothing',
    usage: `$0 plan [-f cluster.yaml]

Shows for every Service that asks for topology hints what it would get and what nodes would do with it. Reads the live cluster of the current context, or manifests, such as \`kubectl get nodes,services,endpointslices -A -o yaml\` prints, and changes nothing. With the flags of a controller it shows what that controller does.

In the table a → b is now → planned; IN ZONE is the part of the traffic that stays in its zone, BUSIEST the load of the busiest endpoint over the mean, CHANGES the number of endpoints whose hints change.`,
    flags: PLAN_FLAGS,
    refusesRepeated: true,
    examples: [
      ['kubectl get nodes,services,endpointslices -A -o yaml | $0 plan -f -', 'plan what is there now'],
      ['$0 plan -f cluster.yaml --service shop/web', 'one Service, endpoint by endpoint'],
      ['$0 plan --context kind-kind -o patch', 'the changes as kubectl commands'],
    ],
    run: (args) => runPlan(args, io, surroundings),
  };
}

async function runPlan(args: PlanArguments, io: Io, surroundings: PlanSurroundings): Promise<void> {
  const progress = new Progress(io.isErrorTTY ? io.stderr : undefined, surroundings.clock);
  try {
    const { service } = args;
    const source = { ...args, files: readFiles(args), namespace: readNamespace(args), hints: readHintSettings(args) };
    const { settings, ...manifests } = await gatherManifests(source, io, surroundings, progress);
    if (service !== undefined) requireService(service, manifests);
    const planned = planCluster(clusterObjects(manifests), {
      service,
      settings,
      onService: (done, total) =>
        progress.report(() => `Planning Services: ${done} of ${total}`, total > MANY_SERVICES),
    });
    progress.clear();
    for (const note of [...manifests.notes, ...planned.notes]) io.stderr.write(`slicehints plan: ${note}\n`);
    await writePaged(io, [render(planned, args, io)], args.pager);
    io.setExitCode(0);
  } finally {
    progress.clear();
  }
}

function render({ services, cluster }: PlannedCluster, args: PlanArguments, io: Io): string {
  const { output, service, kubeconfig, context } = args;
  const values = (): object => ({
    summary: summarisePlan(services),
    services: services.map(({ namespace, name, result, before, after }) => ({
      namespace,
      name,
      ...result,
      before,
      after,
    })),
  });
  switch (output) {
    case 'json':
      return `${JSON.stringify(values(), null, 2)}\n`;
    case 'yaml':
      return stringify(values(), { aliasDuplicateObjects: false });
    case 'patch':
      return renderPatches(services, [
        ...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]),
        ...(context === undefined ? [] : ['--context', context]),
      ]);
    case 'table': {
      const paint = painter(io);
      if (service === undefined)
        return renderOverview(services, paint, { columns: io.columns, oddNodes: cluster.oddNodes });
      return services.map((planned) => renderDetail(planned, cluster, paint)).join('\n');
    }
  }
}
