import { isIP } from 'node:net';
import { hintsManifest } from '../../model/hints.js';
import type { EndpointSliceManifest } from '../../model/manifest.js';
import type { Command } from '../command.js';
import { outputFlag, PAGER_FLAGS, REQUEST_VERBOSITY_FLAGS, SERVICE_FLAGS } from '../flags/clusterFlags.js';
import { flag, type FlagValues } from '../flags/flag.js';
import { PLANNING_FLAGS, readSource, SOURCE_FLAGS } from '../flags/sourceFlags.js';
import { imagine, readWhatIf, WHAT_IF_FLAGS } from '../flags/whatIfFlags.js';
import { BOOLEAN, OBJECT_NAME, type Kind } from '../flags/kinds.js';
import { clusterSurroundings, gatherManifests, type ClusterSurroundings } from '../input/clusterSource.js';
import { clusterObjects } from '../input/manifests.js';
import { requireService } from '../plan/requireService.js';
import { readCluster } from '../../analysis/clusterRecords.js';
import { planCluster, type ClusterObjects } from '../../analysis/planCluster.js';
import { describeWhatIf } from '../../analysis/whatIf/describe.js';
import type { Settings } from '../../hints/settings.js';
import { Progress } from '../output/progress.js';
import { painter, type Io } from '../output/terminal.js';
import { writePaged } from '../output/pager.js';
import { costsOf } from '../view/costs.js';
import { layersOf } from '../view/layers.js';
import type { RuleOptions } from '../view/ruleOptions.js';
import { runView, VIEW_FORMATS } from '../view/renderView.js';

const CLUSTER_CIDR: Kind<RuleOptions['clusterCidr']> = {
  expected: 'a CIDR, or one IPv4 and one IPv6 CIDR with a comma between',
  read: readClusterCidr,
};

/** The flags of `slicehints view`; those of hints matter with `--planned`. */
export const VIEW_FLAGS = {
  ...SOURCE_FLAGS,
  ...SERVICE_FLAGS,
  node: flag(OBJECT_NAME, { describe: 'Only this node; by default all' }),
  output: outputFlag(VIEW_FORMATS, 'ipvs, iptables and nft look like ipvsadm -ln, iptables-save and nft list ruleset'),
  diff: flag(BOOLEAN, { default: 'false', describe: 'Show with and without hints' }),
  planned: flag(BOOLEAN, {
    default: 'false',
    describe: 'Show the hints that the controller would write, not those that are there',
  }),
  'all-rules': flag(BOOLEAN, {
    default: 'false',
    describe: 'With -o nft or iptables: also the rules that choose no endpoint (masquerading, checks, sets)',
  }),
  'cluster-cidr': flag(CLUSTER_CIDR, {
    describe: "With -o nft or iptables: the addresses of pods, as kube-proxy's flag of the same name has them",
  }),
  ...PAGER_FLAGS,
  ...WHAT_IF_FLAGS,
  ...PLANNING_FLAGS,
  ...REQUEST_VERBOSITY_FLAGS,
} as const;

export type ViewArguments = FlagValues<typeof VIEW_FLAGS>;

/** `slicehints view`: what the nodes' proxies do with Services, from files or live; changes nothing. */
export function viewCommand(
  io: Io,
  surroundings: ClusterSurroundings = clusterSurroundings('view'),
): Command<typeof VIEW_FLAGS> {
  return {
    name: 'view',
    describe: 'Show which endpoints the proxy on each node uses, as a table or as the rules that kube-proxy writes',
    usage: `$0 view [-f cluster.yaml] --node worker-1

Shows for every Service port which endpoints kube-proxy on a node uses by the hints that are on the EndpointSlices, and with which chance. Nodes that do the same are shown together. Reads the live cluster of the current context, or manifests, such as \`kubectl get nodes,services,endpointslices -A -o yaml\` prints, and changes nothing.

With a flag of "What if" the view is that of a cluster that is only imagined, by the hints that stand in it or, with --planned, by those that a controller would write; the table shows today's first.`,
    flags: VIEW_FLAGS,
    refusesRepeated: true,
    examples: [
      ['$0 view -f cluster.yaml --node worker-1 -o iptables', "one node's rules"],
      ['$0 view --context kind-kind --service shop/web --diff', 'what hints take away, node by node'],
      ['$0 view -f cluster.yaml --planned', 'what nodes would do if the controller ran'],
      ['$0 view --without-zone zone-c --service shop/web', 'what is left when a zone is gone, before hints change'],
    ],
    run: (args) => showView(args, io, surroundings),
  };
}

