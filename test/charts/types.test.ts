import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  CHART,
  coalesce,
  POLICY_API,
  render,
  type KubernetesObject,
  type Release,
  type Values,
} from '../support/chart.js';
import { typeMistakes, type KubernetesRelease } from '../support/kubernetesTypes.js';

const yamlFile = (path: string): Values => parse(readFileSync(path, 'utf8')) as Values;
const full = yamlFile(join(process.cwd(), 'test/charts/values/full.yaml'));
const minimal = yamlFile(join(CHART, 'ci/minimal-values.yaml'));
const withGuard = (guard: Values): Values => coalesce(full, { guard });
const everything = { prometheusRule: { enabled: true }, dashboards: { enabled: true } };

const releases: [string, KubernetesRelease, Release][] = [
  ['nothing set', '1.21', { kubeVersion: '1.21.0', apiVersions: ['v1'] }],
  ['nothing set', '1.36', {}],
  ['as little as can be', '1.21', { values: minimal, kubeVersion: '1.21.0', apiVersions: ['v1'] }],
  ['as little as can be', '1.36', { values: minimal }],
  [
    'all but the guard',
    '1.21',
    {
      values: { ...withGuard({ webhook: { enabled: false } }), ...everything },
      kubeVersion: '1.21.0',
      apiVersions: ['v1'],
    },
  ],
  [
    'all with the policy',
    '1.36',
    { values: { ...withGuard({ enabled: true, policy: { apiVersion: 'v1' } }), ...everything } },
  ],
  [
    'all with the beta policy',
    '1.36',
    { values: full, kubeVersion: '1.35.0', apiVersions: [POLICY_API.replace('/v1/', '/v1beta1/')] },
  ],
  ['all with the webhook', '1.36', { values: full, kubeVersion: '1.28.0', apiVersions: ['v1'] }],
  [
    'all with the webhook and cert-manager',
    '1.36',
    {
      values: withGuard({ webhook: { certManager: { enabled: true } } }),
      kubeVersion: '1.28.0',
      apiVersions: ['v1'],
    },
  ],
];

const deployment = (name: string, container: Values, spec: Values = {}): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: { selector: {}, template: { spec: { containers: [container] } }, ...spec },
});
const wrong = [
  deployment('misspelt', { name: 'c', imagepullPolicy: 'Always' }),
  deployment('text', { name: 'c' }, { replicas: '2' }),
  deployment('missing', {}),
  { apiVersion: 'apps/v1', kind: 'Nothing', metadata: { name: 'unknown' } },
  deployment('right', { name: 'c' }),
];
const later: KubernetesObject = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'b' },
  spec: { unhealthyPodEvictionPolicy: 'AlwaysAllow' },
};

/** The types have other names for the keywords of JSON schema; tests of policies judge the schemas. */
function withoutSchema(object: KubernetesObject): KubernetesObject {
  if (object.kind !== 'CustomResourceDefinition') return object;
  const { versions, ...spec } = object['spec'] as { versions: Values[] };
  const bare = versions.map((version) => ({ ...version, schema: { openAPIV3Schema: { type: 'object' } } }));
  return { ...object, spec: { ...spec, versions: bare } };
}

describe('rendered objects have the fields and types of their kinds', () => {
  let found: Record<KubernetesRelease, Record<string, string[]>>;

  beforeAll(() => {
    const mistakesBy = (types: KubernetesRelease): Record<string, string[]> => {
      const asked = releases.filter(([, by]) => by === types);
      const rendered = asked.map(([name, , release]) => [name, render(release).objects.map(withoutSchema)] as const);
      return typeMistakes({ ...Object.fromEntries(rendered), wrong, later: [later] }, types);
    };
    found = { '1.21': mistakesBy('1.21'), '1.36': mistakesBy('1.36') };
  }, 120_000);

  test.each(releases)('%s, by the types of Kubernetes %s', (name, types) => {
    expect(found[types][name]).toEqual([]);
  });

  test.each<KubernetesRelease>(['1.21', '1.36'])('the types of %s see what is wrong', (types) => {
    expect(found[types]['wrong']?.sort()).toEqual([
      expect.stringMatching(/^Deployment missing: .*'name'+ is missing/),
      expect.stringMatching(/^Deployment misspelt: .*imagepullPolicy/),
      expect.stringMatching(/^Deployment text: .*'string' is not assignable to type 'number'/),
      expect.stringMatching(/^Nothing unknown: .*no exported member/),
    ]);
  });

  test('a field that came after 1.21 is seen', () => {
    expect(found['1.21']['later']).toHaveLength(1);
    expect(found['1.36']['later']).toEqual([]);
  });
});
