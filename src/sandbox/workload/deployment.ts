import type { Clock } from '../../kube/clock.js';
import { randomSuffix } from '../schema/identifiers.js';
import { isJsonObject, listAt, textAt, valueAt } from '../schema/kubeObject.js';
import type { KubeObject } from '../schema/kubeObject.js';
import type { ObjectStore } from '../storage/store.js';
import { terminatePod } from './termination.js';

/** The identity under which the model writes. */
export const DEPLOYMENT_MODEL = { userAgent: 'deployment-model/sandbox', fieldManager: 'deployment-model' } as const;

const ZONE_LABEL = 'topology.kubernetes.io/zone';

export interface PodTemplate {
  readonly labels: Readonly<Record<string, string>>;
  readonly containers: readonly unknown[];
}

export interface DeploymentOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly random: () => number;
  readonly namespace: string;
  readonly name: string;
  /** Name of the ReplicaSet whose Pods exist already; by default a new one. */
  readonly replicaSet?: string;
  readonly replicas: number;
  readonly template: PodTemplate;
  /** An address that no other Pod has. */
  readonly nextAddress: () => string;
  /** Time from the creation of a Pod until it is ready. By default 300. */
  readonly startMs?: number;
  /** How long Pods stay on a node that is not ready. By default 300,000, as in Kubernetes. */
  readonly evictAfterMs?: number;
}

/**
 * A model of what stands behind a Deployment: Deployment and ReplicaSet controller, scheduler, kubelet and the eviction
 * of Pods from nodes that are not ready. It keeps the number of Pods, spreads them over zones and nodes, and rolls out
 * one Pod at a time (maxSurge 1, maxUnavailable 0). Deployments and ReplicaSets themselves are not stored.
 */
export class DeploymentModel {
  readonly #options: DeploymentOptions;
  /** Of Pods that are to become ready. */
  readonly #starting = new Map<string, () => void>();
  /** Of nodes that are not ready, until their Pods are evicted. */
  readonly #evicting = new Map<string, () => void>();
  #replicas: number;
  #replicaSet: string;
  #running = false;
  #syncing = false;

  constructor(options: DeploymentOptions) {
    this.#options = options;
    this.#replicas = options.replicas;
    this.#replicaSet = options.replicaSet ?? `${options.name}-${randomSuffix(options.random)}`;
  }

