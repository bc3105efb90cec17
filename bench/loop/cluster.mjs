// Nodes and pods: a scheduler that spreads loosely, a cluster autoscaler, and a HorizontalPodAutoscaler for each Deployment.
import { nodeManifest } from './controller.mjs';
import { TICK_SECONDS } from './prometheus.mjs';
import { POD_CAPACITY } from './traffic.mjs';

export const ZONES = ['a', 'b', 'c'];
const PODS_PER_NODE = 8;
const LEAST_NODES = 2;
const NODE_START_SECONDS = 120;
const POD_START_SECONDS = 45;
/** A zone gives a node back when so long at most half of its room was used. */
const IDLE_SECONDS = 600;
const TARGET_UTILISATION = 0.6;
const TOLERANCE = 0.1;
const STABILISATION_TICKS = 300 / TICK_SECONDS;
const USAGE_TICKS = 60 / TICK_SECONDS;

export class Cluster {
  nodes = [];
  /** As manifests; another list whenever nodes change. */
  manifests = [];
  #created = 0;
  #ordered = [];
  #idleSince = new Map();

  /** @param next random fractions */
  constructor(next) {
    this.next = next;
    for (const zone of ZONES) for (let i = 0; i < LEAST_NODES; i++) this.#add(zone);
  }

  #add(zone) {
    this.nodes.push({ name: `node-${String(this.#created++).padStart(4, '0')}`, zone, pods: new Set() });
    this.manifests = this.nodes.map(nodeManifest);
  }

  /** A node with room in the zone; undefined where one must be ordered first. */
  place(zone, pod) {
    const open = this.nodes.filter((node) => node.zone === zone && node.pods.size < PODS_PER_NODE);
    const node = open.reduce(
      (best, one) => (best === undefined || one.pods.size < best.pods.size ? one : best),
      undefined,
    );
    node?.pods.add(pod);
    return node;
  }

  /** @param pending Map of zone to the number of pods that wait there; @returns pods whose node is given back */
  scale(seconds, pending) {
    for (const order of this.#ordered.filter(({ at }) => at <= seconds)) {
      this.#ordered.splice(this.#ordered.indexOf(order), 1);
      this.#add(order.zone);
    }
    const evicted = [];
    for (const zone of ZONES) {
      const ordered = this.#ordered.filter((order) => order.zone === zone).length;
      const wanted = Math.ceil((pending.get(zone) ?? 0) / PODS_PER_NODE) - ordered;
      for (let i = 0; i < wanted; i++) this.#ordered.push({ zone, at: seconds + NODE_START_SECONDS });
      const own = this.nodes.filter((node) => node.zone === zone);
      const used = own.reduce((sum, { pods }) => sum + pods.size, 0);
      const isIdle = own.length > LEAST_NODES && used <= (own.length * PODS_PER_NODE) / 2;
      if (!isIdle) this.#idleSince.delete(zone);
      else if (!this.#idleSince.has(zone)) this.#idleSince.set(zone, seconds);
      else if (seconds - this.#idleSince.get(zone) >= IDLE_SECONDS) {
        const least = own.reduce((best, one) => (one.pods.size < best.pods.size ? one : best));
        this.nodes.splice(this.nodes.indexOf(least), 1);
        this.manifests = this.nodes.map(nodeManifest);
        this.#idleSince.delete(zone);
        evicted.push(...least.pods);
      }
    }
    return evicted;
  }
}

/** Pods of one Deployment. `pods` are those of its EndpointSlice; others wait for a node. */
export class Deployment {
  pods = [];
  pending = [];
  /** Goes up with each pod that comes, goes or becomes ready. */
  version = 0;
  #created = 0;
  #usage = [];
  #wishes = [];

  /** @param subnet the first two numbers of its addresses */
  constructor(name, subnet, cluster, { replicas, isScaled = true }) {
    this.name = name;
    this.subnet = subnet;
    this.cluster = cluster;
    this.isScaled = isScaled;
    for (let i = 0; i < replicas; i++) this.#create(0);
    for (const pod of this.pods) pod.ready = true;
    this.least = Math.min(3, replicas);
  }

  /** Mostly the zone with the fewest pods of the Deployment. */
  #chooseZone() {
    const { next } = this.cluster;
    if (next() < 0.2) return ZONES[Math.floor(next() * ZONES.length)];
    const count = (zone) => [...this.pods, ...this.pending].filter((pod) => pod.zone === zone).length;
    return ZONES.reduce((best, zone) => (count(zone) < count(best) ? zone : best));
  }

  #create(seconds) {
    const number = this.#created++;
    const address = `${this.subnet}.${(number >> 8) & 255}.${number & 255}`;
    const pod = { address, zone: this.#chooseZone(), ready: false, readyAt: Infinity, hints: [], owner: this };
    this.pending.push(pod);
    this.#schedule(pod, seconds);
  }

  #schedule(pod, seconds) {
    const node = this.cluster.place(pod.zone, pod);
    if (node === undefined) return;
    pod.node = node.name;
    pod.readyAt = seconds + POD_START_SECONDS;
    this.pending.splice(this.pending.indexOf(pod), 1);
    this.pods.push(pod);
    this.version++;
  }

  remove(pod) {
    const list = this.pods.includes(pod) ? this.pods : this.pending;
    list.splice(list.indexOf(pod), 1);
    this.cluster.nodes.find(({ name }) => name === pod.node)?.pods.delete(pod);
    this.version++;
  }

  /** Replaces a pod that lost its node. */
  replace(pod, seconds) {
    this.remove(pod);
    this.#create(seconds);
  }

  /** Pods that wait get their node, those that start become ready. */
  start(seconds) {
    for (const pod of [...this.pending]) this.#schedule(pod, seconds);
    for (const pod of this.pods) {
      if (pod.ready || pod.readyAt > seconds) continue;
      pod.ready = true;
      this.version++;
    }
  }

  /** Follows the mean usage of the last minute. @param loads parallel to `pods` */
  scale(loads, seconds) {
    if (!this.isScaled) return;
    const ready = this.pods.filter((pod) => pod.ready).length;
    const used = loads.reduce((sum, load) => sum + Math.min(load, POD_CAPACITY), 0);
    this.#usage.push(used / Math.max(1, ready) / POD_CAPACITY);
    if (this.#usage.length > USAGE_TICKS) this.#usage.shift();
    const ratio = this.#usage.reduce((a, b) => a + b, 0) / this.#usage.length / TARGET_UTILISATION;
    const now = this.pods.length + this.pending.length;
    const wish = Math.abs(ratio - 1) <= TOLERANCE ? now : Math.max(this.least, Math.ceil(ready * ratio));
    this.#wishes.push(wish);
    if (this.#wishes.length > STABILISATION_TICKS) this.#wishes.shift();
    const wanted = wish > now ? Math.min(wish, 2 * now) : Math.min(now, Math.max(...this.#wishes));
    for (let i = now; i < wanted; i++) this.#create(seconds);
    for (let i = now; i > wanted; i--) this.remove(this.#victim());
  }

  /** One that waits, else one of the zone with the most pods. */
  #victim() {
    if (this.pending.length > 0) return this.pending[0];
    const count = (zone) => this.pods.filter((pod) => pod.zone === zone).length;
    const zone = ZONES.reduce((best, one) => (count(one) > count(best) ? one : best));
    const pods = this.pods.filter((pod) => pod.zone === zone);
    return pods.find((pod) => !pod.ready) ?? pods[Math.floor(this.cluster.next() * pods.length)];
  }
}
