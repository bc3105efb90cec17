import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chartDefinitions } from '../../../src/sandbox/customResources/chartDefinitions.js';
import { SandboxApiServer } from '../../../src/sandbox/server/apiServer.js';
import { listAt, textAt, valueAt } from '../../../src/sandbox/schema/kubeObject.js';
import type { KubeObject } from '../../../src/sandbox/schema/kubeObject.js';
import { FakeClock, settle } from '../../support/fakeClock.js';

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const CLUSTER_POLICIES = '/apis/slicehints.io/v1alpha1/clusterhintspolicies';
const definitions = chartDefinitions();
const clusterPolicy = definitions.find(({ metadata }) => metadata.name?.startsWith('cluster') === true)!;

let clock: FakeClock;
let server: SandboxApiServer;
let url: string;

async function start(installed: readonly KubeObject[]): Promise<void> {
  clock = new FakeClock();
  server = new SandboxApiServer({ clock, definitions: installed });
  url = await server.listen();
}

async function send(
  method: string,
  path: string,
  body?: unknown,
  type = 'application/json',
): Promise<{ status: number; body: unknown; headers: Headers }> {
  const response = await fetch(`${url}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': type } }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  return { status: response.status, body: isJson ? (JSON.parse(text) as unknown) : text, headers: response.headers };
}

const policy = (name: string, spec: unknown): object => ({
  apiVersion: 'slicehints.io/v1alpha1',
  kind: 'ClusterHintsPolicy',
  metadata: { name },
  spec,
});

afterEach(() => server.close());

describe('a definition and the kind that it describes', () => {
  beforeEach(() => start([]));

  test('the kind is 404 until the definition is established, then reads are 429 for a second while writes are served', async () => {
    expect((await send('POST', DEFINITIONS, clusterPolicy)).status).toBe(201);
    expect(await send('GET', CLUSTER_POLICIES)).toMatchObject({ status: 404, body: '404 page not found\n' });
    await clock.advance(100);
    const early = await send('GET', CLUSTER_POLICIES);
    expect(early).toMatchObject({ status: 429, body: { message: 'storage is (re)initializing' } });
    expect(early.headers.get('retry-after')).toBe('1');
    expect((await send('POST', CLUSTER_POLICIES, policy('a', {}))).status).toBe(201);
    await clock.advance(1000);
    expect(await send('GET', CLUSTER_POLICIES)).toMatchObject({ status: 200, body: { items: [{}] } });
  });

  test('with its deletion go its objects, watches on it and its discovery; it comes back empty', async () => {
    await send('POST', DEFINITIONS, clusterPolicy);
    await clock.advance(1100);
    await send('POST', CLUSTER_POLICIES, policy('a', {}));
    const watch = fetch(`${url}${CLUSTER_POLICIES}?watch=true&resourceVersion=0`).then((response) => response.text());
    await settle();
    const name = clusterPolicy.metadata.name ?? '';
    expect((await send('DELETE', `${DEFINITIONS}/${name}`)).status).toBe(200);
    expect(await send('POST', CLUSTER_POLICIES, policy('b', {}))).toMatchObject({ status: 405 });
    await clock.advance(100);
    const events = (await watch)
      .trim()
      .split('\n')
      .map((line) => textAt(JSON.parse(line), 'type'));
    expect(events).toEqual(['ADDED', 'DELETED']);
    expect((await send('GET', `${DEFINITIONS}/${name}`)).status).toBe(404);
    expect((await send('GET', CLUSTER_POLICIES)).status).toBe(404);
    expect((await send('GET', '/apis/slicehints.io/v1alpha1')).status).toBe(404);
    await send('POST', DEFINITIONS, clusterPolicy);
    await clock.advance(1100);
    expect(await send('GET', CLUSTER_POLICIES)).toMatchObject({ status: 200, body: { items: [] } });
  });

  test.each<[string, (crd: { spec: Record<string, unknown> }) => void, string]>([
    ['a name that is not plural and group', (crd) => (crd.spec['group'] = 'other.io'), 'metadata.name: Invalid value'],
    ['no scope', (crd) => (crd.spec['scope'] = ''), 'spec.scope: Invalid value'],
    ['no version', (crd) => (crd.spec['versions'] = []), 'exactly one version marked as storage'],
    ['a schema without types', (crd) => setSchema(crd, { properties: {} }), 'openAPIV3Schema.type: Required value'],
    [
      'a rule that is no CEL',
      (crd) => setSchema(crd, { type: 'object', 'x-kubernetes-validations': [{ rule: 'self.' }] }),
      'compilation failed',
    ],
  ])('is refused with %s', async (_, change, sentence) => {
    const crd = structuredClone(clusterPolicy) as unknown as { spec: Record<string, unknown> };
    change(crd);
    const { status, body } = await send('POST', DEFINITIONS, crd);
    expect(status).toBe(422);
    expect(textAt(body, 'message')).toContain(sentence);
  });

  test('a changed schema holds for the next write', async () => {
    await send('POST', DEFINITIONS, clusterPolicy);
    await clock.advance(1100);
    const crd = structuredClone(clusterPolicy) as unknown as { spec: Record<string, unknown> };
    setSchema(crd, {
      type: 'object',
      properties: { spec: { type: 'object', properties: { own: { type: 'string' } } } },
    });
    const patch = { spec: { versions: crd.spec['versions'] } };
    await send('PATCH', `${DEFINITIONS}/${clusterPolicy.metadata.name}`, patch, 'application/merge-patch+json');
    const { body } = await send('POST', CLUSTER_POLICIES, policy('a', { own: 'x', enforcement: 'Off' }));
    expect(valueAt(body, 'spec')).toEqual({ own: 'x' });
  });
});

function setSchema(crd: { spec: Record<string, unknown> }, openAPIV3Schema: object): void {
  crd.spec['versions'] = [{ name: 'v1alpha1', served: true, storage: true, schema: { openAPIV3Schema } }];
}

describe('the definitions of the chart', () => {
  beforeEach(() => start(definitions));

  test('are served from the start, with nothing in the history', async () => {
    expect(definitions.map(({ metadata }) => metadata.name)).toContain('hintspolicies.slicehints.io');
    for (const definition of definitions) {
      const plural = textAt(definition, 'spec', 'names', 'plural');
      expect(await send('GET', `/apis/slicehints.io/v1alpha1/${plural}`)).toMatchObject({ status: 200 });
    }
    expect(server.history.entries()).toEqual([]);
  });

  test('the group is in discovery, plain and aggregated, with its version', async () => {
    expect(listAt((await send('GET', '/apis')).body, 'groups')).toContainEqual({
      name: 'slicehints.io',
      versions: [{ groupVersion: 'slicehints.io/v1alpha1', version: 'v1alpha1' }],
      preferredVersion: { groupVersion: 'slicehints.io/v1alpha1', version: 'v1alpha1' },
    });
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const aggregated: unknown = await (await fetch(`${url}/apis`, { headers: { accept } })).json();
    const group = listAt(aggregated, 'items').find((item) => textAt(item, 'metadata', 'name') === 'slicehints.io');
    expect(listAt(group, 'versions')).toMatchObject([{ version: 'v1alpha1', freshness: 'Current' }]);
    expect(listAt(listAt(group, 'versions')[0], 'resources')).toContainEqual(
      expect.objectContaining({
        resource: 'clusterhintspolicies',
        responseKind: { group: 'slicehints.io', version: 'v1alpha1', kind: 'ClusterHintsPolicy' },
        scope: 'Cluster',
        shortNames: ['chp'],
      }),
    );
  });

  test.each<[string, unknown, string | undefined]>([
    ['nothing but what is selected', {}, undefined],
    ['a default mode that is allowed', { defaults: { mode: 'auto' }, limits: { allowedModes: ['auto'] } }, undefined],
    [
      'a default mode that is not allowed',
      { defaults: { mode: 'balanced' }, limits: { allowedModes: ['auto'] } },
      'spec: Invalid value: the default mode must be one of limits.allowedModes',
    ],
    [
      'a default threshold above the limit',
      { defaults: { overloadThreshold: 0.5 }, limits: { maxOverloadThreshold: 0.2 } },
      'spec: Invalid value: the default overloadThreshold must not be above limits.maxOverloadThreshold',
    ],
    ['a negative threshold', { defaults: { overloadThreshold: -1 } }, 'should be greater than or equal to 0'],
    ['a threshold that is text', { defaults: { overloadThreshold: '1' } }, 'must be of type number: "string"'],
    ['an unknown enforcement', { enforcement: 'Maybe' }, 'supported values: "Enforce", "DryRun", "Off"'],
    ['a mode twice', { limits: { allowedModes: ['auto', 'auto'] } }, 'allowedModes[1]: Duplicate value: "auto"'],
    [
      'demand that is none',
      { defaults: { demand: 'much' } },
      'spec.defaults.demand: Invalid value: must be cpu, nodes',
    ],
    [
      'costs and networks of zones',
      { defaults: { zoneCosts: { a: { b: 0.01 } }, zoneCIDRs: [{ cidr: 'fd00::/8', zone: 'a' }] } },
      undefined,
    ],
    ['a cost below 0', { defaults: { zoneCosts: { a: { b: -1 } } } }, 'should be greater than or equal to 0'],
    [
      'a network that is none',
      { defaults: { zoneCIDRs: [{ cidr: '10.1.0.0', zone: 'a' }] } },
      'spec.defaults.zoneCIDRs[0].cidr: Invalid value',
    ],
    [
      'a network without a zone',
      { defaults: { zoneCIDRs: [{ cidr: '10.1.0.0/16' }] } },
      'spec.defaults.zoneCIDRs[0].zone: Required value',
    ],
    [
      'a network twice',
      { defaults: { zoneCIDRs: ['a', 'b'].map((zone) => ({ cidr: '10.1.0.0/16', zone })) } },
      'spec.defaults.zoneCIDRs[1]: Duplicate value',
    ],
    [
      'In without values',
      { namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'In' }] } },
      'spec.namespaceSelector.matchExpressions[0]: Invalid value: In and NotIn need values',
    ],
    [
      'an expression without operator',
      { serviceSelector: { matchExpressions: [{ key: 'team' }] } },
      'spec.serviceSelector.matchExpressions[0].operator: Required value',
    ],
  ])('a policy with %s', async (_, spec, refusal) => {
    const { status, body } = await send('POST', CLUSTER_POLICIES, policy('a', spec));
    expect(status).toBe(refusal === undefined ? 201 : 422);
    if (refusal === undefined) expect(textAt(body, 'spec', 'enforcement')).toBe('Enforce');
    else expect(textAt(body, 'message')).toContain(refusal);
  });

  test('the default of limits.allowOverrides is set where limits are given', async () => {
    const { body } = await send('POST', CLUSTER_POLICIES, policy('a', { limits: { maxOverloadThreshold: 1 } }));
    expect(valueAt(body, 'spec', 'limits')).toEqual({ maxOverloadThreshold: 1, allowOverrides: true });
  });

  test.each<[string, object, number, string]>([
    ['without a kind', { kind: undefined }, 400, "Object 'Kind' is missing"],
    ['of another version', { apiVersion: 'slicehints.io/v1' }, 400, 'does not match the expected API version'],
    ['of another kind', { kind: 'HintsPolicy' }, 422, 'kind: Invalid value: "HintsPolicy": must be ClusterHintsPolicy'],
  ])('an object %s is refused', async (_, change, code, sentence) => {
    const { status, body } = await send('POST', CLUSTER_POLICIES, { ...policy('a', {}), ...change });
    expect(status).toBe(code);
    expect(textAt(body, 'message')).toContain(sentence);
  });
});
