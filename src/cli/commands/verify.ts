import { readFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { verifyCluster, type VerifiedCluster } from '../../analysis/verify/verifyCluster.js';
import { readAnswer, type ReadAnswer } from '../../measured/answer.js';
import { PrometheusClient } from '../../observe/prometheusClient.js';
import type { Command } from '../command.js';
import { readPrometheusAccess, readTrafficQuery } from '../flags/prometheusFlags.js';
import { readSource } from '../flags/sourceFlags.js';
import { UsageError } from '../flags/usageError.js';
import { VERIFY_FLAGS, type VerifyArguments } from '../flags/commands/verifyFlags.js';
import { clusterSurroundings, gatherManifests, type ClusterSurroundings } from '../input/clusterSource.js';
import { describeFileError } from '../input/fileError.js';
import { clusterObjects } from '../input/manifests.js';
import { writePaged } from '../output/pager.js';
import { Progress } from '../output/progress.js';
import { painter, type Io } from '../output/terminal.js';
import { requireService } from '../plan/requireService.js';
import { renderVerify } from '../verify/verifyTable.js';
import { packageVersion } from '../version.js';

/** `slicehints verify`: the forecast beside what was measured, from Prometheus or a saved answer; changes nothing. */
export function verifyCommand(
  io: Io,
  surroundings: ClusterSurroundings = clusterSurroundings('verify'),
): Command<typeof VERIFY_FLAGS> {
  return {
    name: 'verify',
    describe: 'Compare the forecast of hints with the traffic that Prometheus measured, and name what goes around them',
    usage: `$0 verify --prometheus-url URL --source PRESET [-f cluster.yaml]

Shows for every measured Service how much of its traffic stays in its zone by the forecast and by the measurement. Where the two, or the traffic between two zones, differ by more than 10 points, the likely causes are named, each with its evidence. Reads Prometheus and the live cluster of the current context, or manifests, and changes nothing.`,
    flags: VERIFY_FLAGS,
    refusesRepeated: true,
    findingsFlag: 'exit-code',
    examples: [
      ['$0 verify --prometheus-url http://prometheus:9090 --source istio-ambient', 'every Service'],
      ['$0 verify --prometheus-url http://prometheus:9090 --source obi-workload --service shop/web', 'zone by zone'],
      ['$0 verify -f cluster.yaml --answer answer.json --source hubble', 'from files'],
    ],
    run: (args) => runVerify(args, io, surroundings),
  };
}

async function runVerify(args: VerifyArguments, io: Io, surroundings: ClusterSurroundings): Promise<void> {
  const progress = new Progress(io.isErrorTTY ? io.stderr : undefined, surroundings.clock);
  try {
    const { service } = args;
    const answer = await readTraffic(args, surroundings);
    if (answer.problem !== undefined) throw new UsageError(answer.problem);
    const source = readSource(args);
    const { settings, ...manifests } = await gatherManifests(source, io, surroundings, progress);
    if (service !== undefined) requireService(service, manifests);
    const verified = verifyCluster(clusterObjects(manifests), {
      traffic: answer.traffic,
      service,
      settings,
      nowMs: surroundings.clock.wallMs(),
      windowMs: args['changed-within'],
    });
    progress.clear();
    for (const note of [...manifests.notes, ...verified.notes]) io.stderr.write(`slicehints verify: ${note}\n`);
    await writePaged(io, [render(verified, args, io)], args.pager);
    io.setExitCode(args['exit-code'] && verified.services.some(({ differs }) => differs) ? 1 : 0);
  } finally {
    progress.clear();
  }
}

async function readTraffic(args: VerifyArguments, { clock }: ClusterSurroundings): Promise<ReadAnswer> {
  const { query, labels } = readTrafficQuery(args);
  if (args.answer === undefined) {
    const userAgent = `slicehints/${packageVersion()} (verify)`;
    const client = new PrometheusClient(readPrometheusAccess(args), { clock, userAgent });
    return readAnswer(await client.query(query, new AbortController().signal), labels);
  }
  if (args['prometheus-url'] !== undefined) {
    throw new UsageError('--answer and --prometheus-url exclude each other: a saved answer, or a new one');
  }
  const fail = (problem: string, cause?: unknown): never => {
    throw new UsageError(`--answer: ${args.answer}: ${problem}`, cause);
  };
  const text = await readFile(args.answer, 'utf8').catch((error: unknown) => fail(describeFileError(error), error));
  try {
    return readAnswer(JSON.parse(text), labels);
  } catch (error) {
    return fail('is not JSON', error);
  }
}

function render(verified: VerifiedCluster, args: VerifyArguments, io: Io): string {
  const { services, unmeasured } = verified;
  switch (args.output) {
    case 'json':
      return `${JSON.stringify({ services, unmeasured }, null, 2)}\n`;
    case 'yaml':
      return stringify({ services, unmeasured }, { aliasDuplicateObjects: false });
    case 'table':
      return renderVerify(verified, painter(io), { columns: io.columns, detailed: args.service !== undefined });
  }
}
