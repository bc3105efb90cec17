import { describe, expect, test } from 'vitest';
import { Environment } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { loadManifests } from '../../src/cli/input/manifests.js';
import { planService } from '../../src/hints/planService.js';
import { applyJsonPatch } from '../../src/sandbox/patch/jsonPatch.js';
import type { EndpointSliceManifest } from '../../src/model/manifest.js';
import { repositoryPath } from '../observability/repository.js';
import { caseOf } from '../oracles/run.js';
import { tryCase } from '../oracles/trial.js';
import { find, render, VALIDATING_API, type Release } from '../support/chart.js';

interface Policy {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly policyName?: string;
    readonly matchConditions: readonly { readonly name: string; readonly expression: string }[];
    readonly variables: readonly { readonly name: string; readonly expression: string }[];
    readonly validations: readonly { readonly expression: string; readonly message: string }[];
  };
}

interface Annotated {
  readonly metadata: { readonly name: string; readonly annotations?: Record<string, string> };
  readonly [field: string]: unknown;
}

const policyOf = (release: Release): [Policy, Policy] => {
  const rendering = render(release);
  return [
    find(rendering, 'ValidatingAdmissionPolicy') as unknown as Policy,
    find(rendering, 'ValidatingAdmissionPolicyBinding') as unknown as Policy,
  ];
};
const [policy] = policyOf({});
const cel = new Environment({ unlistedVariablesAreDyn: true, enableOptionalTypes: true });
const CONTROLLER = 'system:serviceaccount:slicehints:slicehints';

/** The messages of a ValidatingAdmissionPolicy for one update; empty: it may pass. */
function judge(oldObject: object, object: object, username = CONTROLLER): string[] {
  const context: Record<string, unknown> = { oldObject, object, request: { userInfo: { username } } };
  const { matchConditions, variables, validations } = policy.spec;
  if (!matchConditions.every(({ expression }) => cel.evaluate(expression, context) === true)) return [];
  context['variables'] = Object.fromEntries(
    variables.map(({ name, expression }) => [name, cel.evaluate(expression, context) as unknown]),
  );
  return validations
    .filter(({ expression }) => cel.evaluate(expression, context) !== true)
    .map(({ message }) => message);
}

const slice = {
  metadata: {
    name: 'cart-1',
    namespace: 'shop',
    resourceVersion: '7',
    labels: { 'kubernetes.io/service-name': 'cart' },
    annotations: {
      'endpoints.kubernetes.io/last-change-trigger-time': '2026-01-01T00:00:00Z',
      'example.com/note': 'x',
    },
    ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name: 'cart', uid: '1' }],
  },
  addressType: 'IPv4',
  ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
  endpoints: [
    { addresses: ['10.0.0.1'], conditions: { ready: true }, nodeName: 'n0', zone: 'a' },
    { addresses: ['10.0.0.2'], conditions: { ready: false }, targetRef: { kind: 'Pod', name: 'cart-2' } },
  ],
};
const OURS = 'slicehints.io/hints';
const hints = { forZones: [{ name: 'a' }] };

type Patch = readonly { readonly op: string; readonly path: string; readonly value?: unknown }[];
const patched = (patch: Patch, from: object = slice): object => applyJsonPatch(from, patch) as object;

describe('where it is installed', () => {
  const old = { kubeVersion: '1.29.0', apiVersions: ['v1'] };
  test.each<[string, Release, boolean]>([
    ['1.36, nothing set', {}, true],
    ['1.30, nothing set', { kubeVersion: '1.30.0', apiVersions: ['v1', VALIDATING_API] }, true],
    ['1.29, nothing set', old, false],
    ['1.29, asked for', { ...old, values: { hintsOnlyPolicy: { enabled: true } } }, true],
    ['1.36, not wanted', { values: { hintsOnlyPolicy: { enabled: false } } }, false],
    ['1.36, not wanted, as text', { values: { hintsOnlyPolicy: { enabled: 'false' } } }, false],
  ])('%s', (_, release, installed) => {
    const kinds = render(release).objects.map(({ kind }) => kind);
    const parts = ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'];
    expect(parts.map((kind) => kinds.includes(kind))).toEqual([installed, installed]);
  });

  test.each<[string, Release, string, string]>([
    ['by default', {}, 'slicehints-slicehints-hints-only', CONTROLLER],
    [
      'of another release',
      { release: 'r', namespace: 'ns' },
      'ns-r-slicehints-hints-only',
      'system:serviceaccount:ns:r-slicehints',
    ],
    [
      'with a service account of its own',
      { values: { serviceAccount: { name: 'a' } } },
      'slicehints-slicehints-hints-only',
      'system:serviceaccount:slicehints:a',
    ],
  ])('it has the name of its release and applies to its account alone: %s', (_, release, name, user) => {
    const [limits, binding] = policyOf(release);
    expect([limits.metadata.name, binding.metadata.name, binding.spec.policyName]).toEqual([name, name, name]);
    expect(limits.spec.matchConditions.map(({ expression }) => expression)).toEqual([
      `request.userInfo.username == '${user}'`,
    ]);
  });
});

