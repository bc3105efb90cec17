import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readGuardPart } from '../../src/guard/status.js';
import { at, controllerArgs, find, POLICY_API, render, type Release, type Values } from '../support/chart.js';
import { startSandbox, type RunningSandbox } from '../support/sandbox.js';

const beta = POLICY_API.replace('/v1/', '/v1beta1/');
const before = { kubeVersion: '1.30.0', apiVersions: ['v1'] };
const guard = (values: Values): Values => ({ guard: values });
const withWebhook = { webhook: { enabled: true } };

/** policy, webhook or none: what a release installs. */
function installed(release: Release): string {
  const kinds = render(release).objects.map(({ kind }) => kind);
  return [
    ...(kinds.includes('MutatingAdmissionPolicy') && kinds.includes('MutatingAdmissionPolicyBinding')
      ? ['policy']
      : []),
    ...(kinds.includes('MutatingWebhookConfiguration') ? ['webhook'] : []),
  ].join(' and ');
}

describe('which guard is installed', () => {
  test.each<[string, Release, string]>([
    ['1.36, nothing set', {}, 'policy'],
    ['1.21, nothing set', { kubeVersion: '1.21.0', apiVersions: ['v1'] }, ''],
    ['1.36, the webhook too', { values: guard(withWebhook) }, 'policy'],
    ['1.30, the webhook', { ...before, values: guard(withWebhook) }, 'webhook'],
    ['1.36, none', { values: guard({ enabled: false }) }, ''],
    ['1.36, none, as text', { values: guard({ enabled: 'false' }) }, ''],
    ['1.30, whatever is served', { ...before, values: guard({ enabled: true }) }, 'policy'],
    ['1.35 with the beta served, nothing set', { apiVersions: [beta] }, ''],
    [
      '1.35 with the beta asked for',
      { apiVersions: [beta], values: guard({ policy: { apiVersion: 'v1beta1' } }) },
      'policy',
    ],
    ['1.36 with the beta asked for', { values: guard({ policy: { apiVersion: 'v1beta1' } }) }, ''],
  ])('%s', (_, release, what) => {
    expect(installed(release)).toBe(what);
  });
});

describe('the policy', () => {
  const conditionOf = (release: Release): unknown =>
    at(find(render(release), 'MutatingAdmissionPolicy'), 'spec.matchConditions.2.expression');

  test('it exempts the service account of the release', () => {
    expect(conditionOf({})).toBe("request.userInfo.username != 'system:serviceaccount:slicehints:slicehints'");
    expect(conditionOf({ release: 'r', namespace: 'ns' })).toBe(
      "request.userInfo.username != 'system:serviceaccount:ns:r-slicehints'",
    );
    expect(conditionOf({ values: { namespaceOverride: 'o', serviceAccount: { name: 'a' } } })).toBe(
      "request.userInfo.username != 'system:serviceaccount:o:a'",
    );
  });

  test('it exempts whom it is told to', () => {
    expect(conditionOf({ values: guard({ exemptUsers: ['x', 'system:serviceaccount:b:c'] }) })).toBe(
      "request.userInfo.username != 'system:serviceaccount:slicehints:slicehints' && request.userInfo.username != 'x' && request.userInfo.username != 'system:serviceaccount:b:c'",
    );
  });

  test('it is what the controller takes for the guard', () => {
    for (const release of [{}, { apiVersions: [beta], values: guard({ policy: { apiVersion: 'v1beta1' } }) }]) {
      const rendering = render(release);
      expect(readGuardPart('policy', find(rendering, 'MutatingAdmissionPolicy'))).toEqual({ state: 'present' });
      expect(readGuardPart('binding', find(rendering, 'MutatingAdmissionPolicyBinding'))).toEqual({ state: 'present' });
    }
  });

  test('both objects have the version that the controller is told', () => {
    const rendering = render({ apiVersions: [beta], values: guard({ policy: { apiVersion: 'v1beta1' } }) });
    const versions = rendering.objects
      .filter(({ kind }) => kind.startsWith('MutatingAdmission'))
      .map((o) => o.apiVersion);
    expect(versions).toEqual(['admissionregistration.k8s.io/v1beta1', 'admissionregistration.k8s.io/v1beta1']);
    expect(controllerArgs(rendering)).toContain('--guard-policy-version=v1beta1');
  });
});

