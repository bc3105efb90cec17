import { runView, type RunViewInput } from '../../../src/cli/view/renderView.js';
import type { ServiceManifest } from '../../../src/model/manifest.js';
import { viewEndpoint, viewNode, viewService, viewSlice } from '../../support/viewCluster.js';

export const nodes = [viewNode('n1', 'a', '192.168.0.1'), viewNode('n2', 'a'), viewNode('n3', 'b'), viewNode('n4')];
export const slice = viewSlice('svc1', [
  viewEndpoint('10.180.0.1', 'n1', { zones: ['a'] }),
  viewEndpoint('10.180.0.2', 'n2', { zones: ['a'] }),
  viewEndpoint('10.180.0.3', 'n3', { zones: ['b'] }),
]);

export function view(change: Partial<RunViewInput> = {}): string {
  const pieces = runView({
    services: [viewService('svc1')],
    endpointSlices: [slice],
    nodes,
    format: 'table',
    diff: false,
    paint: (_, text) => text,
    ...change,
  });
  return [...pieces].join('');
}

export const withoutNotes = (text: string): string => text.replace(/\n(# )?This is what kube-proxy[^]*$/, '');
export const affine: ServiceManifest = viewService('svc1', { sessionAffinity: 'ClientIP', ports: [{ name: 'p80', port: 80, nodePort: 30080 }] }); // prettier-ignore

/** A Service with an external address, a load balancer that kube-proxy serves, and one that serves itself. */
export function balanced(spec: ServiceManifest['spec']): ServiceManifest {
  const ingress = [{ ip: '203.0.113.9' }, { ip: '203.0.113.10', ipMode: 'Proxy' }];
  return { ...viewService('svc1', { externalIPs: ['198.51.100.7'], ...spec }), status: { loadBalancer: { ingress } } };
}
