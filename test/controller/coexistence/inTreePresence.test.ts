import { describe, expect, test } from 'vitest';
import { judgeInTree } from '../../../src/controller/coexistence/inTreePresence.js';
import { readService } from '../../../src/model/service.js';

const NOW = Date.UTC(2026, 10, 21, 12);
const IN_TREE = 'endpointslice-controller.k8s.io';
const MINUTE = 60_000;

interface Draft {
  readonly name: string;
  readonly ageMs?: number;
  readonly selector?: Record<string, string>;
  readonly type?: string;
  readonly managers?: readonly string[];
  readonly deleting?: boolean;
}

function judge(drafts: readonly Draft[]) {
  const services = drafts.map(({ name, ageMs, selector, type, deleting = false }) =>
    readService({
      metadata: {
        namespace: 'shop',
        name,
        creationTimestamp: ageMs === undefined ? null : new Date(NOW - ageMs).toISOString(),
        deletionTimestamp: deleting ? new Date(NOW).toISOString() : null,
      },
      spec: { selector, type },
    }),
  );
  const slices = new Map(drafts.map(({ name, managers = [] }) => [`shop/${name}`, managers]));
  return judgeInTree(services, (key) => (slices.get(key) ?? []).map((managedBy) => ({ managedBy })), NOW);
}

const APP = { app: 'web' };

describe('judgeInTree', () => {
  test.each<[string, Draft[], 'present' | 'absent']>([
    ['a cluster without Services counts as present', [], 'present'],
    [
      'a Service with a slice of in-tree speaks for it',
      [{ name: 'web', ageMs: 60 * MINUTE, selector: APP, managers: [IN_TREE] }],
      'present',
    ],
    [
      'an old Service with a selector and no slice speaks against it',
      [{ name: 'web', ageMs: 10 * MINUTE, selector: APP }],
      'absent',
    ],
    [
      'a Service that waits for its finalizers without slices says nothing',
      [{ name: 'web', ageMs: 60 * MINUTE, selector: APP, deleting: true }],
      'present',
    ],
    [
      'slices of another manager do not speak for it',
      [{ name: 'web', ageMs: 60 * MINUTE, selector: APP, managers: ['cilium.io'] }],
      'absent',
    ],
    [
      'one old Service without a slice counts though others have theirs from former times',
      [
        { name: 'old', ageMs: 60 * MINUTE, selector: APP, managers: [IN_TREE] },
        { name: 'web', ageMs: 11 * MINUTE, selector: APP },
      ],
      'absent',
    ],
    [
      'a young Service may still be waiting for its slice',
      [{ name: 'web', ageMs: 10 * MINUTE - 1, selector: APP }],
      'present',
    ],
    ['a Service without a selector never gets one', [{ name: 'web', ageMs: 60 * MINUTE }], 'present'],
    ['an empty selector is none', [{ name: 'web', ageMs: 60 * MINUTE, selector: {} }], 'present'],
    [
      'an ExternalName Service never gets one',
      [{ name: 'web', ageMs: 60 * MINUTE, selector: APP, type: 'ExternalName' }],
      'present',
    ],
    ['a Service that does not tell its age says nothing', [{ name: 'web', selector: APP }], 'present'],
  ])('%s', (_, drafts, inTree) => {
    expect(judge(drafts).inTree).toBe(inTree);
  });

  test('names the Service that speaks against it', () => {
    expect(judge([{ name: 'web', ageMs: 60 * MINUTE, selector: APP }]).how).toBe(
      `Service shop/web has a selector and no slice of ${IN_TREE}`,
    );
  });
});
