import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { readSlice } from '../../src/model/slice.js';
import { judgeSlicePolicies, slicePolicyOf, type PolicySlice, type SlicePolicy } from '../../src/hints/slicePolicy.js';
import { IN_TREE_MANAGER, MIRRORING_MANAGER } from '../../src/hints/ownership.js';

const OTHER = 'mesh.example.com';
const KUBERNETES: PolicySlice = { namespace: 'default', name: 'kubernetes', serviceName: 'kubernetes', managedBy: '' };

function slice(managedBy: string, name = 'web-abc12'): PolicySlice {
  return { namespace: 'shop', name, serviceName: 'web', managedBy };
}

const MODES = ['auto', 'balanced', 'same-zone', 'same-node', 'topology-keys', 'off'] as const;

interface Row {
  readonly what: string;
  readonly slice: PolicySlice;
  readonly inTree: 'present' | 'absent';
  readonly guard: boolean;
  /** The policy for the mode auto, for any other mode that asks for hints, and for off. */
  readonly auto: string;
  readonly other: string;
  readonly off: string;
}

function row(
  what: string,
  of: PolicySlice,
  inTree: Row['inTree'],
  guard: boolean,
  [auto, other, off]: [string, string, string],
): Row {
  return { what, slice: of, inTree, guard, auto, other, off };
}

const FREELY: [string, string, string] = ['free', 'free', 'free'];
const MIRROR: [string, string, string] = ['mirrored', 'mirrored', 'mirrored'];

const TABLE: Row[] = [
  row('a slice without manager', slice(''), 'present', false, FREELY),
  row('a slice without manager', slice(''), 'present', true, FREELY),
  row('a slice without manager', slice(''), 'absent', false, FREELY),
  row('a slice without manager', slice(''), 'absent', true, FREELY),
  row('a slice of another controller', slice(OTHER), 'present', false, FREELY),
  row('a slice of another controller', slice(OTHER), 'present', true, FREELY),
  row('a slice of another controller', slice(OTHER), 'absent', false, FREELY),
  row('a slice of another controller', slice(OTHER), 'absent', true, FREELY),
  row('a mirrored slice', slice(MIRRORING_MANAGER), 'present', false, MIRROR),
  row('a mirrored slice', slice(MIRRORING_MANAGER), 'present', true, MIRROR),
  row('a mirrored slice', slice(MIRRORING_MANAGER), 'absent', false, MIRROR),
  row('a mirrored slice', slice(MIRRORING_MANAGER), 'absent', true, MIRROR),
  row('an in-tree slice', slice(IN_TREE_MANAGER), 'present', false, ['adopt', 'blocked in-tree', 'free']),
  row('an in-tree slice', slice(IN_TREE_MANAGER), 'present', true, ['guarded', 'guarded', 'free']),
  row('an in-tree slice that nobody manages', slice(IN_TREE_MANAGER), 'absent', false, FREELY),
  row('an in-tree slice that nobody manages', slice(IN_TREE_MANAGER), 'absent', true, FREELY),
  row('default/kubernetes', KUBERNETES, 'present', false, ['blocked api-server', 'blocked api-server', 'free']),
  row('default/kubernetes', KUBERNETES, 'present', true, ['guarded', 'guarded', 'free']),
  row('default/kubernetes', KUBERNETES, 'absent', false, ['blocked api-server', 'blocked api-server', 'free']),
  row('default/kubernetes', KUBERNETES, 'absent', true, ['guarded', 'guarded', 'free']),
];

function name(policy: SlicePolicy): string {
  return policy.kind === 'blocked' ? `blocked ${policy.cause}` : policy.kind;
}

