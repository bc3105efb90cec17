import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { parseAllDocuments } from 'yaml';
import { GUARD_NAME, guardPaths, readGuardPart, type GuardPartName } from '../../src/guard/status.js';
import { GuardWatch, type GuardWatchOptions } from '../../src/guard/watch.js';
import { ApiError, type ApiRequest, type Transport, type WatchEvent } from '../../src/kube/rest/transport.js';
import { FakeClock } from '../support/fakeClock.js';

const SHIPPED = parseAllDocuments(
  readFileSync(join(process.cwd(), 'charts/slicehints/files/guard-policy.yaml'), 'utf8'),
).map((document) => document.toJS() as Record<string, unknown>);
const WEBHOOK = {
  metadata: { name: GUARD_NAME },
  webhooks: [{ rules: [{ apiGroups: ['discovery.k8s.io'], operations: ['UPDATE'], resources: ['endpointslices'] }] }],
};

/** One collection of an API server with at most one object, which tests put there and take away. */
class Collection {
  refusal: number | undefined;
  queries: unknown[] = [];
  #version = 1;
  #object: Record<string, unknown> | undefined;
  #listeners = new Set<(event: WatchEvent) => void>();

  put(object: Record<string, unknown>): void {
    const type = this.#object === undefined ? 'ADDED' : 'MODIFIED';
    this.#object = {
      ...object,
      metadata: { ...(object['metadata'] as object), resourceVersion: `${++this.#version}` },
    };
    for (const tell of this.#listeners) tell({ type, object: this.#object });
  }

