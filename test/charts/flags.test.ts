import { describe, expect, test } from 'vitest';
import { CONTROLLER_FLAGS, readControllerSettings } from '../../src/cli/flags/commands/controllerFlags.js';
import { parseFlags } from '../../src/cli/flags/parseFlags.js';
import { controllerArgs, render, type Release, type Values } from '../support/chart.js';

type Flag = keyof typeof CONTROLLER_FLAGS;

const webhook = { kubeVersion: '1.30.0', apiVersions: ['v1'] };
const guard = (more: Values): Values => ({ guard: { webhook: { enabled: true, ...more } } });

/** For each flag a value of the chart that sets it, and the argument that comes of it. */
const reached: Record<Exclude<Flag, 'kubeconfig' | 'context'>, [Values, string, Release?]> = {
  namespace: [{ watchNamespace: 'shop' }, '--namespace=shop'],
  'kube-api-qps': [{ kubeApi: { qps: 7.5 } }, '--kube-api-qps=7.5'],
  'kube-api-burst': [{ kubeApi: { burst: 2000000 } }, '--kube-api-burst=2000000'],
  'event-qps': [{ events: { qps: 0.5 } }, '--event-qps=0.5'],
  'event-burst': [{ events: { burst: 2000000 } }, '--event-burst=2000000'],
  'kube-api-timeout': [{ kubeApi: { timeout: '5s' } }, '--kube-api-timeout=5s'],
  'leader-elect': [{ replicaCount: 1, leaderElection: { enabled: false } }, '--leader-elect=false'],
  'leader-elect-lease-duration': [{ leaderElection: { leaseDuration: '20s' } }, '--leader-elect-lease-duration=20s'],
  'leader-elect-renew-deadline': [{ leaderElection: { renewDeadline: '9s' } }, '--leader-elect-renew-deadline=9s'],
  'leader-elect-retry-period': [{ leaderElection: { retryPeriod: '1s' } }, '--leader-elect-retry-period=1s'],
  'leader-elect-resource-name': [{ leaderElection: { resourceName: 'lease' } }, '--leader-elect-resource-name=lease'],
  'leader-elect-resource-namespace': [{ namespaceOverride: 'other' }, '--leader-elect-resource-namespace=other'],
  shards: [{ shards: 4 }, '--shards=4'],
  'concurrent-service-syncs': [{ controller: { concurrentServiceSyncs: 9 } }, '--concurrent-service-syncs=9'],
  'coalesce-window': [{ controller: { coalesceWindow: '1s' } }, '--coalesce-window=1s'],
  'max-writes-per-minute': [{ controller: { maxWritesPerMinute: 600 } }, '--max-writes-per-minute=600'],
  'dry-run': [{ controller: { dryRun: true } }, '--dry-run=true'],
  'auto-strategy': [{ hints: { autoStrategy: 'balanced' } }, '--auto-strategy=balanced'],
  'overload-threshold': [{ hints: { overloadThreshold: 0 } }, '--overload-threshold=0'],
  'rebalance-gain': [{ hints: { rebalanceGain: 0.125 } }, '--rebalance-gain=0.125'],
  'overload-hold': [{ hints: { overloadHold: 0 } }, '--overload-hold=0'],
  demand: [{ hints: { demand: 'endpoints' } }, '--demand=endpoints'],
  'measured-configmap': [{ hints: { measuredConfigMap: 'm' }, namespaceOverride: 'n' }, '--measured-configmap=n/m'],
  'measured-factor': [{ hints: { measuredFactor: 2.5 } }, '--measured-factor=2.5'],
  'node-hints': [{ hints: { nodeHints: 'auto' } }, '--node-hints=auto'],
  'node-hints-max-nodes': [
    { hints: { nodeHints: true, nodeHintsMaxNodes: 2000000 } },
    '--node-hints-max-nodes=2000000',
  ],
  'node-selector': [{ hints: { nodeSelector: 'pool in (web,api)' } }, '--node-selector=pool in (web,api)'],
  'drain-limit': [{ drains: { limit: 1.5 } }, '--drain-limit=1.5'],
  'zone-costs': [{ hints: { zoneCosts: '/costs/zones.yaml' } }, '--zone-costs=/costs/zones.yaml'],
  'zone-cidrs': [{ hints: { zoneCidrs: ['10.1.0.0/16=zone-a'] } }, '--zone-cidrs=10.1.0.0/16=zone-a'],
  'in-tree': [{ hints: { inTree: 'absent' } }, '--in-tree=absent'],
  consumer: [{ hints: { consumer: 'cilium' } }, '--consumer=cilium'],
  'managed-by': [{ hints: { managedBy: ['a', ''] } }, '--managed-by='],
  'ignore-managed-by': [{ hints: { ignoreManagedBy: ['b'] } }, '--ignore-managed-by=b'],
  'guard-policy-version': [{ guard: { policy: { apiVersion: 'v1beta1' } } }, '--guard-policy-version=v1beta1'],
  'guard-webhook-bind-address': [guard({ port: 10443 }), '--guard-webhook-bind-address=:10443', webhook],
  'guard-webhook-cert-dir': [guard({ certDir: '/tls' }), '--guard-webhook-cert-dir=/tls', webhook],
  'guard-exempt-user': [
    { guard: { exemptUsers: ['admin'], webhook: { enabled: true } } },
    '--guard-exempt-user=admin',
    webhook,
  ],
  'metrics-bind-address': [{ metrics: { port: 9000 } }, '--metrics-bind-address=:9000'],
  'health-probe-bind-address': [{ health: { port: 9001 } }, '--health-probe-bind-address=:9001'],
  'per-service-metrics': [{ metrics: { perService: true } }, '--per-service-metrics=true'],
  'log-level': [{ log: { level: 'warn' } }, '--log-level=warn'],
  'log-format': [{ log: { format: 'text' } }, '--log-format=text'],
  v: [{ log: { verbosity: 0 } }, '--v=0'],
  'audit-log': [{ log: { auditFile: '/var/log/slicehints/audit.log' } }, '--audit-log=/var/log/slicehints/audit.log'],
};
/** In a pod there are credentials already; who wants others mounts a kubeconfig and names it in extraArgs. */
const onlyByExtraArgs: readonly Flag[] = ['kubeconfig', 'context'];

