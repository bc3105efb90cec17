import type { CommandModule } from 'yargs';
import { stringify } from 'yaml';
import { clusterSurroundings, gatherManifests, type ClusterSurroundings } from '../input/clusterSource.js';
import { InputError } from '../flags/inputError.js';
import { planCluster, type PlannedCluster } from '../plan/planCluster.js';
import { renderDetail } from '../plan/planDetail.js';
import { addPlanFlags, readPlanOptions, type PlanArguments, type PlanOptions } from '../flags/planFlags.js';
import { renderPatches } from '../plan/planPatches.js';
import { renderOverview } from '../plan/planTable.js';
import { Progress } from '../output/progress.js';
import { painter, writeOut, type Io } from '../output/terminal.js';

/** Planning as many Services is long enough to be shown from the start. */
const MANY_SERVICES = 500;

export type PlanSurroundings = ClusterSurroundings;

/** `slicehints plan`: says what the controller would do to a cluster, from files or live, and changes nothing. */
export function planCommand(
  io: Io,
  surroundings: PlanSurroundings = clusterSurroundings('plan'),
): CommandModule<object, PlanArguments> {
  return {
    command: 'plan',
    describe: 'Show the hints that Services would get and what nodes would do with them; changes nothing',
    builder: addPlanFlags,
    handler: async (args) => {
      io.setExitCode(await runPlan(args, io, surroundings));
    },
  };
}

async function runPlan(args: PlanArguments, io: Io, surroundings: PlanSurroundings): Promise<number> {
  const progress = new Progress(io.isErrorTTY ? io.stderr : undefined, surroundings.clock);
  try {
    const options = readPlanOptions(args);
    const { files, service, settings } = options;
    const { kubeconfig, context } = args;
    const source = { files, kubeconfig, context, service };
    const manifests = await gatherManifests(source, io, surroundings, progress);
    const planned = planCluster(manifests, {
      service,
      settings: { guard: manifests.guard, ...settings },
      onService: (done, total) =>
        progress.report(() => `Planning Services: ${done} of ${total}`, total > MANY_SERVICES),
    });
    progress.clear();
    for (const note of [...manifests.notes, ...planned.notes]) io.stderr.write(`slicehints plan: ${note}\n`);
    await writeOut(io.stdout, render(planned, options, args, io));
    return 0;
  } catch (error) {
    progress.clear();
    if (!(error instanceof InputError)) throw error;
    io.stderr.write(`slicehints plan: ${error.message.replace(/\s*\n\s*/g, ' ')}\n`);
    return 1;
  }
}

function render(
  { services, cluster }: PlannedCluster,
  { output, service }: PlanOptions,
  { kubeconfig, context }: PlanArguments,
  io: Io,
): string {
  const values = (): object[] => services.map(({ namespace, name, result }) => ({ namespace, name, ...result }));
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
      if (service === undefined) return renderOverview(services, paint);
      return services.map((planned) => renderDetail(planned, cluster, paint)).join('\n');
    }
  }
}
