import type { Logger } from 'pino';
import type { Controller } from '../../controller/controller.js';
import { chooseMode } from '../../hints/mode.js';
import { policyReader } from '../../hints/policy/policyReader.js';
import { DEFAULT_SETTINGS } from '../../hints/settings.js';
import { aborted } from '../../kube/aborted.js';
import { systemClock } from '../../kube/clock.js';
import type { ServiceManifest } from '../../model/manifest.js';
import { gitVersionOf } from '../../sandbox/discovery/kubernetesVersion.js';
import { faultText } from '../../sandbox/faults/faultSpec.js';
import type { SandboxApiServer } from '../../sandbox/server/apiServer.js';
import { storedGuardHook } from '../../sandbox/storage/guard.js';
import type { SandboxArguments } from '../commands/sandbox.js';
import { createLogger } from '../output/logging.js';
import { painter, type Io, type Paint } from '../output/terminal.js';
import { runController } from '../run/runController.js';
import type { DeploymentSpec } from './cluster.js';
import { runDeployments } from './deployments.js';
import { runInTree, type RunningInTree } from './inTree.js';
import { loadPageAssets } from '../report/pageAssets.js';
import { LivePage } from './livePage.js';
import { missingHints, renderService, settingsAt, stateOf, type SandboxState } from './report.js';
import { sandboxSettings } from './settings.js';
import { Narrator } from './stream/narrator.js';
import { waitForCalm } from './waitForCalm.js';

/** How long the first settled state may take. */
const SETTLE_LIMIT_MS = 60_000;
/** Services that are shown with their endpoints. */
const MOST_SERVICES = 10;
/** In-tree answers a write of slicehints a second later: calm must have lasted for longer than that. */
const IN_TREE_CALM_MS = 1500;

/** What the stand-in server holds and where it is. */
export interface SessionCluster {
  readonly server: SandboxApiServer;
  readonly url: string;
  /** Where the cluster came from, for the banner. */
  readonly source: string;
  /** Path of a kubeconfig for the server. */
  readonly kubeconfig: string;
  readonly deployments: readonly DeploymentSpec[];
}

type SessionFlags = Pick<SandboxArguments, 'once' | 'controller' | 'with-in-tree' | 'log-level' | 'guard' | 'ui'>;

/** `sandbox` without a story: everything runs until a signal, and what happens is printed. */
export class Session {
  readonly #io: Io;
  readonly #cluster: SessionCluster;
  readonly #flags: SessionFlags;
  readonly #paint: Paint;
  #page: LivePage | undefined;

  constructor(io: Io, cluster: SessionCluster, flags: SessionFlags) {
    this.#io = io;
    this.#cluster = cluster;
    this.#flags = flags;
    this.#paint = painter(io);
  }

