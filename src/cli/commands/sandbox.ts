import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from '../command.js';
import {
  NEWEST_VERSION,
  gitVersionOf,
  missingGroups,
  parseKubernetesVersion,
} from '../../sandbox/discovery/kubernetesVersion.js';
import { chartDefinitions } from '../../sandbox/customResources/chartDefinitions.js';
import { SandboxApiServer } from '../../sandbox/server/apiServer.js';
import { parseFault } from '../../sandbox/faults/faultSpec.js';
import { installGuard } from '../../sandbox/storage/guard.js';
import { UsageError } from '../flags/usageError.js';
import { flag, list, type FlagValues } from '../flags/flag.js';
import { BOOLEAN, number, oneOf, parsedBy, path } from '../flags/kinds.js';
import { createLogger, LOG_LEVELS } from '../output/logging.js';
import { describeFileError } from '../input/fileError.js';
import { loadManifests } from '../input/manifests.js';
import { loadCluster } from '../sandbox/cluster.js';
import { Session } from '../sandbox/session.js';
import { storyNames, storyOf } from '../sandbox/stories/all.js';
import { playStory } from '../sandbox/stories/playStory.js';
import { painter, type Io } from '../output/terminal.js';

const DEFAULT_SAMPLE = 'kube-dns.yaml';
/** The model of in-tree needs Pods and Services that select them. */
const IN_TREE_SAMPLE = 'in-tree.yaml';
export const SANDBOX_FLAGS = {
  filename: list(path('a file, a directory or - for standard input'), {
    short: 'f',
    formerly: ['file'],
    describe: 'Manifests to load instead of the sample: a file, a directory, or - for standard input',
  }),
  once: flag(BOOLEAN, {
    default: 'false',
    describe: 'Exit after the first settled state; 1 if a hint is missing',
  }),
  port: flag(number({ low: 0, high: 65535, whole: true }), {
    default: '0',
    describe: 'Port of the API server on 127.0.0.1; 0: a free one',
  }),
  empty: flag(BOOLEAN, { default: 'false', describe: 'Start with an empty cluster instead of the sample' }),
  controller: flag(BOOLEAN, {
    default: 'true',
    describe: 'Run the controller; --no-controller leaves the server to one of your own',
  }),
  'with-in-tree': flag(BOOLEAN, {
    formerly: ['in-tree'],
    default: 'false',
    describe: `Also run a model of Kubernetes’ own EndpointSlice controller, on the sample ${IN_TREE_SAMPLE}`,
  }),
  guard: flag(BOOLEAN, { default: 'false', describe: 'Put the guard in force in the stand-in server' }),
  fault: list(parsedBy(parseFault), {
    describe:
      'Let the server misbehave: name or name:key=value,…, as in latency:ms=200,resource=endpointslices or too-many-requests:rate=0.1; a wrong name lists them all. To change faults while it runs, GET, POST or DELETE /sandbox/faults on the server',
  }),
  'kubernetes-version': flag(parsedBy(parseKubernetesVersion), {
    default: gitVersionOf(NEWEST_VERSION).slice(1),
    describe:
      'Kubernetes version that the server plays, from 1.30: servers before 1.34 drop hints for nodes, servers before 1.36 have no MutatingAdmissionPolicy',
  }),
  story: flag(oneOf(storyNames), {
    describe:
      'Play a scripted story of under a minute on a cluster of its own and exit: 0 when it ends in the state that it claims',
  }),
  ui: flag(BOOLEAN, {
    default: 'false',
    describe: 'Serve the page of slicehints report on loopback, live: hints, Events and traffic as they change',
  }),
  'write-kubeconfig': flag(path('a file'), { describe: 'Also write the kubeconfig to this file' }),
  'log-level': flag(oneOf(LOG_LEVELS), {
    default: 'warn',
    describe: 'Least level of the controller’s own log, on standard error',
  }),
} as const;

export type SandboxArguments = FlagValues<typeof SANDBOX_FLAGS>;

