import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { diagnose, type DiagnosisOptions } from '../../../src/operations/diagnosis/diagnose.js';
import type { Finding } from '../../../src/operations/diagnosis/finding.js';
import { systemClock } from '../../../src/kube/clock.js';
import { ApiError } from '../../../src/kube/rest/transport.js';
import { chartDefinitions } from '../../../src/sandbox/customResources/chartDefinitions.js';
import type { KubeObject } from '../../../src/sandbox/schema/kubeObject.js';
import { startSandbox, type RunningSandbox } from '../../support/sandbox.js';

let sandbox: RunningSandbox;
beforeEach(async () => (sandbox = await startSandbox()));
afterEach(() => sandbox.stop());

const run = (more: Partial<DiagnosisOptions> = {}): Promise<Finding[]> =>
  diagnose({ transport: sandbox.transport, clock: systemClock, signal: new AbortController().signal, ...more });
const found = (findings: readonly Finding[], subject: Finding['subject']): string[] =>
  findings
    .filter((finding) => finding.subject === subject)
    .map(({ level, code, message }) => `${level} ${code}: ${message}`);

function node(name: string, zone: string): void {
  sandbox.server.store.write('nodes', {
    metadata: { name, labels: zone === '' ? {} : { 'topology.kubernetes.io/zone': zone } },
    status: { allocatable: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'True' }] },
  });
}

function service(
  name: string,
  annotations: Record<string, string>,
  managedBy = 'endpointslice-controller.k8s.io',
): void {
  const ports = [{ name: 'http', port: 80 }];
  sandbox.server.store.write('services', { metadata: { name, namespace: 'default', annotations }, spec: { ports } });
  const labels = { 'kubernetes.io/service-name': name, 'endpointslice.kubernetes.io/managed-by': managedBy };
  sandbox.server.store.write('endpointslices', {
    metadata: { name: `${name}-1`, namespace: 'default', labels },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'] }],
    ports: [],
  });
}

const BALANCED = { 'service.kubernetes.io/topology-mode': 'slicehints.io/balanced' };

