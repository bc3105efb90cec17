import { describe, expect, test } from 'vitest';
import { viewEndpoint, viewNode, viewService, viewSlice } from '../../support/viewCluster.js';
import { nodes, view, withoutNotes, affine } from './sketch.js';

describe('table', () => {
  test('nodes that do the same share a line, and other consumers are named', () => {
    expect(withoutNotes(view())).toBe(
      `SERVICE    PORT         NODES    USES   CHANCE   ENDPOINTS
ns1/svc1   p80 80/TCP   n1, n2   2      50%      10.180.0.1:80, 10.180.0.2:80
ns1/svc1   p80 80/TCP   n3       1      100%     10.180.0.3:80
ns1/svc1   p80 80/TCP   n4       3      33.3%    10.180.0.1:80, 10.180.0.2:80, 10.180.0.3:80
`,
    );
    expect(view()).toContain('kube-proxy on Windows: ignores all hints and uses every endpoint');
    expect(view()).toContain('Cilium without kube-proxy: ignores forNodes');
  });

  test('the notes name what the nodes run where that is not the newest kube-proxy everywhere', () => {
    expect(view()).toContain('This is what kube-proxy 1.34 and later does on Linux.');
    expect(view({ consumer: 'cilium' })).toContain('This follows what each node runs: 4 nodes with Cilium (needs loadBalancer.serviceTopology=true).'); // prettier-ignore
  });

  test('--diff says what the hints take away', () => {
    const lines = view({ diff: true, node: 'n3' }).split('\n');
    expect(lines[0]).toMatch(/USES +CHANCE +ENDPOINTS +NOT USED$/);
    expect(lines[1]).toMatch(/n3 +3 → 1 +100% +10\.180\.0\.3:80 +10\.180\.0\.1:80, 10\.180\.0\.2:80$/);
  });

  test('what enters from outside has a line of its own where it goes elsewhere', () => {
    const ports = [{ name: 'p80', port: 80, nodePort: 30080 }];
    const services = [viewService('svc1', { externalTrafficPolicy: 'Local', ports })];
    expect(view({ services })).toMatch(/p80 80\/TCP from outside +n1 +1 \(local\) +100% +10\.180\.0\.1:80\n/);
    expect(view({ services })).toMatch(/from outside +n4 +0 \(local\) +- +none on this node: dropped\n/);
    expect(view({ services: [viewService('svc1', { ports })] })).not.toContain('from outside');
  });

  test('headless and ExternalName Services show what DNS answers, and how to ask for a zone', () => {
    const services = [viewService('svc1', { clusterIP: 'None' }), viewService('ext', { type: 'ExternalName', externalName: 'example.com' })]; // prettier-ignore
    const text = view({ services });
    expect(text).toMatch(/ns1\/ext +ExternalName +example\.com\nns1\/svc1 +headless +3: 10\.180\.0\.1, 10\.180\.0\.2, 10\.180\.0\.3\n/); // prettier-ignore
    expect(text).toContain('ZONE.pin._zone.svc1.ns1.svc.cluster.local');
    const parsed = JSON.parse(view({ services, format: 'json' })) as object;
    expect(parsed).toMatchObject({ dns: [{ service: 'ext', kind: 'ExternalName' }, { service: 'svc1', answers: ['10.180.0.1', '10.180.0.2', '10.180.0.3'] }] }); // prettier-ignore
  });

  test('session affinity is said once', () => {
    const services = [affine, viewService('svc2', { sessionAffinity: 'ClientIP' })];
    expect(view({ services }).match(/^Session affinity.*/gm)).toEqual(['Session affinity (ns1/svc1, ns1/svc2): nodes choose among the same endpoints, and a client keeps the one that it got.']); // prettier-ignore
  });

  test('many nodes that do the same are named by zone, or as all', () => {
    const many = Array.from({ length: 12 }, (_, i) => viewNode(`node-${i}`, 'ab'[i % 2]));
    expect(view({ nodes: many })).toMatch(/zone a \(6\) +2 [^]*zone b \(6\) +1 /);
    expect(view({ nodes: many, endpointSlices: [] })).toMatch(/ all 12 +0 /);
    expect(view({ nodes: [...many, viewNode('node-x', 'c')], endpointSlices: [viewSlice('svc1', [viewEndpoint('10.1.0.1', 'n', { zones: ['a'] }), viewEndpoint('10.1.0.2', 'n', { zones: ['b'] })])] })).toMatch(/zone b \(6\)/); // prettier-ignore
  });

  test.each([60, 80, 120])('lists are shortened to fit %d columns', (width) => {
    const endpoints = Array.from({ length: 20 }, (_, i) => viewEndpoint(`10.180.0.${i}`, 'n1', { zones: ['a'] }));
    const table = view({ width, nodes: nodes.slice(0, 1), endpointSlices: [viewSlice('svc1', endpoints)] }).split('\n\n')[0]!; // prettier-ignore
    expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThanOrEqual(Math.max(width, 75));
    expect(table).toMatch(/10\.180\.0\.0:80.* and \d+ more$/m);
  });

  test('refused, dropped and nothing at all are said', () => {
    expect(view({ endpointSlices: [] })).toMatch(/n1, n2, n3, n4 +0 +- +none: refused/);
    const services = [viewService('svc1', { internalTrafficPolicy: 'Local' })];
    expect(view({ services })).toMatch(/n4 +0 \(local\) +- +none on this node: dropped/);
    expect(view({ services: [] })).toBe('No Service port is served.\n');
  });
});
