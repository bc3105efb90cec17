import { beforeEach, describe, expect, test } from 'vitest';
import { describeHints, missingHints, renderService, settingsAt, slicesOf, stateOf } from '../../../src/cli/sandbox/report.js'; // prettier-ignore
import { planService } from '../../../src/hints/planService.js';
import { DEFAULT_SETTINGS } from '../../../src/hints/settings.js';
import type { ServiceManifest } from '../../../src/model/manifest.js';
import type { ObjectStore } from '../../../src/sandbox/storage/store.js';
import { nodeOf, sliceOf } from '../../sandbox/samples.js';
import { storeOf } from '../../sandbox/storage/stores.js';

const paint = (_: unknown, text: string): string => text;
let store: ObjectStore;

function service(mode: string): ServiceManifest {
  const metadata = { name: 'cart', namespace: 'default', annotations: { 'service.kubernetes.io/topology-mode': mode } };
  return store.write('services', { metadata, spec: { ports: [{ port: 80 }] } });
}

function nodes(zones: string): void {
  for (const [index, zone] of [...zones].entries()) store.write('nodes', nodeOf(`n${index}`, zone));
}

beforeEach(() => {
  store = storeOf();
  nodes('ab');
  const slice = sliceOf('s', ['a', 'b']);
  store.create('endpointslices', { ...slice, endpoints: (slice['endpoints'] as object[]).map((one, i) => ({ ...one, nodeName: `n${i}` })) }); // prettier-ignore
});

/** Writes what a plan asks for. */
function carryOut(): void {
  const state = stateOf(store);
  for (const one of state.services) {
    const { patches } = planService({ service: one, nodes: state.nodes, slices: slicesOf(one, state.slices), settings: DEFAULT_SETTINGS }); // prettier-ignore
    for (const { namespace, name, patch } of patches) store.patch('endpointslices', namespace, name, 'json', patch);
  }
}

describe('hints of an endpoint', () => {
  const named = (...names: string[]): { name: string }[] => names.map((name) => ({ name }));
  test.each([
    [{}, ''],
    [{ hints: { forZones: named('a', 'b') } }, 'a,b'],
    [{ hints: { forNodes: named('n') } }, 'node:n'],
    [{ hints: { forZones: named(''), forNodes: named('n') } }, '"",node:n'],
  ])('%j are %j', (endpoint, expected) => {
    expect(describeHints(endpoint)).toBe(expected);
  });
});

describe('hints are missing', () => {
  test('until what a plan asks for is written', () => {
    service('slicehints.io/balanced');
    expect(missingHints(stateOf(store), DEFAULT_SETTINGS)).toEqual([
      'default/s/endpoints/0/hints',
      'default/s/endpoints/1/hints',
    ]);
    carryOut();
    expect(missingHints(stateOf(store), DEFAULT_SETTINGS)).toEqual([]);
  });

  test('nowhere where a Service does not ask for them', () => {
    service('Disabled');
    expect(missingHints(stateOf(store), DEFAULT_SETTINGS)).toEqual([]);
  });

  test('nowhere where a policy holds them back', () => {
    service('slicehints.io/balanced');
    const policy = { apiVersion: 'slicehints.io/v1alpha1', kind: 'ClusterHintsPolicy', metadata: { name: 'p' }, spec: { enforcement: 'DryRun' } }; // prettier-ignore
    expect(missingHints({ ...stateOf(store), policies: [policy] as never }, DEFAULT_SETTINGS)).toEqual([]);
  });
});

test('the slices of a Service are those of its name in its namespace', () => {
  const metadata = { ...sliceOf('t').metadata, name: 't', namespace: 'other' };
  const slices = [...stateOf(store).slices, { ...sliceOf('t'), metadata }];
  expect(slicesOf({ metadata: { name: 'cart', namespace: 'default' } }, slices).map((one) => one.metadata?.name)).toEqual(['s']); // prettier-ignore
});

describe('a Service is shown', () => {
  const lines = (): string[] => {
    const state = stateOf(store);
    return renderService(state.services[0] as ServiceManifest, state, DEFAULT_SETTINGS, paint).split('\n').map((line) => line.trim().replace(/ {2,}/g, ' | ')); // prettier-ignore
  };

  test('with its endpoints, their hints, and what each node uses', () => {
    service('slicehints.io/balanced');
    carryOut();
    expect(lines()).toEqual(
      expect.arrayContaining([
        'default/cart | mode balanced',
        expect.stringMatching(/100% in zone, busiest endpoint 1\.00x\)$/),
        '10.0.0.1 | n0 | a | yes | a',
        '10.0.0.2 | n1 | b | yes | b',
        'n0 | a | 10.0.0.1',
        'n1 | b | 10.0.0.2',
      ]),
    );
  });

  test('with forty rows at most, and how many more there are', () => {
    service('Disabled');
    nodes('a'.repeat(50));
    expect(lines()).toContain('… and 11 more');
    expect(lines().filter((line) => /^n\d+ \|/.test(line))).toHaveLength(39);
  });
});

describe('the settings of a sandbox', () => {
  const until = '2026-01-01T01:00:00Z';
  const drain = (accepted: string): void => {
    const conditions = [{ type: 'Accepted', status: accepted, reason: 'R', message: '' }];
    store.storage.put('zonedrains.slicehints.io', 'd', (resourceVersion) => ({
      metadata: { name: 'd', generation: 1, resourceVersion },
      ...{ spec: { zone: 'a', until }, status: { observedGeneration: 1, conditions } },
    }));
  };

  test.each<[string, string, number, readonly string[] | undefined]>([
    ['have a zone that is drained', 'True', Date.parse(until) - 1, ['a']],
    ['have none whose time is over', 'True', Date.parse(until), undefined],
    ['have none whose drain is refused', 'False', Date.parse(until) - 1, undefined],
  ])('%s', (_, accepted, nowMs, zones) => {
    drain(accepted);
    expect(settingsAt(nowMs, DEFAULT_SETTINGS, store).drainedZones).toEqual(zones ?? DEFAULT_SETTINGS.drainedZones);
  });

  test('tell the present and nothing else without a drain', () => {
    expect(settingsAt(5, DEFAULT_SETTINGS, store)).toEqual({ ...DEFAULT_SETTINGS, nowMs: 5 });
  });
});
