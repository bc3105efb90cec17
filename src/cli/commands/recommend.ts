import { stringify } from 'yaml';
import { recommendCluster, type RecommendedCluster } from '../../analysis/recommend/recommendCluster.js';
import type { Command } from '../command.js';
import { clusterArguments } from '../flags/clusterFlags.js';
import { readSource } from '../flags/sourceFlags.js';
import { RECOMMEND_FLAGS, type RecommendArguments } from '../flags/commands/recommendFlags.js';
import { clusterSurroundings, gatherManifests, type ClusterSurroundings } from '../input/clusterSource.js';
import { clusterObjects } from '../input/manifests.js';
import { writePaged } from '../output/pager.js';
import { Progress } from '../output/progress.js';
import { painter, type Io } from '../output/terminal.js';
import { requireService } from '../plan/requireService.js';
import { renderCommands, renderKustomize } from '../recommend/advisedChanges.js';
import { renderRecommendation, renderRecommendations } from '../recommend/recommendTable.js';

/** Judging as many Services is long enough to be shown from the start. */
const MANY_SERVICES = 100;

/** `slicehints recommend`: what Services should ask for, from files or live; changes nothing. */
export function recommendCommand(
  io: Io,
  surroundings: ClusterSurroundings = clusterSurroundings('recommend'),
): Command<typeof RECOMMEND_FLAGS> {
  return {
    name: 'recommend',
    describe: 'Show what each Service should ask for, and why, as a table, kubectl commands or a kustomize patch',
    usage: `$0 recommend [-f cluster.yaml]

Weighs for every Service what it asks for now, Auto, same-zone, balanced at some thresholds, and no hints. Each is judged today, without each zone, during a rollout, and, unless the Service states its demand, under demand by CPU and by endpoints. Advised is what never loads an endpoint above the limit (1 + overload threshold + overload hold, over the mean), then what keeps most traffic in its zone, then what changes least. Reads the live cluster of the current context, or manifests, and changes nothing.`,
    flags: RECOMMEND_FLAGS,
    refusesRepeated: true,
    examples: [
      ['$0 recommend -f cluster.yaml', 'every Service, with the reason in words'],
      ['$0 recommend --service shop/cart', 'one Service, with every choice that was judged'],
      ['$0 recommend -n shop -o commands | sh', 'ask for what is advised'],
    ],
    run: (args) => runRecommend(args, io, surroundings),
  };
}

async function runRecommend(args: RecommendArguments, io: Io, surroundings: ClusterSurroundings): Promise<void> {
  const progress = new Progress(io.isErrorTTY ? io.stderr : undefined, surroundings.clock);
  try {
    const { service } = args;
    const source = readSource(args);
    const { settings, ...manifests } = await gatherManifests(source, io, surroundings, progress);
    if (service !== undefined) requireService(service, manifests);
    const recommended = recommendCluster(clusterObjects(manifests), {
      service,
      settings,
      judgeAll: service !== undefined,
      onService: (done, total) => progress.report(() => `Judging Services: ${done} of ${total}`, total > MANY_SERVICES),
    });
    progress.clear();
    for (const note of [...manifests.notes, ...recommended.notes]) io.stderr.write(`slicehints recommend: ${note}\n`);
    await writePaged(io, [render(recommended, args, io)], args.pager);
    io.setExitCode(0);
  } finally {
    progress.clear();
  }
}

function render({ services }: RecommendedCluster, args: RecommendArguments, io: Io): string {
  const { output, service } = args;
  switch (output) {
    case 'json':
      return `${JSON.stringify({ services }, null, 2)}\n`;
    case 'yaml':
      return stringify({ services }, { aliasDuplicateObjects: false });
    case 'commands':
      return renderCommands(services, clusterArguments(args));
    case 'kustomize':
      return renderKustomize(services);
    case 'table': {
      const paint = painter(io);
      if (service === undefined) return renderRecommendations(services, paint, io.columns);
      return services.map((one) => renderRecommendation(one, paint, io.columns)).join('\n');
    }
  }
}
