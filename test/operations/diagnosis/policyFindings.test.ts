import { describe, expect, test } from 'vitest';
import type { HintsPolicyManifest } from '../../../src/hints/policy/policy.js';
import { diagnoseObjects } from '../../../src/operations/diagnosis/diagnose.js';

const nodes = ['a', 'b'].map((zone) => ({
  metadata: { name: `node-${zone}`, labels: { 'topology.kubernetes.io/zone': zone } },
  status: { allocatable: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'True' }] },
}));
const service = (name: string, annotations: Record<string, string> = {}): object => ({
  metadata: { namespace: 'shop', name, annotations, labels: { app: name } },
  spec: { selector: { app: name } },
});
const slice = (name: string): object => ({
  metadata: {
    namespace: 'shop',
    name: `${name}-1`,
    labels: { 'kubernetes.io/service-name': name, 'endpointslice.kubernetes.io/managed-by': 'mine' },
  },
  addressType: 'IPv4',
  ports: [{ name: 'http', port: 80 }],
  endpoints: ['a', 'b'].map((zone) => ({
    addresses: [`10.0.0.${zone === 'a' ? 1 : 2}`],
    zone,
    nodeName: `node-${zone}`,
    conditions: { ready: true },
  })),
});
const policy = (name: string, spec: HintsPolicyManifest['spec']): HintsPolicyManifest => ({
  kind: 'ClusterHintsPolicy',
  metadata: { name },
  spec,
});
const production = { matchLabels: { tier: 'production' } };

function found(policies: readonly HintsPolicyManifest[] | undefined, tier = 'production'): string[] {
  return diagnoseObjects(
    {
      nodes,
      services: [service('web'), service('api', { 'slicehints.io/mode': 'off' })],
      slices: [slice('web'), slice('api')],
      policies,
      namespaces: [{ metadata: { name: 'shop', labels: { tier } } }],
    },
    { settings: { guard: false }, nowMs: 0 },
  )
    .filter(({ subject, code }) => subject === 'policies' || subject === 'services' || code === 'NotVisible')
    .map(({ level, code, message }) => `${level} ${code}: ${message}`);
}

describe('doctor plans as the controller does, with policies', () => {
  const NOTHING = ['info ServicesByMode: No Service requests hints.'];
  test.each<[string, readonly HintsPolicyManifest[] | undefined, readonly string[]]>([
    ['without policies nothing is reported about them', [], NOTHING],
    [
      'policies that may not be read are named, and the rest is checked',
      undefined,
      [
        'info NotVisible: Policies are not visible to this user, so they are not checked.',
        'info ServicesByMode: No Service requests hints.',
      ],
    ],
    [
      'a default mode makes a Service ask for hints, and a Service that opts out stays out',
      [policy('teams', { namespaceSelector: production, defaults: { mode: 'balanced' } })],
      [
        'info PoliciesInUse: One policy: ClusterHintsPolicy teams (Enforce, 2 Services).',
        'info ServicesByMode: Services request hints: balanced 1.',
        'problem HintsNotWritten: 1 Service (shop/web): a controller would write hints, and there are none.',
      ],
    ],
    [
      'what a dry run would write is shown, and is no problem',
      [policy('teams', { defaults: { mode: 'balanced' }, enforcement: 'DryRun' })],
      [
        'info PoliciesInUse: One policy: ClusterHintsPolicy teams (DryRun, 2 Services).',
        'info ServicesByMode: Services request hints: balanced 1.',
        'info HintsHeldBack: 1 Service (shop/web): a controller would write hints, and enforcement DryRun of ClusterHintsPolicy teams holds them back.',
      ],
    ],
    [
      'what a stop keeps from being written is a warning, so that it is not forgotten',
      [policy('stop', { enforcement: 'Off', defaults: { mode: 'balanced' } })],
      [
        'info PoliciesInUse: One policy: ClusterHintsPolicy stop (Off, 2 Services).',
        'info ServicesByMode: Services request hints: balanced 1.',
        'warning HintsHeldBack: 1 Service (shop/web): a controller would write hints, and enforcement Off of ClusterHintsPolicy stop holds them back.',
      ],
    ],
    [
      'a spec that cannot be used is named, and selects nothing',
      [policy('teams', { defaults: { mode: 'fast' } })],
      [
        'info PoliciesInUse: One policy: ClusterHintsPolicy teams (Enforce, 0 Services).',
        'warning PolicyNotAccepted: ClusterHintsPolicy teams: spec.defaults.mode must be one of balanced, auto, same-zone, same-node, off but is "fast"; the policy selects nothing.',
        ...NOTHING,
      ],
    ],
    [
      'two policies with different defaults are each named as conflicting',
      [policy('a', { defaults: { mode: 'off' } }), policy('b', { defaults: { mode: 'auto' } })],
      [
        'info PoliciesInUse: 2 policies: ClusterHintsPolicy a (Enforce, 2 Services), ClusterHintsPolicy b (Enforce, 2 Services).',
        'warning PolicyConflicted: ClusterHintsPolicy a: ClusterHintsPolicy b sets another default for shop/web; the older policy goes first, then the name.',
        'warning PolicyConflicted: ClusterHintsPolicy b: ClusterHintsPolicy a sets another default for shop/web; the older policy goes first, then the name.',
        ...NOTHING,
      ],
    ],
  ])('%s', (_, policies, expected) => {
    expect(found(policies)).toEqual(expected);
  });

  test('a namespace without the label is not selected', () => {
    const policies = [policy('teams', { namespaceSelector: production, defaults: { mode: 'balanced' } })];
    expect(found(policies, 'test')).toContain('info ServicesByMode: No Service requests hints.');
  });
});
