import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { diagnose, type DiagnosisOptions, type Finding } from '../../src/operations/diagnosis.js';
import { ApiError } from '../../src/kube/rest/transport.js';
import type { KubeObject } from '../../src/sandbox/schema/kubeObject.js';
import { startSandbox, type RunningSandbox } from '../support/sandbox.js';

let sandbox: RunningSandbox;
beforeEach(async () => (sandbox = await startSandbox()));
afterEach(() => sandbox.stop());

const run = (more: Partial<DiagnosisOptions> = {}): Promise<Finding[]> =>
  diagnose({ transport: sandbox.transport, signal: new AbortController().signal, ...more });
const said = (findings: readonly Finding[], subject: Finding['subject']): string[] =>
  findings.filter((finding) => finding.subject === subject).map(({ level, message }) => `${level}: ${message}`);

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
    expect(said(findings, 'server')).toEqual([expect.stringMatching(/^info: The API server is v1\./)]);
    expect(said(findings, 'guard')).toEqual([
      'warning: The guard is not in force: there is no policy slicehints-guard.',
    ]);
    expect(said(findings, 'nodes')).toEqual(['problem: None of 0 nodes is ready, counted and has a zone and CPU.']);
    expect(said(findings, 'services')).toEqual(['info: No Service asks for hints.']);
    for (const { level, advice } of findings)
      if (level === 'warning' || level === 'problem') expect(advice).toBeDefined();
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
    expect(said(findings, 'nodes')).toEqual([
      'ok: 3 nodes; CPU by zone: a 50 %, b 50 %.',
      "warning: Without zone or allocatable CPU: n3; in-tree's Auto gives up for the whole cluster while there is one.",
    ]);
    expect(said(findings, 'slices')).toEqual([
      'info: Slices are managed: 3 by the in-tree controller, 1 by mesh.example.com; 0 carry our annotation.',
    ]);
    expect(said(findings, 'services')).toEqual([
      'info: Services ask for hints: auto 1, balanced 2.',
      expect.stringMatching(/^warning: default\/odd: .*unknown value/),
      expect.stringMatching(
        /^warning: Blocked: default\/web\. EndpointSlice web-1 is managed by endpointslice-controller/,
      ),
    ]);
  });

  it('finds the guard, and nothing blocked with it', async () => {
    for (const document of parseAllDocuments(
      readFileSync(join(process.cwd(), 'charts/slicehints/files/guard-policy.yaml'), 'utf8'),
    )) {
      const object = document.toJS() as KubeObject;
      const binding = object.kind === 'MutatingAdmissionPolicyBinding';
      sandbox.server.store.write(binding ? 'mutatingadmissionpolicybindings' : 'mutatingadmissionpolicies', object);
    }
    service('web', BALANCED);
    const findings = await run();
    expect(said(findings, 'guard')).toEqual([
      'ok: The guard is in force as MutatingAdmissionPolicy slicehints-guard (v1).',
    ]);
    expect(said(findings, 'services')).toEqual(['info: Services ask for hints: balanced 1.']);
  });

  it('sees that a server is too old for the policy', async () => {
    await sandbox.stop();
    sandbox = await startSandbox({ hiddenGroups: ['admissionregistration.k8s.io'] });
    expect(said(await run(), 'guard')).toEqual([
      'warning: The guard is not in force: the cluster does not serve admissionregistration.k8s.io/v1 MutatingAdmissionPolicy.',
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
    expect(said(await run(), 'services')).toContain(
      'warning: Another writer took hints away again and again from default/web.',
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
    expect(said(findings, 'nodes')).toEqual(['problem: May not list /api/v1/nodes.']);
    expect(said(findings, 'guard')).toEqual([
      'warning: The guard is not in force: we may not read admissionregistration.k8s.io/v1 MutatingAdmissionPolicy.',
    ]);
    expect(said(findings, 'services')).toHaveLength(1);
  });

  it('writes nothing', async () => {
    service('web', BALANCED);
    const version = sandbox.server.store.resourceVersion;
    await run();
    expect(sandbox.server.store.resourceVersion).toBe(version);
    expect(sandbox.server.requests.entries().every(({ method }) => method === 'GET')).toBe(true);
  });
});