  remove(): void {
    const metadata = { ...(this.#object?.['metadata'] as object), resourceVersion: `${++this.#version}` };
    const gone = { ...this.#object, metadata };
    this.#object = undefined;
    for (const tell of this.#listeners) tell({ type: 'DELETED', object: gone });
  }

  list(query: unknown): unknown {
    this.queries.push(query);
    if (this.refusal !== undefined) throw new ApiError('http', `refused ${this.refusal}`, { status: this.refusal });
    return {
      metadata: { resourceVersion: `${this.#version}` },
      items: this.#object === undefined ? [] : [this.#object],
    };
  }

  async *watch(signal: AbortSignal | undefined): AsyncIterable<WatchEvent> {
    const queue: WatchEvent[] = [];
    let wake: () => void = () => undefined;
    const tell = (event: WatchEvent): void => {
      queue.push(event);
      wake();
    };
    this.#listeners.add(tell);
    signal?.addEventListener('abort', () => wake(), { once: true });
    try {
      while (signal?.aborted !== true) {
        const next = queue.shift();
        if (next !== undefined) yield next;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
      throw new ApiError('aborted', 'stopped');
    } finally {
      this.#listeners.delete(tell);
    }
  }
}

async function start(
  prepare: (cluster: Record<GuardPartName, Collection>) => void,
  more: Partial<GuardWatchOptions> = {},
) {
  const cluster = { policy: new Collection(), binding: new Collection(), webhook: new Collection() };
  prepare(cluster);
  const paths = guardPaths(more.policyVersion ?? 'v1');
  const at = (path: string): Collection => {
    const part = (Object.keys(paths) as GuardPartName[]).find((name) => paths[name] === path);
    if (part === undefined) throw new ApiError('http', `nothing at ${path}`, { status: 404 });
    return cluster[part];
  };
  const transport: Transport = {
    send: ({ path, query }: ApiRequest) => Promise.resolve().then(() => at(path).list(query)),
    watch: ({ path, signal }) => at(path).watch(signal),
    close: () => undefined,
  };
  const clock = new FakeClock();
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
  return {
    ...{ cluster, clock, changes, warnings, watch },
    end: async (): Promise<void> => {
      stop.abort();
      await running;
    },
  };
}

const policy = SHIPPED[0]!;
const binding = SHIPPED[1]!;
const IN_FORCE: [boolean, string] = [true, 'MutatingAdmissionPolicy slicehints-guard (v1)'];

describe('GuardWatch', () => {
  it('finds the policy that the chart ships, at once, and asks for nothing but its name', async () => {
    const run = await start(({ policy: policies, binding: bindings }) => {
      policies.put(policy);
      bindings.put(binding);
    });
    expect(run.changes).toEqual([IN_FORCE]);
    expect(run.watch).toMatchObject({ inForce: true, known: true, how: IN_FORCE[1] });
    for (const part of Object.values(run.cluster)) {
      expect(part.queries).toEqual([expect.objectContaining({ fieldSelector: 'metadata.name=slicehints-guard' })]);
    }
    await run.end();
  });

  it('finds the webhook', async () => {
    const run = await start((cluster) => {
      cluster.policy.refusal = 404;
      cluster.binding.refusal = 404;
      cluster.webhook.put(WEBHOOK);
    });
    expect(run.changes).toEqual([[true, 'MutatingWebhookConfiguration slicehints-guard']]);
    await run.end();
  });

  it('looks for the beta version when told', async () => {
    const run = await start(
      (cluster) => {
        cluster.policy.put(policy);
        cluster.binding.put(binding);
      },
      { policyVersion: 'v1beta1' },
    );
    expect(run.changes).toEqual([[true, 'MutatingAdmissionPolicy slicehints-guard (v1beta1)']]);
    await run.end();
  });

  it('sees it come, after the API servers have had time to use it, and sees it go at once', async () => {
    const run = await start(() => undefined);
    expect(run.changes).toEqual([[false, 'there is no policy slicehints-guard']]);
    run.cluster.policy.put(policy);
    await run.clock.advance(60_000);
    expect(run.watch.how).toBe('the policy slicehints-guard has no binding');
    run.cluster.binding.put(binding);
    await run.clock.advance(4_999);
    expect(run.watch.inForce).toBe(false);
    await run.clock.advance(1);
    expect(run.changes.slice(1)).toEqual([IN_FORCE]);
    run.cluster.policy.remove();
    await run.clock.advance(0);
    expect(run.changes.slice(2)).toEqual([[false, 'there is no policy slicehints-guard']]);
    await run.end();
  });

  it('does not believe in a guard that was gone again before it could be in use', async () => {
    const run = await start(({ policy: policies }) => policies.put(policy));
    run.cluster.binding.put(binding);
    await run.clock.advance(3_000);
    run.cluster.binding.remove();
    await run.clock.advance(60_000);
    expect(run.changes).toEqual([[false, 'the policy slicehints-guard has no binding']]);
    await run.end();
  });

  it('takes an API that is not served as absent, and looks again now and then', async () => {
    const run = await start((cluster) => {
      cluster.policy.refusal = 404;
      cluster.binding.refusal = 404;
    });
    expect(run.changes).toEqual([
      [false, 'the cluster does not serve admissionregistration.k8s.io/v1 MutatingAdmissionPolicy'],
    ]);
    expect(run.warnings).toEqual([]);
    run.cluster.policy.refusal = undefined;
    run.cluster.policy.put(policy);
    run.cluster.binding.refusal = undefined;
    run.cluster.binding.put(binding);
    await run.clock.advance(5 * 60_000);
    await run.clock.advance(5_000);
    expect(run.watch.inForce).toBe(true);
    await run.end();
  });

  it('says once that it may not look', async () => {
    const run = await start((cluster) => {
      cluster.policy.refusal = 403;
      cluster.binding.refusal = 403;
    });
    await run.clock.advance(60 * 60_000);
    expect(run.changes).toEqual([[false, 'we may not read admissionregistration.k8s.io/v1 MutatingAdmissionPolicy']]);
    expect(run.warnings).toHaveLength(2);
    await run.end();
  });

  it('does not decide while the server cannot be reached', async () => {
    const run = await start((cluster) => {
      cluster.policy.refusal = 503;
    });
    await run.clock.advance(1000);
    expect(run.changes).toEqual([]);
    expect(run.watch.known).toBe(false);
    run.cluster.policy.refusal = undefined;
    await run.clock.advance(60_000);
    expect(run.changes).toEqual([[false, 'there is no policy slicehints-guard']]);
    await run.end();
  });
});

describe('readGuardPart', () => {
  const named = { metadata: { name: GUARD_NAME } };
  it.each<[string, GuardPartName, unknown, unknown]>([
    ['another object', 'policy', { metadata: { name: 'other' } }, undefined],
    ['no object', 'policy', 7, undefined],
    ['the shipped policy', 'policy', policy, { state: 'present' }],
    [
      'a policy under our name',
      'policy',
      named,
      { state: 'useless', why: 'does not look at the annotation slicehints.io/hints' },
    ],
    [
      'a policy that is going',
      'policy',
      { ...policy, metadata: { name: GUARD_NAME, deletionTimestamp: 'x' } },
      { state: 'useless', why: 'is being deleted' },
    ],
    ['the shipped binding', 'binding', binding, { state: 'present' }],
    [
      'a binding of another policy',
      'binding',
      { ...named, spec: { policyName: 'x' } },
      { state: 'useless', why: 'binds another policy' },
    ],
    [
      'a binding for some namespaces',
      'binding',
      {
        ...named,
        spec: { policyName: GUARD_NAME, matchResources: { namespaceSelector: { matchLabels: { a: 'b' } } } },
      },
      { state: 'useless', why: 'is narrowed by matchResources.namespaceSelector' },
    ],
    [
      'a binding with the defaults filled in',
      'binding',
      {
        ...named,
        spec: {
          policyName: GUARD_NAME,
          matchResources: { namespaceSelector: {}, objectSelector: {}, matchPolicy: 'Equivalent' },
        },
      },
      { state: 'present' },
    ],
    ['a webhook without rules', 'webhook', named, { state: 'useless', why: 'has no rule for endpointslices' }],
    ['a webhook', 'webhook', WEBHOOK, { state: 'present' }],
  ])('judges %s', (_, part, raw, expected) => {
    expect(readGuardPart(part, raw)).toEqual(expected);
  });
});