  /** Everything that is wanted is ready, and nothing else is left. */
  get settled(): boolean {
    const pods = this.#pods();
    return (
      this.#starting.size === 0 &&
      pods.length === this.#replicas &&
      pods.every((pod) => isReady(pod) && ownerOf(pod) === this.#replicaSet && !isTerminating(pod))
    );
  }

  scale(replicas: number): void {
    this.#replicas = replicas;
    this.#sync();
  }

  /** Replaces all Pods by Pods of a new ReplicaSet. */
  rollOut(): void {
    this.#replicaSet = `${this.#options.name}-${randomSuffix(this.#options.random)}`;
    this.#sync();
  }

  /** Settles when the signal fires. */
  run(signal: AbortSignal): Promise<void> {
    const { store } = this.#options;
    const stops = [
      store.subscribe('pods', ({ object }) => {
        if (this.#owns(object)) this.#sync();
      }),
      store.subscribe('nodes', ({ object, type }) => this.#nodeChanged(object, type === 'DELETED')),
    ];
    this.#running = true;
    this.#sync();
    return new Promise((resolve) => {
      const stop = (): void => {
        this.#running = false;
        for (const end of stops) end();
        for (const cancel of [...this.#starting.values(), ...this.#evicting.values()]) cancel();
        resolve();
      };
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
  }

  #pods(): KubeObject[] {
    return this.#options.store.list('pods', this.#options.namespace).filter((pod) => this.#owns(pod));
  }

  #owns(pod: KubeObject): boolean {
    const owner = ownerOf(pod);
    const { name, namespace } = this.#options;
    return (
      pod.metadata.namespace === namespace && (owner === this.#replicaSet || owner.replace(/-[^-]*$/, '') === name)
    );
  }

  /** Brings the Pods to what is wanted, as far as readiness allows it now. */
  #sync(): void {
    // Each write here calls the listeners of the store, and so this function, again.
    if (!this.#running || this.#syncing) return;
    this.#syncing = true;
    try {
      while (this.#step());
    } finally {
      this.#syncing = false;
    }
  }

  /** One creation or deletion; false when there is nothing to do until something changes. */
  #step(): boolean {
    const alive = this.#pods().filter((pod) => !isTerminating(pod));
    const current = alive.filter((pod) => ownerOf(pod) === this.#replicaSet);
    const old = alive.filter((pod) => ownerOf(pod) !== this.#replicaSet);
    const surge = old.length > 0 ? 1 : 0;
    if (current.length < this.#replicas && alive.length < this.#replicas + surge) return this.#create();
    const ready = alive.filter(isReady).length;
    const spare = old.find((pod) => !isReady(pod)) ?? (ready > this.#replicas ? old[0] : undefined);
    const surplus =
      current.length > this.#replicas ? (current.find((pod) => !isReady(pod)) ?? current.at(-1)) : undefined;
    const gone = spare ?? surplus;
    if (gone === undefined) return false;
    this.#delete(gone);
    return true;
  }

  #create(): boolean {
    const node = this.#chooseNode();
    // Without a node the Pod would stay pending; the next change of nodes tries again.
    if (node === undefined) return false;
    const { store, namespace, template, nextAddress } = this.#options;
    const address = nextAddress();
    const pod = store.write(
      'pods',
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          generateName: `${this.#replicaSet}-`,
          namespace,
          labels: template.labels,
          ownerReferences: [ownerReference(this.#replicaSet)],
        },
        spec: { nodeName: node, containers: template.containers },
        status: podStatus(address, template.containers, false),
      },
      DEPLOYMENT_MODEL,
    );
    this.#start(pod, address);
    return true;
  }

  #start(pod: KubeObject, address: string): void {
    const { clock, store, namespace, startMs = 300 } = this.#options;
    const { name = '' } = pod.metadata;
    const cancel = clock.after(startMs, () => {
      this.#starting.delete(name);
      if (store.get('pods', namespace, name)?.metadata.uid !== pod.metadata.uid) return;
      this.#setReady(name, address, true);
    });
    this.#starting.set(name, cancel);
  }

  #setReady(name: string, address: string, ready: boolean): void {
    const { store, namespace } = this.#options;
    store.patch(
      'pods',
      namespace,
      name,
      'merge',
      { status: podStatus(address, this.#options.template.containers, ready) },
      {
        ...DEPLOYMENT_MODEL,
        subresource: 'status',
      },
    );
  }

  #delete(pod: KubeObject): void {
    const { store, clock, namespace } = this.#options;
    const { name = '' } = pod.metadata;
    this.#starting.get(name)?.();
    this.#starting.delete(name);
    terminatePod(store, clock, namespace, name, DEPLOYMENT_MODEL);
  }

  /**
   * The ready, schedulable node with the fewest Pods of the current ReplicaSet in its zone, then on itself: topology
   * spread constraints with matchLabelKeys, so that a rollout ends as evenly as it began.
   */
  #chooseNode(): string | undefined {
    const nodes = this.#options.store.list('nodes').filter(isSchedulable);
    const zones = new Map(nodes.map((node) => [node.metadata.name ?? '', zoneOf(node)]));
    const byNode = new Map<string, number>();
    const byZone = new Map<string, number>();
    for (const pod of this.#pods()) {
      if (isTerminating(pod) || ownerOf(pod) !== this.#replicaSet) continue;
      const node = textAt(pod, 'spec', 'nodeName');
      const zone = zones.get(node) ?? '';
      byNode.set(node, (byNode.get(node) ?? 0) + 1);
      byZone.set(zone, (byZone.get(zone) ?? 0) + 1);
    }
    const cost = (name: string): number => (byZone.get(zones.get(name) ?? '') ?? 0) * 1000 + (byNode.get(name) ?? 0);
    return [...zones.keys()].sort((a, b) => cost(a) - cost(b) || (a < b ? -1 : 1))[0];
  }

  /** Pods of a node that is not ready are not ready at once, and are evicted later. */
  #nodeChanged(node: KubeObject, gone: boolean): void {
    const { name = '' } = node.metadata;
    const down = gone || !isReady(node);
    const pods = this.#pods().filter((pod) => textAt(pod, 'spec', 'nodeName') === name);
    for (const pod of pods) {
      const podName = pod.metadata.name ?? '';
      if (isReady(pod) === down && !this.#starting.has(podName)) {
        this.#setReady(podName, textAt(pod, 'status', 'podIP'), !down);
      }
    }
    if (!down) {
      this.#evicting.get(name)?.();
      this.#evicting.delete(name);
    } else if (!this.#evicting.has(name)) {
      const { clock, evictAfterMs = 300_000 } = this.#options;
      const evict = (): void => {
        this.#evicting.delete(name);
        for (const pod of this.#pods()) {
          if (textAt(pod, 'spec', 'nodeName') === name && !isTerminating(pod)) this.#delete(pod);
        }
      };
      this.#evicting.set(name, clock.after(gone ? 0 : evictAfterMs, evict));
    }
    this.#sync();
  }
}

/** The status of a Pod that runs, with all of its containers ready or none. */
export function podStatus(address: string, containers: readonly unknown[], ready: boolean): object {
  return {
    phase: 'Running',
    podIP: address,
    podIPs: [{ ip: address }],
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    containerStatuses: containers.map((container) => ({ name: textAt(container, 'name'), ready, restartCount: 0 })),
  };
}

function ownerReference(name: string): object {
  return { apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid: `${name}-uid`, controller: true };
}

/** The name of the ReplicaSet that controls a Pod, or ''. */
export function ownerOf(pod: KubeObject): string {
  const owner = listAt(pod.metadata, 'ownerReferences').find(
    (one) => isJsonObject(one) && one['controller'] === true && one['kind'] === 'ReplicaSet',
  );
  return textAt(owner, 'name');
}

function isTerminating(pod: KubeObject): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/** The Ready condition of a Pod or a node; a node without one counts as ready. */
function isReady(object: KubeObject): boolean {
  const ready = listAt(object, 'status', 'conditions').find((one) => textAt(one, 'type') === 'Ready');
  return ready === undefined ? object['kind'] === 'Node' : textAt(ready, 'status') === 'True';
}

function isSchedulable(node: KubeObject): boolean {
  return isReady(node) && valueAt(node, 'spec', 'unschedulable') !== true;
}

function zoneOf(node: KubeObject): string {
  return node.metadata.labels?.[ZONE_LABEL] ?? '';
}
