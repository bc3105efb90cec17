import type { KubeObject } from '../src/sandbox/schema/kubeObject.js';
import type { ObjectStore } from '../src/sandbox/storage/store.js';
import type { Dice } from './dice.js';

const ZONES = ['a', 'b', 'c'] as const;
const ZONE_LABEL = 'topology.kubernetes.io/zone';
const NAMESPACES = ['shop', 'bank', 'mail'] as const;
const FOREIGN = { user: 'endpoints', userAgent: 'endpoints/1', fieldManager: 'endpoints' };

/** Annotations of a Service, with how often they are chosen: every mode, bad values, and nothing at all. */
const WISHES: readonly (readonly [number, Readonly<Record<string, string>>])[] = [
  [6, { 'service.kubernetes.io/topology-mode': 'Auto' }],
  [2, { 'service.kubernetes.io/topology-aware-hints': 'auto' }],
  [6, { 'service.kubernetes.io/topology-mode': 'slicehints.io/balanced' }],
  [1, { 'service.kubernetes.io/topology-mode': 'slicehints.io/balanced', 'slicehints.io/overload-threshold': '0.5' }],
  [1, { 'service.kubernetes.io/topology-mode': 'slicehints.io/balanced', 'slicehints.io/overload-threshold': 'lots' }],
  [2, { 'service.kubernetes.io/topology-mode': 'slicehints.io/same-zone' }],
  [2, { 'service.kubernetes.io/topology-mode': 'slicehints.io/same-node' }],
  [2, { 'slicehints.io/topology-keys': 'kubernetes.io/hostname,topology.kubernetes.io/zone,*' }],
  [1, { 'service.kubernetes.io/topology-mode': 'slicehints.io/nonsense' }],
  [4, {}],
];

/** Who manages the slices of a Service, with how often. The last ones may not be written, or not annotated. */
const MANAGERS: readonly (readonly [number, string])[] = [
  [10, 'endpoints.example.com'],
  [1, 'endpointslicemirroring-controller.k8s.io'],
  [1, 'endpointslice-controller.k8s.io'],
];

interface WorldNode {
  readonly name: string;
  zone: string;
  cpu: number;
  ready: boolean;
}

interface WorldEndpoint {
  readonly address: string;
  readonly node: string;
  ready: boolean;
}

interface WorldSlice {
  readonly name: string;
  readonly addressType: 'IPv4' | 'IPv6';
  endpoints: WorldEndpoint[];
}

interface WorldService {
  readonly namespace: string;
  readonly name: string;
  readonly managedBy: string;
  annotations: Readonly<Record<string, string>>;
  readonly slices: WorldSlice[];
  exists: boolean;
}

export interface WorldSize {
  readonly services: number;
  readonly endpoints: number;
  readonly nodes: number;
}

/**
 * The cluster as its owners want it: nodes, Services and endpoints, and random changes of them. It is the only writer of
 * these beside the controller; what it chooses depends on the dice and on itself alone, never on what hints are there.
 */
export class World {
  readonly #store: ObjectStore;
  readonly #dice: Dice;
  readonly #nodes: WorldNode[] = [];
  readonly #services: WorldService[] = [];
  #count = 0;
  #events = 0;

  constructor(store: ObjectStore, dice: Dice) {
    this.#store = store;
    this.#dice = dice;
  }

  /** Changes made so far, not counting those of the beginning. */
  get events(): number {
    return this.#events;
  }

