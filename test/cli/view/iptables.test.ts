import { describe, expect, test } from 'vitest';
import { iptablesChain } from '../../../src/cli/view/chainNames.js';
import { viewEndpoint, viewService, viewSlice } from '../../support/viewCluster.js';
import { view, withoutNotes, affine, balanced } from './sketch.js';

describe('iptables', () => {
  test('as iptables-save prints what kube-proxy wrote', () => {
    expect(withoutNotes(view({ format: 'iptables', node: 'n4' }))).toBe(
      `# node n4
*nat
:KUBE-MARK-MASQ - [0:0]
:KUBE-NODEPORTS - [0:0]
:KUBE-SEP-ICDUIKC33SFI6ZPR - [0:0]
:KUBE-SEP-LXVODXWDISEETFEF - [0:0]
:KUBE-SEP-SXIVWICOYRO3J4NJ - [0:0]
:KUBE-SERVICES - [0:0]
:KUBE-SVC-XPGD46QRK7WJZT7O - [0:0]
-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
-A KUBE-SEP-ICDUIKC33SFI6ZPR -s 10.180.0.3/32 -m comment --comment "ns1/svc1:p80" -j KUBE-MARK-MASQ
-A KUBE-SEP-ICDUIKC33SFI6ZPR -p tcp -m comment --comment "ns1/svc1:p80" -m tcp -j DNAT --to-destination 10.180.0.3:80
-A KUBE-SEP-LXVODXWDISEETFEF -s 10.180.0.2/32 -m comment --comment "ns1/svc1:p80" -j KUBE-MARK-MASQ
-A KUBE-SEP-LXVODXWDISEETFEF -p tcp -m comment --comment "ns1/svc1:p80" -m tcp -j DNAT --to-destination 10.180.0.2:80
-A KUBE-SEP-SXIVWICOYRO3J4NJ -s 10.180.0.1/32 -m comment --comment "ns1/svc1:p80" -j KUBE-MARK-MASQ
-A KUBE-SEP-SXIVWICOYRO3J4NJ -p tcp -m comment --comment "ns1/svc1:p80" -m tcp -j DNAT --to-destination 10.180.0.1:80
-A KUBE-SERVICES -d 172.30.0.41/32 -p tcp -m comment --comment "ns1/svc1:p80 cluster IP" -m tcp --dport 80 -j KUBE-SVC-XPGD46QRK7WJZT7O
-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
-A KUBE-SVC-XPGD46QRK7WJZT7O -m comment --comment "ns1/svc1:p80 -> 10.180.0.1:80" -m statistic --mode random --probability 0.33333333349 -j KUBE-SEP-SXIVWICOYRO3J4NJ
-A KUBE-SVC-XPGD46QRK7WJZT7O -m comment --comment "ns1/svc1:p80 -> 10.180.0.2:80" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-LXVODXWDISEETFEF
-A KUBE-SVC-XPGD46QRK7WJZT7O -m comment --comment "ns1/svc1:p80 -> 10.180.0.3:80" -j KUBE-SEP-ICDUIKC33SFI6ZPR
COMMIT
*filter
:KUBE-EXTERNAL-SERVICES - [0:0]
:KUBE-SERVICES - [0:0]
COMMIT
`,
    );
  });

  test('session affinity remembers clients, node ports lead to the same chain', () => {
    const text = view({ format: 'iptables', node: 'n3', services: [affine] });
    const own = sep('10.180.0.3');
    expect(text).toContain(
      `-A KUBE-SVC-XPGD46QRK7WJZT7O -m comment --comment "ns1/svc1:p80 -> 10.180.0.3:80" -m recent --rcheck --seconds 10800 --reap --name ${own} --mask 255.255.255.255 --rsource -j ${own}\n`,
    );
    expect(text).toContain(`-m recent --set --name ${own} --mask 255.255.255.255 --rsource -m tcp -j DNAT --to-destination 10.180.0.3:80\n`); // prettier-ignore
    const external = iptablesChain('EXT', 'ns1/svc1:p80', 'TCP');
    expect(text).toContain(`-A KUBE-NODEPORTS -p tcp -m comment --comment "ns1/svc1:p80" -m tcp --dport 30080 -j ${external}\n`); // prettier-ignore
    expect(text).toContain(`-A ${external} -j KUBE-SVC-XPGD46QRK7WJZT7O\n`);
    expect(text.match(/-j KUBE-SEP/g)).toHaveLength(2);
  });

  test('nothing to forward to: refused, or dropped where only the node has none', () => {
    expect(view({ format: 'iptables', node: 'n4', endpointSlices: [] })).toContain(
      '-A KUBE-SERVICES -d 172.30.0.41/32 -p tcp -m comment --comment "ns1/svc1:p80 has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable\n',
    );
    const local = viewService('svc1', { internalTrafficPolicy: 'Local', externalTrafficPolicy: 'Local', ports: [{ name: 'p80', port: 80, nodePort: 30080 }] }); // prettier-ignore
    const dropped = view({ format: 'iptables', node: 'n4', services: [local] });
    expect(dropped).toContain('"ns1/svc1:p80 has no local endpoints" -m tcp --dport 80 -j DROP\n');
    expect(dropped).toContain(
      '-A KUBE-EXTERNAL-SERVICES -p tcp -m comment --comment "ns1/svc1:p80 has no local endpoints" -m addrtype --dst-type LOCAL -m tcp --dport 30080 -j DROP\n',
    );
    expect(view({ format: 'iptables', node: 'n1', services: [local] })).toContain(
      `-j ${iptablesChain('SVL', 'ns1/svc1:p80', 'TCP')}\n`,
    );
  });

  test('load balancer and external addresses lead to the external chain of the node', () => {
    const services = [balanced({ externalTrafficPolicy: 'Local' })];
    const external = iptablesChain('EXT', 'ns1/svc1:p80', 'TCP');
    const here = view({ format: 'iptables', node: 'n1', services });
    for (const [address, kind] of [['198.51.100.7', 'external IP'], ['203.0.113.9', 'loadbalancer IP']]) expect(here).toContain(`-A KUBE-SERVICES -d ${address}/32 -p tcp -m comment --comment "ns1/svc1:p80 ${kind}" -m tcp --dport 80 -j ${external}\n`); // prettier-ignore
    expect(here).not.toContain('203.0.113.10');
    expect(here).toContain(`-A ${external} -j ${iptablesChain('SVL', 'ns1/svc1:p80', 'TCP')}\n`);
    const elsewhere = view({ format: 'iptables', node: 'n4', services });
    expect(elsewhere).toContain(`-A ${external} -s <cluster-cidr> -m comment --comment "pod traffic for ns1/svc1:p80 external destinations" -j ${iptablesChain('SVC', 'ns1/svc1:p80', 'TCP')}\n`); // prettier-ignore
    expect(elsewhere).toContain('-A KUBE-EXTERNAL-SERVICES -d 203.0.113.9/32 -p tcp -m comment --comment "ns1/svc1:p80 has no local endpoints" -m tcp --dport 80 -j DROP\n'); // prettier-ignore
  });

  test('IPv6 is a save of its own', () => {
    const services = [viewService('svc1', { clusterIP: 'fd00::41' })];
    const endpointSlices = [viewSlice('svc1', [viewEndpoint('fd00::1', 'n1')], undefined, 'IPv6')];
    const text = view({ format: 'iptables', node: 'n1', services, endpointSlices });
    expect(text).toContain('# ip6tables-save\n*nat\n');
    expect(text).toContain('-d fd00::41/128 -p tcp');
    expect(text).toContain('--to-destination [fd00::1]:80\n');
  });
});

const sep = (address: string): string => iptablesChain('SEP', 'ns1/svc1:p80', 'TCP', `${address}:80`);
