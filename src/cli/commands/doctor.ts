import type { Command } from '../command.js';
import { outputFlag, readFiles, readNamespace, REQUEST_VERBOSITY_FLAGS } from '../flags/clusterFlags.js';
import { LEASE_FLAGS } from '../flags/commands/controllerFlags.js';
import { flag, type FlagValues } from '../flags/flag.js';
import { GUARD_FLAGS, HINT_FLAGS, readHintSettings } from '../flags/hintFlags.js';
import { DURATION } from '../flags/kinds.js';
import { readSource, SOURCE_FLAGS } from '../flags/sourceFlags.js';
import { UsageError } from '../flags/usageError.js';
import { clusterSurroundings, gatherManifests, openCluster, type ClusterSurroundings } from '../input/clusterSource.js';
import { clusterObjects } from '../input/manifests.js';
import { podNamespace } from '../input/podNamespace.js';
import { renderFindings } from '../output/findings.js';
import { Progress } from '../output/progress.js';
import { painter, writeOut, type Io } from '../output/terminal.js';
import { diagnose, diagnoseObjects } from '../../operations/diagnosis/diagnose.js';
import type { Finding } from '../../operations/diagnosis/finding.js';
import { sleep } from '../../kube/clock.js';

export const DOCTOR_FLAGS = {
  ...SOURCE_FLAGS,
  output: outputFlag(['text', 'json'], 'text, or a list of findings with stable codes'),
  wait: flag(DURATION, {
    default: '0s',
    describe: 'Check again until there is no problem, for at most this long',
  }),
  ...HINT_FLAGS,
  'in-tree': { ...HINT_FLAGS['in-tree'], default: 'auto' },
  ...GUARD_FLAGS,
  'leader-elect-resource-name': LEASE_FLAGS['leader-elect-resource-name'],
  ...REQUEST_VERBOSITY_FLAGS,
} as const;

type DoctorArguments = FlagValues<typeof DOCTOR_FLAGS>;

const AGAIN_MS = 2000;

/** `slicehints doctor`: checks a cluster, read-only, and says in plain sentences what stands in the way of hints. */
export function doctorCommand(
  io: Io,
  surroundings: ClusterSurroundings = clusterSurroundings('doctor'),
): Command<typeof DOCTOR_FLAGS> {
  return {
    name: 'doctor',
    describe: 'Check a cluster for what stands in the way of hints; changes nothing',
    usage:
      '$0 doctor\n\nChecks the API server, the installation, the guard, nodes, what reads hints, and every Service that asks for hints. Writes nothing. Works with few rights, and says what it could not see. Exits with 1 for a problem, such as a Service that asks for hints and has none. docs/troubleshooting.md explains each code.',
    flags: DOCTOR_FLAGS,
    examples: [
      ['$0 doctor --wait 2m', 'after an installation: until everything is in place'],
      ['$0 doctor -f cluster.yaml', 'offline, from kubectl get nodes,services,endpointslices -A -o yaml'],
    ],
    run: async (args) => {
      const files = readFiles(args);
      if (files.length > 0 && args.wait > 0) {
        throw new UsageError('--wait: files do not change; it is for a live cluster');
      }
      const signal = io.untilSignal(() => undefined);
      const findings =
        files.length > 0 ? await checkFiles(args, io, surroundings) : await checkLive(args, io, surroundings, signal);
      const text =
        args.output === 'json'
          ? `${JSON.stringify(findings, null, 2)}\n`
          : renderFindings(findings, painter(io), io.columns);
      await writeOut(io.stdout, text);
      io.setExitCode(hasProblem(findings) ? 1 : 0);
    },
  };
}

function hasProblem(findings: readonly Finding[]): boolean {
  return findings.some(({ level }) => level === 'problem');
}

async function checkFiles(args: DoctorArguments, io: Io, surroundings: ClusterSurroundings): Promise<Finding[]> {
  const progress = new Progress(io.isErrorTTY ? io.stderr : undefined, surroundings.clock);
  try {
    const source = { ...readSource(args), service: undefined };
    const { settings, ...manifests } = await gatherManifests(source, io, surroundings, progress);
    progress.clear();
    for (const note of manifests.notes) io.stderr.write(`slicehints doctor: ${note}\n`);
    const { endpointSlices: slices, policies = [], namespaces = [], ...objects } = clusterObjects(manifests);
    const drains = manifests.drains.map(({ object }) => object);
    return diagnoseObjects(
      { ...objects, slices, policies, namespaces, drains },
      { settings, nowMs: surroundings.clock.wallMs() },
    );
  } finally {
    progress.clear();
  }
}

async function checkLive(
  args: DoctorArguments,
  io: Io,
  surroundings: ClusterSurroundings,
  signal: AbortSignal,
): Promise<Finding[]> {
  const { selector, wait, guard } = args;
  const { clock } = surroundings;
  const namespace = readNamespace(args);
  const transport = await openCluster(args, io, surroundings);
  const progress = new Progress(io.isErrorTTY ? io.stderr : undefined, clock);
  const untilMs = clock.monotonicMs() + wait;
  try {
    for (;;) {
      progress.report(() => 'Checking the cluster');
      const findings = await diagnose({
        transport,
        clock,
        signal,
        namespace,
        guard,
        policyVersion: args['guard-policy-version'],
        settings: readHintSettings(args),
        measuredConfigMap: args['measured-configmap'],
        leaseName: args['leader-elect-resource-name'],
        ownNamespace: podNamespace(),
        ...(selector === undefined ? {} : { selects: selector.matches }),
      });
      const leftMs = untilMs - clock.monotonicMs();
      if (!hasProblem(findings) || leftMs <= 0 || signal.aborted) return findings;
      await sleep(clock, Math.min(AGAIN_MS, leftMs), signal);
    }
  } finally {
    progress.clear();
    transport.close();
  }
}