describe('the webhook', () => {
  const rendering = render({ ...before, values: guard({ ...withWebhook, exemptUsers: ['x'] }) });
  const configuration = find(rendering, 'MutatingWebhookConfiguration');

  test('it is what the controller takes for the guard, and lets the same users pass', () => {
    expect(readGuardPart('webhook', configuration)).toEqual({ state: 'present' });
    expect(at(configuration, 'webhooks.0.matchConditions.2.expression')).toBe(
      "request.userInfo.username != 'system:serviceaccount:slicehints:slicehints' && request.userInfo.username != 'x'",
    );
    expect(controllerArgs(rendering).filter((arg) => arg.startsWith('--guard-exempt-user='))).toEqual([
      '--guard-exempt-user=system:serviceaccount:slicehints:slicehints',
      '--guard-exempt-user=x',
    ]);
  });

  test('its conditions are those of the policy', () => {
    const policy = find(render({ values: guard({ exemptUsers: ['x'] }) }), 'MutatingAdmissionPolicy');
    expect(at(configuration, 'webhooks.0.matchConditions')).toEqual(at(policy, 'spec.matchConditions'));
    expect(at(configuration, 'webhooks.0.failurePolicy')).toBe('Ignore');
  });

  test('the API server reaches the port that the controller listens on, through the Service', () => {
    const service = find(rendering, 'Service', 'slicehints-guard');
    expect(at(configuration, 'webhooks.0.clientConfig.service')).toEqual({
      namespace: 'slicehints',
      name: 'slicehints-guard',
      port: at(service, 'spec.ports.0.port'),
      path: '/keep-hints',
    });
    const container = at(find(rendering, 'Deployment'), 'spec.template.spec.containers.0');
    expect(at(container, 'ports')).toContainEqual({ name: 'guard', containerPort: 9443, protocol: 'TCP' });
    expect(at(service, 'spec.ports.0.targetPort')).toBe('guard');
    expect(controllerArgs(rendering)).toContain('--guard-webhook-bind-address=:9443');
  });

  test('the certificate is for the name that the API server asks for, and lies where the controller looks', () => {
    const secret = find(rendering, 'Secret');
    const data = secret['data'] as Record<string, string>;
    expect(Buffer.from(data['tls.crt'] ?? '', 'base64').toString()).toContain('slicehints-guard.slicehints.svc');
    expect(data['ca.crt']).toBe(at(configuration, 'webhooks.0.clientConfig.caBundle'));
    const pod = at(find(rendering, 'Deployment'), 'spec.template.spec');
    expect(at(pod, 'volumes')).toEqual([{ name: 'guard-tls', secret: { secretName: secret.metadata.name } }]);
    expect(at(pod, 'containers.0.volumeMounts')).toEqual([
      { name: 'guard-tls', mountPath: '/etc/slicehints/guard-tls', readOnly: true },
    ]);
  });

  test('an upgrade keeps the certificate that is there', () => {
    const data = { 'ca.crt': 'Y2E=', 'tls.crt': 'Y2VydA==', 'tls.key': 'a2V5' };
    const upgraded = render({
      ...before,
      values: guard(withWebhook),
      lookups: { 'v1/Secret/slicehints/slicehints-guard-tls': { data } },
    });
    expect(find(upgraded, 'Secret')['data']).toEqual(data);
    expect(at(find(upgraded, 'MutatingWebhookConfiguration'), 'webhooks.0.clientConfig.caBundle')).toBe('Y2E=');
  });

  test('a Secret of the user is mounted, and its CA is given or found in it', () => {
    const values = guard({ webhook: { enabled: true, existingSecret: 'mine', caBundle: 'Z2l2ZW4=' } });
    const given = render({ ...before, values });
    expect(given.objects.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    expect(at(find(given, 'MutatingWebhookConfiguration'), 'webhooks.0.clientConfig.caBundle')).toBe('Z2l2ZW4=');
    expect(at(find(given, 'Deployment'), 'spec.template.spec.volumes.0.secret.secretName')).toBe('mine');
    const found = render({
      ...before,
      values: guard({ webhook: { enabled: true, existingSecret: 'mine' } }),
      lookups: { 'v1/Secret/slicehints/mine': { data: { 'ca.crt': 'Zm91bmQ=' } } },
    });
    expect(at(find(found, 'MutatingWebhookConfiguration'), 'webhooks.0.clientConfig.caBundle')).toBe('Zm91bmQ=');
  });

  test('cert-manager issues the certificate, from its own issuer or from one of the user', () => {
    const certManager = (more: Values): ReturnType<typeof render> =>
      render({ ...before, values: guard({ webhook: { enabled: true, certManager: { enabled: true, ...more } } }) });
    const own = certManager({});
    expect(find(own, 'Issuer')['spec']).toEqual({ selfSigned: {} });
    expect(find(own, 'Certificate')['spec']).toMatchObject({
      secretName: 'slicehints-guard-tls',
      issuerRef: { kind: 'Issuer', name: find(own, 'Issuer').metadata.name },
    });
    expect(find(own, 'MutatingWebhookConfiguration').metadata.annotations).toEqual({
      'cert-manager.io/inject-ca-from': 'slicehints/slicehints-guard',
    });
    const issuerRef = { name: 'corp', kind: 'ClusterIssuer', group: 'cert-manager.io' };
    const theirs = certManager({ issuerRef });
    expect(theirs.objects.filter(({ kind }) => kind === 'Issuer' || kind === 'Secret')).toEqual([]);
    expect(at(find(theirs, 'Certificate'), 'spec.issuerRef')).toEqual(issuerRef);
  });
});

describe('the notes say whether there is a guard, and what works without', () => {
  test.each<[string, Release, string]>([
    ['a policy', {}, 'The guard is installed as admission policy slicehints-guard (v1): every mode works.'],
    [
      'a webhook',
      { ...before, values: guard(withWebhook) },
      'The guard is installed as webhook slicehints-guard: every mode works.',
    ],
    [
      'none to be had',
      { ...before },
      'WARNING: no guard is installed, because this cluster (v1.30.0) does not serve\n',
    ],
    [
      'none wanted',
      { values: guard({ enabled: false }) },
      'WARNING: no guard is installed.\nWithout one, these work:\n',
    ],
  ])('%s', (_, release, text) => {
    expect(render(release).notes).toContain(text);
  });

  test('the first check is a command that can be copied', () => {
    const { notes } = render({ release: 'r', namespace: 'ns', values: { watchNamespace: 'shop' } });
    expect(notes).toContain(
      '     kubectl -n ns exec deploy/r-slicehints -- /nodejs/bin/node /app/main.js doctor --namespace=shop --leader-elect-resource-name=r-slicehints\n',
    );
    expect(notes).toContain('     kubectl -n shop annotate service NAME service.kubernetes.io/topology-mode=Auto\n');
  });
});

describe('an API server takes the objects', () => {
  let sandbox: RunningSandbox;
  beforeAll(async () => {
    sandbox = await startSandbox();
    sandbox.server.store.write('namespaces', { metadata: { name: 'slicehints' } });
  });
  afterAll(() => sandbox.stop());

  const paths: Record<string, string> = {
    MutatingAdmissionPolicy: '/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies',
    MutatingAdmissionPolicyBinding: '/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings',
    Service: '/api/v1/namespaces/slicehints/services',
  };
  const served = render().objects.filter(({ kind }) => kind in paths);

  test.each(served.map((object) => [`${object.kind} ${object.metadata.name}`, object] as const))(
    '%s, with strict validation of its fields',
    async (_, object) => {
      const path = paths[object.kind] ?? '';
      const created = await sandbox.transport.send({
        method: 'POST',
        path,
        query: { fieldValidation: 'Strict' },
        body: object,
      });
      expect(created).toMatchObject({ kind: object.kind, metadata: { name: object.metadata.name } });
    },
  );

  test('and refuses one with a field that is none', async () => {
    const [first] = served;
    const body = { ...first, metadata: { name: 'other' }, specs: {} };
    const path = paths[first?.kind ?? ''] ?? '';
    await expect(
      sandbox.transport.send({ method: 'POST', path, query: { fieldValidation: 'Strict' }, body }),
    ).rejects.toThrow('unknown field "specs"');
  });
});
