import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  at,
  calledFunctions,
  CHART,
  chartYaml,
  controllerDeployment,
  find,
  render,
  type KubernetesObject,
  type Rendering,
  type Release,
  type Values,
} from '../support/chart.js';

const full = parse(readFileSync('test/charts/values/full.yaml', 'utf8')) as Values;
const beforePolicies = { kubeVersion: '1.30.0', apiVersions: ['v1'] };
const fullRendering = (): Rendering => render({ ...beforePolicies, values: full });

describe('Chart.yaml', () => {
  const chart = chartYaml('Chart.yaml') as Record<string, unknown>;
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

  test('the chart and what it installs have the version of the package', () => {
    expect(chart).toMatchObject({ apiVersion: 'v2', type: 'application', version, appVersion: version });
  });

  test('it wants Kubernetes 1.21, which brought the APIs that it uses', () => {
    expect(chart['kubeVersion']).toBe('>=1.21.0-0');
  });

  test('annotations of Artifact Hub are text, and lists in it are YAML', () => {
    const annotations = chart['annotations'] as Record<string, unknown>;
    for (const [name, value] of Object.entries(annotations)) expect([name, typeof value]).toEqual([name, 'string']);
    for (const name of ['images', 'links', 'changes']) {
      expect(Array.isArray(parse(String(annotations[`artifacthub.io/${name}`])))).toBe(true);
    }
    expect(annotations['artifacthub.io/images']).toContain(`image: ghcr.io/slicehints/slicehints:${version}\n`);
  });
});

describe('README.md', () => {
  test('its table of values is that of values.yaml', () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/chartValues.mjs', '--check'], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('its table of rights is that of the roles', () => {
    const readme = readFileSync(join(CHART, 'README.md'), 'utf8');
    const rules = render().objects.flatMap((object) => (object['rules'] ?? []) as Record<string, string[]>[]);
    for (const word of rules.flatMap(({ resources = [], apiGroups = [] }) => [...resources, ...apiGroups])) {
      expect(readme).toContain(word === '' ? '| core ' : `\`${word}\``);
    }
  });
});

describe('templates', () => {
  // Of Go 1.17's text/template, Sprig 3.2 and Helm 3.8; younger ones would fail to parse with older Helm.
  const known = new Set(
    [
      'and eq gt include lt not or printf',
      'append b64enc base concat contains default dict divf fail first float64 fromYaml genCA genSignedCert get hasKey',
      'indent int int64 kindIs list lookup max merge mulf nindent quote regexFind regexMatch replace semverCompare set',
      'ternary toString toYaml tpl trim trimSuffix trunc until',
      'helmFilesGet helmFilesGlob helmServes ne',
    ].flatMap((line) => line.split(' ')),
  );

  test.each([...calledFunctions()])('%s calls functions of Go, Sprig and Helm only', (_, called) => {
    expect([...called].filter((name) => !known.has(name))).toEqual([]);
  });
});

const podSpecs = (rendering: Rendering): [string, unknown][] =>
  rendering.objects
    .filter(({ kind }) => kind === 'Deployment' || kind === 'Job')
    .map((object) => [object.kind, at(object, 'spec.template.spec')]);

