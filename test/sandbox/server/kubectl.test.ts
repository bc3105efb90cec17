import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { textAt, valueAt } from '../../../src/sandbox/schema/kubeObject.js';
import { Kubectl, installed } from '../kubectl.js';

const nodeManifest = `
apiVersion: v1
kind: Node
metadata:
  name: node-a
  labels: { topology.kubernetes.io/zone: a, node-role.kubernetes.io/worker: "" }
status:
  allocatable: { cpu: "4", memory: 8Gi }
  addresses: [{ type: InternalIP, address: 192.0.2.1 }]
  conditions: [{ type: Ready, status: "True" }]
`;
const serviceManifest = `
apiVersion: v1
kind: Service
metadata: { name: cart }
spec:
  selector: { app: cart }
  ports: [{ name: http, port: 80, targetPort: 8080 }]
`;
const sliceManifest = `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: cart-1, labels: { kubernetes.io/service-name: cart } }
addressType: IPv4
ports: [{ name: http, port: 8080, protocol: TCP }]
endpoints:
  - { addresses: [10.1.0.1], conditions: { ready: true }, nodeName: node-a, zone: a }
  - { addresses: [10.1.0.2], conditions: { ready: false }, zone: b }
`;

if (!installed) {
  test('kubectl is not installed: what it does with the stand-in could not be seen here', () => {
    expect(installed).toBe(false);
  });
} else {
  describe('the real kubectl works on the stand-in with nothing but --kubeconfig', () => {
    const kubectl = new Kubectl();

    beforeAll(() => kubectl.start());
    afterAll(() => kubectl.stop());

    test('create -f makes objects, with the defaults of the server', async () => {
      const file = kubectl.file('all.yaml', [nodeManifest, serviceManifest, sliceManifest].join('---'));
      const out = await kubectl.ok('create', '-f', file);
      expect(out.trim().split('\n')).toEqual([
        'node/node-a created',
        'service/cart created',
        'endpointslice.discovery.k8s.io/cart-1 created',
      ]);
      const service = kubectl.server.store.get('services', 'default', 'cart');
      expect(valueAt(service, 'spec')).toMatchObject({
        type: 'ClusterIP',
        sessionAffinity: 'None',
        ipFamilies: ['IPv4'],
      });
    });

    test('create -f of what exists fails with AlreadyExists', async () => {
      const { code, err } = await kubectl.run(['create', '-f', kubectl.file('again.yaml', serviceManifest)]);
      expect(code).toBe(1);
      expect(err).toContain('services "cart" already exists');
    });

    test('create -f with an unknown field is refused by the server itself', async () => {
      const file = kubectl.file('typo.yaml', serviceManifest.replace('selector:', 'selektor:').replace('cart', 'typo'));
      const { code, err } = await kubectl.run(['create', '-f', file]);
      expect(code).toBe(1);
      expect(err).toContain('unknown field "spec.selektor"');
    });

    test.each([
      ['nodes', /^NAME +STATUS +ROLES +AGE +VERSION\s+node-a +Ready +worker +\S+/],
      [
        'services',
        /^NAME +TYPE +CLUSTER-IP +EXTERNAL-IP +PORT\(S\) +AGE\s+cart +ClusterIP +10\.\S+ +<none> +80\/TCP +\S+/,
      ],
      [
        'endpointslices',
        /^NAME +ADDRESSTYPE +PORTS +ENDPOINTS +AGE\s+cart-1 +IPv4 +8080 +10\.1\.0\.1,10\.1\.0\.2 +\S+/,
      ],
      ['namespaces', /^NAME +STATUS +AGE\s+default +Active +\S+/],
    ])('get %s prints a table', async (resource, table) => {
      expect(await kubectl.ok('get', resource)).toMatch(table);
    });

    test('get -o wide adds the columns of priority 1', async () => {
      expect(await kubectl.ok('get', 'services', '-o', 'wide')).toMatch(/SELECTOR\s+cart .* app=cart/);
      expect(await kubectl.ok('get', 'nodes', '-o', 'wide')).toMatch(/INTERNAL-IP[\s\S]*192\.0\.2\.1/);
    });

    test('get by short name, in all namespaces, of several resources, and as names', async () => {
      expect(await kubectl.ok('get', 'svc,no,ns', '-A', '-o', 'name')).toContain('service/cart\n');
      expect(await kubectl.ok('get', 'endpointslices', '-l', 'kubernetes.io/service-name=cart', '-o', 'name')).toBe(
        'endpointslice.discovery.k8s.io/cart-1\n',
      );
      expect(await kubectl.ok('get', 'nodes,services,endpointslices', '-A', '-o', 'yaml')).toContain('kind: List');
    });

    test('get -o yaml and -o json give the object as it is stored', async () => {
      expect(await kubectl.ok('get', 'endpointslice', 'cart-1', '-o', 'yaml')).toContain('addressType: IPv4');
      const slice = await kubectl.json('get', 'endpointslice', 'cart-1', '--show-managed-fields');
      expect(slice).toEqual(kubectl.server.store.get('endpointslices', 'default', 'cart-1'));
    });

    test('get of what does not exist says NotFound', async () => {
      const { code, err } = await kubectl.run(['get', 'service', 'nope']);
      expect(code).toBe(1);
      expect(err.trim()).toBe('Error from server (NotFound): services "nope" not found');
    });

    test('annotate and label add and take away', async () => {
      await kubectl.ok('annotate', 'service', 'cart', 'service.kubernetes.io/topology-mode=Auto');
      expect(await kubectl.json('get', 'service', 'cart')).toHaveProperty(
        ['metadata', 'annotations', 'service.kubernetes.io/topology-mode'],
        'Auto',
      );
      await kubectl.ok('annotate', 'service', 'cart', 'service.kubernetes.io/topology-mode-');
      expect(valueAt(await kubectl.json('get', 'service', 'cart'), 'metadata', 'annotations')).toBeUndefined();
      await kubectl.ok('label', 'node', 'node-a', 'topology.kubernetes.io/zone=b', '--overwrite');
      expect(await kubectl.ok('get', 'nodes', '-L', 'topology.kubernetes.io/zone')).toMatch(/node-a .* b\n/);
      await kubectl.ok('label', 'node', 'node-a', 'topology.kubernetes.io/zone-');
      const labels = kubectl.server.store.get('nodes', '', 'node-a')?.metadata.labels;
      expect(labels).toEqual({ 'node-role.kubernetes.io/worker': '' });
    });

    test('patch of all three types', async () => {
      await kubectl.ok('patch', 'service', 'cart', '-p', '{"spec":{"ports":[{"port":80,"targetPort":9090}]}}');
      const strategic = await kubectl.json('get', 'service', 'cart');
      expect(valueAt(strategic, 'spec', 'ports')).toEqual([
        { name: 'http', port: 80, protocol: 'TCP', targetPort: 9090 },
      ]);
      await kubectl.ok('patch', 'service', 'cart', '--type=merge', '-p', '{"spec":{"sessionAffinity":"ClientIP"}}');
      expect(textAt(await kubectl.json('get', 'service', 'cart'), 'spec', 'sessionAffinity')).toBe('ClientIP');
      const hints = '[{"op":"add","path":"/endpoints/0/hints","value":{"forZones":[{"name":"a"}]}}]';
      await kubectl.ok('patch', 'endpointslice', 'cart-1', '--type=json', '-p', hints);
      expect(await kubectl.json('get', 'endpointslice', 'cart-1')).toMatchObject({
        endpoints: [{ hints: { forZones: [{ name: 'a' }] } }, {}],
      });
      const status = '{"status":{"conditions":[{"type":"Ready","status":"False"}]}}';
      await kubectl.ok('patch', 'node', 'node-a', '--subresource=status', '-p', status);
      expect(await kubectl.ok('get', 'node', 'node-a')).toContain('NotReady');
    });

    test('describe service shows its endpoints and its Events', async () => {
      const uid = kubectl.server.store.get('services', 'default', 'cart')?.metadata.uid ?? '';
      const event = {
        metadata: { name: 'cart.1', namespace: 'default' },
        involvedObject: { apiVersion: 'v1', kind: 'Service', name: 'cart', namespace: 'default', uid },
        reason: 'TopologyAwareHintsEnabled',
        message: 'Topology Aware Hints has been enabled, addressType: IPv4',
        type: 'Normal',
        source: { component: 'slicehints' },
        firstTimestamp: new Date().toISOString(),
        lastTimestamp: new Date().toISOString(),
        count: 1,
      };
      kubectl.server.store.create('events', event);
      const out = await kubectl.ok('describe', 'service', 'cart');
      expect(out).toMatch(/Endpoints: +10\.1\.0\.1:8080/);
      expect(out).toMatch(/Normal +TopologyAwareHintsEnabled +\S+ +slicehints +Topology Aware Hints has been enabled/);
      expect(await kubectl.ok('get', 'events')).toContain('service/cart');
      expect(await kubectl.ok('describe', 'node', 'node-a')).toContain('node-a');
      expect(await kubectl.ok('describe', 'endpointslice', 'cart-1')).toContain('AddressType:  IPv4');
      expect(await kubectl.ok('events', '--for', 'service/cart')).toContain('TopologyAwareHintsEnabled');
    });

    test('apply -f creates, changes nothing twice, and changes what the file changes', async () => {
      const named = serviceManifest.replace('name: cart', 'name: shop');
      const file = kubectl.file('apply.yaml', named);
      expect(await kubectl.ok('apply', '-f', file)).toBe('service/shop created\n');
      expect(await kubectl.ok('apply', '-f', file)).toBe('service/shop unchanged\n');
      const changed = kubectl.file('changed.yaml', named.replace('targetPort: 8080', 'targetPort: 9999'));
      expect(await kubectl.ok('diff', '-f', file)).toBe('');
      expect(await kubectl.ok('apply', '-f', changed)).toBe('service/shop configured\n');
      expect(valueAt(await kubectl.json('get', 'service', 'shop'), 'spec', 'ports')).toMatchObject([
        { targetPort: 9999 },
      ]);
    });

    test('apply --server-side owns its fields and reports conflicts', async () => {
      const file = kubectl.file('ssa.yaml', sliceManifest.replace('cart-1', 'cart-2'));
      expect(await kubectl.ok('apply', '--server-side', '-f', file)).toContain('serverside-applied');
      const patch = '[{"op":"remove","path":"/endpoints/1"}]';
      await kubectl.ok('patch', 'endpointslice', 'cart-2', '--type=json', '-p', patch);
      const refused = await kubectl.run(['apply', '--server-side', '-f', file]);
      expect(refused.code).toBe(1);
      expect(refused.err).toContain('conflict with "kubectl-patch" using discovery.k8s.io/v1: .endpoints');
      await kubectl.ok('apply', '--server-side', '--force-conflicts', '-f', file);
      expect(valueAt(kubectl.server.store.get('endpointslices', 'default', 'cart-2'), 'endpoints')).toHaveLength(2);
    });

    test('apply --server-side twice of a Service whose ports leave out the protocol', async () => {
      const manifest = serviceManifest.replace('name: cart', 'name: ssa');
      const file = kubectl.file('ssa-service.yaml', manifest);
      for (let i = 0; i < 2; i++) {
        expect(await kubectl.ok('apply', '--server-side', '-f', file)).toContain('serverside-applied');
      }
      const moved = kubectl.file('ssa-moved.yaml', manifest.replace('targetPort: 8080', 'targetPort: 9090'));
      await kubectl.ok('apply', '--server-side', '-f', moved);
      expect(valueAt(kubectl.server.store.get('services', 'default', 'ssa'), 'spec', 'ports')).toEqual([
        { name: 'http', port: 80, protocol: 'TCP', targetPort: 9090 },
      ]);
      await kubectl.ok('delete', 'service', 'ssa');
    });

    test('create service of each type', async () => {
      await kubectl.ok('create', 'service', 'clusterip', 'one', '--tcp=80:8080', '--tcp=443:https');
      await kubectl.ok('create', 'service', 'nodeport', 'two', '--tcp=80', '--node-port=30123');
      await kubectl.ok('create', 'service', 'externalname', 'three', '--external-name=example.com');
      await kubectl.ok('create', 'service', 'clusterip', 'four', '--clusterip=None');
      const spec = (name: string): unknown => valueAt(kubectl.server.store.get('services', 'default', name), 'spec');
      expect(spec('one')).toMatchObject({
        type: 'ClusterIP',
        selector: { app: 'one' },
        ports: [
          { name: '80-8080', port: 80, protocol: 'TCP', targetPort: 8080 },
          { name: '443-https', port: 443, protocol: 'TCP', targetPort: 'https' },
        ],
      });
      expect(spec('two')).toMatchObject({ type: 'NodePort', ports: [{ port: 80, nodePort: 30123 }] });
      expect(spec('three')).toMatchObject({ type: 'ExternalName', externalName: 'example.com' });
      expect(spec('four')).toMatchObject({ clusterIP: 'None' });
      await kubectl.ok('delete', 'service', 'one', 'two', 'three', 'four');
    });

    test('explain names the fields of a kind', async () => {
      expect(await kubectl.ok('explain', 'service.spec')).toMatch(/ports\s+<\[\]Object>/);
      const hints = await kubectl.ok('explain', 'endpointslice.endpoints.hints');
      expect(hints).toMatch(/forNodes\s+<\[\]Object>/);
      expect(hints).toMatch(/forZones\s+<\[\]Object>/);
      expect(await kubectl.ok('explain', 'service', '--recursive')).toContain('trafficDistribution');
    });

    test('drain evicts the Pods of a node, which are gone after their grace period', async () => {
      const pod = `
apiVersion: v1
kind: Pod
metadata:
  name: web-1
  ownerReferences: [{ apiVersion: apps/v1, kind: ReplicaSet, name: web, uid: web, controller: true }]
spec: { nodeName: node-a, containers: [{ name: web, image: "web:1" }] }
`;
      await kubectl.ok('create', '-f', kubectl.file('pod.yaml', pod));
      const out = await kubectl.ok('drain', 'node-a');
      expect(out).toContain('evicting pod default/web-1');
      expect(out).toContain('node/node-a drained');
      expect(kubectl.server.store.list('pods')).toEqual([]);
      expect(await kubectl.ok('get', 'node', 'node-a')).toContain('SchedulingDisabled');
      await kubectl.ok('uncordon', 'node-a');
    });

    test('create and apply with --dry-run=server change nothing', async () => {
      const file = kubectl.file('dry.yaml', serviceManifest.replace('name: cart', 'name: dry'));
      expect(await kubectl.ok('create', '--dry-run=server', '-f', file)).toContain('created (server dry run)');
      expect(kubectl.server.store.get('services', 'default', 'dry')).toBeUndefined();
    });

    test('get -w shows changes as they happen', async () => {
      let changed = false;
      const { out } = await kubectl.run(['get', 'endpointslices', '-w'], {
        onOutput: () => {
          if (changed) return;
          changed = true;
          kubectl.server.store.patch('endpointslices', 'default', 'cart-1', 'merge', {
            endpoints: [{ addresses: ['10.1.0.77'] }],
          });
          kubectl.server.store.delete('endpointslices', 'default', 'cart-2');
        },
        until: (text) => text.includes('10.1.0.77') && (text.match(/cart-2/g) ?? []).length === 2,
      });
      expect(out).toMatch(/cart-1 +IPv4 +8080 +10\.1\.0\.77/);
    });

    test('namespaces come and go with what is in them', async () => {
      await kubectl.ok('create', 'namespace', 'team');
      await kubectl.ok('-n', 'team', 'create', '-f', kubectl.file('team.yaml', serviceManifest));
      await kubectl.ok('delete', 'namespace', 'team');
      expect(kubectl.server.store.list('services', 'team')).toEqual([]);
    });

    test('delete by file, by name and by label', async () => {
      await kubectl.ok('delete', '-f', kubectl.file('node.yaml', nodeManifest));
      await kubectl.ok('delete', 'service', 'cart', 'shop');
      await kubectl.ok('delete', 'endpointslices', '-l', 'kubernetes.io/service-name=cart');
      for (const resource of ['nodes', 'services', 'endpointslices'] as const) {
        expect(kubectl.server.store.list(resource)).toEqual([]);
      }
    });

    test('version and cluster discovery', async () => {
      expect(await kubectl.ok('version')).toContain('Server Version: v1.36.2');
      expect(await kubectl.ok('api-resources')).toMatch(/endpointslices +discovery\.k8s\.io\/v1 +true +EndpointSlice/);
      expect(await kubectl.ok('api-versions')).toContain('discovery.k8s.io/v1');
      expect(await kubectl.ok('get', '--raw', '/readyz')).toBe('ok');
    });
  });
}
