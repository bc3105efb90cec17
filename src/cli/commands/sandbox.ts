import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { Command } from '../command.js';
import type { Controller } from '../../controller/controller.js';
import { chooseMode } from '../../hints/mode.js';
import { systemClock } from '../../kube/clock.js';
import {
  NEWEST_VERSION,
  gitVersionOf,
  missingGroups,
  parseKubernetesVersion,
} from '../../sandbox/discovery/kubernetesVersion.js';
import { SandboxApiServer } from '../../sandbox/server/apiServer.js';
import { parseFault } from '../../sandbox/faults/faultSpec.js';
import { installGuard, storedGuardHook } from '../../sandbox/storage/guard.js';
import type { EndpointSliceManifest } from '../../model/manifest.js';
import { readService } from '../../model/service.js';
import { waitForCalm } from '../sandbox/waitForCalm.js';
import { CONTROLLER_FLAGS, readControllerSettings, type ControllerSettings } from '../flags/controllerFlags.js';
import { UsageError } from '../flags/usageError.js';
import { defaultsOf, flag, list, type FlagValues } from '../flags/flag.js';
import { BOOLEAN, number, oneOf, parsedBy, text } from '../flags/kinds.js';
import { createLogger, LOG_LEVELS, type LogLevel } from '../output/logging.js';
import { describeFileError } from '../input/fileError.js';
import { loadManifests } from '../input/manifests.js';
import { runController } from '../run/runController.js';
import { loadCluster } from '../sandbox/cluster.js';
import { runInTree, type RunningInTree } from '../sandbox/inTree.js';
import { describeHints, missingHints, renderService, type SandboxState } from '../sandbox/report.js';
import { painter, type Io, type Paint } from '../output/terminal.js';

const DEFAULT_SAMPLE = 'kube-dns.yaml';
/** The model of in-tree needs Pods and Services that select them. */
const IN_TREE_SAMPLE = 'in-tree.yaml';
/** How long the first settled state may take. */
const SETTLE_LIMIT_MS = 60_000;
/** In-tree answers a write of ours a second later: with it, calm must have lasted for longer than that. */
const IN_TREE_CALM_MS = 1500;