describe('flags of the controller', () => {
  test('every flag is reached by a value, or by extraArgs for a reason', () => {
    const known = [...Object.keys(reached), ...onlyByExtraArgs];
    expect(Object.keys(CONTROLLER_FLAGS).sort()).toEqual(known.sort());
  });

  test.each(Object.entries(reached))('--%s', (_, [values, argument, release]) => {
    expect(controllerArgs(render())).not.toContain(argument);
    expect(controllerArgs(render({ ...release, values }))).toContain(argument);
  });

  test('extraArgs come last', () => {
    const args = controllerArgs(render({ values: { extraArgs: ['--kubeconfig=/k', '--log-level=debug'] } }));
    expect(args.slice(-2)).toEqual(['--kubeconfig=/k', '--log-level=debug']);
  });

  test('with nothing set, every argument says what the controller does anyway', () => {
    const flags = (...args: string[]): ReturnType<typeof readControllerSettings> =>
      readControllerSettings(parseFlags(CONTROLLER_FLAGS, args).values);
    const [command, ...args] = controllerArgs(render());
    expect(command).toBe('controller');
    const chart = flags(...args);
    const binary = flags();
    expect({ ...chart, lease: { ...chart.lease, identity: '', namespace: '' } }).toEqual({
      ...binary,
      lease: { ...binary.lease, identity: '', namespace: '' },
    });
    expect(chart.lease?.namespace).toBe('slicehints');
  });

  test('the metrics server can be off', () => {
    expect(controllerArgs(render({ values: { metrics: { enabled: false } } }))).toContain('--metrics-bind-address=0');
  });
});
