import { Scratch } from '../../hints/scratch.js';
import { settingsOf, type Settings } from '../../hints/settings.js';
import { objectKey } from '../../model/objectKey.js';
import { readCluster } from '../clusterRecords.js';
import type { ClusterObjects } from '../planCluster.js';
import { ClusterLosses } from './losses.js';
import { auditRecords, type ServiceAudit } from './serviceAudit.js';

export interface AuditClusterOptions {
  /** `namespace/name`: only this one. */
  readonly service?: string | undefined;
  readonly settings?: Partial<Settings> | undefined;
  /** Audit the hints that would be written, in place of those that are there. */
  readonly planned?: boolean | undefined;
  readonly onService?: ((done: number, total: number) => void) | undefined;
}

export interface AuditedCluster {
  readonly summary: AuditSummary;
  /** Sorted by namespace and name. */
  readonly services: readonly ServiceAudit[];
  /** Sentences for the user on what the input lacks. */
  readonly notes: readonly string[];
}

/** A load, in units of today's mean load of an endpoint of its Service. */
export interface LoadOfService {
  readonly load: number;
  /** `namespace/name`. */
  readonly service: string;
}

/** What the loss of one zone does to all Services together. */
export interface ZoneSummary {
  readonly zone: string;
  /** Endpoints that take traffic today and are gone, of all Services. */
  readonly lost: number;
  /** Services that lose their last endpoint: `namespace/name`, sorted. */
  readonly noneLeft: readonly string[];
  /** null when no Service that hints can steer has an endpoint left. */
  readonly busiestAtOnce: LoadOfService | null;
  readonly busiestReplanned: LoadOfService | null;
}

export interface AuditSummary {
  /** Services that were audited. */
  readonly services: number;
  /** Services with endpoints whose traffic hints do not steer: no load is given. */
  readonly unsteered: number;
  /** Sorted by zone. */
  readonly zones: readonly ZoneSummary[];
}

/** Audits every Service of a cluster, each as `auditService` would with its slices, all nodes and all other slices. */
export function auditCluster(objects: ClusterObjects, options: AuditClusterOptions = {}): AuditedCluster {
  const settings = settingsOf(options.settings);
  const { cluster, clients, services, allSlices, notes } = readCluster(objects, settings);
  const { service: wanted, planned, onService } = options;
  const chosen = wanted === undefined ? services : services.filter(({ key }) => key === wanted);
  const shared = { cluster, clients, settings, planned, losses: new ClusterLosses(cluster, allSlices, clients) };
  const scratch = new Scratch();
  const audits = chosen.map(({ service, slices }, i) => {
    onService?.(i, chosen.length);
    return auditRecords({ ...shared, service, slices, scratch });
  });
  return { summary: summariseAudit(audits), services: audits, notes: wanted === undefined ? notes : [] };
}

export function summariseAudit(audits: readonly ServiceAudit[]): AuditSummary {
  const zones = new Map<string, ZoneSummary>();
  for (const audit of audits) {
    const service = objectKey(audit);
    for (const { zone, lost, left, busiestAtOnce, busiestReplanned } of audit.zones) {
      const so = zones.get(zone);
      zones.set(zone, {
        zone,
        lost: (so?.lost ?? 0) + lost,
        noneLeft: [...(so?.noneLeft ?? []), ...(lost > 0 && left === 0 ? [service] : [])],
        busiestAtOnce: higher(so?.busiestAtOnce ?? null, busiestAtOnce, service),
        busiestReplanned: higher(so?.busiestReplanned ?? null, busiestReplanned, service),
      });
    }
  }
  return {
    services: audits.length,
    unsteered: audits.filter(({ unsteered, endpoints }) => unsteered !== undefined && endpoints > 0).length,
    zones: [...zones.values()].sort((a, b) => (a.zone < b.zone ? -1 : 1)),
  };
}

function higher(so: LoadOfService | null, load: number | null, service: string): LoadOfService | null {
  return load === null || (so !== null && so.load >= load) ? so : { load, service };
}

/** The worst that the loss of a zone does to one of the Services. */
export interface WorstLoss {
  /** `namespace/name`. */
  readonly service: string;
  readonly zone: string;
  /** Over today's mean, at once or after planning again, whichever is higher; Infinity when no endpoint is left. */
  readonly load: number;
  readonly when: 'at once' | 'after planning again';
}

/** Loads are compared at this tolerance, because sums of shares are rounded. */
const TOLERANCE = 1e-9;

/**
 * The losses of a zone that load an endpoint above a limit or leave none, the worst of each Service, worst first.
 * @param limit over today's mean
 */
export function lossesAbove(audits: readonly ServiceAudit[], limit: number): readonly WorstLoss[] {
  const found: WorstLoss[] = [];
  for (const audit of audits) {
    let worst: WorstLoss | undefined;
    for (const { zone, lost, left, busiestAtOnce, busiestReplanned } of audit.zones) {
      const none = lost > 0 && left === 0;
      const atOnce = none ? Infinity : (busiestAtOnce ?? 0);
      const load = Math.max(atOnce, busiestReplanned ?? 0);
      const when = load > atOnce ? 'after planning again' : 'at once';
      if (worst === undefined || load > worst.load) worst = { service: objectKey(audit), zone, load, when };
    }
    if (worst !== undefined && worst.load > limit + TOLERANCE) found.push(worst);
  }
  // A sort is stable: Services with the same load stay in the order of their names.
  return found.sort((a, b) => (a.load === b.load ? 0 : b.load - a.load));
}
