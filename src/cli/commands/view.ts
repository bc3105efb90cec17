import { isIP } from 'node:net';
import type { Argv, CommandModule } from 'yargs';
import { hintsManifest } from '../../model/hints.js';
import type { EndpointSliceManifest } from '../../model/manifest.js';
import {
  clusterSurroundings,
  gatherManifests,
  type ClusterSurroundings,
  type GatheredCluster,
} from '../input/clusterSource.js';
import { InputError } from '../flags/inputError.js';
import { planCluster } from '../plan/planCluster.js';
import { choose, readFiles, readServiceName } from '../flags/planFlags.js';
import { Progress } from '../output/progress.js';
import { KEEP_REPEATED, refuseRepeated } from '../flags/repeatedFlags.js';
import { painter, type Io } from '../output/terminal.js';
import { writePieces } from '../output/writePieces.js';
import type { RuleOptions } from '../view/ruleOptions.js';
import { runView, VIEW_FORMATS } from '../view/renderView.js';

/** What yargs hands over; values are checked here, so that every mistake is one line. */
export interface ViewArguments {
  /** A list when the flag is repeated. */
  readonly filename?: string | string[] | undefined;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly node?: string | undefined;
  readonly service?: string | undefined;
  readonly output?: string | undefined;
  readonly diff?: boolean | undefined;
  readonly planned?: boolean | undefined;
  readonly 'all-rules'?: boolean | undefined;
  readonly 'cluster-cidr'?: string | undefined;
}

const SINGLE_FLAGS = [
  'kubeconfig',
  'context',
  'node',
  'service',
  'output',
  'diff',
  'planned',
  'all-rules',
  'cluster-cidr',
] as const;

/** `slicehints view`: what the nodes' proxies do with Services, from files or live; changes nothing. */
export function viewCommand(
  io: Io,
  surroundings: ClusterSurroundings = clusterSurroundings('view'),
): CommandModule<object, ViewArguments> {
  return {
    command: 'view',
    describe: 'Show which endpoints the proxy on each node uses, as a table or as the rules that kube-proxy writes',
    builder: addViewFlags,
    handler: async (args) => {
      io.setExitCode(await showView(args, io, surroundings));
    },
  };
}

function addViewFlags(yargs: Argv): Argv<ViewArguments> {
  return (
    yargs
      // As in plan: -f may be repeated, and nothing else may.
      .parserConfiguration(KEEP_REPEATED)
      .usage(
        '$0 view -f cluster.yaml --node worker-1\n\nShows for every Service port which endpoints kube-proxy on a node uses by the hints that are on the EndpointSlices, and with which chance. Nodes that do the same are shown together. Reads manifests, such as `kubectl get nodes,services,endpointslices -A -o yaml` prints, or a live cluster, and changes nothing.',
      )
      .option('filename', {
        alias: 'f',
        type: 'string',
        describe: 'Manifests in YAML or JSON: a file, a directory, or - for standard input; may be repeated',
      })
      .option('kubeconfig', { type: 'string', nargs: 1, describe: 'Read the live cluster of this file instead' })
      .option('context', { type: 'string', nargs: 1, describe: 'Read the live cluster of this kubeconfig context' })
      .option('node', { type: 'string', nargs: 1, describe: 'Only this node; all of them without it' })
      .option('service', { type: 'string', nargs: 1, describe: 'Only this Service, in full: namespace/name' })
      .option('output', {
        alias: 'o',
        type: 'string',
        nargs: 1,
        default: 'table',
        describe: `${VIEW_FORMATS.join(', ')}. ipvs, iptables and nft look like ipvsadm -ln, iptables-save and nft list ruleset`,
      })
      .option('diff', { type: 'boolean', describe: 'Show with and without hints' })
      .option('planned', {
        type: 'boolean',
        describe: 'Show the hints that the controller would write, not those that are there',
      })
      .option('all-rules', {
        type: 'boolean',
        describe: 'With -o nft or iptables: also the rules that choose no endpoint (masquerading, checks, sets)',
      })
      .option('cluster-cidr', {
        type: 'string',
        nargs: 1,
        describe: "With -o nft or iptables: the addresses of pods, as kube-proxy's flag of the same name has them",
      })
      .example('$0 view -f cluster.yaml --node worker-1 -o iptables', "one node's rules")
      .example('$0 view --context kind-kind --service shop/web --diff', 'what hints take away, node by node')
      .example('$0 view -f cluster.yaml --planned', 'what nodes would do if the controller ran')
  );
}

async function showView(args: ViewArguments, io: Io, surroundings: ClusterSurroundings): Promise<number> {
  const progress = new Progress(io.isErrorTTY ? io.stderr : undefined, surroundings.clock);
  try {
    refuseRepeated(args, SINGLE_FLAGS);
    const { kubeconfig, context, node } = args;
    const files = readFiles(args);
    const format = choose('--output', args.output ?? 'table', VIEW_FORMATS);
    const service = readServiceName(args.service);
    const manifests = await gatherManifests({ files, kubeconfig, context, service }, io, surroundings, progress);
    const pieces = runView({
      services: manifests.services.map(({ object }) => object),
      nodes: manifests.nodes.map(({ object }) => object),
      endpointSlices:
        args.planned === true
          ? plannedManifests(manifests, service)
          : manifests.endpointSlices.map(({ object }) => object),
      node,
      service,
      format,
      diff: args.diff === true,
      paint: painter(io),
      rules: { allRules: args['all-rules'] === true, clusterCidr: readClusterCidr(args['cluster-cidr']) },
    });
    progress.clear();
    for (const note of manifests.notes) io.stderr.write(`slicehints view: ${note}\n`);
    await writePieces(io.stdout, pieces);
    return 0;
  } catch (error) {
    progress.clear();
    if (!(error instanceof InputError)) throw error;
    io.stderr.write(`slicehints view: ${error.message.replace(/\s*\n\s*/g, ' ')}\n`);
    return 1;
  }
}

/** @throws {InputError} unless it is a CIDR, or one of each family with a comma between */
function readClusterCidr(text: string | undefined): RuleOptions['clusterCidr'] {
  const byFamily: { IPv4?: string; IPv6?: string } = {};
  for (const cidr of text === undefined ? [] : text.split(',')) {
    const [address = '', bits = '', ...rest] = cidr.split('/');
    const version = isIP(address);
    const family = version === 6 ? 'IPv6' : 'IPv4';
    const isCidr =
      version !== 0 && rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 6 ? 128 : 32);
    if (!isCidr || byFamily[family] !== undefined) {
      throw new InputError(
        `--cluster-cidr: expected a CIDR, or one IPv4 and one IPv6 CIDR with a comma between, got ${JSON.stringify(text)}`,
      );
    }
    byFamily[family] = cidr;
  }
  return byFamily;
}

/** The slices with the hints that they would have once the controller has written its plans. */
function plannedManifests(manifests: GatheredCluster, service: string | undefined): EndpointSliceManifest[] {
  const { services } = planCluster(manifests, { service, settings: { guard: manifests.guard } });
  const changed = new Map(
    services.flatMap(({ plan }) =>
      plan.slices
        .filter(({ patch }) => patch !== undefined)
        .map(({ slice, hints }) => [`${slice.namespace}/${slice.name}`, hints] as const),
    ),
  );
  return manifests.endpointSlices.map(({ object }) => {
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
