import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { explainCommand } from '../../../src/cli/commands/explain.js';
import { readLiveFacts } from '../../../src/cli/explain/liveFacts.js';
import { loadManifests, type ClusterManifests } from '../../../src/cli/input/manifests.js';
import { ApiError, type ApiRequest, type Transport } from '../../../src/kube/rest/transport.js';
import { FakeClock } from '../../support/fakeClock.js';
import { EXAMPLES, runCommand, type Ran, type World } from '../runPlan.js';

const FIVE = join(EXAMPLES, 'five-pods.yaml');

const runExplain = (args: readonly string[], world: World = {}): Promise<Ran> =>
  runCommand('explain', explainCommand, args, world);

describe('a live cluster', () => {
  let manifests: ClusterManifests;
  beforeAll(async () => {
    manifests = await loadManifests([FIVE]);
  });

  /** Answers GETs by path; `undefined` is forbidden. */
  function transportTo(answers: Record<string, unknown>): Transport & { readonly requests: ApiRequest[] } {
    const requests: ApiRequest[] = [];
    return {
      requests,
      send: (request) => {
        requests.push(request);
        const answer = answers[request.path];
        return answer === undefined
          ? Promise.reject(new ApiError('http', `GET ${request.path}: 403`, { status: 403, reason: 'Forbidden' }))
          : Promise.resolve(answer);
      },
      watch: () => {
        throw new Error('An explanation never watches.');
      },
      close: () => undefined,
    };
  }

  const list = (items: unknown[]): unknown => ({ metadata: { resourceVersion: '9' }, items });
  const event = (message: string, component: string, lastTimestamp: string): unknown => ({
    type: 'Warning',
    reason: 'HintsContended',
    message,
    count: 3,
    lastTimestamp,
    source: { component },
  });

  function answers(): Record<string, unknown> {
    const [service] = manifests.services.filter(({ object }) => object.metadata?.name === 'balanced');
    return {
      '/version': { major: '1', minor: '36', gitVersion: 'v1.36.0' },
      '/api/v1/nodes': list(manifests.nodes.map(({ object }) => object)),
      '/api/v1/namespaces/shop/services/balanced': service?.object,
      '/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices': list(
        manifests.endpointSlices.map(({ object }) => object).filter(({ metadata }) => metadata?.name === 'balanced-1'),
      ),
    };
  }

  test('the leader and the Events of this Service are asked for, and those of others passed over', async () => {
    const clock = new FakeClock();
    const transport = transportTo({
      ...answers(),
      '/apis/coordination.k8s.io/v1/leases': list([
        {
          metadata: { namespace: 'slicehints', name: 'slicehints', resourceVersion: '3' },
          spec: {
            holderIdentity: 'pod-1',
            leaseDurationSeconds: 15,
            renewTime: new Date(clock.wallMs()).toISOString(),
          },
        },
      ]),
      '/api/v1/namespaces/shop/events': list([
        event('late', 'slicehints', '2026-01-01T00:00:02Z'),
        event('foreign', 'other', '2026-01-01T00:00:01Z'),
        event('early', 'slicehints', '2026-01-01T00:00:00Z'),
      ]),
    });
    const { stdout, stderr } = await runExplain(['shop/balanced', '--guard=false'], {
      clock,
      connect: () => transport,
    });
    expect(stderr).toBe('');
    expect(stdout).toContain(
      [
        '   pod-1 leads (Lease slicehints/slicehints)',
        '   Event 2026-01-01T00:00:00Z Warning HintsContended (3 times): early',
        '   Event 2026-01-01T00:00:02Z Warning HintsContended (3 times): late\n',
      ].join('\n'),
    );
    expect(stdout).not.toContain('foreign');
    expect(new Set(transport.requests.map(({ method }) => method))).toEqual(new Set(['GET']));
    expect(transport.requests.at(-1)?.query).toEqual({
      fieldSelector: 'involvedObject.kind=Service,involvedObject.name=balanced',
    });
  });

  test('what may not be read is told, and the rest is explained', async () => {
    const { stdout, code } = await runExplain(['shop/balanced', '--guard=false'], {
      connect: () => transportTo(answers()),
    });
    expect(code).toBe(0);
    expect(stdout).toContain('   Leases could not be read, so that it is not known whether a controller leads\n');
    expect(stdout).toContain('   Events could not be read\n');
    expect(stdout).toContain('What would improve it');
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    [
      'what an Event lacks is empty, and it was seen once',
      { reportingComponent: 'slicehints', reason: 'R', eventTime: '2026-01-01T00:00:00.5Z' },
      { type: '', reason: 'R', message: '', count: 1, lastSeen: '2026-01-01T00:00:00.5Z' },
    ],
    [
      'a long message is cut',
      { source: { component: 'slicehints' }, message: 'x'.repeat(5000), count: 2 },
      { type: '', reason: '', message: 'x'.repeat(1024), count: 2, lastSeen: '' },
    ],
  ])('%s', async (_, given, expected) => {
    const transport = transportTo({ '/api/v1/namespaces/shop/events': list([given, { reason: 'of others' }]) });
    const facts = await readLiveFacts({ transport, clock: new FakeClock(), signal: new AbortController().signal }, 'shop/cart'); // prettier-ignore
    expect(facts.events).toEqual([expected]);
    expect(facts).not.toHaveProperty('leases');
  });

  test('of many Events the last ten count', async () => {
    const events = Array.from({ length: 14 }, (_, i) => event(`m${i}`, 'slicehints', `2026-01-01T00:00:${i + 10}Z`));
    const transport = transportTo({ '/api/v1/namespaces/shop/events': list(events.reverse()) });
    const facts = await readLiveFacts({ transport, clock: new FakeClock(), signal: new AbortController().signal }, 'shop/cart'); // prettier-ignore
    expect(facts.events?.map(({ message }) => message)).toEqual(Array.from({ length: 10 }, (_, i) => `m${i + 4}`));
  });
});
