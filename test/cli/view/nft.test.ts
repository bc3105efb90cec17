import { describe, expect, test } from 'vitest';
import { nftName, shortHash } from '../../../src/cli/view/chainNames.js';
import { viewService } from '../../support/viewCluster.js';
import { view, withoutNotes, affine, balanced } from './sketch.js';

describe('nft', () => {
  test('as nft list ruleset prints it', () => {
    const services = [viewService('svc1', { ports: [{ name: 'p80', port: 80, nodePort: 30080 }] }), viewService('svc2', { clusterIP: '172.30.0.42' })]; // prettier-ignore
    expect(withoutNotes(view({ format: 'nft', node: 'n1', services }))).toBe(
      `# node n1 (zone a)
table ip kube-proxy {
	comment "rules for kube-proxy"

	map no-endpoint-services {
		type ipv4_addr . inet_proto . inet_service : verdict
		comment "vmap to drop or reject packets to services with no endpoints"
		elements = { 172.30.0.42 . tcp . 80 comment "ns1/svc2:p80" : goto reject-chain }
	}

	map no-endpoint-nodeports {
		type inet_proto . inet_service : verdict
		comment "vmap to drop or reject packets to service nodeports with no endpoints"
	}

	map service-ips {
		type ipv4_addr . inet_proto . inet_service : verdict
		comment "ClusterIP, ExternalIP and LoadBalancer IP traffic"
		elements = { 172.30.0.41 . tcp . 80 : goto service-ULMVA6XW-ns1/svc1/tcp/p80 }
	}

	map service-nodeports {
		type inet_proto . inet_service : verdict
		comment "NodePort traffic"
		elements = { tcp . 30080 : goto external-ULMVA6XW-ns1/svc1/tcp/p80 }
	}

	chain service-ULMVA6XW-ns1/svc1/tcp/p80 {
		meta l4proto tcp dnat ip addr . port to numgen random mod 2 map { 0 : 10.180.0.1 . 80, 1 : 10.180.0.2 . 80 }
	}

	chain external-ULMVA6XW-ns1/svc1/tcp/p80 {
		meta mark set meta mark | 0x00004000 comment "masquerade"
		goto service-ULMVA6XW-ns1/svc1/tcp/p80
	}
}
`,
    );
  });

  test('load balancer and external addresses are keys of service-ips', () => {
    const name = nftName({ namespace: 'ns1', service: 'svc1', portName: 'p80', protocol: 'TCP' });
    const here = view({ format: 'nft', node: 'n1', services: [balanced({})] });
    for (const address of ['198.51.100.7', '203.0.113.9']) expect(here).toContain(`${address} . tcp . 80 : goto external-${name}`); // prettier-ignore
    const dropped = view({ format: 'nft', node: 'n4', services: [balanced({ externalTrafficPolicy: 'Local' })] });
    expect(dropped).toContain(`203.0.113.9 . tcp . 80 comment "ns1/svc1:p80" : drop`);
    expect(dropped).toContain(`ip saddr <cluster-cidr> goto service-${name} comment "short-circuit pod traffic"`);
    expect(dropped).not.toContain(`goto local-${name}`);
  });

  test('session affinity gives every endpoint a chain', () => {
    const text = view({ format: 'nft', node: 'n3', services: [affine] });
    const own = `${shortHash('ns1/svc1/tcp/p80__10.180.0.3/80', 8)}-ns1/svc1/tcp/p80__10.180.0.3/80`;
    expect(text).toContain(`\t\tip saddr @affinity-${own} goto endpoint-${own}\n\t\tnumgen random mod 1 vmap { 0 : goto endpoint-${own} }\n`); // prettier-ignore
    expect(text).toContain(`\tchain endpoint-${own} {\n\t\tupdate @affinity-${own} { ip saddr }\n\t\tmeta l4proto tcp dnat to 10.180.0.3:80\n\t}\n`); // prettier-ignore
  });

  test('several elements stand one on a line', () => {
    const services = ['172.30.0.41', '172.30.0.42'].map((clusterIP) => viewService('svc1', { clusterIP }));
    expect(view({ format: 'nft', node: 'n3', services })).toMatch(/elements = \{ 172\.30\.0\.41 .*,\n\t\t\t {5}172\.30\.0\.42 .* \}\n/); // prettier-ignore
  });
});