  build({ services, endpoints, nodes }: WorldSize): void {
    const dice = this.#dice;
    for (const name of NAMESPACES) this.#store.write('namespaces', { metadata: { name } });
    for (let i = 0; i < nodes; i++) this.#addNode();
    for (let i = 0; i < services; i++) {
      const service: WorldService = {
        namespace: NAMESPACES[i % NAMESPACES.length] ?? 'shop',
        name: `svc-${i}`,
        managedBy: dice.weighted(MANAGERS),
        annotations: dice.weighted(WISHES),
        slices: [{ name: `svc-${i}-0`, addressType: 'IPv4', endpoints: [] }],
        exists: true,
      };
      if (dice.chance(0.2)) service.slices.push({ name: `svc-${i}-1`, addressType: 'IPv4', endpoints: [] });
      if (dice.chance(0.05)) service.slices.push({ name: `svc-${i}-6`, addressType: 'IPv6', endpoints: [] });
      this.#services.push(service);
    }
    for (let i = 0; i < endpoints; i++) this.#addEndpoint(dice.pick(dice.pick(this.#services).slices));
    for (const service of this.#services) this.#putService(service);
    this.#events = 0;
  }

  /** One random change. */
  change(): void {
    const dice = this.#dice;
    this.#events += 1;
    const service = dice.pick(this.#services);
    if (!service.exists) {
      service.exists = true;
      this.#putService(service);
      return;
    }
    const slice = dice.pick(service.slices);
    dice.weighted<readonly [number, () => void]>([
      [40, [0, () => this.#flipEndpoint(service, slice)]],
      [15, [0, () => this.#grow(service, slice)]],
      [15, [0, () => this.#shrink(service, slice)]],
      [1, [0, () => this.#putSlice(service, slice, false)]],
      [12, [0, () => this.#reannotate(service)]],
      [1, [0, () => this.#deleteService(service)]],
      [6, [0, () => this.#changeNode()]],
      [3, [0, () => this.#replaceNode()]],
    ])[1]();
  }

  #flipEndpoint(service: WorldService, slice: WorldSlice): void {
    const { endpoints } = slice;
    const endpoint = endpoints[this.#dice.below(Math.max(1, endpoints.length))];
    if (endpoint === undefined) this.#addEndpoint(slice);
    else endpoint.ready = !endpoint.ready;
    this.#putSlice(service, slice);
  }

  #grow(service: WorldService, slice: WorldSlice): void {
    if (slice.endpoints.length < 40) this.#addEndpoint(slice);
    this.#putSlice(service, slice);
  }

  #shrink(service: WorldService, slice: WorldSlice): void {
    slice.endpoints.splice(this.#dice.below(Math.max(1, slice.endpoints.length)), 1);
    this.#putSlice(service, slice);
  }

  #reannotate(service: WorldService): void {
    service.annotations = this.#dice.weighted(WISHES);
    this.#store.write('services', manifestOf(service), FOREIGN);
  }

  #deleteService(service: WorldService): void {
    service.exists = false;
    this.#store.delete('services', service.namespace, service.name, FOREIGN);
    for (const { name } of service.slices) this.#store.delete('endpointslices', service.namespace, name, FOREIGN);
  }

  #changeNode(): void {
    const dice = this.#dice;
    const node = dice.pick(this.#nodes);
    const what = dice.below(4);
    if (what < 2) node.ready = !node.ready;
    else if (what === 2) node.cpu = dice.between(2, 16);
    else node.zone = dice.pick([...ZONES, '']);
    this.#putNode(node);
  }

  #replaceNode(): void {
    const [gone] = this.#nodes.splice(this.#dice.below(this.#nodes.length), 1);
    if (gone !== undefined) this.#store.delete('nodes', '', gone.name, FOREIGN);
    this.#addNode();
  }

  #addNode(): void {
    const dice = this.#dice;
    const node = { name: `node-${this.#count++}`, zone: dice.pick(ZONES), cpu: dice.between(2, 16), ready: true };
    this.#nodes.push(node);
    this.#putNode(node);
  }

  #addEndpoint(slice: WorldSlice): void {
    const n = ++this.#count;
    const address =
      slice.addressType === 'IPv4' ? `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}` : `fd00::${n.toString(16)}`;
    slice.endpoints.push({ address, node: this.#dice.pick(this.#nodes).name, ready: this.#dice.chance(0.9) });
  }

  #putNode({ name, zone, cpu, ready }: WorldNode): void {
    const labels = { 'kubernetes.io/hostname': name, ...(zone === '' ? {} : { [ZONE_LABEL]: zone }) };
    this.#store.write(
      'nodes',
      {
        metadata: { name, labels },
        status: {
          allocatable: { cpu: String(cpu) },
          conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
        },
      },
      FOREIGN,
    );
  }

  #putService(service: WorldService): void {
    this.#store.write('services', manifestOf(service), FOREIGN);
    for (const slice of service.slices) this.#putSlice(service, slice);
  }

  /** @param keepHints a writer that reads, changes and writes keeps the hints of those that stay; a crude one drops all */
  #putSlice(service: WorldService, { name, addressType, endpoints }: WorldSlice, keepHints = true): void {
    const { namespace, managedBy } = service;
    const live = this.#store.get('endpointslices', namespace, name);
    const hints = new Map<string, unknown>();
    for (const endpoint of (live?.['endpoints'] ?? []) as { addresses: string[]; hints?: unknown }[]) {
      if (keepHints && endpoint.hints !== undefined) hints.set(endpoint.addresses[0] ?? '', endpoint.hints);
    }
    const zoneOf = new Map(this.#nodes.map((node) => [node.name, node.zone]));
    this.#store.write(
      'endpointslices',
      {
        metadata: {
          name,
          namespace,
          labels: {
            'kubernetes.io/service-name': service.name,
            'endpointslice.kubernetes.io/managed-by': managedBy,
          },
          ...(live?.metadata.annotations === undefined ? {} : { annotations: live.metadata.annotations }),
        },
        addressType,
        ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
        endpoints: endpoints.map(({ address, node, ready }) => {
          const zone = zoneOf.get(node) ?? '';
          return {
            addresses: [address],
            conditions: { ready, serving: ready, terminating: false },
            nodeName: node,
            ...(zone === '' ? {} : { zone }),
            ...(hints.has(address) ? { hints: hints.get(address) } : {}),
          };
        }),
      },
      FOREIGN,
    );
  }
}

function manifestOf({ namespace, name, annotations }: WorldService): KubeObject {
  return {
    metadata: { name, namespace, annotations: { ...annotations } },
    spec: { ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
  };
}
