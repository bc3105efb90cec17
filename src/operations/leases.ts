import { readSwitches, type Switches } from '../controller/rails/leaseSwitches.js';
import { LEASE_SELECTOR } from '../controller/leaseLabels.js';
import { layoutOf } from '../controller/shards/leaseNames.js';
import { asRecord } from '../kube/json.js';
import { sleep, type Clock } from '../kube/clock.js';
import { readLease, shownHolder, type ObservedLease } from '../kube/leaderElection/leaseRecord.js';
import { sendForItems, sendForObject } from '../kube/rest/objects.js';
import { leasePath, leasesPath } from '../kube/rest/paths.js';
import { ApiError, type Transport } from '../kube/rest/transport.js';

/** Begins the identity of a clean-up that holds a Lease; a clean-up writes no hints. */
export const CLEANUP_IDENTITY = 'cleanup_';

export interface LeaseSearch {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Name of Leases without the label of slicehints, such as those of older controllers. */
  readonly name: string;
  /** Only this namespace; by default all. */
  readonly namespace?: string | undefined;
  /** Only the Lease of this namespace and name, which needs no right to list Leases. */
  readonly exact?: boolean;
  /** Searched one by one where Leases of all namespaces may not be listed. */
  readonly likelyNamespaces: readonly string[];
}

export interface FoundLease {
  readonly namespace: string;
  readonly name: string;
  /** Empty: the Lease is free. */
  readonly holder: string;
  /** A controller holds it and has renewed it lately. */
  readonly isLive: boolean;
  /** Into how many shards the installation is divided; on its first Lease only, which all its replicas hold together. */
  readonly shards: number | undefined;
  /** Present where its annotations stop all writes. */
  readonly stopped?: Switches;
}

export interface FoundLeases {
  /** Sorted by namespace and name. */
  readonly leases: readonly FoundLease[];
  /** Where Leases may not be listed; empty text: in all namespaces at once. */
  readonly unreadable: readonly string[];
}

/** How long a Lease that appears expired is watched for a renewal, at most. */
const MAX_OBSERVATION_MS = 60_000;
const DEFAULT_DURATION_MS = 15_000;

interface Candidate {
  readonly namespace: string;
  readonly name: string;
  readonly lease: ObservedLease;
}

/**
 * Finds the Leases of controllers by label, and by name where the label is missing.
 * @throws {ApiError} for every answer but 403 to a list
 */
export async function findLeases(search: LeaseSearch): Promise<FoundLeases> {
  const unreadable: string[] = [];
  const candidates = await findCandidates(search, unreadable);
  const leases = await Promise.all(
    candidates.map(async ({ namespace, name, lease }) => {
      const holder = shownHolder(lease.record.holder);
      const shards = layoutOf(lease.record.holder);
      const switches = readSwitches(lease.raw);
      return {
        ...{ namespace, name, holder, shards, isLive: await isLive(namespace, name, lease, search) },
        ...(switches.stop === undefined && switches.fuse === undefined ? {} : { stopped: switches }),
      };
    }),
  );
  const key = ({ namespace, name }: FoundLease): string => `${namespace}/${name}`;
  leases.sort((a, b) => (key(a) < key(b) ? -1 : 1));
  return { leases: search.exact === true ? leases : leases.map((lease) => withoutLayout(lease, leases)), unreadable };
}

/** The Leases of shards and members of an installation, whose first Lease is this one. */
export function partsOf({ namespace, name }: FoundLease, leases: readonly FoundLease[]): readonly FoundLease[] {
  const rest = (part: FoundLease): string => (part.name.startsWith(`${name}-`) ? part.name.slice(name.length + 1) : '');
  return leases.filter((part) => part.namespace === namespace && /^(shard|member)-\d+$/.test(rest(part)));
}

/** The Lease of a layout is never released. It is live while one of the replicas is, each of which holds a Lease of its own. */
function withoutLayout(lease: FoundLease, leases: readonly FoundLease[]): FoundLease {
  if (lease.shards === undefined) return lease;
  return { ...lease, isLive: lease.isLive && partsOf(lease, leases).some(({ isLive }) => isLive) };
}

async function findCandidates(search: LeaseSearch, unreadable: string[]): Promise<Candidate[]> {
  const { namespace, name } = search;
  if (namespace !== undefined && search.exact === true) {
    const lease = await getLease(namespace, name, search);
    return lease === undefined ? [] : [{ namespace, name, lease }];
  }
  const everywhere = await listIn(namespace, search);
  if (everywhere !== undefined) return everywhere;
  unreadable.push(namespace ?? '');
  if (namespace !== undefined) return [];
  const found: Candidate[] = [];
  for (const likely of new Set(search.likelyNamespaces)) {
    const there = await listIn(likely, search);
    if (there === undefined) unreadable.push(likely);
    else found.push(...there);
  }
  return found;
}

/** Undefined where listing is forbidden. */
async function listIn(namespace: string | undefined, search: LeaseSearch): Promise<Candidate[] | undefined> {
  const { transport, signal, name } = search;
  const path = leasesPath(namespace);
  const found = new Map<string, Candidate>();
  try {
    for (const query of [{ labelSelector: LEASE_SELECTOR }, { fieldSelector: `metadata.name=${name}` }]) {
      for (const item of await sendForItems(transport, { method: 'GET', path, query, signal })) {
        const metadata = asRecord(item['metadata']);
        const lease = readLease(item);
        if (lease === undefined || typeof metadata.name !== 'string' || typeof metadata.namespace !== 'string')
          continue;
        const candidate = { namespace: metadata.namespace, name: metadata.name, lease };
        found.set(`${candidate.namespace}/${candidate.name}`, candidate);
      }
    }
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return undefined;
    throw error;
  }
  return [...found.values()];
}

async function getLease(
  namespace: string,
  name: string,
  { transport, signal }: LeaseSearch,
): Promise<ObservedLease | undefined> {
  try {
    return readLease(await sendForObject(transport, { method: 'GET', path: leasePath(namespace, name), signal }));
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/**
 * Whether a controller renews the Lease. A renewal that is recent by the wall clock of this machine counts. Clocks of two machines may
 * differ, so where it appears old the Lease is watched for its own duration, as an election does.
 */
async function isLive(namespace: string, name: string, lease: ObservedLease, search: LeaseSearch): Promise<boolean> {
  if (!isHeldByController(lease)) return false;
  const { clock, signal } = search;
  const durationMs = lease.record.durationMs ?? DEFAULT_DURATION_MS;
  const { renewTime } = lease.spec;
  const renewedMs = typeof renewTime === 'string' ? Date.parse(renewTime) : NaN;
  if (Math.abs(clock.wallMs() - renewedMs) < durationMs) return true;
  await sleep(clock, Math.min(durationMs, MAX_OBSERVATION_MS), signal);
  const later = await getLease(namespace, name, search);
  return later !== undefined && later.fingerprint !== lease.fingerprint && isHeldByController(later);
}

function isHeldByController({ record }: ObservedLease): boolean {
  return record.holder !== '' && !record.holder.startsWith(CLEANUP_IDENTITY);
}