/** `slicehints sandbox`: a stand-in API server, a sample, the controller against it over HTTP, and what happens. */
export function sandboxCommand(io: Io): Command<typeof SANDBOX_FLAGS> {
  return {
    name: 'sandbox',
    describe: 'Try it with nothing at hand: a stand-in API server, a sample cluster, and the controller at work',
    usage: '$0 sandbox\n\nRuns a stand-in API server with a sample cluster, and the controller against it over HTTP.',
    flags: SANDBOX_FLAGS,
    examples: [
      ['$0 sandbox --story balanced', 'five pods in three zones: from 33 % to 73 % in zone'],
      ['$0 sandbox --with-in-tree --guard', 'all parts of a cluster at work, to play with by kubectl'],
    ],
    run: async (flags) => {
      refuseContradictions(flags);
      if (flags.story !== undefined) return await runStory(io, flags.story, flags['log-level']);
      const kubernetesVersion = flags['kubernetes-version'];
      const sampleName = flags['with-in-tree'] ? IN_TREE_SAMPLE : DEFAULT_SAMPLE;
      const files = flags.empty ? [] : (flags.filename ?? [findSample(sampleName)]);
      const manifests = await loadManifests(files, { stdin: io.stdin });
      const server = new SandboxApiServer({ kubernetesVersion, definitions: chartDefinitions() });
      const folder = await mkdtemp(join(tmpdir(), 'slicehints-'));
      try {
        const url = await server.listen(flags.port);
        const kubeconfig = join(folder, 'kubeconfig');
        await writeFile(kubeconfig, server.kubeconfig(), { mode: 0o600 });
        if (flags['write-kubeconfig'] !== undefined)
          await writeKubeconfig(flags['write-kubeconfig'], server.kubeconfig());
        const deployments = loadCluster(server.store, manifests);
        if (flags.guard) installGuard(server.store);
        for (const fault of flags.fault ?? []) server.faults.add(fault);
        const source = flags.empty ? 'nothing in it' : (flags.filename?.join(', ') ?? `sample ${sampleName}`);
        const session = { server, url, source, deployments, kubeconfig: flags['write-kubeconfig'] ?? kubeconfig };
        await new Session(io, session, flags).run();
      } finally {
        await server.close();
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** @throws {UsageError} where the samples were not shipped along, as in the image */
function findSample(name: string): string {
  const sample = fileURLToPath(new URL(`../../../examples/${name}`, import.meta.url));
  if (existsSync(sample)) return sample;
  throw new UsageError(
    `the sample ${name} is not installed here: name manifests with --filename, or start with --empty`,
  );
}

/** @throws {UsageError} one sentence that names the flag and the file */
async function writeKubeconfig(path: string, content: string): Promise<void> {
  try {
    await writeFile(path, content, { mode: 0o600 });
  } catch (error) {
    throw new UsageError(`--write-kubeconfig: cannot write ${path}: ${describeFileError(error)}`, error);
  }
}

/** @throws {UsageError} for flags that exclude each other */
function refuseContradictions(flags: SandboxArguments): void {
  if (flags.empty && flags.filename !== undefined) throw new UsageError('--empty and --filename contradict each other');
  if (flags.once && flags.ui)
    throw new UsageError('--once exits before a page could be opened; leave out --ui or --once');
  if (flags.once && !flags.controller)
    throw new UsageError('--once waits for the controller, which --no-controller leaves out');
  const kubernetesVersion = flags['kubernetes-version'];
  if (flags.guard && missingGroups(kubernetesVersion).includes('admissionregistration.k8s.io')) {
    throw new UsageError(
      `--guard needs MutatingAdmissionPolicy, which Kubernetes ${gitVersionOf(kubernetesVersion)} does not have; leave out --guard or --kubernetes-version`,
    );
  }

  if (flags.story === undefined) return;
  const cluster =
    flags.filename !== undefined || flags.empty || flags['with-in-tree'] || flags.guard || !flags.controller;
  const access =
    flags.port !== 0 ||
    flags['write-kubeconfig'] !== undefined ||
    gitVersionOf(kubernetesVersion) !== gitVersionOf(NEWEST_VERSION);
  if (cluster || access || flags.once || flags.ui || flags.fault !== undefined) {
    throw new UsageError(
      '--story brings its own cluster; give it without --filename, --empty, --with-in-tree, --guard, --no-controller, --once, --ui, --fault, --port, --write-kubeconfig and --kubernetes-version',
    );
  }
}

async function runStory(
  io: Io,
  name: (typeof storyNames)[number],
  logLevel: SandboxArguments['log-level'],
): Promise<void> {
  const logger = createLogger({ format: 'text', level: logLevel, stream: io.stderr, colour: io.isErrorTTY });
  const told = await playStory(storyOf(name), {
    logger,
    paint: painter(io),
    print: (line) => void io.stdout.write(`${line}\n`),
    signal: io.untilSignal(() => undefined),
  });
  if (!told) io.setExitCode(1);
}
