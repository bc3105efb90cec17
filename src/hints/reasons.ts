/**
 * Every reason of a verdict, as `Verdict.reason`, as the reason of an Event and as a label of metrics. The
 * values are stable: users search for them, and docs/troubleshooting.md has a row for each.
 */
export const Reason = {
  /** Auto has set hints (the reason of k8s.io/endpointslice topologycache/event.go). */
  TopologyAwareHintsEnabled: 'TopologyAwareHintsEnabled',
  /** Auto cannot set hints; the message is upstream's. */
  TopologyAwareHintsDisabled: 'TopologyAwareHintsDisabled',
  /** Balanced has set hints. */
  BalancedHintsSet: 'BalancedHintsSet',
  /** Every endpoint is hinted for its own zone. A Warning when one has no zone. */
  SameZoneHintsSet: 'SameZoneHintsSet',
  /** Every endpoint is hinted for its own node and zone. A Warning when one has neither. */
  SameNodeHintsSet: 'SameNodeHintsSet',
  /** A ready endpoint has no zone, so proxies ignore all hints of the Service. */
  SameZoneHintsIgnored: 'SameZoneHintsIgnored',
  /** Ready endpoints lack both node and zone, so proxies ignore all hints of the Service. */
  SameNodeHintsIgnored: 'SameNodeHintsIgnored',
  /** Every node uses exactly the endpoints that the topology keys select. */
  TopologyKeysExact: 'TopologyKeysExact',
  /** Some nodes use only a part of the endpoints that the topology keys select. */
  TopologyKeysNarrowed: 'TopologyKeysNarrowed',
  /** The topology keys select nothing for some nodes, which use other endpoints, because hints cannot forbid that. */
  HardAffinityNotEnforceable: 'HardAffinityNotEnforceable',
  /** Some nodes use endpoints that the topology keys do not select. */
  TopologyKeysLeaking: 'TopologyKeysLeaking',
  /** Strict topology keys that hints cannot express: no hints. */
  TopologyKeysNotExact: 'TopologyKeysNotExact',
  /** Topology keys in a cluster without nodes. */
  NoNodes: 'NoNodes',
  /** No endpoint takes traffic. */
  NoReadyEndpoints: 'NoReadyEndpoints',
  /** Balanced in a cluster where no ready node has a zone. */
  NoZonedNodes: 'NoZonedNodes',
  /** DNS answers for the Service, not a proxy: hints are set and steer nothing. */
  HeadlessService: 'HeadlessService',
  /** DNS answers with another name: there is nothing to hint. */
  ExternalNameService: 'ExternalNameService',
  /** `internalTrafficPolicy: Local`: hints are set and do not steer connections to the cluster IP. */
  InternalTrafficLocal: 'InternalTrafficLocal',
  /** `externalTrafficPolicy: Local`: hints steer only connections from inside the cluster. */
  ExternalTrafficLocal: 'ExternalTrafficLocal',
  /** Slices of names, which no proxy routes to, are left alone. */
  AddressTypeNotRouted: 'AddressTypeNotRouted',
  /** An annotation that chooses the mode is not understood, so hints stay as they are, or two of them disagree. */
  InvalidAnnotation: 'InvalidAnnotation',
  /** Annotations that resemble those of slicehints are not read; the message names the nearest right one. */
  UnknownAnnotation: 'UnknownAnnotation',
  /** A policy does not allow what the Service asks for; it gets what is allowed. */
  PolicyLimited: 'PolicyLimited',
  /** `slicehints.io/overload-threshold` is not understood; the setting is used. */
  InvalidOverloadThreshold: 'InvalidOverloadThreshold',
  /** `slicehints.io/node-hints` is not understood; names of nodes that stand stay, else the setting is used. */
  InvalidNodeHints: 'InvalidNodeHints',
  /** `slicehints.io/demand` or `slicehints.io/clients` is not understood; the setting is used. */
  InvalidDemand: 'InvalidDemand',
  /** No client Service has a ready endpoint with a zone; the setting is used until one has. */
  DemandUnknown: 'DemandUnknown',
  /** Nothing recent is measured of the Service; its clients, or the setting, are used until there is. */
  DemandStale: 'DemandStale',
  /** Hints were written because the clients are elsewhere now (src/controller/demand). */
  DemandChanged: 'DemandChanged',
  /** Auto on slices that in-tree must agree with goes by CPU, whatever demand the Service states. */
  DemandNotUsed: 'DemandNotUsed',
  /** The topology keys are not understood: no hints. */
  InvalidTopologyKeys: 'InvalidTopologyKeys',
  /** Some nodes do not heed the hints of this Service: their kube-proxy is too old, of Windows, Cilium, or OVN-Kubernetes. */
  HintsNotRead: 'HintsNotRead',
  /** PreferSameNode, or `slicehints.io/node-hints`, on an API server that does not store node hints: zone hints are set. */
  NodeHintsNotStored: 'NodeHintsNotStored',
  /** A zone is drained: its endpoints are hinted for no zone, and every node uses the others. */
  ZoneDrained: 'ZoneDrained',
  /** A zone is drained, and the Service keeps its endpoints there: it has no others, or Kubernetes writes its hints. */
  ZoneNotDrained: 'ZoneNotDrained',
  /** Hints may not be written, because of another writer or a setting of the operator. */
  HintsBlocked: 'HintsBlocked',
  /** Another writer keeps undoing our hints (src/controller/contention). */
  HintsContended: 'HintsContended',
  /** The API server refuses the patch (src/controller/reconciler.ts). */
  HintsRejected: 'HintsRejected',
  /** Most hints were about to change without a reason that is known; nothing is written (src/controller/rails). */
  FuseBlown: 'FuseBlown',
  /** The plan threw; hints stay as they are (src/controller/servicePlanner.ts). */
  PlanFailed: 'PlanFailed',
  /** The Service no longer asks for hints, and ours are gone (src/controller/reconciler.ts). */
  HintsRemoved: 'HintsRemoved',
} as const;

export type Reason = (typeof Reason)[keyof typeof Reason];
