import type { Logger } from 'pino';
import type { Controller } from '../../../controller/controller.js';
import { anonymousAccess } from '../../../kube/auth/credentials.js';
import { sleep, systemClock, type Clock } from '../../../kube/clock.js';
import { HttpTransport } from '../../../kube/rest/httpTransport.js';
import { SERVICE_NAME_LABEL } from '../../../model/slice.js';
import { cleanUp } from '../../../operations/cleanup.js';
import { listAt, textAt, valueAt } from '../../../sandbox/schema/kubeObject.js';
import type { KubeObject } from '../../../sandbox/schema/kubeObject.js';
import type { SandboxApiServer } from '../../../sandbox/server/apiServer.js';
import type { ObjectStore } from '../../../sandbox/storage/store.js';
import { DeploymentModel } from '../../../sandbox/workload/deployment.js';
import type { Paint } from '../../output/terminal.js';
import { runController } from '../../run/runController.js';
import type { ControllerSettings } from '../../flags/commands/controllerFlags.js';
import { addressSource } from '../deployments.js';
import type { RunningInTree } from '../inTree.js';
import { percent, type Figures, type Traffic } from '../stream/traffic.js';
import { writerOf } from '../stream/writers.js';
import { waitForCalm } from '../waitForCalm.js';
import { CONTAINERS, firstReplicaSet, nodeObject } from './storyCluster.js';
import { NAMESPACE, type Stage, type StoryCluster } from './story.js';

/** How fast a story is played. */
export interface Pace {
  /** Before each scene, for the reader. */
  readonly sceneMs: number;
  /** Everything must have been settled for this long; longer than in-tree waits after a foreign write. */
  readonly calmMs: number;
  /** Time from the creation of a Pod until it is ready. */
  readonly startMs: number;
  /** How long Pods stay on a node that is not ready; five minutes in a real cluster. */
  readonly evictAfterMs: number;
}

export interface StageOptions {
  readonly server: SandboxApiServer;
  readonly url: string;
  readonly cluster: StoryCluster;
  readonly settings: ControllerSettings;
  readonly traffic: Traffic;
  readonly inTree: RunningInTree;
  readonly pace: Pace;
  readonly logger: Logger;
  readonly paint: Paint;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

const LIMIT_MS = 30_000;
const KUBECTL = { userAgent: 'kubectl/sandbox', fieldManager: 'kubectl' } as const;
/** Nodes are reported ready and not ready by the node controller of kube-controller-manager. */
const NODE_CONTROLLER = { userAgent: 'node-controller/sandbox', fieldManager: 'node-controller' } as const;

/** The stage on which stories are played: the stand-in server, the models beside it, and the controller. */
export class SandboxStage implements Stage {
  readonly #options: StageOptions;
  readonly #clock: Clock = systemClock;
  readonly #deployments = new Map<string, DeploymentModel>();
  readonly #failed: string[] = [];
  #claims = 0;
  #controller: { readonly controller: Controller; readonly stop: () => Promise<void> } | undefined;