describe('pods', () => {
  test.each(podSpecs(render()))('of the %s pass Pod Security "restricted" and may write nowhere', (_, pod) => {
    expect(pod).toMatchObject({
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 30,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65532,
        runAsGroup: 65532,
        seccompProfile: { type: 'RuntimeDefault' },
      },
    });
    const containers = at(pod, 'containers') as unknown[];
    expect(containers).toHaveLength(1);
    expect(containers[0]).toMatchObject({
      image: 'ghcr.io/slicehints/slicehints:0.1.0',
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        runAsNonRoot: true,
        capabilities: { drop: ['ALL'] },
      },
      resources: { requests: { memory: '256Mi' }, limits: { memory: '256Mi' } },
    });
    expect(at(containers[0], 'command')).toBeUndefined();
  });

  test.each<[Values, string | undefined]>([
    [{}, '--max-old-space-size=179 --max-semi-space-size=16'],
    [{ resources: { limits: { memory: '1Gi' } } }, '--max-old-space-size=716 --max-semi-space-size=16'],
    [{ resources: { limits: { memory: '1.5Gi' } } }, '--max-old-space-size=1075 --max-semi-space-size=16'],
    [{ resources: { limits: { memory: '500M' } } }, '--max-old-space-size=333 --max-semi-space-size=16'],
    [{ resources: { limits: { memory: 268435456 } } }, '--max-old-space-size=179 --max-semi-space-size=16'],
    [{ resources: { limits: { memory: '1e9' } } }, '--max-semi-space-size=16'],
    [{ resources: { limits: null } }, '--max-semi-space-size=16'],
    [{ resources: null }, '--max-semi-space-size=16'],
    [{ resources: null, nodeOptions: '' }, undefined],
    [{ nodeOptions: '--trace-warnings' }, '--max-old-space-size=179 --trace-warnings'],
    [{ nodeOptions: '--max-old-space-size=99 -r x' }, '--max-old-space-size=99 -r x'],
  ])('with %j NODE_OPTIONS is %s', (values, options) => {
    const env = at(find(render({ values }), 'Deployment'), 'spec.template.spec.containers.0.env');
    expect(env).toEqual(options === undefined ? undefined : [{ name: 'NODE_OPTIONS', value: options }]);
  });

  test('a constraint of the user keeps its own selector', () => {
    const constraints = at(controllerDeployment(fullRendering()), 'spec.template.spec.topologySpreadConstraints');
    expect(constraints).toMatchObject([
      { labelSelector: { matchLabels: { own: 'selector' } } },
      { labelSelector: { matchLabels: { 'app.kubernetes.io/instance': 'slicehints' } } },
    ]);
    expect(Object.keys(at(constraints, '0.labelSelector.matchLabels') as object)).toEqual(['own']);
  });

  test('Recreate goes without the settings of a rolling update', () => {
    expect(at(controllerDeployment(fullRendering()), 'spec.strategy')).toEqual({ type: 'Recreate' });
    expect(at(find(render(), 'Deployment'), 'spec.strategy.rollingUpdate')).toEqual({ maxUnavailable: 1, maxSurge: 1 });
  });

  test('zones are spread over softly without a value set', () => {
    const constraints = at(find(render(), 'Deployment'), 'spec.template.spec.topologySpreadConstraints');
    expect(constraints).toEqual(
      ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: at(find(render(), 'Deployment'), 'spec.selector'),
      })),
    );
  });
});