export const SANDBOX_FLAGS = {
  filename: list(text('a file, a directory or - for standard input'), {
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
  'in-tree': flag(BOOLEAN, {
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
  'write-kubeconfig': flag(text('a file'), { describe: 'Also write the kubeconfig to this file' }),
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
    run: async (flags) => {
      if (flags.empty && flags.filename !== undefined)
        throw new UsageError('--empty and --filename contradict each other');
      if (flags.once && !flags.controller)
        throw new UsageError('--once waits for the controller, which --no-controller leaves out');
      const kubernetesVersion = flags['kubernetes-version'];
      if (flags.guard && missingGroups(kubernetesVersion).includes('admissionregistration.k8s.io')) {
        throw new UsageError(
          `--guard needs MutatingAdmissionPolicy, which Kubernetes ${gitVersionOf(kubernetesVersion)} does not have; leave out --guard or --kubernetes-version`,
        );
      }
      const sampleName = flags['in-tree'] ? IN_TREE_SAMPLE : DEFAULT_SAMPLE;
      const files = flags.empty ? [] : (flags.filename ?? [findSample(sampleName)]);
      const manifests = await loadManifests(files, { stdin: io.stdin });
      const server = new SandboxApiServer({ kubernetesVersion });
      const folder = await mkdtemp(join(tmpdir(), 'slicehints-'));
      try {
        const url = await server.listen(flags.port);
        const kubeconfig = join(folder, 'kubeconfig');
        await writeFile(kubeconfig, server.kubeconfig(), { mode: 0o600 });
        if (flags['write-kubeconfig'] !== undefined)
          await writeKubeconfig(flags['write-kubeconfig'], server.kubeconfig());
        loadCluster(server.store, manifests);
        server.store.onWrite = storedGuardHook(server.store);
        if (flags.guard) installGuard(server.store);
        for (const fault of flags.fault ?? []) server.faults.add(fault);
        const source = flags.empty ? 'nothing in it' : (flags.filename?.join(', ') ?? `sample ${sampleName}`);
        await new Sandbox(io, server, flags['write-kubeconfig'] ?? kubeconfig, flags).run(url, source);
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

class Sandbox {
  readonly #io: Io;
  readonly #server: SandboxApiServer;
  readonly #kubeconfig: string;
  readonly #flags: SandboxArguments;
  readonly #paint: Paint;
  readonly #settings: ControllerSettings;

  constructor(io: Io, server: SandboxApiServer, kubeconfig: string, flags: SandboxArguments) {
    this.#io = io;
    this.#server = server;
    this.#kubeconfig = kubeconfig;
    this.#flags = flags;
    this.#paint = painter(io);
    this.#settings = sandboxSettings(kubeconfig, flags['log-level']);
  }

  async run(url: string, source: string): Promise<void> {
    const stop = new AbortController();
    const interrupted = this.#io.untilSignal(() => undefined);
    interrupted.addEventListener('abort', () => stop.abort(), { once: true });
    this.#say(`Stand-in Kubernetes API server on ${url}, in memory, with ${source}\n`);
    const unfollow = this.#follow();
    const { stderr, isErrorTTY: colour } = this.#io;
    const logger = createLogger({ format: 'text', level: this.#settings.logLevel, stream: stderr, colour });
    const inTree = this.#flags['in-tree'] ? runInTree(url, logger, stop.signal) : undefined;
    try {
      if (inTree !== undefined && !(await this.#slicesMade(inTree, stop.signal))) return;
      if (this.#flags.controller) {
        await this.#runController(logger, inTree, stop);
      } else {
        this.#say(this.#invitation());
        await new Promise<void>((resolve) => {
          if (interrupted.aborted) resolve();
          else interrupted.addEventListener('abort', () => resolve(), { once: true });
        });
      }
    } finally {
      unfollow();
      stop.abort();
      await inTree?.ended;
    }
  }

  /**
   * Waits until in-tree has made the slices of all Services; then a controller of hints finds a cluster as it usually is.
   * @returns whether to go on
   */
  async #slicesMade(inTree: RunningInTree, signal: AbortSignal): Promise<boolean> {
    const limit = { calmMs: 0, limitMs: SETTLE_LIMIT_MS, clock: systemClock };
    if ((await waitForCalm(() => inTree.idle, limit, signal)) || signal.aborted) return !signal.aborted;
    this.#complain(`the model of the in-tree controller has not made all slices after ${SETTLE_LIMIT_MS / 1000} s`);
    return !this.#flags.once;
  }

  /** With `--once` the run has failed. */
  #complain(sentence: string): void {
    this.#io.stderr.write(`slicehints sandbox: ${sentence}\n`);
    if (this.#flags.once) this.#io.setExitCode(1);
  }

  async #runController(logger: Logger, inTree: RunningInTree | undefined, stop: AbortController): Promise<void> {
    let wired: (controller: Controller) => void = () => undefined;
    const controller = new Promise<Controller>((resolve) => (wired = resolve));
    const running = runController(this.#settings, logger, stop.signal, { onWired: wired });
    try {
      await Promise.race([this.#present(controller, inTree, stop.signal), running]);
      if (!this.#flags.once && !stop.signal.aborted) {
        this.#say(this.#invitation());
        await running;
      }
    } finally {
      stop.abort();
      await running;
    }
  }

  /** Waits for the first settled state and shows it. */
  async #present(wired: Promise<Controller>, inTree: RunningInTree | undefined, signal: AbortSignal): Promise<void> {
    const controller = await wired;
    const calmMs = inTree === undefined ? 0 : IN_TREE_CALM_MS;
    const limit = { calmMs, limitMs: SETTLE_LIMIT_MS, clock: systemClock };
    await waitForCalm(() => controller.settled && inTree?.idle !== false, limit, signal);
    if (signal.aborted) return;
    await controller.flushEvents();
    const state = this.#state();
    const { settings } = controller.coexistence;
    const taking = state.services.filter((service) => chooseMode(readService(service)).mode !== 'off');
    this.#say('');
    for (const service of taking) this.#say(`${renderService(service, state, settings, this.#paint)}\n`);
    if (taking.length === 0)
      this.#say('No Service asks for hints; annotate one with service.kubernetes.io/topology-mode=Auto.\n');
    const missing = missingHints(state, settings);
    if (controller.settled && missing.length === 0) return;
    const missed = missing.length === 0 ? '' : `hints are missing: ${missing.slice(0, 5).join(', ')}`;
    const unsettled = controller.settled ? '' : `the controller has not settled after ${SETTLE_LIMIT_MS / 1000} s`;
    this.#complain([unsettled, missed].filter((part) => part !== '').join('; '));
  }

  #state(): SandboxState {
    const { store } = this.#server;
    return {
      nodes: store.list('nodes'),
      services: store.list('services'),
      slices: store.list('endpointslices'),
    };
  }

  /** Says what changes in the server as it changes. */
  #follow(): () => void {
    const { store } = this.#server;
    const stops = [
      store.subscribe('endpointslices', ({ type, object }) => {
        if (type !== 'MODIFIED') return;
        const { metadata, endpoints } = object as EndpointSliceManifest;
        const hints = (endpoints ?? []).map(
          (endpoint) => `${endpoint.addresses?.[0] ?? ''}→${describeHints(endpoint) || 'none'}`,
        );
        const shown = hints.length > 8 ? [...hints.slice(0, 8), `… ${hints.length - 8} more`] : hints;
        this.#tell('slice', `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`, shown.join(' '));
      }),
      store.subscribe('events', ({ type, object }) => {
        if (type === 'DELETED') return;
        const event = object as {
          involvedObject?: { namespace?: string; name?: string };
          type?: string;
          reason?: string;
          message?: string;
          note?: string;
        };
        const subject = `${event.involvedObject?.namespace ?? ''}/${event.involvedObject?.name ?? ''}`;
        this.#tell('event', subject, `${event.type ?? ''} ${event.reason ?? ''}: ${event.message ?? event.note ?? ''}`);
      }),
    ];
    return () => stops.forEach((end) => end());
  }

  #tell(kind: string, subject: string, text: string): void {
    const time = new Date(systemClock.wallMs()).toISOString().slice(11, 23);
    this.#say(`${this.#paint('dim', time)}  ${kind}  ${subject}  ${text}`);
  }

  #invitation(): string {
    const kubectl = `kubectl --kubeconfig ${this.#kubeconfig}`;
    const taking = this.#state().services.find((service) => chooseMode(readService(service)).mode !== 'off');
    const target = taking ?? this.#state().services[0];
    const namespace = target?.metadata?.namespace ?? 'default';
    const name = target?.metadata?.name ?? 'NAME';
    return [
      'The server stays up; changes are shown as they happen. Ctrl-C ends it. Play with it from another terminal:',
      `  ${kubectl} describe service -n ${namespace} ${name}`,
      `  ${kubectl} get endpointslices -n ${namespace} -l kubernetes.io/service-name=${name} -o yaml`,
      `  ${kubectl} annotate service -n ${namespace} ${name} service.kubernetes.io/topology-mode=Disabled --overwrite`,
      `  ${kubectl} annotate service -n ${namespace} ${name} service.kubernetes.io/topology-mode=Auto --overwrite`,
      `  ${kubectl} get nodes -L topology.kubernetes.io/zone`,
      ...(this.#flags['in-tree']
        ? [
            `  ${kubectl} get pods -n ${namespace} -o wide`,
            `  ${kubectl} delete pod -n ${namespace} POD`,
            `  ${kubectl} patch pod -n ${namespace} POD --subresource=status -p '{"status":{"conditions":[{"type":"Ready","status":"False"}]}}'`,
          ]
        : []),
      '',
    ].join('\n');
  }

  #say(text: string): void {
    this.#io.stdout.write(`${text}\n`);
  }
}

/** The controller's own defaults, with its servers off and no limit towards a server in the same process. */
function sandboxSettings(kubeconfig: string, level: LogLevel): ControllerSettings {
  return readControllerSettings({
    ...defaultsOf(CONTROLLER_FLAGS),
    kubeconfig,
    'kube-api-qps': 0,
    'metrics-bind-address': 'off',
    'health-probe-bind-address': 'off',
    'log-level': level,
    'log-format': 'text',
  });
}
