import { ClientIndex } from '../../hints/demand/clientIndex.js';
import { summariseCluster, type Cluster } from '../../model/cluster.js';
import type { EndpointRecord, SliceRecord } from '../../model/slice.js';
import { slicesByService } from '../../model/slicesByService.js';

/** What a plan needs of the cluster when something is gone, and which endpoints went with it. */
export interface Loss {
  readonly cluster: Cluster;
  readonly clients: ClientIndex;
  readonly takes: (endpoint: EndpointRecord) => boolean;
}

/** What these nodes count for is decided: those that are not ready, and do not count yet, do not come to count. */
const JUDGED = Object.freeze({ nowMs: Infinity });

/**
 * The cluster without each of its zones or nodes, worked out on first use and once for all Services. An endpoint is lost
 * with a zone that it names or in which its node lies, and with its node.
 */
export class ClusterLosses {
  readonly #cluster: Cluster;
  readonly #allSlices: readonly SliceRecord[];
  readonly #clients: Pick<ClientIndex, 'measuredOf'>;
  readonly #zones = new Map<string, Loss>();
  readonly #nodes = new Map<string, Loss>();
  #byService: ReadonlyMap<string, readonly SliceRecord[]> | undefined;

  /**
   * @param allSlices of all Services, for where clients run
   * @param clients of the whole cluster, for what is measured
   */
  constructor(cluster: Cluster, allSlices: readonly SliceRecord[], clients: Pick<ClientIndex, 'measuredOf'>) {
    this.#cluster = cluster;
    this.#allSlices = allSlices;
    this.#clients = clients;
  }

  zone(name: string): Loss {
    return remember(this.#zones, name, () => {
      const { nodes, nodeIndex } = this.#cluster;
      const rest = summariseCluster(
        nodes.filter(({ zone }) => zone !== name),
        JUDGED,
      );
      return this.#lossOf(
        rest,
        ({ zone, nodeName }) => zone === name || (nodeName !== '' && nodeIndex.zoneOf(nodeName) === name),
      );
    });
  }

  node(name: string): Loss {
    return remember(this.#nodes, name, () => {
      const rest = summariseCluster(
        this.#cluster.nodes.filter((node) => node.name !== name),
        JUDGED,
      );
      return this.#lossOf(rest, ({ nodeName }) => nodeName === name);
    });
  }

  #lossOf(cluster: Cluster, takes: Loss['takes']): Loss {
    const rest = (slices: readonly SliceRecord[]): readonly SliceRecord[] => withoutLost(slices, takes);
    const clients = new ClientIndex({
      slicesOf: (key) => rest((this.#byService ??= slicesByService(this.#allSlices)).get(key) ?? []),
      allSlices: () => rest(this.#allSlices),
      zoneOfClient: (node, own) => cluster.nodeIndex.zoneOfClient(node, own),
      measured: { of: (key) => this.#clients.measuredOf(key) },
    });
    return { cluster, clients, takes };
  }
}

/** The slices with the endpoints that are left, in the same order; a slice that loses none is the same object. */
export function withoutLost(slices: readonly SliceRecord[], takes: Loss['takes']): readonly SliceRecord[] {
  return slices.map((slice) => {
    const { endpoints } = slice;
    const left = endpoints.filter((endpoint) => !takes(endpoint));
    return left.length === endpoints.length ? slice : { ...slice, endpoints: left };
  });
}

function remember(known: Map<string, Loss>, name: string, make: () => Loss): Loss {
  const before = known.get(name);
  if (before !== undefined) return before;
  const loss = make();
  known.set(name, loss);
  return loss;
}
