/** Something that reads EndpointSlices and sends traffic, and what it makes of hints. */
export interface Consumer {
  readonly name: string;
  readonly forZones: boolean;
  readonly forNodes: boolean;
  /** What must be set beside the hints; undefined: nothing. */
  readonly needs?: string;
  /** How it differs from kube-proxy on Linux, one clause. Empty: not at all. */
  readonly differs: string;
  /** Where the rule was read. */
  readonly source: string;
}

/**
 * Consumers and their rules, as of autumn 2026; docs/conformance.md shows the same and how each was
 * established. The first is the one that this package replays.
 */
export const CONSUMERS: readonly Consumer[] = [
  {
    name: 'kube-proxy (iptables, ipvs, nftables)',
    forZones: true,
    forNodes: true,
    differs: '',
    source: 'kubernetes pkg/proxy/topology.go, 1.36',
  },
  {
    name: 'kube-proxy on Linux before 1.34',
    forZones: true,
    forNodes: false,
    differs: 'ignores forNodes; before 1.31 heeds forZones only on Services with a topology annotation',
    source: 'kubernetes pkg/features/kube_features.go PreferSameTrafficDistribution; KEP-4444',
  },
  {
    name: 'kube-proxy on Windows',
    forZones: false,
    forNodes: false,
    differs: 'ignores all hints and uses every endpoint',
    source: 'kubernetes pkg/proxy/winkernel, 1.36',
  },
  {
    name: 'Cilium without kube-proxy',
    forZones: true,
    forNodes: false,
    needs: 'loadBalancer.serviceTopology=true, and a topology annotation or trafficDistribution on the Service',
    differs: 'ignores forNodes (PreferSameNode compares node names itself)',
    source: 'cilium pkg/loadbalancer/writer/writer.go',
  },
  {
    name: 'Calico eBPF',
    forZones: true,
    forNodes: true,
    differs:
      'follows a hint even when other endpoints have none; counts terminating endpoints under topology-mode: auto',
    source: 'calico felix/bpf/proxy/topology.go',
  },
  {
    name: 'Antrea',
    forZones: true,
    forNodes: true,
    needs: 'for forNodes the feature gate PreferSameTrafficDistribution',
    differs: 'ignores forNodes unless its gate is on',
    source: 'antrea pkg/agent/proxy/topology.go',
  },
  {
    name: 'Linkerd',
    forZones: true,
    forNodes: false,
    differs: 'ignores forNodes',
    source: 'linkerd2 controller/api/destination/watcher/filtered_listener_group.go',
  },
  {
    name: 'ingress-nginx',
    forZones: true,
    forNodes: false,
    needs: '--enable-topology-aware-routing',
    differs: 'ignores forNodes, decides slice by slice, and has nothing (503) for a zone that no hint names',
    source: 'ingress-nginx internal/ingress/controller/endpointslices.go',
  },
  {
    name: 'Istio, Envoy Gateway',
    forZones: false,
    forNodes: false,
    differs: 'ignores hints and works out localities from trafficDistribution',
    source: 'istio, envoyproxy/gateway',
  },
  {
    name: 'CoreDNS (headless Services)',
    forZones: false,
    forNodes: false,
    differs:
      'ignores hints and answers with every ready endpoint; since pull request 8388 also by zone (ZONE.pin._zone.SERVICE…)',
    source: 'coredns plugin/kubernetes',
  },
];

/** The consumers that would see these hints differently from kube-proxy on Linux. */
export function consumersThatDiffer(hints: { readonly forZones: boolean; readonly forNodes: boolean }): Consumer[] {
  if (!hints.forZones && !hints.forNodes) return [];
  return CONSUMERS.filter(({ differs, needs, forZones, forNodes }) => {
    const ignoresOne = (hints.forZones && !forZones) || (hints.forNodes && !forNodes);
    // One that reads both and differs nevertheless has another rule, one that needs a setting may lack it.
    return differs !== '' && (ignoresOne || (forZones && forNodes) || needs !== undefined);
  });
}

/** What goes on to use an endpoint that is hinted for no zone: consumers that ignore zone hints, or that need a setting for them. */
export function consumersBesideZoneHints(): readonly string[] {
  return CONSUMERS.flatMap(({ name, forZones, forNodes, needs }) => {
    if (!forZones) return [`${name}: ignores hints`];
    // What one needs that reads both kinds concerns node hints.
    return needs === undefined || forNodes ? [] : [`${name}: unless it has ${needs}`];
  });
}