async function showView(args: ViewArguments, io: Io, surroundings: ClusterSurroundings): Promise<void> {
  const progress = new Progress(io.isErrorTTY ? io.stderr : undefined, surroundings.clock);
  try {
    const { node, service, output } = args;
    const source = readSource(args);
    const changes = readWhatIf(args);
    const { settings, ...manifests } = await gatherManifests(source, io, surroundings, progress);
    if (args.planned && service !== undefined) requireService(service, manifests);
    const today = clusterObjects(manifests);
    const viewOf = (objects: ClusterObjects): Iterable<string> => {
      const endpointSlices = args.planned ? plannedManifests(objects, settings, service) : objects.endpointSlices;
      const records = output === 'table' ? readCluster({ ...objects, endpointSlices }, settings) : undefined;
      return runView({
        services: objects.services,
        nodes: objects.nodes,
        endpointSlices,
        layers: records === undefined ? undefined : layersOf(records, settings, service),
        costs: records === undefined ? undefined : costsOf(records, settings, service),
        node,
        service,
        consumer: settings.consumer,
        width: io.columns,
        format: output,
        diff: args.diff,
        paint: painter(io),
        rules: { allRules: args['all-rules'], clusterCidr: args['cluster-cidr'] ?? {} },
      });
    };
    const imagined = changes === undefined ? today : imagine(today, changes);
    const pieces =
      changes === undefined || output !== 'table'
        ? viewOf(imagined)
        : ['Today:\n', ...viewOf(today), `\nWhat if ${describeWhatIf(changes)}:\n`, ...viewOf(imagined)];
    progress.clear();
    for (const note of manifests.notes) io.stderr.write(`slicehints view: ${note}\n`);
    await writePaged(io, pieces, args.pager);
    io.setExitCode(0);
  } finally {
    progress.clear();
  }
}

function readClusterCidr(text: string): RuleOptions['clusterCidr'] | undefined {
  const byFamily: { IPv4?: string; IPv6?: string } = {};
  for (const cidr of text.split(',')) {
    const [address = '', bits = '', ...rest] = cidr.split('/');
    const version = isIP(address);
    const family = version === 6 ? 'IPv6' : 'IPv4';
    const isCidr =
      version !== 0 && rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 6 ? 128 : 32);
    if (!isCidr || byFamily[family] !== undefined) return undefined;
    byFamily[family] = cidr;
  }
  return byFamily;
}

/** The slices with the hints that they would have once the controller has written its plans. */
function plannedManifests(
  objects: ClusterObjects,
  settings: Settings,
  service: string | undefined,
): readonly EndpointSliceManifest[] {
  const { services } = planCluster(objects, { service, settings });
  const changed = new Map(
    services.flatMap(({ plan }) =>
      plan.slices
        .filter(({ patch }) => patch !== undefined)
        .map(({ slice, hints }) => [`${slice.namespace}/${slice.name}`, hints] as const),
    ),
  );
  return objects.endpointSlices.map((object) => {
    const hints = changed.get(`${object.metadata?.namespace ?? ''}/${object.metadata?.name ?? ''}`);
    if (hints === undefined) return object;
    return {
      ...object,
      endpoints: (object.endpoints ?? []).map((endpoint, i) => {
        const wanted = hints[i];
        return { ...endpoint, hints: wanted === undefined ? undefined : hintsManifest(wanted) };
      }),
    };
  });
}
