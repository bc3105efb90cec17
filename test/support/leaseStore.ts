import { toApiError } from '../../src/kube/rest/apiStatus.js';
import { ApiError, type ApiRequest, type Transport } from '../../src/kube/rest/transport.js';
import type { Clock } from '../../src/kube/clock.js';

/** As the flags of the controller have them by default. */
export const LEASE_TIMES = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2000 };

interface LeaseObject {
  metadata: { name: string; resourceVersion: string; labels?: Record<string, string> };
  spec: { holderIdentity?: string; [field: string]: unknown };
}

/** The Leases of one namespace in memory, as an API server keeps them: 404, 409, versions. */
export class LeaseStore {
  readonly leases = new Map<string, LeaseObject>();
  #version = 0;

  holderOf(name: string): string {
    return this.leases.get(name)?.spec.holderIdentity ?? '';
  }

  serve({ method, path, body }: ApiRequest): LeaseObject {
    const sent = body as LeaseObject;
    const name = method === 'POST' ? sent.metadata.name : (path.split('/').at(-1) ?? '');
    const found = this.leases.get(name);
    if (method === 'POST') {
      if (found !== undefined) throw new ApiError('http', 'exists', { status: 409, reason: 'AlreadyExists' });
      return this.#store(sent);
    }
    if (found === undefined) throw new ApiError('http', 'not found', { status: 404, reason: 'NotFound' });
    if (method === 'GET') return structuredClone(found);
    if (sent.metadata.resourceVersion !== found.metadata.resourceVersion) {
      throw new ApiError('http', 'conflict', { status: 409, reason: 'Conflict' });
    }
    return this.#store(sent);
  }

  #store(lease: LeaseObject): LeaseObject {
    const resourceVersion = String(++this.#version);
    const stored = structuredClone({ ...lease, metadata: { ...lease.metadata, resourceVersion } });
    this.leases.set(stored.metadata.name, stored);
    return structuredClone(stored);
  }
}

/** One process's way to the store: it takes time in both directions, and may be cut, fail, or lose answers. */
export class LeaseConnection implements Transport {
  readonly #store: LeaseStore;
  readonly #clock: Clock;
  readonly #random: () => number;
  /** Nothing goes through: what was sent is never answered. */
  isCut = false;
  /** The share of requests that fail before they arrive, and the same share after. */
  failing = 0;
  /** Requests that fail before they arrive, and those that fail after. */
  refuses: (request: ApiRequest) => boolean = () => false;
  loses: (request: ApiRequest) => boolean = () => false;
  /** How long a request takes in one direction, at most. */
  delayMs = 40;
  sent = 0;

  constructor(store: LeaseStore, clock: Clock, random: () => number) {
    this.#store = store;
    this.#clock = clock;
    this.#random = random;
  }

  send(request: ApiRequest): Promise<unknown> {
    this.sent++;
    return new Promise((resolve, reject) => {
      const { signal } = request;
      signal?.addEventListener('abort', () => reject(new ApiError('aborted', 'stopped')), { once: true });
      const lost = (fails: (request: ApiRequest) => boolean): boolean => {
        if (this.#random() >= this.failing && !fails(request)) return false;
        reject(new ApiError('network', 'connection lost'));
        return true;
      };
      this.#later(() => {
        if (lost(this.refuses)) return;
        let answer: unknown;
        let error: unknown;
        try {
          answer = this.#store.serve(request);
        } catch (thrown) {
          error = thrown;
        }
        this.#later(() => {
          if (lost(this.loses)) return;
          if (error === undefined) resolve(answer);
          else reject(toApiError(error));
        });
      });
    });
  }

  watch(): never {
    throw new Error('nobody watches Leases');
  }

  close(): void {
    this.isCut = true;
  }

  #later(work: () => void): void {
    this.#clock.after(1 + this.#random() * this.delayMs, () => {
      if (!this.isCut) work();
    });
  }
}