describe('diagnose', () => {
  it('says what an empty cluster lacks', async () => {
    const findings = await run();
    expect(found(findings, 'server')).toEqual([expect.stringMatching(/^info ServerVersion: The API server is v1\./)]);
    expect(found(findings, 'guard')).toEqual([
      'warning GuardNotInForce: The guard is not in force: there is no policy slicehints-guard.',
    ]);
    expect(found(findings, 'nodes')).toEqual([
      'problem NoTwoZones: None of 0 nodes is ready, counted and has a zone and CPU.',
    ]);
    expect(found(findings, 'services')).toEqual(['info ServicesByMode: No Service requests hints.']);
    for (const { level, advice } of findings)
      if (level === 'warning' || level === 'problem') expect(advice).toBeDefined();
  });

  it('knows the clients that a Service names, and tells of those that are not there', async () => {
    node('n1', 'a');
    const clients = (names: string): Record<string, string> => ({ ...BALANCED, 'slicehints.io/clients': names });
    service('cart', {}, 'mesh.example.com');
    service('web', clients('cart'), 'mesh.example.com');
    service('api', clients('gone'), 'mesh.example.com');
    const slice = sandbox.server.store.get('endpointslices', 'default', 'cart-1')!;
    sandbox.server.store.write('endpointslices', { ...slice, endpoints: [{ addresses: ['10.0.0.1'], zone: 'a' }] });
    const unknown = found(await run(), 'services').filter((text) => text.includes('DemandUnknown'));
    expect(unknown).toEqual([expect.stringContaining('default/api')]);
    expect(unknown).not.toEqual([expect.stringContaining('default/web')]);
  });

  it('names nodes, modes, managers and what is blocked, and the way out', async () => {
    node('n1', 'a');
    node('n2', 'b');
    node('n3', '');
    service('web', BALANCED);
    service('api', { 'service.kubernetes.io/topology-mode': 'Auto' });
    service('mesh', BALANCED, 'mesh.example.com');
    service('odd', { 'service.kubernetes.io/topology-mode': 'slicehints.io/nothing' });
    const findings = await run();
    expect(found(findings, 'nodes')).toEqual([
      'ok NodesByZone: 3 nodes; CPU by zone: a 50 %, b 50 %.',
      "warning NodesWithoutZone: Without zone or allocatable CPU: n3; in-tree's Auto gives up for the whole cluster while there is one.",
    ]);
    expect(found(findings, 'slices')).toEqual([
      'info SlicesByManager: Slices are managed: 3 by the in-tree controller, 1 by mesh.example.com; 0 carry the annotation of slicehints.',
    ]);
    expect(found(findings, 'services')).toEqual([
      'info ServicesByMode: Services request hints: auto 1, balanced 2.',
      expect.stringMatching(
        /^problem ServiceWithoutHints: 1 Service \(default\/api\): TopologyAwareHintsDisabled: Insufficient Node information/,
      ),
      'problem HintsNotWritten: 1 Service (default/mesh): a controller would write hints, and there are none.',
      expect.stringMatching(
        /^problem ServiceWithoutHints: 1 Service \(default\/web\): HintsBlocked: EndpointSlice web-1 is managed by endpointslice-controller/,
      ),
      expect.stringMatching(/^warning ServiceWarning: 1 Service \(default\/odd\): InvalidAnnotation: .*unknown value/),
    ]);
  });

  it('says equal things once, with a count and three names', async () => {
    node('n1', 'a');
    node('n2', 'b');
    for (const name of ['a', 'b', 'c', 'd', 'e']) service(name, BALANCED);
    const finding = (await run()).find(({ code }) => code === 'ServiceWithoutHints');
    expect(finding?.message).toMatch(
      /^5 Services \(default\/a, default\/b, default\/c and 2 more\): for example HintsBlocked: EndpointSlice a-1 /,
    );
    expect(finding).toMatchObject({
      count: 5,
      names: ['default/a', 'default/b', 'default/c', 'default/d', 'default/e'],
    });
  });

  it('follows the settings of a controller, and its selection of Services', async () => {
    node('n1', 'a');
    node('n2', 'b');
    service('mesh', BALANCED, 'mesh.example.com');
    const codes = async (more: Partial<DiagnosisOptions>): Promise<string[]> =>
      (await run(more)).filter(({ subject }) => subject === 'services').map(({ code }) => code);
    expect(await codes({})).toEqual(['ServicesByMode', 'HintsNotWritten']);
    expect(await codes({ settings: { ignoreManagedBy: ['mesh.example.com'] } })).toEqual([
      'ServicesByMode',
      'ServiceWithoutHints',
    ]);
    expect(await codes({ selects: () => false })).toEqual(['ServicesByMode']);
  });

  it('is content once the hints are written', async () => {
    node('n1', 'a');
    node('n2', 'b');
    service('mesh', BALANCED, 'mesh.example.com');
    const slice = sandbox.server.store.list('endpointslices')[0] as KubeObject & { endpoints: object[] };
    const hinted = slice.endpoints.map((endpoint) => ({
      ...endpoint,
      hints: { forZones: [{ name: 'a' }, { name: 'b' }] },
    }));
    const findings = await run();
    expect(findings.some(({ code }) => code === 'HintsNotWritten')).toBe(true);
    sandbox.server.store.write('endpointslices', {
      ...slice,
      endpoints: hinted,
      metadata: { ...slice.metadata, annotations: { 'slicehints.io/hints': 'v1' } },
    });
    expect(found(await run(), 'services')).toContain(
      'ok HintsInPlace: 1 Service with hints as they should be (default/mesh).',
    );
  });

  it('finds the guard, and nothing blocked with it', async () => {
    for (const document of parseAllDocuments(
      readFileSync(join(process.cwd(), 'charts/slicehints/files/guard-policy.yaml'), 'utf8'),
    )) {
      const object = document.toJS() as KubeObject;
      const binding = object.kind === 'MutatingAdmissionPolicyBinding';
      sandbox.server.store.write(binding ? 'mutatingadmissionpolicybindings' : 'mutatingadmissionpolicies', object);
    }
    node('n1', 'a');
    node('n2', 'b');
    service('web', BALANCED);
    const findings = await run();
    expect(found(findings, 'guard')).toEqual([
      'ok GuardInForce: The guard is in force as MutatingAdmissionPolicy slicehints-guard (v1).',
    ]);
    expect(found(findings, 'services')).toEqual([
      'info ServicesByMode: Services request hints: balanced 1.',
      'problem HintsNotWritten: 1 Service (default/web): a controller would write hints, and there are none.',
    ]);
  });

  it('sees that a server is too old for the policy', async () => {
    await sandbox.stop();
    sandbox = await startSandbox({ hiddenGroups: ['admissionregistration.k8s.io'] });
    expect(found(await run(), 'guard')).toEqual([
      'warning GuardNotInForce: The guard is not in force: the cluster does not serve admissionregistration.k8s.io/v1 MutatingAdmissionPolicy.',
    ]);
  });

  it('names Services that are fought over', async () => {
    sandbox.server.store.write('events', {
      metadata: { name: 'web.1', namespace: 'default' },
      involvedObject: { kind: 'Service', namespace: 'default', name: 'web' },
      reason: 'HintsContended',
      message: 'x',
      type: 'Warning',
    });
    expect(found(await run(), 'services')).toContain(
      'warning HintsContended: Another writer took hints away again and again from default/web.',
    );
  });

  it('goes on where it may not look, and says so', async () => {
    const transport: DiagnosisOptions['transport'] = {
      send: (request) => {
        const denied =
          ['/api/v1/nodes', '/api/v1/events'].includes(request.path) || request.path.includes('slicehints-guard');
        return denied
          ? Promise.reject(new ApiError('http', 'forbidden', { status: 403 }))
          : sandbox.transport.send(request);
      },
      watch: (request) => sandbox.transport.watch(request),
      close: () => undefined,
    };
    const findings = await run({ transport });
    expect(found(findings, 'nodes')).toEqual([]);
    expect(found(findings, 'services')).toEqual([
      'problem NotVisible: Nodes are not visible to this user, so they are not checked.',
    ]);
    expect(found(findings, 'guard')).toEqual([
      'warning GuardNotInForce: The guard is not in force: no permission to read admissionregistration.k8s.io/v1 MutatingAdmissionPolicy.',
    ]);
  });

  it.each<[string, string, unknown, string, Finding['subject']]>([
    ['a list with null', '/api/v1/nodes', { metadata: { resourceVersion: '1' }, items: [null] }, 'Nodes', 'nodes'],
    [
      'a list of texts',
      '/api/v1/services',
      { metadata: { resourceVersion: '1' }, items: ['a'] },
      'Services',
      'services',
    ],
    ['no list', '/apis/discovery.k8s.io/v1/endpointslices', {}, 'EndpointSlices', 'slices'],
    ['no body for drains', '/apis/slicehints.io/v1alpha1/zonedrains', undefined, 'ZoneDrains', 'drains'],
    ['no body for Events', '/api/v1/events', undefined, 'Events', 'services'],
    [
      'no body for the guard',
      '/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies/slicehints-guard',
      undefined,
      'The parts of the guard',
      'guard',
    ],
    [
      'a failure of one resource',
      '/apis/slicehints.io/v1alpha1/zonedrains',
      new ApiError('http', 'GET zonedrains: 500 conversion webhook failed', { status: 500 }),
      'ZoneDrains',
      'drains',
    ],
  ])('goes on where the server answers with %s', async (_, path, answer, what, subject) => {
    node('n1', 'a');
    service('web', BALANCED);
    const transport: DiagnosisOptions['transport'] = {
      send: (request) => {
        if (request.path !== path) return sandbox.transport.send(request);
        return answer instanceof ApiError ? Promise.reject(answer) : Promise.resolve(answer);
      },
      watch: (request) => sandbox.transport.watch(request),
      close: () => undefined,
    };
    const findings = await run({ transport });
    const told = findings.filter(({ code }) => code === 'NotReadable');
    expect(told).toMatchObject([{ level: 'problem', subject }]);
    expect(told[0]!.message).toMatch(
      new RegExp(`^${what} could not be read, so they are not checked: .*${path.slice(-8)}`),
    );
    const unseen = findings.filter(({ code, message }) => code === 'NotVisible' && message.includes(what));
    expect(unseen).toEqual([]);
    expect(findings.map(({ code }) => code)).toContain('ServerVersion');
    if (subject !== 'guard') expect(found(findings, 'guard')).toHaveLength(1);
    if (subject !== 'nodes') expect(found(findings, 'nodes')).not.toEqual([]);
  });

  it('writes nothing', async () => {
    service('web', BALANCED);
    const version = sandbox.server.store.resourceVersion;
    await run();
    expect(sandbox.server.store.resourceVersion).toBe(version);
    expect(
      sandbox.server.requests.entries().every(({ method, path }) => method === 'GET' || path.includes('accessreviews')),
    ).toBe(true);
  });
});

