import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { parseAllDocuments } from 'yaml';
import { GUARD_NAME, guardPaths, type GuardPartName } from '../../src/guard/status.js';
import { GuardWatch, type GuardWatchOptions } from '../../src/guard/watch.js';
import { ApiError, type ApiRequest, type Transport, type WatchEvent } from '../../src/kube/rest/transport.js';
import { FakeClock } from './fakeClock.js';

const SHIPPED = parseAllDocuments(
  readFileSync(join(process.cwd(), 'charts/slicehints/files/guard-policy.yaml'), 'utf8'),
).map((document) => document.toJS() as Record<string, unknown>);

/** The objects of the guard as the chart ships them, and a webhook as far as it is read. */
export const GUARD_OBJECTS: Readonly<Record<GuardPartName, Record<string, unknown>>> = {
  policy: SHIPPED[0]!,
  binding: SHIPPED[1]!,
  webhook: {
    metadata: { name: GUARD_NAME },
    webhooks: [{ rules: [{ apiGroups: ['discovery.k8s.io'], operations: ['UPDATE'], resources: ['endpointslices'] }] }],
  },
};

/** What a request meets: an HTTP status, a connection that fails, or no answer at all. */
export type Refusal = number | 'network' | 'silence';

/** One collection of an API server with at most one object, which tests put there and take away. */
export class GuardCollection {
  readonly queries: unknown[] = [];
  /** Events stay with the server until `deliver`. */
  lagging = false;
  #refusal: Refusal | undefined;
  #version = 1;
  #object: Record<string, unknown> | undefined;
  #held: WatchEvent[] = [];
  #last: WatchEvent | undefined;
  readonly #watches = new Set<{ push: (event: WatchEvent) => void; end: (error?: ApiError) => void }>();

  /** The object is there and is more than a name. */
  get works(): boolean {
    return this.#object !== undefined && Object.keys(this.#object).length > 1;
  }

  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  /** Undefined: requests are answered. Watches that are open go on. */
  set refusal(refusal: Refusal | undefined) {
    this.#refusal = refusal;
  }

  put(object: Record<string, unknown>): void {
    const type = this.#object === undefined ? 'ADDED' : 'MODIFIED';
    const metadata = { ...(object['metadata'] as object), resourceVersion: `${++this.#version}` };
    this.#object = { ...object, metadata };
    this.#send({ type, object: this.#object });
  }

  remove(): void {
    if (this.#object === undefined) return;
    const metadata = { ...(this.#object['metadata'] as object), resourceVersion: `${++this.#version}` };
    const object = { ...this.#object, metadata };
    this.#object = undefined;
    this.#send({ type: 'DELETED', object });
  }

  deliver(): void {
    for (const event of this.#held.splice(0)) {
      this.#last = event;
      for (const watch of this.#watches) watch.push(event);
    }
  }

  /** Sends the last event a second time. */
  repeat(): void {
    if (this.#last === undefined) return;
    for (const watch of this.#watches) watch.push(this.#last);
  }

  /** Ends every watch: by a broken connection, or by 410 so that a list follows. */
  breakWatches(expired: boolean): void {
    const error = expired ? new ApiError('http', 'expired', { status: 410 }) : new ApiError('network', 'reset');
    for (const watch of [...this.#watches]) watch.end(error);
  }

  list(query: unknown): unknown {
    this.queries.push(query);
    const refused = this.#refuse();
    if (refused !== undefined) return refused;
    return {
      metadata: { resourceVersion: `${this.#version}` },
      items: this.#object === undefined ? [] : [this.#object],
    };
  }

  async *watch({ signal, query }: Parameters<Transport['watch']>[0]): AsyncIterable<WatchEvent> {
    const refused = this.#refuse();
    // Silence lasts until the watch is given up.
    if (refused !== undefined) await Promise.race([refused, firing(signal)]);
    // The history is not kept: whoever comes with another version than the latest must list.
    if (query?.resourceVersion !== `${this.#version}`) throw new ApiError('http', 'expired', { status: 410 });
    const queue: (WatchEvent | ApiError)[] = [];
    let wake: () => void = () => undefined;
    const push = (next: WatchEvent | ApiError): void => {
      queue.push(next);
      wake();
    };
    const watch = { push, end: (error = new ApiError('network', 'reset')): void => push(error) };
    this.#watches.add(watch);
    signal?.addEventListener('abort', () => wake(), { once: true });
    try {
      while (signal?.aborted !== true) {
        const next = queue.shift();
        if (next instanceof ApiError) throw next;
        if (next !== undefined) yield next;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
      throw new ApiError('aborted', 'stopped');
    } finally {
      this.#watches.delete(watch);
    }
  }

  #send(event: WatchEvent): void {
    this.#held.push(event);
    if (!this.lagging) this.deliver();
  }

  #refuse(): Promise<never> | undefined {
    if (this.#refusal === undefined) return undefined;
    if (this.#refusal === 'silence') return new Promise<never>(() => undefined);
    if (this.#refusal === 'network') return Promise.reject(new ApiError('network', 'refused'));
    return Promise.reject(new ApiError('http', `refused ${this.#refusal}`, { status: this.#refusal }));
  }
}

function firing(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(new ApiError('aborted', 'stopped')), { once: true });
  });
}

export interface GuardRig {
  readonly cluster: Readonly<Record<GuardPartName, GuardCollection>>;
  readonly clock: FakeClock;
  readonly changes: [boolean, string][];
  readonly warnings: string[];
  readonly watch: GuardWatch;
  readonly end: () => Promise<void>;
}

/** A GuardWatch that runs against three collections, which `prepare` may fill before it starts. */
export async function startGuardWatch(
  prepare: (cluster: GuardRig['cluster']) => void,
  more: Partial<GuardWatchOptions> = {},
): Promise<GuardRig> {
  const cluster = { policy: new GuardCollection(), binding: new GuardCollection(), webhook: new GuardCollection() };
  prepare(cluster);
  const paths = guardPaths(more.policyVersion ?? 'v1');
  const at = (path: string): GuardCollection => {
    const part = (Object.keys(paths) as GuardPartName[]).find((name) => paths[name] === path);
    if (part === undefined) throw new ApiError('http', `nothing at ${path}`, { status: 404 });
    return cluster[part];
  };
  const clock = new FakeClock();
  const transport: Transport = {
    send: async ({ path, query, signal, deadlineMs = 30_000 }: ApiRequest) => {
      let cancel = (): void => undefined;
      const unanswered = new Promise<never>((_, reject) => {
        const onAbort = (): void => reject(new ApiError('aborted', 'stopped'));
        const disarm = clock.after(deadlineMs, () => reject(new ApiError('timeout', 'no answer')));
        signal?.addEventListener('abort', onAbort, { once: true });
        cancel = (): void => {
          disarm();
          signal?.removeEventListener('abort', onAbort);
        };
      });
      try {
        return await Promise.race([at(path).list(query), unanswered]);
      } finally {
        cancel();
      }
    },
    watch: (request) => at(request.path).watch(request),
    close: () => undefined,
  };
  const changes: [boolean, string][] = [];
  const warnings: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) });
  const watch = new GuardWatch({
    transport,
    clock,
    random: () => 0.5,
    logger,
    onChange: (inForce, how) => changes.push([inForce, how]),
    ...more,
  });
  const stop = new AbortController();
  const running = watch.run(stop.signal);
  await clock.advance(0);
  const end = async (): Promise<void> => {
    stop.abort();
    await running;
  };
  return { cluster, clock, changes, warnings, watch, end };
}
