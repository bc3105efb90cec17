import type { LabelMapping } from './trafficSums.js';

/** A query whose answer is traffic per second by Service and zones, and which of its labels name what. */
export interface TrafficQuery {
  readonly query: string;
  readonly labels: LabelMapping;
}

/** Rates are taken over this window: at least four scrapes of the usual interval of a minute. */
const WINDOW = '5m';

/**
 * Pods with the zones of their nodes, by kube-state-metrics (`kube_pod_info`, and `kube_node_labels` with
 * `--metric-labels-allowlist=nodes=[topology.kubernetes.io/zone]`).
 * @param prefix of the labels: `source_` gives `source_namespace`, `source_pod` and `source_zone`
 */
function podZones(prefix: string, podLabels: readonly [namespace: string, pod: string]): string {
  const zoned =
    'kube_pod_info{node!=""} * on (node) group_left (label_topology_kubernetes_io_zone) max by (node, label_topology_kubernetes_io_zone) (kube_node_labels)';
  const [namespace, pod] = podLabels;
  let labelled = `label_replace(${zoned}, "${prefix}zone", "$1", "label_topology_kubernetes_io_zone", "(.*)")`;
  if (namespace !== 'namespace') labelled = `label_replace(${labelled}, "${namespace}", "$1", "namespace", "(.*)")`;
  if (pod !== 'pod') labelled = `label_replace(${labelled}, "${pod}", "$1", "pod", "(.*)")`;
  return `max by (${namespace}, ${pod}, ${prefix}zone) (${labelled})`;
}

const CALLER = podZones('source_', ['namespace', 'pod']);

/** Ready-made queries; docs/measured.md explains each, and what has to be set up for it. */
export const PRESETS = Object.freeze({
  /** OpenTelemetry eBPF instrumentation: bytes that clients send to the cluster IPs of Services. */
  obi: {
    query: `sum by (k8s_dst_namespace, k8s_dst_name, src_zone, dst_zone) (rate(obi_network_flow_bytes_total{k8s_dst_type="Service"}[${WINDOW}]))`,
    labels: { service: ['k8s_dst_namespace', 'k8s_dst_name'], zones: ['src_zone', 'dst_zone'] },
  },
  /**
   * The same between pods, for Services that are named as the workload behind them. What passes between two nodes is counted
   * by the agents of both, and what stays on a node once; the agent on the node of the pods sees all of it, and so counts most.
   */
  'obi-workload': {
    query: `sum by (k8s_dst_namespace, k8s_dst_owner_name, src_zone, dst_zone) (max by (k8s_dst_node_name, k8s_dst_namespace, k8s_dst_owner_name, src_zone, dst_zone) (sum by (obi_ip, k8s_dst_node_name, k8s_dst_namespace, k8s_dst_owner_name, src_zone, dst_zone) (rate(obi_network_flow_bytes_total{k8s_dst_type="Pod",direction="request"}[${WINDOW}]))))`,
    labels: { service: ['k8s_dst_namespace', 'k8s_dst_owner_name'], zones: ['src_zone', 'dst_zone'] },
  },
  /** Istio ambient: bytes that ztunnel sends; its metrics name the zones of both sides. What it cannot tell it calls `unknown`. */
  'istio-ambient': {
    query: `sum by (destination_service_namespace, destination_service_name, source_zone, destination_zone) (label_replace(label_replace(rate(istio_tcp_sent_bytes_total{reporter="source",source_zone!="",destination_service_namespace!="unknown"}[${WINDOW}]), "source_zone", "", "source_zone", "unknown"), "destination_zone", "", "destination_zone", "unknown"))`,
    labels: {
      service: ['destination_service_namespace', 'destination_service_name'],
      zones: ['source_zone', 'destination_zone'],
    },
  },
  /** Istio with sidecars: requests that the client's proxy reports; its pod tells the zone. */
  istio: {
    query: `sum by (destination_service_namespace, destination_service_name, source_zone) (rate(istio_requests_total{reporter="source",destination_service_namespace!="unknown"}[${WINDOW}]) * on (namespace, pod) group_left (source_zone) ${CALLER})`,
    labels: {
      service: ['destination_service_namespace', 'destination_service_name'],
      zones: ['source_zone', 'destination_zone'],
    },
  },
  /** Linkerd: requests that the client's proxy sends; its pod tells the zone, the destination is told by the proxy. */
  linkerd: {
    query: `sum by (dst_namespace, dst_service, source_zone, dst_zone) (rate(request_total{direction="outbound",dst_service!=""}[${WINDOW}]) * on (namespace, pod) group_left (source_zone) ${CALLER})`,
    labels: { service: ['dst_namespace', 'dst_service'], zones: ['source_zone', 'dst_zone'] },
  },
  /**
   * Cilium Hubble: connections that reach pods, for Services that are named as the workload behind them. An agent knows workloads
   * on its own node only (cilium/cilium #25676), so those that name one are of the pod's node. The direction does not tell: from
   * Cilium 1.16 on what is delivered to a pod is `egress`, before it was `ingress`.
   */
  hubble: {
    query: `sum by (destination_namespace, destination_workload, source_zone, destination_zone) (rate(hubble_tcp_flags_total{flag="SYN",destination_workload!=""}[${WINDOW}]) * on (source_namespace, source_pod) group_left (source_zone) ${podZones('source_', ['source_namespace', 'source_pod'])} * on (destination_namespace, destination_pod) group_left (destination_zone) ${podZones('destination_', ['destination_namespace', 'destination_pod'])})`,
    labels: {
      service: ['destination_namespace', 'destination_workload'],
      zones: ['source_zone', 'destination_zone'],
    },
  },
} satisfies Readonly<Record<string, TrafficQuery>>);

export type Preset = keyof typeof PRESETS;
export const PRESET_NAMES: readonly Preset[] = Object.freeze(Object.keys(PRESETS) as Preset[]);
