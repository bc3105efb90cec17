import { describe, expect, test } from 'vitest';
import { render, type Release, type Values } from '../support/chart.js';

/** A cluster before the admission policy, where the guard is the webhook. */
const beforePolicies = { kubeVersion: '1.30.0', apiVersions: ['v1'] };
const webhook = (more: Values = {}): Values => ({ guard: { webhook: { enabled: true, ...more } } });

const refusals: [string, Release, string][] = [
  [
    'several pods without leader election',
    { values: { leaderElection: { enabled: false } } },
    "replicaCount is 2 but leaderElection.enabled is false: several controllers would undo each other's hints; set replicaCount to 1 or leaderElection.enabled to true",
  ],
  [
    'shards without leader election',
    { values: { replicaCount: 1, shards: 4, leaderElection: { enabled: false } } },
    'shards is 4 but leaderElection.enabled is false: shards are shared by Leases; set shards to 1 or leaderElection.enabled to true',
  ],
  [
    'fewer shards than pods',
    { values: { replicaCount: 4, shards: 3 } },
    'shards is 3 but replicaCount is 4: some pods would never have work; set shards to at least replicaCount, or to 1 for one that leads',
  ],
  [
    'both fields of a PodDisruptionBudget',
    { values: { podDisruptionBudget: { minAvailable: 1, maxUnavailable: 0 } } },
    'podDisruptionBudget.minAvailable and podDisruptionBudget.maxUnavailable are both set; a PodDisruptionBudget takes only one of them',
  ],
  [
    'metrics and health on one port',
    { values: { metrics: { port: 8081 } } },
    'metrics.port and health.port are both 8081; give each server a port of its own',
  ],
  [
    'the webhook on the port of metrics',
    { ...beforePolicies, values: webhook({ port: 8080 }) },
    'guard.webhook.port and metrics.port are both 8080; give each server a port of its own',
  ],
  [
    'a ServiceMonitor without metrics',
    { values: { serviceMonitor: { enabled: true }, metrics: { enabled: false } } },
    'serviceMonitor.enabled needs metrics.enabled: without it there is nothing to scrape',
  ],
  [
    'a ServiceMonitor without Service',
    { values: { serviceMonitor: { enabled: true }, service: { enabled: false } } },
    'serviceMonitor.enabled needs service.enabled: a ServiceMonitor finds pods through their Service',
  ],
  [
    'no guard, but its webhook',
    { values: { guard: { enabled: false, webhook: { enabled: true } } } },
    'guard.enabled is false but guard.webhook.enabled is true; set guard.enabled to auto for the webhook, or guard.webhook.enabled to false for no guard',
  ],
  [
    'measured demand without measurements',
    { values: { hints: { demand: 'measured' } } },
    'hints.demand is measured but nothing is measured; set observe.enabled, or hints.measuredConfigMap to a ConfigMap with measurements',
  ],
  [
    'observe without Prometheus',
    { values: { observe: { enabled: true, source: 'obi' } } },
    'observe.enabled needs observe.prometheusUrl: where Prometheus is',
  ],
  [
    'observe with two queries',
    { values: { observe: { enabled: true, prometheusUrl: 'http://p', source: 'obi', query: 'x' } } },
    'observe.enabled needs either observe.source, a ready-made query, or observe.query, one of your own',
  ],
  [
    'observe without a query',
    { values: { observe: { enabled: true, prometheusUrl: 'http://p' } } },
    'observe.enabled needs either observe.source, a ready-made query, or observe.query, one of your own',
  ],
  [
    'two sources of a certificate',
    { ...beforePolicies, values: webhook({ existingSecret: 'mine', certManager: { enabled: true } }) },
    "guard.webhook.existingSecret and guard.webhook.certManager.enabled are both set; the webhook's certificate can come from only one of them",
  ],
  [
    'a certificate without its CA',
    { ...beforePolicies, values: webhook({ existingSecret: 'mine' }) },
    'guard.webhook.existingSecret is mine, but guard.webhook.caBundle is empty and no ca.crt was found in Secret slicehints/mine; give the base64 of the CA that signed the certificate',
  ],
  [
    'the webhook on a cluster without matchConditions',
    { kubeVersion: '1.27.9', apiVersions: ['v1'], values: webhook() },
    'guard.webhook.enabled needs Kubernetes 1.28 or newer for matchConditions, and this cluster is v1.27.9; set guard.webhook.enabled to false: docs/coexistence.md says which modes work without a guard',
  ],
  [
    'NODE_OPTIONS among the environment',
    { values: { extraEnv: [{ name: 'NODE_OPTIONS', value: '--inspect' }] } },
    'extraEnv holds NODE_OPTIONS, which the chart sets itself; use nodeOptions instead',
  ],
  [
    'rights for every pod that runs as default',
    { values: { serviceAccount: { create: false } } },
    "serviceAccount.create is false and serviceAccount.name is empty: the controller's permissions would go to every pod of the namespace that runs as service account default; name a service account, or set rbac.create to false",
  ],
];

describe('values that cannot work together are refused in one sentence', () => {
  test.each(refusals)('%s', (_, release, message) => {
    expect(() => render(release)).toThrow(expect.objectContaining({ message }));
  });

  const allowed: [string, Release][] = [
    ['one pod without leader election', { values: { replicaCount: 1, leaderElection: { enabled: false } } }],
    [
      'a disabled budget with both fields',
      { values: { podDisruptionBudget: { enabled: false, minAvailable: 1, maxUnavailable: 1 } } },
    ],
    ['a metrics port that nobody serves', { values: { metrics: { enabled: false, port: 8081 } } }],
    [
      'a webhook that an old cluster with policies does not need',
      { kubeVersion: '1.36.0', values: webhook({ port: 8080 }) },
    ],
    ['the webhook on GKE', { ...beforePolicies, kubeVersion: '1.28.0-gke.100', values: webhook() }],
    ['the webhook on EKS', { ...beforePolicies, kubeVersion: '1.29.3-eks-1552ad0', values: webhook() }],
    ['the webhook on k3s', { ...beforePolicies, kubeVersion: '1.30.4+k3s1', values: webhook() }],
    ['a foreign service account', { values: { serviceAccount: { create: false, name: 'other' } } }],
    ['no rights and no service account', { values: { serviceAccount: { create: false }, rbac: { create: false } } }],
  ];
  test.each(allowed)('%s is allowed', (_, release) => {
    expect(render(release).objects.map(({ kind }) => kind)).toContain('Deployment');
  });
});