describe('slicePolicyOf', () => {
  const cases = TABLE.flatMap((line) =>
    MODES.map((mode) => ({
      ...line,
      mode,
      guarded: line.guard ? 'with' : 'without',
      policy: mode === 'auto' ? line.auto : mode === 'off' ? line.off : line.other,
    })),
  );

  it.each(cases)(
    '$what, in-tree $inTree, $guarded the guard, mode $mode: $policy',
    ({ slice, inTree, guard, mode, policy }) => {
      expect(name(slicePolicyOf(slice, { inTree, guard, mode }))).toBe(policy);
    },
  );

  it.each(cases)(
    '$what, in-tree $inTree, $guarded the guard, mode $mode: an operator who excludes it is obeyed, whichever way he says so',
    ({ slice, inTree, guard, mode, policy }) => {
      const inTreeServesIt = slice.managedBy === IN_TREE_MANAGER && inTree === 'present' && mode === 'auto';
      const expected = mode === 'off' ? policy : inTreeServesIt ? 'leave' : 'blocked excluded';
      const input = { inTree, guard, mode };
      expect(name(slicePolicyOf(slice, { ...input, ignoreManagedBy: ['x', slice.managedBy] }))).toBe(expected);
      expect(name(slicePolicyOf(slice, { ...input, managedBy: ['x'] }))).toBe(expected);
      expect(
        name(slicePolicyOf(slice, { ...input, managedBy: [slice.managedBy], ignoreManagedBy: [slice.managedBy] })),
      ).toBe(expected);
      expect(name(slicePolicyOf(slice, { ...input, managedBy: [slice.managedBy], ignoreManagedBy: ['x'] }))).toBe(
        policy,
      );
    },
  );

  it.each(cases)(
    '$what, in-tree $inTree, $guarded the guard, mode $mode from trafficDistribution: only in-tree’s own slices are left to it',
    ({ slice, inTree, guard, mode, policy }) => {
      const served = slice.managedBy === IN_TREE_MANAGER && inTree === 'present' && mode !== 'off';
      expect(name(slicePolicyOf(slice, { inTree, guard, mode, inTreeAgrees: true }))).toBe(served ? 'leave' : policy);
    },
  );

  it.each(cases)(
    '$what, in-tree $inTree, $guarded the guard, mode $mode: annotated only where that is safe',
    ({ slice, inTree, guard, mode }) => {
      const policy = slicePolicyOf(slice, { inTree, guard, mode });
      expect(policy.annotate).toBe(policy.kind === 'free' || policy.kind === 'guarded');
      expect(policy.annotate && slice.managedBy === MIRRORING_MANAGER).toBe(false);
    },
  );

  it('takes a Service named kubernetes in another namespace for what it is', () => {
    const mine = { ...KUBERNETES, namespace: 'shop' };
    expect(slicePolicyOf(mine, { inTree: 'present', guard: false, mode: 'balanced' }).kind).toBe('free');
  });
});

