import { isDeepStrictEqual } from 'node:util';
import { planService } from '../src/hints/planService.js';
import type { KubeObject } from '../src/sandbox/schema/kubeObject.js';
import type { ObjectStore } from '../src/sandbox/storage/store.js';
import type { WriteRecord } from '../src/sandbox/storage/writes.js';
import { LeaseAudit } from './leaseAudit.js';
import type { EndpointSliceManifest } from '../src/model/manifest.js';
import { OWNED_ANNOTATION, SERVICE_NAME_LABEL } from '../src/model/slice.js';

/** Users whose writes are those of controllers begin with this. */
export const CONTROLLER_USER = 'controller-';

/**
 * Holds every write of a controller against the rules, as the server committed them: only hints and our annotation may
 * change on a slice, and only the holder of the lease, or of the lease of its Service's shard, may write one.
 */
export class Audit {
  readonly #violations: string[] = [];
  readonly #leases: LeaseAudit;
  #writes = 0;

  constructor(shards: number) {
    this.#leases = new LeaseAudit(shards);
  }

  /** The longest time that Services had no holder of their lease, in ms. */
  get longestFreeMs(): number {
    return this.#leases.longestFreeMs;
  }

  /** What was done that must not be done, in words. */
  get violations(): readonly string[] {
    return this.#violations;
  }

  /** Slices written by controllers. */
  get writes(): number {
    return this.#writes;
  }

  /** Takes the writes in the order in which they were committed. */
  take(records: readonly WriteRecord[]): void {
    for (const record of records) {
      if (record.resource === 'leases') this.#leases.take(record);
      else if (record.user.startsWith(CONTROLLER_USER)) this.#controllerWrote(record);
    }
  }

  #controllerWrote(record: WriteRecord): void {
    const { resource, namespace, name, user, verb, before, after } = record;
    if (resource === 'events') return;
    const what = `${user} ${verb} ${resource} ${namespace}/${name}@${record.resourceVersion}`;
    if (resource !== 'endpointslices' || verb !== 'patch') {
      this.#violations.push(`${what}: controllers patch slices and write nothing else`);
      return;
    }
    this.#writes += 1;
    const service = before?.metadata.labels?.[SERVICE_NAME_LABEL] ?? '';
    const complaint = this.#leases.complaint(user, `${namespace}/${service}`);
    if (complaint !== undefined) this.#violations.push(`${what}: ${complaint}`);
    if (!isDeepStrictEqual(withoutHints(before), withoutHints(after))) {
      this.#violations.push(`${what}: more than hints and their annotation changed`);
    }
  }
}

/** The slice without what is ours to write and without what the server counts by itself. */
function withoutHints(slice: KubeObject | undefined): unknown {
  if (slice === undefined) return undefined;
  const { metadata, endpoints, ...rest } = slice as KubeObject & { endpoints?: Record<string, unknown>[] };
  const { annotations = {}, labels, name, namespace, uid, ownerReferences } = metadata;
  return {
    ...rest,
    metadata: {
      ...{ labels, name, namespace, uid, ownerReferences },
      annotations: Object.fromEntries(Object.entries(annotations).filter(([key]) => key !== OWNED_ANNOTATION)),
    },
    endpoints: (endpoints ?? []).map((endpoint) =>
      Object.fromEntries(Object.entries(endpoint).filter(([field]) => field !== 'hints')),
    ),
  };
}

/**
 * Services whose hints are not what `planService` gives for what the server holds now: those that take part have exactly
 * these, the others have none of ours.
 */
export function differences(store: ObjectStore): string[] {
  const nodes = store.list('nodes');
  const slicesOf = new Map<string, EndpointSliceManifest[]>();
  for (const slice of store.list('endpointslices')) {
    const key = `${slice.metadata.namespace ?? ''}/${slice.metadata.labels?.[SERVICE_NAME_LABEL] ?? ''}`;
    slicesOf.set(key, [...(slicesOf.get(key) ?? []), slice]);
  }
  return store.list('services').flatMap((service) => {
    const key = `${service.metadata.namespace ?? ''}/${service.metadata.name ?? ''}`;
    const { mode, patches } = planService({ service, slices: slicesOf.get(key) ?? [], nodes });
    return patches.map(({ name }) => `${key} (${mode}): slice ${name} is not as planned`);
  });
}
