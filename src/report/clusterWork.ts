import { ClusterLosses } from '../analysis/audit/losses.js';
import { auditRecords, type ServiceAudit } from '../analysis/audit/serviceAudit.js';
import { readCluster, type ReadObjects, type ServiceRecords } from '../analysis/clusterRecords.js';
import type { ClusterObjects } from '../analysis/planCluster.js';
import { recommendRecords, type ServiceRecommendation } from '../analysis/recommend/serviceRecommendation.js';
import { Scratch } from '../hints/scratch.js';
import type { Settings } from '../hints/settings.js';

/**
 * The audit and the recommendations of a cluster, which take seconds for a large one: Service by Service, so that a page
 * stays usable between two. The values are those of `auditCluster`, of the hints that would be written, and of
 * `recommendCluster`.
 */
export class ClusterWork {
  readonly total: number;
  readonly audits: ServiceAudit[] = [];
  readonly recommendations: ServiceRecommendation[] = [];
  readonly #services: readonly ServiceRecords[];
  readonly #work: (service: ServiceRecords) => void;

  /** @param service `namespace/name`: only this one */
  constructor(objects: ClusterObjects, settings: Settings, read: ReadObjects, service?: string) {
    const { cluster, clients, services, allSlices, serviceOf } = readCluster(objects, settings, read);
    this.#services = service === undefined ? services : services.filter(({ key }) => key === service);
    this.total = this.#services.length;
    const scratch = new Scratch();
    const shared = { cluster, clients, settings, losses: new ClusterLosses(cluster, allSlices, clients), scratch };
    const namespaces = new Map((objects.namespaces ?? []).map((each) => [each.metadata?.name ?? '', each]));
    this.#work = ({ service: record, manifest, slices, sliceManifests }) => {
      this.audits.push(auditRecords({ ...shared, service: record, slices, planned: true }));
      const namespaceManifest = namespaces.get(record.namespace);
      const records = { manifest, serviceOf, namespaceManifest, slices, sliceManifests, nodes: objects.nodes };
      this.recommendations.push(recommendRecords({ ...shared, ...records }));
    };
  }

  get done(): number {
    return this.audits.length;
  }

  /** Works on the next Service. @returns whether there are more */
  step(): boolean {
    const next = this.#services[this.done];
    if (next !== undefined) this.#work(next);
    return this.done < this.total;
  }
}
