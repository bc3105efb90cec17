import { Scratch } from '../../hints/scratch.js';
import { settingsOf, type Settings } from '../../hints/settings.js';
import { ClusterLosses } from '../audit/losses.js';
import { readCluster } from '../clusterRecords.js';
import type { ClusterObjects } from '../planCluster.js';
import { recommendRecords, type ServiceRecommendation } from './serviceRecommendation.js';

export interface RecommendClusterOptions {
  /** `namespace/name`: only this one. */
  readonly service?: string | undefined;
  readonly settings?: Partial<Settings> | undefined;
  /** Judge every choice, also those that the rule need not come to. */
  readonly judgeAll?: boolean | undefined;
  readonly onService?: ((done: number, total: number) => void) | undefined;
}

export interface RecommendedCluster {
  /** Sorted by namespace and name. */
  readonly services: readonly ServiceRecommendation[];
  /** Sentences for the user on what the input lacks. */
  readonly notes: readonly string[];
}

/** What every Service of a cluster should ask for, each as `recommendService` gives it. Labels of namespaces tell which are in a mesh. */
export function recommendCluster(objects: ClusterObjects, options: RecommendClusterOptions = {}): RecommendedCluster {
  const settings = settingsOf(options.settings);
  const { cluster, clients, services, allSlices, serviceOf, notes } = readCluster(objects, settings);
  const { service: wanted, judgeAll, onService } = options;
  const namespaces = new Map((objects.namespaces ?? []).map((each) => [each.metadata?.name ?? '', each]));
  const chosen = wanted === undefined ? services : services.filter(({ key }) => key === wanted);
  const losses = new ClusterLosses(cluster, allSlices, clients);
  const scratch = new Scratch();
  const { nodes } = objects;
  const recommendations = chosen.map(({ service, manifest, slices, sliceManifests }, i) => {
    onService?.(i, chosen.length);
    const namespaceManifest = namespaces.get(service.namespace);
    const records = { manifest, serviceOf, namespaceManifest, slices, sliceManifests, nodes };
    return recommendRecords({ ...records, cluster, clients, losses, settings, scratch, judgeAll });
  });
  return { services: recommendations, notes: wanted === undefined ? notes : [] };
}
