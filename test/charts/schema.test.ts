import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Ajv, type AnySchema } from 'ajv';
import { parse } from 'yaml';
import { CHART, coalesce, defaultValues, type Values } from '../support/chart.js';

const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as AnySchema;
// Union types such as ["object", "null"] are draft-07; everything else that is unusual in a schema is an error.
const validate = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true }).compile(schema);

/** The mistakes that Helm would name, `path message`, for the chart's values with these over them. */
function mistakes(values: Values): string[] {
  if (validate(coalesce(defaultValues(), values)) === true) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
}

const yamlFile = (path: string): Values => parse(readFileSync(path, 'utf8')) as Values;

describe('values.schema.json', () => {
  const files = readdirSync(join(CHART, 'ci')).map((name) => join(CHART, 'ci', name));
  test.each([join(CHART, 'values.yaml'), ...files, 'test/charts/values/full.yaml'])('%s is allowed', (path) => {
    expect(mistakes(yamlFile(path))).toEqual([]);
  });

  test.each<[string, Values]>([
    ['guard.enabled as text, as --set-string has it', { guard: { enabled: 'true' } }],
    ['no limit of requests', { kubeApi: { qps: -1 } }],
    [
      'what null takes away',
      { affinity: null, livenessProbe: null, nodeSelector: null, tolerations: null, global: null },
    ],
    ['what other charts share', { global: { storageClass: 'fast', imagePullSecrets: ['a', { name: 'b' }] } }],
    ['a part of a probe', { readinessProbe: { periodSeconds: 3 } }],
    ['a percentage of pods', { podDisruptionBudget: { maxUnavailable: '34%' } }],
    ['a registry with a port', { image: { repository: 'localhost:5000/slicehints' } }],
    ['a digest', { image: { digest: `sha256:${'a'.repeat(64)}` } }],
  ])('%s is allowed', (_, values) => {
    expect(mistakes(values)).toEqual([]);
  });

  test.each<[string, Values, string]>([
    ['a word that is no value', { replicas: 3 }, ' must NOT have additional properties'],
    [
      'a misspelt value',
      { leaderElection: { leaseDurations: '15s' } },
      '/leaderElection must NOT have additional properties',
    ],
    ['a number as text', { replicaCount: '2' }, '/replicaCount must be integer'],
    ['half a pod', { replicaCount: 1.5 }, '/replicaCount must be integer'],
    ['fewer than no pods', { replicaCount: -1 }, '/replicaCount must be >= 0'],
    ['a tag that is a number', { image: { tag: 1.2 } }, '/image/tag must be string'],
    ['a tag in the repository', { image: { repository: 'slicehints:1' } }, '/image/repository must match pattern'],
    ['a pull policy that is none', { image: { pullPolicy: 'always' } }, '/image/pullPolicy must be equal to one of'],
    [
      'a duration without unit',
      { controller: { coalesceWindow: '50' } },
      '/controller/coalesceWindow must match pattern',
    ],
    ['a duration that is a number', { kubeApi: { timeout: 30 } }, '/kubeApi/timeout must be string'],
    ['an overload over 10', { hints: { overloadThreshold: 11 } }, '/hints/overloadThreshold must be <= 10'],
    ['a gain over 1', { hints: { rebalanceGain: 1.5 } }, '/hints/rebalanceGain must be <= 1'],
    ['a hold over 1', { hints: { overloadHold: 2 } }, '/hints/overloadHold must be <= 1'],
    ['a demand that is none', { hints: { demand: 'clients' } }, '/hints/demand must be equal to one of'],
    ['a strategy that is none', { hints: { autoStrategy: 'best' } }, '/hints/autoStrategy must be equal to one of'],
    ['a list that is text', { hints: { managedBy: 'a,b' } }, '/hints/managedBy must be array'],
    ['a guard that is maybe', { guard: { enabled: 'maybe' } }, '/guard/enabled must be equal to one of'],
    [
      'an alpha policy',
      { guard: { policy: { apiVersion: 'v1alpha1' } } },
      '/guard/policy/apiVersion must be equal to one of',
    ],
    [
      'a user that would end the expression',
      { guard: { exemptUsers: ["x' || true"] } },
      '/guard/exemptUsers/0 must match pattern',
    ],
    [
      'a webhook that may take a minute',
      { guard: { webhook: { timeoutSeconds: 60 } } },
      '/guard/webhook/timeoutSeconds must be <= 30',
    ],
    ['a port out of range', { metrics: { port: 70000 } }, '/metrics/port must be <= 65535'],
    ['verbosity 11', { log: { verbosity: 11 } }, '/log/verbosity must be <= 10'],
    ['a level that is none', { log: { level: 'verbose' } }, '/log/level must be equal to one of'],
    ['a label that is true', { podLabels: { inject: true } }, '/podLabels/inject must be string'],
    ['an argument that is no flag', { extraArgs: ['controller'] }, '/extraArgs/0 must match pattern'],
    [
      'a budget of 101 %',
      { podDisruptionBudget: { minAvailable: '101%' } },
      '/podDisruptionBudget/minAvailable must match pattern',
    ],
    ['a namespace with a capital', { watchNamespace: 'Shop' }, '/watchNamespace must match pattern'],
    ['a section taken away', { guard: null }, " must have required property 'guard'"],
    ['a number taken away', { kubeApi: { burst: null } }, "/kubeApi must have required property 'burst'"],
    [
      'an API server without ports',
      { networkPolicy: { apiServerPorts: [] } },
      '/networkPolicy/apiServerPorts must NOT have fewer than 1 items',
    ],
  ])('%s is refused', (_, values, message) => {
    expect(mistakes(values)).toEqual(expect.arrayContaining([expect.stringContaining(message)]));
  });

  test('every value of values.yaml is described, and none is described that is not there', () => {
    const properties = (at: unknown): Record<string, unknown> | undefined =>
      (at as { properties?: Record<string, unknown> } | undefined)?.properties;
    const compare = (values: Values, node: unknown, path: string): string[] => {
      const known = properties(node);
      if (known === undefined) return [];
      const differing = [
        ...Object.keys(values).filter((key) => !(key in known)),
        ...Object.keys(known).filter((key) => !(key in values)),
      ].map((key) => `${path}${key}`);
      const below = Object.entries(values).flatMap(([key, value]) =>
        typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
          ? compare(value as Values, known[key], `${path}${key}.`)
          : [],
      );
      return [...differing, ...below];
    };
    expect(compare(defaultValues(), schema, '')).toEqual([]);
  });
});
