import { describe, expect, test } from 'vitest';
import { iptablesChain, nftName, servicePortName, shortHash } from '../../../src/cli/view/chainNames.js';

describe('names of chains', () => {
  // From Kubernetes' own unit tests and from clusters: default/kubernetes:https is NPX46… everywhere.
  test.each([
    [iptablesChain('SVC', 'default/kubernetes:https', 'TCP'), 'KUBE-SVC-NPX46M4PTMTKRN6Y'],
    [iptablesChain('SVC', 'kube-system/kube-dns:dns', 'UDP'), 'KUBE-SVC-TCOU7JCQXEZGVUNU'],
    [iptablesChain('SVC', 'ns1/svc1:p80', 'TCP'), 'KUBE-SVC-XPGD46QRK7WJZT7O'],
    [iptablesChain('SEP', 'ns1/svc1:p80', 'TCP', '10.180.0.1:80'), 'KUBE-SEP-SXIVWICOYRO3J4NJ'],
    [nftName({ namespace: 'ns3', service: 'svc3', portName: 'p80', protocol: 'TCP' }), '4AT6LBPK-ns3/svc3/tcp/p80'],
    [
      nftName(
        { namespace: 'ns1', service: 'svc1', portName: 'p80', protocol: 'TCP' },
        { address: '10.180.0.1', port: 80 },
      ),
      '5OJB2KTY-ns1/svc1/tcp/p80__10.180.0.1/80',
    ],
    [shortHash('', 51), '4OYMIQUY7QOBJGX36TEJS35ZEQT24QPEMSNZGTFESWMRW6CSXBK'],
  ])('%s', (name, known) => {
    expect(name).toBe(known);
  });

  test('a very long nft name is cut', () => {
    const name = nftName({ namespace: 'n'.repeat(200), service: 's'.repeat(60), portName: 'p', protocol: 'TCP' });
    expect(name).toHaveLength(240);
    expect(name).toMatch(/\.\.\.$/);
  });
});

test.each([
  ['http', 'shop/cart:http'],
  ['', 'shop/cart'],
])('the port %j of a Service is %s', (portName, name) => {
  expect(servicePortName({ namespace: 'shop', service: 'cart', portName })).toBe(name);
});
