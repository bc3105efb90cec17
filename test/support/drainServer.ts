import { ApiError, type ApiRequest, type Transport, type WatchEvent } from '../../src/kube/rest/transport.js';

const DRAINS = '/apis/slicehints.io/v1alpha1/zonedrains';

interface StoredDrain {
  readonly metadata: { readonly name: string; generation: number; resourceVersion: string; creationTimestamp: string };
  spec: { readonly zone: string; readonly until: string; readonly force?: boolean };
  status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason: string;
      readonly message: string;
    }[];
  };
}

/** An API server with ZoneDrain objects and nothing else, which takes patches of their status. */
export class DrainServer implements Transport {
  /** What every request is answered with, unless it is 200. */
  status = 200;
  /** What patches are answered with, unless it is 200. */
  patchStatus = 200;
  readonly drains = new Map<string, StoredDrain>();
  readonly patches: { readonly name: string; readonly body: unknown }[] = [];
  #version = 1;
  readonly #watchers = new Set<(event: WatchEvent) => void>();

  put(name: string, spec: StoredDrain['spec'], createdMs = 0): void {
    const known = this.drains.get(name);
    const metadata = {
      name,
      generation: (known?.metadata.generation ?? 0) + 1,
      resourceVersion: String(++this.#version),
      creationTimestamp: known?.metadata.creationTimestamp ?? new Date(createdMs).toISOString(),
    };
    this.#store({ metadata, spec, ...(known?.status === undefined ? {} : { status: known.status }) });
  }

  remove(name: string): void {
    const object = this.drains.get(name)!;
    this.drains.delete(name);
    this.#emit({ type: 'DELETED', object });
  }

  /** `type=status reason` of each condition. */
  conditions(name: string): string[] {
    return (this.drains.get(name)?.status?.conditions ?? []).map(
      ({ type, status, reason }) => `${type}=${status} ${reason}`,
    );
  }

  /** The message of a condition. */
  message(name: string, type: string): string | undefined {
    return this.drains.get(name)?.status?.conditions?.find((one) => one.type === type)?.message;
  }

  send({ method, path, body }: ApiRequest): Promise<unknown> {
    const status = method === 'PATCH' && this.patchStatus !== 200 ? this.patchStatus : this.status;
    if (status !== 200) return Promise.reject(new ApiError('http', `answered ${status}`, { status }));
    if (method === 'GET') {
      const metadata = { resourceVersion: String(this.#version) };
      return Promise.resolve({ metadata, items: structuredClone([...this.drains.values()]) });
    }
    const name = path.slice(DRAINS.length + 1).replace('/status', '');
    this.patches.push({ name, body });
    const stored = this.drains.get(name);
    if (stored === undefined) return Promise.reject(new ApiError('http', 'gone', { status: 404 }));
    const { metadata, status: told } = body as Required<Pick<StoredDrain, 'metadata' | 'status'>>;
    if (metadata.resourceVersion !== stored.metadata.resourceVersion)
      return Promise.reject(new ApiError('http', 'changed', { status: 409, reason: 'Conflict' }));
    const resourceVersion = String(++this.#version);
    this.#store({
      ...stored,
      metadata: { ...stored.metadata, resourceVersion },
      status: { ...stored.status, ...told },
    });
    return Promise.resolve(structuredClone(this.drains.get(name)));
  }

  async *watch({ signal }: Parameters<Transport['watch']>[0]): AsyncGenerator<WatchEvent, void, undefined> {
    const waiting: WatchEvent[] = [];
    let wake = (): void => undefined;
    const take = (event: WatchEvent): void => {
      waiting.push(event);
      wake();
    };
    this.#watchers.add(take);
    signal?.addEventListener('abort', () => wake(), { once: true });
    while (signal?.aborted !== true) {
      const next = waiting.shift();
      if (next === undefined) await new Promise<void>((resolve) => (wake = resolve));
      else yield next;
    }
    this.#watchers.delete(take);
  }

  close(): void {
    this.#watchers.clear();
  }

  #store(object: StoredDrain): void {
    const type = this.drains.has(object.metadata.name) ? 'MODIFIED' : 'ADDED';
    this.drains.set(object.metadata.name, object);
    this.#emit({ type, object: structuredClone(object) });
  }

  #emit(event: WatchEvent): void {
    for (const take of this.#watchers) take(event);
  }
}
