import type { Argv } from 'yargs';
import { DEFAULT_SETTINGS, type Settings } from '../../hints/settings.js';
import { InputError } from './inputError.js';
import { KEEP_REPEATED, refuseRepeated } from './repeatedFlags.js';

const OUTPUTS = ['table', 'json', 'yaml', 'patch'] as const;
export type Output = (typeof OUTPUTS)[number];

const STRATEGIES: readonly Settings['autoStrategy'][] = ['proportional', 'balanced'];
const GREATEST_THRESHOLD = 10;

/** What yargs hands over; values are checked here, so that every mistake is one line. */
export interface PlanArguments {
  /** A list when the flag is repeated. */
  readonly filename?: string | string[] | undefined;
  readonly output?: string | undefined;
  readonly service?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly 'overload-threshold'?: string | undefined;
  readonly 'rebalance-gain'?: string | undefined;
  readonly 'auto-strategy'?: string | undefined;
  readonly guard?: string | undefined;
  readonly 'in-tree'?: string | undefined;
}

const SINGLE_FLAGS = [
  'output',
  'service',
  'kubeconfig',
  'context',
  'overload-threshold',
  'rebalance-gain',
  'auto-strategy',
  'guard',
  'in-tree',
] as const;

const GUARDS = ['look', 'yes', 'no'] as const;
const IN_TREE: readonly Settings['inTree'][] = ['present', 'absent'];

/** The same, checked. */
export interface PlanOptions {
  /** Paths to read; empty: the live cluster. */
  readonly files: readonly string[];
  readonly output: Output;
  readonly service: string | undefined;
  readonly settings: Partial<Settings>;
}

export function addPlanFlags(yargs: Argv): Argv<PlanArguments> {
  return (
    yargs
      // Whatever the other commands want: -f may be repeated here, and nothing else may.
      .parserConfiguration(KEEP_REPEATED)
      .usage(
        '$0 plan -f cluster.yaml\n\nShows for every Service that asks for topology hints what it would get and what nodes would do with it. Reads manifests, such as `kubectl get nodes,services,endpointslices -A -o yaml` prints, or a live cluster, and changes nothing.\n\nIn the table a → b is now → planned; IN ZONE is the part of the traffic that stays in its zone, BUSIEST the load of the busiest endpoint over the mean, CHANGES the number of endpoints whose hints change.',
      )
      .option('filename', {
        alias: 'f',
        // Neither array nor nargs: with them yargs takes the - of standard input for the start of another flag.
        type: 'string',
        describe: 'Manifests in YAML or JSON: a file, a directory, or - for standard input; may be repeated',
      })
      .option('kubeconfig', { type: 'string', nargs: 1, describe: 'Read the live cluster of this file instead' })
      .option('context', { type: 'string', nargs: 1, describe: 'Read the live cluster of this kubeconfig context' })
      .option('service', { type: 'string', nargs: 1, describe: 'Only this Service, in full: namespace/name' })
      .option('output', {
        alias: 'o',
        type: 'string',
        nargs: 1,
        default: 'table',
        describe: `${OUTPUTS.join(', ')}. json and yaml: a list with the value of planService per Service; patch: a kubectl patch command for each EndpointSlice that would change, to be read or piped into sh`,
      })
      .option('overload-threshold', {
        type: 'string',
        nargs: 1,
        default: String(DEFAULT_SETTINGS.overloadThreshold),
        describe: 'balanced: how far above the mean the busiest endpoint may be loaded (0.2 is 20 %)',
      })
      .option('rebalance-gain', {
        type: 'string',
        nargs: 1,
        default: String(DEFAULT_SETTINGS.rebalanceGain),
        describe: 'balanced: hints that are there move only when the in-zone share rises by this much',
      })
      .option('auto-strategy', {
        type: 'string',
        nargs: 1,
        default: DEFAULT_SETTINGS.autoStrategy,
        describe: `What serves Services that say Auto: ${STRATEGIES.join(' or ')}`,
      })
      .option('guard', {
        type: 'string',
        nargs: 1,
        default: 'look',
        describe: 'Plan as if the guard were in force, yes or no; look: as it is in the live cluster, no for files',
      })
      .option('in-tree', {
        type: 'string',
        nargs: 1,
        default: DEFAULT_SETTINGS.inTree,
        describe: `Whether the cluster runs Kubernetes’ own EndpointSlice controller: ${IN_TREE.join(' or ')}`,
      })
      .example('kubectl get nodes,services,endpointslices -A -o yaml | $0 plan -f -', 'plan what is there now')
      .example('$0 plan -f cluster.yaml --service shop/web', 'one Service, endpoint by endpoint')
      .example('$0 plan --context kind-kind -o patch', 'the changes as kubectl commands')
  );
}

/** @throws {InputError} naming the flag */
export function readPlanOptions(args: PlanArguments): PlanOptions {
  refuseRepeated(args, SINGLE_FLAGS);
  return {
    files: readFiles(args),
    output: choose('--output', args.output ?? 'table', OUTPUTS),
    service: readServiceName(args.service),
    settings: readSettings(args),
  };
}

/**
 * The files to read; none when a live cluster is named instead.
 * @throws {InputError} unless it is one of the two
 */
export function readFiles({
  filename,
  kubeconfig,
  context,
}: Pick<PlanArguments, 'filename' | 'kubeconfig' | 'context'>): readonly string[] {
  const files = filename === undefined ? [] : [filename].flat();
  if (files.includes('')) throw new InputError('--filename: expected a file, a directory or - for standard input');
  const isLive = kubeconfig !== undefined || context !== undefined;
  if (files.length > 0 && isLive) {
    throw new InputError('--filename and --kubeconfig or --context exclude each other: read files, or a live cluster');
  }
  if (files.length === 0 && !isLive) {
    throw new InputError('give manifests with --filename, or a live cluster with --kubeconfig or --context');
  }
  return files;
}

export function readServiceName(text: string | undefined): string | undefined {
  if (text !== undefined && !/^[^/\s]+\/[^/\s]+$/.test(text)) {
    throw new InputError(`--service: expected namespace/name, got ${JSON.stringify(text)}`);
  }
  return text;
}

function readSettings(args: PlanArguments): Partial<Settings> {
  const { 'overload-threshold': threshold, 'rebalance-gain': gain, 'auto-strategy': strategy } = args;
  const guard = choose('--guard', args.guard ?? 'look', GUARDS);
  return {
    ...(threshold === undefined
      ? {}
      : { overloadThreshold: readNumber('--overload-threshold', threshold, GREATEST_THRESHOLD) }),
    ...(gain === undefined ? {} : { rebalanceGain: readNumber('--rebalance-gain', gain, 1) }),
    ...(strategy === undefined ? {} : { autoStrategy: choose('--auto-strategy', strategy, STRATEGIES) }),
    ...(guard === 'look' ? {} : { guard: guard === 'yes' }),
    inTree: choose('--in-tree', args['in-tree'] ?? DEFAULT_SETTINGS.inTree, IN_TREE),
  };
}

function readNumber(flag: string, text: string, greatest: number): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (value >= 0 && value <= greatest) return value;
  throw new InputError(`${flag}: expected a number from 0 to ${greatest}, got ${JSON.stringify(text)}`);
}

export function choose<T extends string>(flag: string, text: string, values: readonly T[]): T {
  const value = values.find((candidate) => candidate === text);
  if (value !== undefined) return value;
  throw new InputError(`${flag}: expected ${values.join(', ')}, got ${JSON.stringify(text)}`);
}