  constructor(options: StageOptions) {
    this.#options = options;
    const { server, cluster, pace } = options;
    const nextAddress = addressSource(server.store);
    for (const { name, pods, managedBy } of cluster.services) {
      if (managedBy !== undefined) continue;
      const model = new DeploymentModel({
        ...{ store: server.store, clock: this.#clock, random: Math.random, namespace: NAMESPACE, name, nextAddress },
        replicaSet: firstReplicaSet(name),
        replicas: pods.length,
        template: { labels: { app: name }, containers: CONTAINERS },
        startMs: pace.startMs,
        evictAfterMs: pace.evictAfterMs,
      });
      this.#deployments.set(name, model);
    }
  }

  /** Claims that did not hold. */
  get failed(): readonly string[] {
    return this.#failed;
  }

  get claims(): number {
    return this.#claims;
  }

  get store(): ObjectStore {
    return this.#options.server.store;
  }

  /** Runs the Deployments until the signal fires. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([...this.#deployments.values()].map((model) => model.run(signal)));
  }

  async scene(text: string): Promise<void> {
    const { pace, paint, print, signal } = this.#options;
    await sleep(this.#clock, pace.sceneMs, signal);
    print('');
    print(paint('bold', text));
  }

  kubectl(command: string, write: () => void): void {
    this.#options.print(this.#options.paint('dim', `$ kubectl ${command}`));
    write();
  }

  annotate(service: string, key: string, value: string | null): void {
    const argument = value === null ? `${key}-` : `${key}=${value} --overwrite`;
    this.kubectl(`annotate service -n ${NAMESPACE} ${service} ${argument}`, () => {
      const patch = { metadata: { annotations: { [key]: value } } };
      this.store.patch('services', NAMESPACE, service, 'merge', patch, KUBECTL);
    });
  }

  setNodeReady(name: string, ready: boolean): void {
    const status = { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] };
    this.store.patch('nodes', '', name, 'merge', { status }, { ...NODE_CONTROLLER, subresource: 'status' });
  }

  addNode(name: string, zone: string | undefined): void {
    this.store.write('nodes', nodeObject(name, zone), { userAgent: 'kubelet/sandbox', fieldManager: 'kubelet' });
  }

  deployment(service: string): DeploymentModel {
    const model = this.#deployments.get(service);
    if (model === undefined) throw new Error(`the story has no Deployment ${service}`);
    return model;
  }

  async startController(): Promise<void> {
    const { settings, logger, signal } = this.#options;
    const stop = new AbortController();
    let wired: (controller: Controller) => void = () => undefined;
    const started = new Promise<Controller>((resolve) => (wired = resolve));
    const running = runController(settings, logger, AbortSignal.any([stop.signal, signal]), { onWired: wired });
    const controller = await Promise.race([started, running.then(() => undefined)]);
    if (controller === undefined) return;
    const end = async (): Promise<void> => {
      stop.abort();
      await running;
    };
    this.#controller = { controller, stop: end };
    await this.settle();
  }

  async stopController(): Promise<void> {
    const running = this.#controller;
    this.#controller = undefined;
    await running?.stop();
  }

  async cleanUp(): Promise<number> {
    const { url, signal } = this.#options;
    const transport = new HttpTransport({
      access: anonymousAccess(url),
      userAgent: 'slicehints/cleanup',
      clock: this.#clock,
    });
    try {
      const { cleaned } = await cleanUp({ transport, clock: this.#clock, signal });
      return cleaned.length;
    } finally {
      transport.close();
    }
  }

  fault(text: string): () => void {
    const { faults } = this.#options.server;
    const { id } = faults.add(text);
    return () => void faults.remove(id);
  }

  async settle(): Promise<void> {
    const { inTree, pace } = this.#options;
    const models = [...this.#deployments.values()];
    const settled = (): boolean =>
      inTree.idle && this.#controller?.controller.settled !== false && models.every((model) => model.settled);
    await this.#wait('everything is settled', settled, pace.calmMs);
    await this.#controller?.controller.flushEvents();
  }

  async until(what: string, holds: () => boolean): Promise<void> {
    await this.#wait(what, holds, 0);
  }

  async #wait(what: string, holds: () => boolean, calmMs: number): Promise<void> {
    const { signal } = this.#options;
    const reached = await waitForCalm(holds, { calmMs, limitMs: LIMIT_MS, clock: this.#clock }, signal);
    if (signal.aborted) throw new Error('interrupted');
    if (!reached) throw new Error(`after ${LIMIT_MS / 1000} s still waiting until ${what}`);
  }

  figures(service: string): Figures {
    return this.#options.traffic.figures(`${NAMESPACE}/${service}`) ?? { inZoneShare: 0, worstLoad: 0 };
  }

  report(service: string): Figures {
    const figures = this.figures(service);
    const endpoints = this.#readyEndpoints(service);
    const hinted = endpoints.length - this.unhinted(service);
    this.#options.print(
      this.#options.paint(
        'green',
        `= ${service}: ${percent(figures.inZoneShare)} of the traffic stays in its zone, busiest endpoint ${figures.worstLoad.toFixed(2)}x the mean, hints on ${hinted} of ${endpoints.length} endpoints`,
      ),
    );
    return figures;
  }

  reasons(service: string): string[] {
    return this.store
      .list('events', NAMESPACE)
      .filter((event) => textAt(event, 'involvedObject', 'name') === service)
      .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
      .map((event) => textAt(event, 'reason'));
  }

  sliceWrites(writer: string): number {
    return this.#options.server.history
      .entries()
      .filter((record) => record.resource === 'endpointslices' && writerOf(record) === writer).length;
  }

  unhinted(service: string): number {
    return this.#readyEndpoints(service).filter(isBare).length;
  }

  countUnhinted(service: string): () => number {
    let count = 0;
    const stop = this.store.subscribe('endpointslices', ({ object, type }) => {
      if (type !== 'DELETED' && isSliceOf(object, service) && readyOf(object).some(isBare)) count += 1;
    });
    return () => {
      stop();
      return count;
    };
  }

  claim(sentence: string, holds: boolean): void {
    this.#claims += 1;
    if (!holds) this.#failed.push(sentence);
    const { paint, print } = this.#options;
    print(holds ? paint('green', `✓ ${sentence}`) : paint('red', `✗ ${sentence}`));
  }

  #readyEndpoints(service: string): readonly unknown[] {
    return this.store
      .list('endpointslices', NAMESPACE)
      .filter((slice) => isSliceOf(slice, service))
      .flatMap(readyOf);
  }
}

function isSliceOf(slice: KubeObject, service: string): boolean {
  return slice.metadata.namespace === NAMESPACE && slice.metadata.labels?.[SERVICE_NAME_LABEL] === service;
}

function readyOf(slice: KubeObject): readonly unknown[] {
  return listAt(slice, 'endpoints').filter((endpoint) => valueAt(endpoint, 'conditions', 'ready') !== false);
}

function isBare(endpoint: unknown): boolean {
  return listAt(endpoint, 'hints', 'forZones').length + listAt(endpoint, 'hints', 'forNodes').length === 0;
}
