import { expect, test } from 'vitest';
import { notFollowing } from '../../../src/hints/drain/notFollowing.js';

test('what the nodes show comes first, then programs that may be there', () => {
  const clauses = notFollowing({ consumers: ['cilium', 'kube-proxy', 'kube-proxy-1.33', 'kube-proxy-windows'] });
  expect(clauses.slice(0, 2)).toEqual([
    'nodes with Cilium (needs loadBalancer.serviceTopology=true) read zone hints only, and those of Services with the annotation service.kubernetes.io/topology-mode or trafficDistribution',
    'nodes with Windows read no hints',
  ]);
  expect(clauses).toContain('CoreDNS (headless Services): ignores hints');
  expect(clauses).toContain('ingress-nginx: unless it has --enable-topology-aware-routing');
  expect(clauses.join()).not.toContain('Antrea');
});

test('what is set goes before what the nodes show', () => {
  const [first] = notFollowing({ consumers: ['kube-proxy'] }, 'kube-proxy-windows');
  expect(first).toBe('nodes with Windows read no hints');
});
