import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { PolicyStatusWriter } from '../../../src/controller/policies/policyStatusWriter.js';
import { applyPolicies } from '../../../src/hints/policy/applyPolicies.js';
import { readPolicy } from '../../../src/hints/policy/policy.js';
import { PolicyIndex } from '../../../src/hints/policy/policyIndex.js';
import { ApiError, type ApiRequest, type Transport } from '../../../src/kube/rest/transport.js';
import { readService, type ServiceRecord } from '../../../src/model/service.js';
import { FakeClock } from '../../support/fakeClock.js';

interface Body {
  readonly status: {
    readonly services: { readonly matched: number };
    readonly conditions: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastTransitionTime: string;
    }[];
  };
}

type Sent = Pick<ApiRequest, 'method' | 'path' | 'contentType'> & { readonly body: Body };

function rig() {
  const clock = new FakeClock();
  const index = new PolicyIndex();
  const services = new Map<string, ServiceRecord>();
  const sent: Sent[] = [];
  const warnings: string[] = [];
  const server = { status: 200, leads: true };
  const writer = new PolicyStatusWriter({
    transport: {
      send: ({ method, path, contentType, body }: ApiRequest) => {
        sent.push({ method, path, body: body as Body, ...(contentType === undefined ? {} : { contentType }) });
        return server.status === 200
          ? Promise.resolve({})
          : Promise.reject(new ApiError('http', 'refused', { status: server.status }));
      },
    } as unknown as Transport,
    clock,
    logger: pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) }),
    index,
    services,
    slicesOf: () => [],
    mayWrite: () => server.leads,
  });
  const put = (name: string): void => {
    const own = readService({ metadata: { namespace: 'shop', name } });
    services.set(`shop/${name}`, applyPolicies(own, index.matching(own)));
  };
  const stop = new AbortController();
  const ended = writer.run(stop.signal);
  index.setPolicy(readPolicy({ kind: 'ClusterHintsPolicy', metadata: { name: 'p' } }), true);
  index.setPolicy(readPolicy({ kind: 'HintsPolicy', metadata: { namespace: 'shop', name: 'q' } }), true);
  return { clock, index, put, sent, server, warnings, end: () => (stop.abort(), ended) };
}