describe('objects', () => {
  const all = [...render().objects, ...fullRendering().objects];
  const ours = all.filter(({ kind }) => kind !== 'ConfigMap');

  test.each(ours.map((object): [string, KubernetesObject] => [`${object.kind} ${object.metadata.name}`, object]))(
    '%s has the recommended labels, and ours win over commonLabels',
    (_, { metadata }) => {
      expect(metadata.labels).toMatchObject({
        'app.kubernetes.io/managed-by': 'Helm',
        'app.kubernetes.io/version': '0.1.0',
        'helm.sh/chart': 'slicehints-0.1.0',
      });
      expect(metadata.labels?.['app.kubernetes.io/name']).not.toBe('never-this');
    },
  );

  test.each([render(), fullRendering()])('selectors find the pods of the controller and no others', (rendering) => {
    const matches = (selector: unknown, labels: unknown): boolean =>
      Object.entries(selector as Record<string, string>).every(
        ([key, value]) => (labels as Record<string, string>)[key] === value,
      );
    const controller = at(controllerDeployment(rendering), 'spec.template.metadata.labels');
    const cleanup = at(find(rendering, 'Job'), 'spec.template.metadata.labels');
    const selectors = [
      at(controllerDeployment(rendering), 'spec.selector.matchLabels'),
      at(find(rendering, 'PodDisruptionBudget'), 'spec.selector.matchLabels'),
      ...rendering.objects
        .filter(({ kind, metadata }) => kind === 'Service' && !metadata.name.endsWith('-observe'))
        .map((service) => at(service, 'spec.selector')),
    ];
    expect(selectors.length).toBeGreaterThan(2);
    for (const selector of selectors) {
      expect([matches(selector, controller), matches(selector, cleanup)]).toEqual([true, false]);
    }
    for (const observe of rendering.objects.filter(({ metadata }) => metadata.name.endsWith('-observe'))) {
      const selector = at(observe, 'spec.selector.matchLabels') ?? at(observe, 'spec.podSelector.matchLabels');
      if (selector !== undefined) expect(matches(selector, controller)).toBe(false);
    }
  });

  test('a ServiceMonitor finds the Service of metrics by its labels and port', () => {
    const monitor = find(fullRendering(), 'ServiceMonitor');
    const service = find(fullRendering(), 'Service', 'zone-hints-metrics');
    expect(service.metadata.labels).toMatchObject(at(monitor, 'spec.selector.matchLabels') as object);
    expect(at(service, 'spec.ports.0.name')).toBe(at(monitor, 'spec.endpoints.0.port'));
    expect(at(monitor, 'spec.namespaceSelector.matchNames')).toEqual([service.metadata.namespace]);
  });

  test('names stay text where they look like numbers, and short where the release is long', () => {
    const rendering = render({ namespace: '1234', values: { fullnameOverride: '77' } });
    expect(controllerDeployment(rendering).metadata).toMatchObject({ name: '77', namespace: '1234' });
    const long = render({
      ...beforePolicies,
      release: 'r'.repeat(53),
      values: { guard: { webhook: { enabled: true } } },
    });
    for (const { metadata } of long.objects) expect(metadata.name.length).toBeLessThanOrEqual(63 + 11);
    for (const kind of ['Service', 'Job', 'Secret']) {
      for (const object of long.objects.filter((o) => o.kind === kind)) {
        expect(object.metadata.name.length).toBeLessThanOrEqual(63);
      }
    }
  });

  test('the clean-up is a hook before an uninstall that ends by itself', () => {
    const job = find(render(), 'Job');
    expect(job.metadata.annotations).toEqual({
      'helm.sh/hook': 'pre-delete',
      'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
    });
    expect(job['spec']).toMatchObject({ backoffLimit: 2, activeDeadlineSeconds: 240 });
    expect(at(job, 'spec.template.spec.restartPolicy')).toBe('Never');
    expect(at(find(fullRendering(), 'Job'), 'metadata.annotations')).toMatchObject({
      'helm.sh/hook': 'pre-delete',
      'helm.sh/hook-weight': '5',
    });
  });

  test('without leader election the clean-up takes no Lease', () => {
    const rendering = render({ values: { replicaCount: 1, leaderElection: { enabled: false } } });
    expect(at(find(rendering, 'Job'), 'spec.template.spec.containers.0.args')).toEqual(['cleanup']);
    expect(rendering.notes).toContain('scale deploy/slicehints --replicas=0');
  });

  test.each<[string, Release, string]>([
    ['none where it has the default name', {}, 'main.js doctor\n'],
    ['that of the release', { release: 'prod' }, 'main.js doctor --leader-elect-resource-name=prod-slicehints\n'],
    [
      'none without leader election',
      { release: 'prod', values: { replicaCount: 1, leaderElection: { enabled: false } } },
      'main.js doctor\n',
    ],
  ])('the notes name the Lease for doctor, which may not list Leases in a pod: %s', (_, release, command) => {
    expect(render(release).notes).toContain(command);
  });

  test.each<[Values, unknown]>([
    [{}, { maxUnavailable: 1 }],
    [{ minAvailable: 1 }, { minAvailable: 1 }],
    [{ maxUnavailable: 0 }, { maxUnavailable: 0 }],
    [{ maxUnavailable: '25%' }, { maxUnavailable: '25%' }],
  ])('a budget of %j', (podDisruptionBudget, expected) => {
    const { selector, ...limits } = find(render({ values: { podDisruptionBudget } }), 'PodDisruptionBudget')[
      'spec'
    ] as Record<string, unknown>;
    expect(selector).toBeDefined();
    expect(limits).toEqual(expected);
  });

  test('alerts and dashboards are carried as their files are', () => {
    const rendering = render({ values: { prometheusRule: { enabled: true }, dashboards: { enabled: true } } });
    const read = (file: string): string | undefined => {
      try {
        return readFileSync(join(CHART, file), 'utf8');
      } catch {
        return undefined;
      }
    };
    const alerts = read('files/alerts.yaml');
    const rules = rendering.objects.filter(({ kind }) => kind === 'PrometheusRule').map((rule) => rule['spec']);
    expect(rules).toEqual(alerts === undefined ? [] : [parse(alerts)]);
    for (const map of rendering.objects.filter(({ kind }) => kind === 'ConfigMap')) {
      expect(map.metadata.labels?.['grafana_dashboard']).toBe('1');
      for (const [file, text] of Object.entries(map['data'] as Record<string, string>)) {
        expect(text).toBe(read(`dashboards/${file}`)?.trim());
      }
    }
  });
});
