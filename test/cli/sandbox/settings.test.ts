import { describe, expect, test } from 'vitest';
import { CONTROLLER_FLAGS, readControllerSettings } from '../../../src/cli/flags/commands/controllerFlags.js';
import { defaultsOf } from '../../../src/cli/flags/flag.js';
import { sandboxSettings } from '../../../src/cli/sandbox/settings.js';

const settings = sandboxSettings('/kubeconfig', 'debug');
const usual = readControllerSettings(defaultsOf(CONTROLLER_FLAGS));

describe('the controller of the sandbox', () => {
  test('plans as a controller without flags', () => {
    expect(settings.settings).toEqual(usual.settings);
    expect([settings.namespace, settings.concurrency, settings.dryRun]).toEqual([usual.namespace, usual.concurrency, usual.dryRun]); // prettier-ignore
  });

  test('has its own kubeconfig and log, and no servers', () => {
    expect(settings).toMatchObject({ kubeconfig: '/kubeconfig', logLevel: 'debug', logFormat: 'text' });
    expect([settings.metricsAddress, settings.healthAddress]).toEqual([undefined, undefined]);
    expect(usual.metricsAddress).toBeDefined();
  });

  test('has no limit towards a server in the same process', () => {
    expect([settings.qps, settings.eventQps]).toEqual([0, 0]);
  });

  test('keeps its lease through a pause of minutes', () => {
    expect(settings.lease?.leaseDurationMs).toBeGreaterThanOrEqual(300_000);
    expect(settings.lease?.renewDeadlineMs).toBeLessThan(settings.lease?.leaseDurationMs ?? 0);
  });
});