  async run(): Promise<void> {
    const { server, url, deployments } = this.#cluster;
    const stop = new AbortController();
    const interrupted = this.#io.untilSignal(() => undefined);
    interrupted.addEventListener('abort', () => stop.abort(), { once: true });
    this.#print(this.#banner());
    if (this.#flags.ui) await this.#servePage();
    const narrator = new Narrator({
      server,
      clock: systemClock,
      paint: this.#paint,
      print: (line) => {
        this.#print(line);
        this.#page?.line(line);
      },
    });
    server.store.onWrite = storedGuardHook(server.store, (slice, request) => narrator.guardKept(slice, request));
    const endNarration = narrator.start();
    const { stderr, isErrorTTY: colour } = this.#io;
    const logger = createLogger({ format: 'text', level: this.#flags['log-level'], stream: stderr, colour });
    const inTree = this.#flags['with-in-tree'] ? runInTree(url, logger, stop.signal) : undefined;
    const models = inTree === undefined ? [] : runDeployments(server.store, deployments, stop.signal);
    try {
      if (inTree !== undefined && !(await this.#slicesMade(inTree, stop.signal))) return;
      if (this.#flags.controller) {
        await this.#runController(logger, inTree, stop);
      } else {
        this.#print(this.#invitation());
        await aborted(interrupted);
      }
    } finally {
      stop.abort();
      await Promise.all([inTree?.ended, ...models]);
      await this.#page?.close();
      endNarration();
    }
  }

  async #servePage(): Promise<void> {
    this.#page = new LivePage({
      store: this.#cluster.server.store,
      settings: { ...DEFAULT_SETTINGS, guard: this.#flags.guard },
      title: `sandbox with ${this.#cluster.source}`,
      page: loadPageAssets(),
      clock: systemClock,
    });
    this.#print(`The page: ${await this.#page.listen()}\n`);
  }

  #banner(): string {
    const { server, url, source } = this.#cluster;
    const faults = server.faults.list().map(({ spec }) => faultText(spec));
    const lines = [
      `Stand-in Kubernetes ${gitVersionOf(server.kubernetesVersion)} API server on ${url}, in memory, with ${source}`,
      ...(faults.length === 0 ? [] : [`Faults in force: ${faults.join(', ')}`]),
    ];
    return `${lines.join('\n')}\n`;
  }

  /**
   * Waits until in-tree has made the slices of all Services; then a controller of hints finds a cluster as it usually is.
   * @returns whether to go on
   */
  async #slicesMade(inTree: RunningInTree, signal: AbortSignal): Promise<boolean> {
    const limit = { calmMs: 0, limitMs: SETTLE_LIMIT_MS, clock: systemClock };
    if ((await waitForCalm(() => inTree.idle, limit, signal)) || signal.aborted) return !signal.aborted;
    this.#fail(`the model of the in-tree controller has not made all slices after ${SETTLE_LIMIT_MS / 1000} s`);
    return !this.#flags.once;
  }

  /** With `--once` the run has failed. */
  #fail(sentence: string): void {
    this.#io.stderr.write(`slicehints sandbox: ${sentence}\n`);
    if (this.#flags.once) this.#io.setExitCode(1);
  }

  async #runController(logger: Logger, inTree: RunningInTree | undefined, stop: AbortController): Promise<void> {
    let wired: (controller: Controller) => void = () => undefined;
    const controller = new Promise<Controller>((resolve) => (wired = resolve));
    const running = runController(
      sandboxSettings(this.#cluster.kubeconfig, this.#flags['log-level']),
      logger,
      stop.signal,
      { onWired: wired },
    );
    try {
      await Promise.race([this.#present(controller, inTree, stop.signal), running]);
      if (!this.#flags.once && !stop.signal.aborted) {
        this.#print(this.#invitation());
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
    const settled = await waitForCalm(() => controller.settled && inTree?.idle !== false, limit, signal);
    if (signal.aborted) return;
    await controller.flushEvents();
    const state = this.#state();
    const { store } = this.#cluster.server;
    const settings = settingsAt(systemClock.wallMs(), controller.coexistence.settings, store);
    const taking = takingPart(state);
    this.#print('');
    for (const service of taking.slice(0, MOST_SERVICES)) {
      this.#print(`${renderService(service, state, settings, this.#paint)}\n`);
    }
    if (taking.length > MOST_SERVICES) {
      const more = taking.length - MOST_SERVICES;
      const lister = `slicehints plan --kubeconfig ${this.#cluster.kubeconfig}`;
      this.#print(`… and ${more} more Services; ${lister} lists them.\n`);
    }
    if (taking.length === 0)
      this.#print('No Service opts in to hints; annotate one with service.kubernetes.io/topology-mode=Auto.\n');
    const missing = missingHints(state, settings);
    if (settled && missing.length === 0) return;
    const missed = missing.length === 0 ? '' : `hints are missing: ${missing.slice(0, 5).join(', ')}`;
    const unsettled = settled ? '' : `the controller has not settled after ${SETTLE_LIMIT_MS / 1000} s`;
    this.#fail([unsettled, missed].filter((part) => part !== '').join('; '));
  }

  #state(): SandboxState {
    return stateOf(this.#cluster.server.store);
  }

  #invitation(): string {
    const kubectl = `kubectl --kubeconfig ${this.#cluster.kubeconfig}`;
    const state = this.#state();
    const target = takingPart(state)[0] ?? state.services[0];
    const namespace = target?.metadata?.namespace ?? 'default';
    const name = target?.metadata?.name ?? 'NAME';
    return [
      'The server runs until Ctrl-C; changes are printed as they happen. Commands for another terminal:',
      `  ${kubectl} describe service -n ${namespace} ${name}`,
      `  ${kubectl} get endpointslices -n ${namespace} -l kubernetes.io/service-name=${name} -o yaml`,
      `  ${kubectl} annotate service -n ${namespace} ${name} service.kubernetes.io/topology-mode=Disabled --overwrite`,
      `  ${kubectl} annotate service -n ${namespace} ${name} service.kubernetes.io/topology-mode=Auto --overwrite`,
      `  ${kubectl} get nodes -L topology.kubernetes.io/zone`,
      `  ${kubectl} get clusterhintspolicies,hintspolicies,zonedrains -A`,
      ...(this.#flags['with-in-tree']
        ? [
            `  ${kubectl} get pods -n ${namespace} -o wide`,
            `  ${kubectl} delete pod -n ${namespace} POD`,
            `  ${kubectl} drain NODE`,
            `  ${kubectl} patch pod -n ${namespace} POD --subresource=status -p '{"status":{"conditions":[{"type":"Ready","status":"False"}]}}'`,
          ]
        : []),
      '',
    ].join('\n');
  }

  #print(text: string): void {
    this.#io.stdout.write(`${text}\n`);
  }
}

/** The Services that ask for hints, by themselves or by policy. */
function takingPart(state: SandboxState): ServiceManifest[] {
  const serviceOf = policyReader(state);
  return state.services.filter((service) => chooseMode(serviceOf(service)).mode !== 'off');
}
