import type { ObjectStore } from '../../../sandbox/storage/store.js';
import type { DeploymentModel } from '../../../sandbox/workload/deployment.js';
import type { Figures } from '../stream/traffic.js';

/** A scripted sequence on a cluster of its own that ends by itself. One file each; `all.ts` lists them. */
export interface Story {
  readonly name: string;
  /** What it shows, in one sentence. */
  readonly title: string;
  readonly cluster: StoryCluster;
  /** Plays the story and makes its claims. The value returned is the end of the summary line. */
  play(stage: Stage): Promise<string>;
}

export interface StoryCluster {
  /** Whether the guard is in force from the start. */
  readonly guard: boolean;
  /** Nodes by zone: `aabbcc` are six nodes `node-a1`, `node-a2`, `node-b1`, … of 4 CPU each. */
  readonly nodes: string;
  readonly services: readonly StoryService[];
}

export interface StoryService {
  readonly name: string;
  /** Value of service.kubernetes.io/topology-mode; absent: not annotated. */
  readonly mode?: string;
  /** The zone of each Pod: `aabbc` are five Pods. */
  readonly pods: string;
  /** Slices are managed by this writer and not by in-tree; the Service has no selector and no Deployment then. */
  readonly managedBy?: string;
}

/** What a story may do. Waits are for states, never for times. */
export interface Stage {
  readonly store: ObjectStore;
  /** Starts a new paragraph of the story, after a pause for the reader. */
  scene(text: string): Promise<void>;
  /** Prints a command of kubectl and does what it does. */
  kubectl(command: string, write: () => void): void;
  /** `kubectl annotate service`; null removes the annotation. */
  annotate(service: string, key: string, value: string | null): void;
  /** Sets the Ready condition of a node, as its kubelet or the node controller does. */
  setNodeReady(name: string, ready: boolean): void;
  /** Adds a node; without a zone it gets no label. */
  addNode(name: string, zone: string | undefined): void;
  deployment(service: string): DeploymentModel;
  startController(): Promise<void>;
  stopController(): Promise<void>;
  /** Runs `slicehints cleanup`. @returns how many slices lost their hints */
  cleanUp(): Promise<number>;
  /** Switches a fault of the server on (`name:key=value,…`). @returns switches it off */
  fault(text: string): () => void;
  /** Waits until controllers, Deployments and Events are settled. @throws {Error} when that takes too long */
  settle(): Promise<void>;
  /** Waits until something holds. @throws {Error} when that takes too long */
  until(what: string, holds: () => boolean): Promise<void>;
  /** What traffic to a Service does now. */
  figures(service: string): Figures;
  /** Prints a line with the figures of a Service. @returns them */
  report(service: string): Figures;
  /** Reasons of the Events on a Service, oldest first. */
  reasons(service: string): string[];
  /** Committed writes of EndpointSlices by a writer (`slicehints`, `in-tree`, …) since the start of the story. */
  sliceWrites(writer: string): number;
  /** Ready endpoints of a Service that have no hints. */
  unhinted(service: string): number;
  /** Counts the versions of slices, from now on, in which a ready endpoint of the Service has no hints. */
  countUnhinted(service: string): () => number;
  /** States what must be so; the story fails where it is not. */
  claim(sentence: string, holds: boolean): void;
}

export const NAMESPACE = 'shop';
export const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode';
export const BALANCED = 'slicehints.io/balanced';