describe('the policy that limits slicehints to hints', () => {
  test('lets every patch of the plans of 400 random clusters pass', () => {
    let patches = 0;
    for (let number = 0; number < 400; number++) {
      const input = caseOf(7, number);
      const { plan } = tryCase(input, number);
      for (const { name, patch } of plan.patches) {
        const before = input.slices.find((slice) => slice.metadata?.name === name)!;
        expect(judge(before, applyJsonPatch(before, patch) as object)).toEqual([]);
        patches++;
      }
    }
    expect(patches).toBeGreaterThan(300);
  });

  test('refuses 1,000 patches that change anything else, alone or beside hints', () => {
    const text = fc.string({ minLength: 1, maxLength: 8 }).map((word) => `x-${word}`);
    const endpoint = fc.constantFrom('/endpoints/0', '/endpoints/1');
    const add = (path: fc.Arbitrary<string>, value: fc.Arbitrary<unknown>): fc.Arbitrary<Patch> =>
      fc.tuple(path, value).map(([at, to]) => [{ op: 'add', path: at, value: to }]);
    const within = (...fields: string[]): fc.Arbitrary<string> =>
      fc.tuple(endpoint, fc.constantFrom(...fields)).map(([at, field]) => `${at}/${field}`);
    const tampering = fc.oneof(
      add(within('zone', 'nodeName', 'hostname'), text),
      add(within('addresses'), fc.array(fc.ipV4(), { minLength: 1, maxLength: 3 })),
      add(
        within('conditions'),
        fc.record({ ready: fc.constant(null), serving: fc.boolean(), terminating: fc.boolean() }),
      ),
      add(within('targetRef'), fc.record({ kind: fc.constant('Pod'), name: text })),
      add(within('deprecatedTopology'), fc.dictionary(text, text, { minKeys: 1, noNullPrototype: true })),
      add(
        fc.constantFrom('/endpoints/-', '/endpoints/0', '/endpoints/2'),
        fc.record({ addresses: fc.tuple(fc.ipV4()) }),
      ),
      fc.constantFrom<Patch[]>(
        [{ op: 'remove', path: '/endpoints/0' }],
        [{ op: 'remove', path: '/endpoints' }],
        [{ op: 'remove', path: '/metadata/labels' }],
        [{ op: 'remove', path: '/metadata/annotations' }],
        [{ op: 'remove', path: '/metadata/ownerReferences' }],
        [{ op: 'remove', path: '/ports' }],
      ),
      add(fc.constant('/addressType'), fc.constantFrom('IPv6', 'FQDN')),
      add(fc.constant('/ports/-'), fc.record({ port: fc.nat(65535) })),
      add(fc.constantFrom('/ports/0/port', '/ports/0/name', '/ports/0/appProtocol'), text),
      add(
        text.map((key) => `/metadata/labels/${encodeURIComponent(key)}`),
        text,
      ),
      add(
        text.map((key) => `/metadata/annotations/${encodeURIComponent(key)}`),
        text,
      ),
      add(fc.constant('/metadata/finalizers'), fc.array(text, { minLength: 1, maxLength: 2 })),
      add(fc.constant('/metadata/ownerReferences/-'), fc.record({ kind: fc.constant('Pod'), name: text, uid: text })),
    );
    const hinting: Patch = [{ op: 'add', path: '/endpoints/0/hints', value: hints }];
    fc.assert(
      fc.property(tampering, fc.boolean(), (patch, beside) => {
        const before = beside ? patched(hinting) : slice;
        expect(judge(slice, patched(patch, before))).not.toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  test.each(['kube-dns.yaml', 'odd-node.yaml', 'three-zones.yaml'])(
    'lets every patch of a plan pass, and the one that takes it back: %s',
    async (file) => {
      const { nodes, services, endpointSlices } = await loadManifests([repositoryPath(`examples/${file}`)], {
        stdin: process.stdin,
      });
      let patches = 0;
      for (const { object: service } of services) {
        const slices = endpointSlices
          .map(({ object }): EndpointSliceManifest => ({
            ...object,
            metadata: { ...object.metadata, resourceVersion: '7' },
          }))
          .filter(({ metadata }) => metadata?.labels?.['kubernetes.io/service-name'] === service.metadata?.name);
        const plan = (
          annotations: Record<string, string>,
          now: readonly EndpointSliceManifest[],
        ): EndpointSliceManifest[] => {
          const planned = planService({
            service: { ...service, metadata: { ...service.metadata, annotations } },
            slices: now,
            nodes: nodes.map(({ object }) => object),
            settings: { guard: true },
          });
          return now.map((before) => {
            const own = planned.patches.find(({ name }) => name === before.metadata?.name);
            if (own === undefined) return before;
            patches++;
            const after = applyJsonPatch(before, own.patch) as EndpointSliceManifest;
            expect(judge(before, after)).toEqual([]);
            return after;
          });
        };
        plan({}, plan({ 'service.kubernetes.io/topology-mode': 'slicehints.io/same-node' }, slices));
      }
      expect(patches).toBeGreaterThan(1);
    },
  );

  test.each<[string, Patch]>([
    ['hints', [{ op: 'add', path: '/endpoints/0/hints', value: hints }]],
    ['our annotation', [{ op: 'add', path: `/metadata/annotations/slicehints.io~1hints`, value: 'x' }]],
    [
      'both at once',
      [
        { op: 'add', path: '/endpoints/1/hints', value: hints },
        { op: 'replace', path: '/metadata/annotations', value: { ...slice.metadata.annotations, [OURS]: 'x' } },
      ],
    ],
  ])('allows %s', (_, patch) => {
    expect(judge(slice, patched(patch))).toEqual([]);
    expect(judge(patched(patch), slice)).toEqual([]);
  });

  test('allows the trigger time to go with hints, and not to come', () => {
    const path = '/metadata/annotations/endpoints.kubernetes.io~1last-change-trigger-time';
    const without = patched([
      { op: 'remove', path },
      { op: 'add', path: '/endpoints/0/hints', value: hints },
    ]);
    expect(judge(slice, without)).toEqual([]);
    expect(judge(without, slice)).toEqual([expect.stringMatching(/annotation/)]);
  });

  test.each<[string, Annotated]>([
    ['no endpoints', { ...slice, endpoints: null }],
    ['no list of endpoints', { metadata: slice.metadata, addressType: 'IPv4' }],
    ['no annotations', { ...slice, metadata: { name: 'cart-1' } }],
  ])('allows our annotation on a slice with %s', (_, before) => {
    const annotations = { ...before.metadata.annotations, [OURS]: 'x' };
    expect(judge(before, { ...before, metadata: { ...before.metadata, annotations } })).toEqual([]);
  });

  test.each<[string, Patch, RegExp]>([
    ['another address', [{ op: 'replace', path: '/endpoints/0/addresses/0', value: '10.9.9.9' }], /endpoints/],
    ['one more endpoint', [{ op: 'add', path: '/endpoints/-', value: { addresses: ['10.9.9.9'] } }], /endpoints/],
    ['one endpoint less', [{ op: 'remove', path: '/endpoints/0' }], /endpoints/],
    ['another order', [{ op: 'move', path: '/endpoints/1', from: '/endpoints/0' } as Patch[number]], /endpoints/],
    ['readiness', [{ op: 'replace', path: '/endpoints/1/conditions/ready', value: true }], /endpoints/],
    ['no conditions', [{ op: 'remove', path: '/endpoints/1/conditions' }], /endpoints/],
    ['another zone', [{ op: 'add', path: '/endpoints/1/zone', value: 'b' }], /endpoints/],
    ['another node', [{ op: 'replace', path: '/endpoints/0/nodeName', value: 'n1' }], /endpoints/],
    ['a host name', [{ op: 'add', path: '/endpoints/0/hostname', value: 'db' }], /endpoints/],
    ['another pod', [{ op: 'replace', path: '/endpoints/1/targetRef/name', value: 'other' }], /endpoints/],
    ['old topology', [{ op: 'add', path: '/endpoints/0/deprecatedTopology', value: { a: 'b' } }], /endpoints/],
    ['another port', [{ op: 'replace', path: '/ports/0/port', value: 8080 }], /ports/],
    ['no ports', [{ op: 'remove', path: '/ports' }], /ports/],
    [
      'another Service',
      [{ op: 'replace', path: '/metadata/labels/kubernetes.io~1service-name', value: 'dns' }],
      /labels/,
    ],
    [
      'another manager',
      [{ op: 'add', path: '/metadata/labels/endpointslice.kubernetes.io~1managed-by', value: 'x' }],
      /labels/,
    ],
    ['no owner', [{ op: 'remove', path: '/metadata/ownerReferences' }], /owners/],
    ['a finalizer', [{ op: 'add', path: '/metadata/finalizers', value: ['x/y'] }], /finalizers/],
    ['an annotation of others', [{ op: 'add', path: '/metadata/annotations/a', value: 'b' }], /annotation/],
    ['one annotation less', [{ op: 'replace', path: '/metadata/annotations', value: { [OURS]: 'x' } }], /annotation/],
    [
      'a value of others',
      [{ op: 'replace', path: '/metadata/annotations/endpoints.kubernetes.io~1last-change-trigger-time', value: 'x' }],
      /annotation/,
    ],
  ])('refuses %s, also beside hints, and only from slicehints', (_, patch, message) => {
    expect(judge(slice, patched(patch))).toEqual([expect.stringMatching(message)]);
    const beside: Patch = [{ op: 'add', path: '/endpoints/0/hints', value: hints }, ...patch];
    expect(judge(slice, patched(beside))).toEqual([expect.stringMatching(message)]);
    const other = 'system:serviceaccount:kube-system:endpointslice-controller';
    expect(judge(slice, patched(patch), other)).toEqual([]);
  });
});
