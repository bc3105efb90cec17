import { describe, expect, test } from 'vitest';
import { OBSERVE_FLAGS, readObserveSettings } from '../../src/cli/flags/commands/observeFlags.js';
import { parseFlags } from '../../src/cli/flags/parseFlags.js';
import { PRESET_NAMES } from '../../src/measured/presets.js';
import { at, controllerArgs, find, render, type Rendering, type Values } from '../support/chart.js';
import { allows } from '../support/rbac.js';

const NAME = 'slicehints-observe';
const observe = (more: Values = {}): Rendering =>
  render({ values: { observe: { enabled: true, prometheusUrl: 'http://p:9090', source: 'obi', ...more } } });
const argsOf = (rendering: Rendering): string[] =>
  at(find(rendering, 'Deployment', NAME), 'spec.template.spec.containers.0.args') as string[];
const settingsOf = (rendering: Rendering): ReturnType<typeof readObserveSettings> => {
  const [command, ...args] = argsOf(rendering);
  expect(command).toBe('observe');
  return readObserveSettings(parseFlags(OBSERVE_FLAGS, args).values);
};

describe('slicehints observe in the chart', () => {
  test('is off by default', () => {
    expect(render().objects.filter(({ metadata }) => metadata.name.startsWith(NAME))).toEqual([]);
    expect(controllerArgs(render()).join()).not.toContain('measured-configmap');
  });

  test('writes the ConfigMap that the controller reads', () => {
    const rendering = observe();
    expect(settingsOf(rendering).configMap).toEqual({ namespace: 'slicehints', name: 'slicehints-measured' });
    expect(controllerArgs(rendering)).toContain('--measured-configmap=slicehints/slicehints-measured');
    const named = render({
      values: {
        hints: { measuredConfigMap: 'other', demand: 'measured' },
        observe: { enabled: true, prometheusUrl: 'http://p', source: 'obi' },
      },
    });
    expect(settingsOf(named).configMap.name).toBe('other');
    expect(controllerArgs(named)).toContain('--measured-configmap=slicehints/other');
  });

  test.each(PRESET_NAMES)('takes the ready-made query %s', (source) => {
    expect(settingsOf(observe({ source })).query.query).toContain('rate(');
  });

  test('every value reaches a flag', () => {
    const rendering = observe({
      source: '',
      query: 'sum by (ns, svc, from, to) (rate(x[5m]))',
      serviceLabels: 'ns,svc',
      zoneLabels: 'from,to',
      interval: '30s',
      timeout: '5s',
      headers: ['X-Scope-OrgID:shop'],
      username: 'me',
      passwordFile: '/password',
      caFile: '/ca',
      extraArgs: ['--log-level=debug'],
    });
    expect(settingsOf(rendering)).toMatchObject({
      query: {
        query: 'sum by (ns, svc, from, to) (rate(x[5m]))',
        labels: { service: ['ns', 'svc'], zones: ['from', 'to'] },
      },
      intervalMs: 30_000,
      prometheus: {
        timeoutMs: 5000,
        headers: [['x-scope-orgid', 'shop']],
        username: 'me',
        passwordFile: '/password',
        caFile: '/ca',
      },
    });
    expect(argsOf(rendering).at(-1)).toBe('--log-level=debug');
    expect(settingsOf(observe({ bearerTokenFile: '/token' })).prometheus.bearerTokenFile).toBe('/token');
  });

  test.each<[Values, string]>([
    [{}, '--log-level=info'],
    [{ level: 'debug' }, '--log-level=debug'],
    [{ verbosity: 4 }, '--v=4'],
  ])('logs as the controller does: %j', (log, arg) => {
    const rendering = render({
      values: { log, observe: { enabled: true, prometheusUrl: 'http://p:9090', source: 'obi' } },
    });
    expect(argsOf(rendering).filter((one) => /^--(log-level|v)=/.test(one))).toEqual([arg]);
    expect(controllerArgs(rendering)).toContain(arg);
  });

  test('may write its ConfigMap and nothing else', () => {
    const { objects } = observe();
    const account = { namespace: 'slicehints', name: NAME };
    const may = (verb: string, resource: string, name: string, group = '', namespace = 'slicehints'): boolean =>
      allows(objects, account, { verb, group, resource, namespace, name });
    for (const verb of ['get', 'update']) expect(may(verb, 'configmaps', 'slicehints-measured')).toBe(true);
    expect(may('create', 'configmaps', '')).toBe(true);
    expect(may('update', 'configmaps', 'other')).toBe(false);
    expect(may('get', 'secrets', 'x')).toBe(false);
    expect(may('list', 'nodes', '', '', '')).toBe(false);
    for (const verb of ['get', 'list', 'patch', 'update']) {
      expect(may(verb, 'endpointslices', 'web', 'discovery.k8s.io')).toBe(false);
    }
  });

  test('a NetworkPolicy lets it reach Prometheus and DNS', () => {
    const rendering = render({
      values: {
        networkPolicy: { enabled: true },
        observe: { enabled: true, prometheusUrl: 'http://p:9091', source: 'obi', prometheusPorts: [9091] },
      },
    });
    expect(at(find(rendering, 'NetworkPolicy', NAME), 'spec.egress')).toEqual([
      { ports: [{ port: 9091, protocol: 'TCP' }] },
      {
        ports: [
          { port: 53, protocol: 'UDP' },
          { port: 53, protocol: 'TCP' },
        ],
      },
    ]);
  });
});
