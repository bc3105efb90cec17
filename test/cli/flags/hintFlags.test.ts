import { describe, expect, test } from 'vitest';
import { HINT_FLAGS, readHintSettings } from '../../../src/cli/flags/hintFlags.js';
import { parseFlags } from '../../../src/cli/flags/parseFlags.js';
import { DEFAULT_SETTINGS, type Settings } from '../../../src/hints/settings.js';

const settingsOf = (...args: string[]): ReturnType<typeof readHintSettings> => readHintSettings(parseFlags(HINT_FLAGS, args).values); // prettier-ignore

describe('which hints a Service gets', () => {
  test('by default as the library decides', () => {
    for (const [name, value] of Object.entries(settingsOf())) {
      expect([name, value]).toEqual([name, DEFAULT_SETTINGS[name as keyof Settings]]);
    }
  });

  test.each<[string, object]>([
    ['--overload-threshold=0.5', { overloadThreshold: 0.5 }],
    ['--rebalance-gain=0.1', { rebalanceGain: 0.1 }],
    ['--overload-hold=0', { overloadHold: 0 }],
    ['--demand=endpoints', { demand: 'endpoints' }],
    ['--measured-factor=3', { measuredFactor: 3 }],
    ['--node-hints=true', { useNodeHints: true }],
    ['--node-hints=auto', { useNodeHints: 'auto' }],
    ['--node-hints-max-nodes=7', { nodeHintsMaxNodes: 7 }],
    ['--auto-strategy=balanced', { autoStrategy: 'balanced' }],
    ['--in-tree=absent', { inTree: 'absent' }],
    ['--node-selector=pool=web', { nodeSelector: [{ key: 'pool', operator: 'In', values: ['web'] }] }],
    ['--managed-by=a,b', { managedBy: ['a', 'b'] }],
    ['--ignore-managed-by=a,', { ignoreManagedBy: ['a', ''] }],
  ])('%s', (arg, settings) => {
    expect(settingsOf(arg)).toEqual({ ...settingsOf(), ...settings });
  });

  test('a network has one zone, in however many flags', () => {
    expect(settingsOf('--zone-cidrs=10.1.0.0/16=a', '--zone-cidrs=10.2.0.0/16=b').zoneCidrs).toHaveLength(2);
    expect(() => settingsOf('--zone-cidrs=10.1.0.0/16=a', '--zone-cidrs=10.1.0.0/16=b')).toThrow(
      '--zone-cidrs: the network 10.1.0.0/16 is listed twice',
    );
  });

  test('each flag decides something', () => {
    const other = { 'measured-configmap': 'read beside, by the controller and plan' };
    const read = Object.keys(readHintSettings(parseFlags(HINT_FLAGS, []).values)).length;
    expect(Object.keys(HINT_FLAGS).length - Object.keys(other).length).toBe(read);
  });
});
