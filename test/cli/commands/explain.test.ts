import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type AnySchema } from 'ajv';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { explainService } from '../../../src/analysis/explain/explainService.js';
import { explainCommand } from '../../../src/cli/commands/explain.js';
import { clusterObjects, loadManifests, type ClusterManifests } from '../../../src/cli/input/manifests.js';
import { ApiError, type ApiRequest, type Transport } from '../../../src/kube/rest/transport.js';
import { FakeClock } from '../../support/fakeClock.js';
import { EXAMPLES, runCommand, type Ran, type World } from '../runPlan.js';

const FIVE = join(EXAMPLES, 'five-pods.yaml');
const THREE_ZONES = join(EXAMPLES, 'three-zones.yaml');

const runExplain = (args: readonly string[], world: World = {}): Promise<Ran> =>
  runCommand('explain', explainCommand, args, world);

describe('text', () => {
  test('numbered steps with their sources, then what would do better', async () => {
    const { stdout, stderr, code } = await runExplain(['shop/balanced', '-f', FIVE]);
    expect([stderr, code]).toEqual(['', 0]);
    expect(stdout).toMatch(/^Service shop\/balanced\n\n1\. What the Service asks for \[docs\/modes\.md;/);
    expect(stdout).toContain(
      '\n5. Limit of load, and what it allows [docs/balanced.md]\n   The busiest endpoint may have 1.20 times the mean load',
    );
    expect(stdout).toContain(
      '\nWhat would improve it\n   one more endpoint in zone c: 73.3% → 100%, busiest endpoint 1.17x → 1.00x\n     --scale=shop/balanced=a:2,b:2,c:2\n',
    );
  });

  test('-n and the name alone are the same', async () => {
    const one = await runExplain(['-n', 'shop', 'balanced', '-f', FIVE]);
    expect(one).toEqual(await runExplain(['-n', 'shop', 'shop/balanced', '-f', FIVE]));
    expect(one).toEqual(await runExplain(['shop/balanced', '-f', FIVE]));
  });

  test('what if: today’s figures stand before the steps', async () => {
    const { stdout } = await runExplain(['shop/balanced', '-f', FIVE, '--scale', 'shop/balanced=6']);
    expect(stdout).toContain(
      'Today, IPv4: now 33.3% in zone, busiest endpoint 1.00x; planned 73.3% in zone, busiest endpoint 1.17x\nWhat if shop/balanced with 6 pods:\n',
    );
    expect(stdout).toContain('6 of 6 endpoints are ready: a 2, b 2, c 2');
  });

  test('two address types are told apart in the titles', async () => {
    const { stdout } = await runExplain(['default/api', '-f', THREE_ZONES]);
    expect(stdout).toContain('What was chosen, IPv4 [');
    expect(stdout).toContain('What was chosen, IPv6 [');
  });

  test('a narrow terminal breaks the lines', async () => {
    const { stdout } = await runExplain(['shop/balanced', '-f', FIVE], { columns: 90 });
    const long = stdout.split('\n').filter((line) => line.length > 90 && line.startsWith('   '));
    expect(long).toEqual([]);
  });
});

describe('JSON', () => {
  const schema = JSON.parse(
    readFileSync(join(EXAMPLES, '..', 'docs', 'reference', 'explain.schema.json'), 'utf8'),
  ) as AnySchema;
  const validate = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true }).compile(schema);
  const errorsOf = (value: unknown): unknown[] => {
    void validate(value);
    return (validate.errors ?? []).map(({ instancePath, message }) => ({ instancePath, message }));
  };

  const files = readdirSync(EXAMPLES).filter((name) => name.endsWith('.yaml'));
  test.each(files)('docs/reference/explain.schema.json describes every Service of %s', async (name) => {
    const file = join(EXAMPLES, name);
    const { services } = await loadManifests([file]);
    for (const { object } of services) {
      const key = `${object.metadata?.namespace}/${object.metadata?.name}`;
      const { stdout } = await runExplain([key, '-f', file, '-o', 'json']);
      expect(errorsOf(JSON.parse(stdout)), key).toEqual([]);
    }
  });

  test('it is the value of the library, and YAML has the same', async () => {
    const objects = clusterObjects(await loadManifests([FIVE]));
    const { stdout } = await runExplain(['shop/balanced', '-f', FIVE, '-o', 'json']);
    expect(JSON.parse(stdout)).toEqual(
      JSON.parse(JSON.stringify(explainService({ ...objects, service: 'shop/balanced' }))),
    );
    expect(parse((await runExplain(['shop/balanced', '-f', FIVE, '-o', 'yaml'])).stdout)).toEqual(JSON.parse(stdout));
  });

  test('what if: the changes, and today’s explanation in full', async () => {
    const { stdout } = await runExplain(['shop/balanced', '-f', FIVE, '-o', 'json', '--without-zone=c']);
    const value = JSON.parse(stdout) as Record<string, unknown>;
    expect(errorsOf(value)).toEqual([]);
    expect(value['whatIf']).toMatchObject({ withoutZones: ['c'] });
    expect(value['today']).toEqual(JSON.parse((await runExplain(['shop/balanced', '-f', FIVE, '-o', 'json'])).stdout));
  });

  test('a field that the schema does not name is refused', async () => {
    const value = JSON.parse((await runExplain(['shop/balanced', '-f', FIVE, '-o', 'json'])).stdout) as {
      steps: { facts: Record<string, unknown> }[];
    };
    for (const step of value.steps) {
      step.facts['surplus'] = 1;
      expect(errorsOf(value)).not.toEqual([]);
      delete step.facts['surplus'];
    }
    expect(errorsOf(value)).toEqual([]);
  });
});

test.each<[string[], string]>([
  [['-f', FIVE], 'Name a Service: NAMESPACE/NAME, or -n NAMESPACE NAME.'],
  [['balanced', '-f', FIVE], 'expected NAMESPACE/NAME, or -n NAMESPACE NAME, got "balanced"'],
  [['-n', 'x', 'shop/balanced', '-f', FIVE], '--namespace x and "shop/balanced" name two namespaces; give one of them'],
  [['other/balanced', '-f', FIVE], 'there is no Service other/balanced among the 2 given; there is shop/balanced'],
  [['shop/balanced', 'more', '-f', FIVE], 'unexpected argument "more"'],
])('%j is one sentence', async (args, message) => {
  expect(await runExplain(args)).toEqual({ stdout: '', stderr: `slicehints explain: ${message}\n`, code: 1 });
});

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
});