describe('a zone that is drained', () => {
  it('leaves no hints missing: what stands is what the drain asks for', async () => {
    await sandbox.stop();
    sandbox = await startSandbox({ definitions: chartDefinitions() });
    for (const zone of ['a', 'b']) node(`n-${zone}`, zone);
    sandbox.server.store.write('services', {
      metadata: { name: 'web', namespace: 'default', annotations: { 'slicehints.io/mode': 'same-zone' } },
      spec: { ports: [{ name: 'http', port: 80 }] },
    });
    const hinted = (zone: string, ...forZones: string[]): object => ({
      addresses: [zone === 'a' ? '10.0.0.1' : '10.0.0.2'],
      conditions: { ready: true },
      zone,
      hints: { forZones: forZones.map((name) => ({ name })) },
    });
    sandbox.server.store.write('endpointslices', {
      metadata: { name: 'web-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
      endpoints: [hinted('a', 'placeholder.invalid'), hinted('b', 'a', 'b')],
    });
    const reasons = async (): Promise<string> => found(await run(), 'services').join('\n');
    expect(await reasons()).not.toContain('HintsInPlace');
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const condition = { type: 'Accepted', status: 'True', reason: 'Accepted', message: '', lastTransitionTime: until };
    sandbox.server.store.write('zonedrains.slicehints.io', {
      apiVersion: 'slicehints.io/v1alpha1',
      kind: 'ZoneDrain',
      metadata: { name: 'a' },
      spec: { zone: 'a', until },
      status: { observedGeneration: 1, conditions: [condition] },
    });
    expect(await reasons()).toContain('ok HintsInPlace: 1 Service with hints as they should be (default/web).');
    expect(found(await run(), 'drains')).toEqual([`info ZoneDrained: ZoneDrain a: zone a is drained until ${until}.`]);
  });
});