describe('judgeSlicePolicies', () => {
  const options = { mode: 'balanced', guard: false, inTree: 'present', addressType: 'IPv4' } as const;

  it('gives every slice its policy when all may be written', () => {
    const judged = judgeSlicePolicies([slice(''), slice(MIRRORING_MANAGER)], options);
    expect(judged.ok && judged.policies.map((policy) => policy.kind)).toEqual(['free', 'mirrored']);
  });

  it('has nothing against a Service without slices', () => {
    expect(judgeSlicePolicies([], options)).toEqual({ ok: true, policies: [] });
  });

  it('writes none of the slices when one may not be written, and names that slice, its manager and the way out', () => {
    expect(judgeSlicePolicies([slice('', 'web-a'), slice(IN_TREE_MANAGER, 'web-b')], options)).toEqual({
      ok: false,
      verdict: {
        addressType: 'IPv4',
        hinted: false,
        type: 'Warning',
        reason: 'HintsBlocked',
        message:
          'EndpointSlice web-b is managed by endpointslice-controller.k8s.io, which takes these hints away again: install the guard of slicehints or ask for topology-mode Auto, addressType: IPv4',
      },
    });
  });

  it('is not held up by a slice without endpoints, as in-tree leaves it behind when the selector is removed', () => {
    const { endpoints } = readSlice({ endpoints: [{ addresses: ['10.0.0.1'] }] });
    const mirrored = { ...slice(MIRRORING_MANAGER, 'web-a'), endpoints };
    const left = { ...slice(IN_TREE_MANAGER, 'web-b'), endpoints: readSlice({ endpoints: null }).endpoints };
    const judged = judgeSlicePolicies([mirrored, left], options);
    expect(judged.ok && judged.policies.map((policy) => policy.kind)).toEqual(['mirrored', 'leave']);
    expect(judgeSlicePolicies([left], options).ok).toBe(false);
    expect(judgeSlicePolicies([mirrored, { ...left, endpoints }], options).ok).toBe(false);
  });

  it.each([
    ['default/kubernetes', KUBERNETES, {}, 'EndpointSlice kubernetes is managed by kube-apiserver, which takes hints'],
    ['an excluded manager', slice(OTHER), { ignoreManagedBy: [OTHER] }, `is managed by ${OTHER}, which the options`],
    ['a slice without manager', slice(''), { managedBy: [OTHER] }, 'EndpointSlice web-abc12 has no manager, and the'],
  ])('says in one sentence what is wrong with %s', (_, of, more, start) => {
    const judged = judgeSlicePolicies([of], { ...options, ...more });
    expect(judged.ok).toBe(false);
    if (judged.ok) return;
    expect(judged.verdict.message).toContain(start);
    expect(judged.verdict.message).toMatch(/, addressType: IPv4$/);
    // Kubernetes refuses an Event with a longer message.
    expect(judged.verdict.message.length).toBeLessThan(1024);
  });

  it('lets in-tree speak for itself where it alone serves Auto', () => {
    const judged = judgeSlicePolicies([slice(IN_TREE_MANAGER)], {
      ...options,
      mode: 'auto',
      ignoreManagedBy: [IN_TREE_MANAGER],
    });
    expect(judged.ok && judged.policies.map((policy) => policy.kind)).toEqual(['leave']);
  });

  it('does not split Auto between in-tree and us, because its rule counts all endpoints together', () => {
    const slices = [slice(IN_TREE_MANAGER, 'web-b'), slice(OTHER, 'web-a')];
    const judged = judgeSlicePolicies(slices, { ...options, mode: 'auto', ignoreManagedBy: [IN_TREE_MANAGER] });
    expect(!judged.ok && judged.verdict.message).toContain('EndpointSlice web-b is managed by endpointslice');
  });

  it.each([
    ['web-a', ['web-a', 'web-b', 'web-c']],
    ['web-a', ['web-c', 'web-b', 'web-a']],
    ['web-a', ['web-b', 'web-a', 'web-c']],
  ])('names the first of several, %s, in the order %j', (first, names) => {
    const judged = judgeSlicePolicies(
      names.map((sliceName) => slice(IN_TREE_MANAGER, sliceName)),
      options,
    );
    expect(!judged.ok && judged.verdict.message).toContain(`EndpointSlice ${first} is managed by`);
  });

  it('says the same whatever the order of the slices', () => {
    const anySlice = fc
      .tuple(fc.constantFrom('', OTHER, MIRRORING_MANAGER, IN_TREE_MANAGER), fc.stringMatching(/^web-[a-z]{2}$/))
      .map(([managedBy, sliceName]) => slice(managedBy, sliceName));
    const slices = fc.uniqueArray(anySlice, { selector: (of) => of.name, maxLength: 6 });
    fc.assert(
      fc.property(slices, fc.constantFrom(...MODES), fc.boolean(), (of, mode, guard) => {
        const forward = judgeSlicePolicies(of, { ...options, mode, guard });
        const backward = judgeSlicePolicies([...of].reverse(), { ...options, mode, guard });
        expect(forward.ok ? [...forward.policies].reverse() : forward).toEqual(
          backward.ok ? backward.policies : backward,
        );
      }),
    );
  });
});
