import { stringify } from 'yaml';
import { explainService } from '../../analysis/explain/explainService.js';
import type { Explanation, LiveFacts } from '../../analysis/explain/explanation.js';
import type { ClusterObjects } from '../../analysis/planCluster.js';
import { describeWhatIf } from '../../analysis/whatIf/describe.js';
import type { Command } from '../command.js';
import {
  ACCESS_FLAGS,
  FILENAME_FLAGS,
  outputFlag,
  PAGER_FLAGS,
  readFiles,
  REQUEST_VERBOSITY_FLAGS,
} from '../flags/clusterFlags.js';
import { flag, type FlagValues } from '../flags/flag.js';
import { readHintSettings } from '../flags/hintFlags.js';
import { NAMESPACE, SERVICE_KEY } from '../flags/kinds.js';
import { PLANNING_FLAGS } from '../flags/sourceFlags.js';
import { quoted, UsageError } from '../flags/usageError.js';
import { imagine, readWhatIf, WHAT_IF_FLAGS } from '../flags/whatIfFlags.js';
import { readLiveFacts } from '../explain/liveFacts.js';
import { renderExplanation } from '../explain/renderExplanation.js';
import { clusterSurroundings, gatherManifests, openCluster, type ClusterSurroundings } from '../input/clusterSource.js';
import { clusterObjects } from '../input/manifests.js';
import { writePaged } from '../output/pager.js';
import { Progress } from '../output/progress.js';
import { painter, type Io } from '../output/terminal.js';
import { whatIfJson } from '../plan/planJson.js';
import { requireService } from '../plan/requireService.js';

/** The flags of `slicehints explain`. */
export const EXPLAIN_FLAGS = {
  ...FILENAME_FLAGS,
  ...ACCESS_FLAGS,
  namespace: flag(NAMESPACE, { short: 'n', describe: 'Namespace of the Service, where the operand is its name alone' }),
  output: outputFlag(
    ['text', 'json', 'yaml'],
    'json and yaml: the value of explainService, as docs/reference/explain.schema.json has it',
  ),
  ...PAGER_FLAGS,
  ...WHAT_IF_FLAGS,
  ...PLANNING_FLAGS,
  ...REQUEST_VERBOSITY_FLAGS,
} as const;

export type ExplainArguments = FlagValues<typeof EXPLAIN_FLAGS>;

/** `slicehints explain`: why a Service has what it has, from files or live; changes nothing. */
export function explainCommand(
  io: Io,
  surroundings: ClusterSurroundings = clusterSurroundings('explain'),
): Command<typeof EXPLAIN_FLAGS> {
  return {
    name: 'explain',
    describe: 'Explain step by step why a Service has the hints that it has, and what would do better',
    usage: `$0 explain NAMESPACE/NAME [-f cluster.yaml]

Explains why a Service has the hints that it has: what it asks for, which nodes count, where traffic comes from, the limit, who may write the slices, what was chosen and what other modes would give, what each node does, and what is known of other writers. Each step has its numbers and the source of its rule. Ends with what would do better, computed by planning again. Reads the live cluster of the current context, or manifests, and changes nothing.`,
    flags: EXPLAIN_FLAGS,
    refusesRepeated: true,
    operands: 1,
    examples: [
      ['$0 explain shop/cart', 'of the live cluster, with the Events and the leader'],
      ['$0 explain -n shop cart -f cluster.yaml', 'the same from manifests'],
      ['$0 explain shop/cart --without-zone zone-c', 'if a zone were gone'],
    ],
    run: (args, operands) => runExplain(args, readKey(args, operands), io, surroundings),
  };
}

/** @throws {UsageError} where no Service, or two namespaces, are named */
function readKey({ namespace }: ExplainArguments, [operand]: readonly string[]): string {
  if (operand === undefined) throw new UsageError('Name a Service: NAMESPACE/NAME, or -n NAMESPACE NAME.');
  if (operand.includes('/') && namespace !== undefined && !operand.startsWith(`${namespace}/`)) {
    throw new UsageError(`--namespace ${namespace} and ${quoted(operand)} name two namespaces; give one of them`);
  }
  const key = operand.includes('/') || namespace === undefined ? operand : `${namespace}/${operand}`;
  if (SERVICE_KEY.read(key) === undefined) {
    throw new UsageError(`expected NAMESPACE/NAME, or -n NAMESPACE NAME, got ${quoted(operand)}`);
  }
  return key;
}

async function runExplain(
  args: ExplainArguments,
  key: string,
  io: Io,
  surroundings: ClusterSurroundings,
): Promise<void> {
  const progress = new Progress(io.isErrorTTY ? io.stderr : undefined, surroundings.clock);
  try {
    const changes = readWhatIf(args);
    const source = {
      ...args,
      files: readFiles(args),
      namespace: undefined,
      selector: undefined,
      service: key,
      hints: readHintSettings(args),
    };
    const { settings, ...manifests } = await gatherManifests(source, io, surroundings, progress);
    requireService(key, manifests, '');
    const live = source.files.length > 0 ? undefined : await askCluster(args, key, io, surroundings);
    progress.clear();
    const explain = (objects: ClusterObjects): Explanation =>
      explainService({ ...objects, service: key, settings, live })!;
    const objects = clusterObjects(manifests);
    const today = explain(objects);
    const explanation = changes === undefined ? today : explain(imagine(objects, changes));
    for (const note of manifests.notes) io.stderr.write(`slicehints explain: ${note}\n`);
    const values = (): object => ({
      ...explanation,
      ...(changes === undefined ? {} : { whatIf: whatIfJson(changes), today }),
    });
    const whatIf = changes === undefined ? undefined : { words: describeWhatIf(changes), today };
    const text = {
      text: () => renderExplanation(explanation, { paint: painter(io), columns: io.columns, whatIf }),
      json: () => `${JSON.stringify(values(), null, 2)}\n`,
      yaml: () => stringify(values(), { aliasDuplicateObjects: false }),
    }[args.output]();
    await writePaged(io, [text], args.pager);
    io.setExitCode(0);
  } finally {
    progress.clear();
  }
}

async function askCluster(
  args: ExplainArguments,
  key: string,
  io: Io,
  surroundings: ClusterSurroundings,
): Promise<LiveFacts> {
  const transport = await openCluster(args, io, surroundings);
  try {
    return await readLiveFacts({ transport, clock: surroundings.clock, signal: new AbortController().signal }, key);
  } finally {
    transport.close();
  }
}
