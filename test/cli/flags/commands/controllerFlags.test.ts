import { describe, expect, test } from 'vitest';
import {
  CONTROLLER_FLAGS,
  readControllerSettings,
  type ControllerSettings,
} from '../../../../src/cli/flags/commands/controllerFlags.js';
import { parseFlags } from '../../../../src/cli/flags/parseFlags.js';
import { UsageError } from '../../../../src/cli/flags/usageError.js';

function settingsOf(...args: string[]): ControllerSettings {
  return settingsIn({}, ...args);
}

function settingsIn(env: NodeJS.ProcessEnv, ...args: string[]): ControllerSettings {
  return readControllerSettings(parseFlags(CONTROLLER_FLAGS, args, { env }).values);
}

describe('flags of the controller', () => {
  test('the defaults are client-go’s lease, all namespaces, no dry run', () => {
    expect(settingsOf()).toMatchObject({
      namespace: '',
      lease: { name: 'slicehints', leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2000 },
      coalesceMs: 50,
      maxWritesPerMinute: 0,
      concurrency: 10,
      dryRun: false,
      logLevel: 'info',
      metricsAddress: { port: 8080 },
      healthAddress: { port: 8081 },
    });
  });

  test.each<[string[], Partial<ControllerSettings>]>([
    [['--leader-elect=false'], { lease: undefined }],
    [['--v=4'], { logLevel: 'debug' }],
    [['--v', '9'], { logLevel: 'trace' }],
    [['--log-level=warn'], { logLevel: 'warn' }],
    [['--metrics-bind-address=0'], { metricsAddress: undefined }],
    [['--dry-run'], { dryRun: true }],
    [['--kube-api-qps', '-1'], { qps: -1 }],
  ])('%j is understood', (args, settings) => {
    expect(settingsOf(...args)).toMatchObject(settings);
  });

  test.each<[string[], string]>([
    [['--concurrent-service-syncs=0'], '--concurrent-service-syncs: expected a whole number from 1 to 1000, got "0"'],
    [
      ['--concurrent-service-syncs=1.5'],
      '--concurrent-service-syncs: expected a whole number from 1 to 1000, got "1.5"',
    ],
    [['--kube-api-burst='], '--kube-api-burst: expected a whole number of at least 1, got ""'],
    [['--overload-threshold=much'], '--overload-threshold: expected a number from 0 to 10, got "much"'],
    [['--metrics-bind-address=here'], '--metrics-bind-address: expected host:port, :port or 0, got "here"'],
    [['--v=3', '--log-level=info'], '--log-level and --v say the same thing; give one of them'],
    [['--shards=2', '--leader-elect=false'], '--shards divides the Services by Leases, so it needs --leader-elect'],
    [
      ['--leader-elect-retry-period=9s'],
      '--leader-elect-renew-deadline must be longer than 1.2 times --leader-elect-retry-period',
    ],
  ])('%j is refused in one sentence', (args, message) => {
    expect(() => settingsOf(...args)).toThrow(new UsageError(message));
  });

  test('a repeated list takes all of its values', () => {
    const { settings, guardWebhook } = settingsIn(
      {},
      '--managed-by=a',
      '--managed-by=',
      ...['--ignore-managed-by', 'b', '--ignore-managed-by', 'c'],
      ...['--guard-webhook-bind-address=:9443', '--guard-exempt-user=us', '--guard-exempt-user=admin'],
    );
    expect(settings).toMatchObject({ managedBy: ['a', ''], ignoreManagedBy: ['b', 'c'] });
    expect(guardWebhook?.exemptUsers).toEqual(['us', 'admin']);
  });

  test('a list of managers may be written with commas, on the command line and in the environment', () => {
    const { settings } = settingsIn({ SLICEHINTS_IGNORE_MANAGED_BY: 'b,c' }, '--managed-by=a,b,');
    expect(settings).toMatchObject({ managedBy: ['a', 'b', ''], ignoreManagedBy: ['b', 'c'] });
  });

  test('of any other flag the last value counts, and the command line goes before the environment', () => {
    const { qps, dryRun, logFormat, settings } = settingsIn(
      { SLICEHINTS_KUBE_API_QPS: '7', SLICEHINTS_MANAGED_BY: 'x', SLICEHINTS_DRY_RUN: 'true' },
      ...['--kube-api-qps=8', '--kube-api-qps', '9', '--managed-by=a', '--no-dry-run'],
      ...['--log-format=text', '--log-format=json'],
    );
    expect({ qps, dryRun, logFormat, managedBy: settings.managedBy }).toEqual({
      qps: 9,
      dryRun: false,
      logFormat: 'json',
      managedBy: ['a'],
    });
  });

  test('variables of the environment are flags; what Kubernetes sets for a Service of the same name is none', () => {
    const env = {
      SLICEHINTS_DRY_RUN: '1',
      SLICEHINTS_KUBE_API_QPS: '7',
      SLICEHINTS_PORT: 'tcp://10.0.0.1:80',
      SLICEHINTS_SERVICE_HOST: '10.0.0.1',
      SLICEHINTS_V_PORT_443_TCP_ADDR: '10.0.0.1',
      OTHER: 'x',
    };
    expect(settingsIn(env)).toMatchObject({ dryRun: true, qps: 7 });
  });

  test.each<[string, NodeJS.ProcessEnv, string]>([
    [
      'a value that means nothing',
      { SLICEHINTS_DRY_RUN: 'yes' },
      'SLICEHINTS_DRY_RUN: expected true, false, none, client or server, got "yes"',
    ],
    ['an empty value', { SLICEHINTS_LEADER_ELECT: '' }, 'SLICEHINTS_LEADER_ELECT: expected true or false, got ""'],
    [
      'a slip in the name',
      { SLICEHINTS_DRYRUN: '1' },
      'SLICEHINTS_DRYRUN: unknown variable; did you mean SLICEHINTS_DRY_RUN?',
    ],
    [
      'a number that is none',
      { SLICEHINTS_KUBE_API_QPS: '' },
      'SLICEHINTS_KUBE_API_QPS: expected a number of at least -1, got ""',
    ],
  ])('a variable with %s is refused', (_, env, message) => {
    expect(() => settingsIn(env)).toThrow(new UsageError(message));
  });
});
