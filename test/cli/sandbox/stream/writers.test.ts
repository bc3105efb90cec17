import { describe, expect, test } from 'vitest';
import { writerOf } from '../../../../src/cli/sandbox/stream/writers.js';

describe('who made a write', () => {
  test.each([
    ['slicehints', '', 'slicehints'],
    ['', 'slicehints/1.2.3', 'slicehints'],
    ['kube-controller-manager', '', 'in-tree'],
    ['', 'kube-controller-manager/sandbox', 'in-tree'],
    ['kubectl-annotate', 'kubectl/v1.32', 'kubectl'],
    ['', 'kubectl/v1.32.0 (linux/amd64)', 'kubectl'],
    ['my-tool', 'kubectl/v1.32.0', 'kubectl'],
    ['deployment-model', '', 'Deployment model'],
    ['kubelet', '', 'kubelet'],
    ['foreign-writer', '', 'fault'],
    ['istiod', 'pilot/1', 'istiod'],
    ['constructor', '', 'constructor'],
    ['x'.repeat(500), '', 'x'.repeat(24)],
    ['', '', 'unknown'],
  ])('field manager %j, user agent %j: %s', (fieldManager, userAgent, who) => {
    expect(writerOf({ fieldManager, userAgent })).toBe(who);
  });
});