describe('the status of policies', () => {
  test('is written once, and again when it tells something else', async () => {
    const { clock, put, sent, end } = rig();
    await clock.advance(30_000);
    expect(sent.map(({ path }) => path)).toEqual([
      '/apis/slicehints.io/v1alpha1/namespaces/shop/hintspolicies/q/status',
      '/apis/slicehints.io/v1alpha1/clusterhintspolicies/p/status',
    ]);
    await clock.advance(300_000);
    expect(sent).toHaveLength(2);
    put('web');
    await clock.advance(30_000);
    expect(sent.slice(2).map(({ body }) => body.status.services.matched)).toEqual([1, 1]);
    await end();
  });

  test.each<[string, number | undefined, number, number]>([
    ['a new policy is written within a second', undefined, 1, 1],
    ['a spec that changed is written within a second', 1, 2, 1],
    ['a spec that another replica told of waits for the pace, as counts do', 2, 2, 0],
  ])('of %s', async (_, observedGeneration, generation, writes) => {
    const { clock, index, sent, end } = rig();
    await clock.advance(1000);
    const before = sent.length;
    const status = observedGeneration === undefined ? null : { observedGeneration };
    const metadata = { name: 'new', uid: 'new', generation };
    index.setPolicy(readPolicy({ kind: 'ClusterHintsPolicy', metadata, status }), true);
    await clock.advance(1000);
    expect(sent).toHaveLength(before + writes);
    await clock.advance(30_000);
    expect(sent).toHaveLength(before + 1);
    expect(sent.at(-1)!.path).toContain('/new/status');
    await end();
  });

  test('is written again by a replica that may write once more, since another one may have written', async () => {
    const { clock, sent, server, end } = rig();
    await clock.advance(30_000);
    expect(sent).toHaveLength(2);
    server.leads = false;
    await clock.advance(30_000);
    server.leads = true;
    await clock.advance(30_000);
    expect(sent).toHaveLength(4);
    await end();
  });

  test('is a merge patch of the status alone, with times of whole seconds', async () => {
    const { clock, sent, end } = rig();
    await clock.advance(30_000);
    expect(sent[0]).toMatchObject({ method: 'PATCH', contentType: 'application/merge-patch+json' });
    expect(Object.keys(sent[0]!.body)).toEqual(['status']);
    expect(sent[0]!.body.status.conditions.map(({ type, status, lastTransitionTime }) => [type, status, lastTransitionTime])).toEqual([
      ['Accepted', 'True', '2026-01-01T00:00:01Z'],
      ['Conflicted', 'False', '2026-01-01T00:00:01Z'],
    ]); // prettier-ignore
    await end();
  });

  test('a condition that changes bears the time of that', async () => {
    const { clock, index, put, sent, end } = rig();
    await clock.advance(30_000);
    const other = (name: string, mode: string) =>
      readPolicy({ kind: 'ClusterHintsPolicy', metadata: { name }, spec: { defaults: { mode } } });
    index.setPolicy(other('p', 'auto'), true);
    index.setPolicy(other('r', 'balanced'), true);
    put('web');
    await clock.advance(30_000);
    const { body } = sent.findLast(({ path }) => path.endsWith('/p/status'))!;
    expect(body.status.conditions.map(({ type, status, lastTransitionTime }) => [type, status, lastTransitionTime])).toEqual([
      ['Accepted', 'True', '2026-01-01T00:00:01Z'],
      ['Conflicted', 'True', '2026-01-01T00:01:00Z'],
    ]); // prettier-ignore
    await end();
  });

  test('a condition that stands bears the time that another replica wrote', async () => {
    const { clock, index, sent, end } = rig();
    const conditions = [
      { type: 'Accepted', status: 'True', lastTransitionTime: '2025-12-24T00:00:00Z' },
      { type: 'Conflicted', status: 'True', lastTransitionTime: '2025-12-24T00:00:00Z' },
    ];
    const metadata = { name: 'p' };
    index.setPolicy(readPolicy({ kind: 'ClusterHintsPolicy', metadata, status: { conditions } }), true);
    await clock.advance(30_000);
    const { body } = sent.findLast(({ path }) => path.endsWith('/p/status'))!;
    expect(body.status.conditions.map(({ type, lastTransitionTime }) => [type, lastTransitionTime])).toEqual([
      ['Accepted', '2025-12-24T00:00:00Z'],
      ['Conflicted', '2026-01-01T00:00:01Z'],
    ]);
    await end();
  });

  test('of policies that went and came back is written again', async () => {
    const { clock, index, sent, end } = rig();
    await clock.advance(30_000);
    const all = index.all();
    for (const policy of all) index.setPolicy(policy, false);
    await clock.advance(30_000);
    for (const policy of all) index.setPolicy(policy, true);
    await clock.advance(30_000);
    expect(sent).toHaveLength(4);
    await end();
  });

  test('is not written after the end, and the name of a policy is encoded', async () => {
    const { clock, index, sent, server, end } = rig();
    index.setPolicy(readPolicy({ kind: 'ClusterHintsPolicy', metadata: { name: 'a/b' } }), true);
    server.status = 404;
    await clock.advance(30_000);
    expect(sent.map(({ path }) => path)).toContain('/apis/slicehints.io/v1alpha1/clusterhintspolicies/a%2Fb/status');
    await end();
    const count = sent.length;
    await clock.advance(300_000);
    expect([sent.length, clock.pending]).toEqual([count, 0]);
  });

  test('the time of a condition is that of its last transition', async () => {
    const { clock, put, sent, end } = rig();
    await clock.advance(30_000);
    put('web');
    await clock.advance(30_000);
    const times = sent.map(({ body }) => body.status.conditions.map(({ lastTransitionTime }) => lastTransitionTime));
    expect(new Set(times.flat()).size).toBe(1);
    await end();
  });

  test('only the holder of the first shard writes it', async () => {
    const { clock, sent, server, end } = rig();
    server.leads = false;
    await clock.advance(60_000);
    expect(sent).toEqual([]);
    await end();
  });

  test.each([
    [403, 1],
    [500, 1],
    [404, 0],
  ])('an answer of %i stops nothing; it is tried again later', async (status, logged) => {
    const { clock, sent, server, warnings, end } = rig();
    server.status = status;
    await clock.advance(1000);
    expect(warnings).toHaveLength(logged);
    for (const line of warnings) {
      expect(JSON.parse(line)).toMatchObject({
        msg: 'the status of a policy could not be written',
        policy: 'HintsPolicy shop/q',
        error: 'refused',
      });
    }
    server.status = 200;
    await clock.advance(28_000);
    expect(sent).toHaveLength(2);
    await clock.advance(1000);
    expect(sent).toHaveLength(4);
    await clock.advance(30_000);
    expect(sent).toHaveLength(4);
    await end();
  });
});
