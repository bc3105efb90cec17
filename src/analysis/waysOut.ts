import { Reason } from '../hints/reasons.js';
import { INSUFFICIENT_ENDPOINTS, INSUFFICIENT_NODES, OVERLOADED } from '../hints/strategies/auto/allocation.js';
import { listed } from '../model/text/listed.js';

/** What a sentence about a cause may name. */
export interface CauseFacts {
  /** Counted nodes without a zone or allocatable CPU. */
  readonly oddNodes: readonly string[];
}

/** Why Services have the hints that they have, or none: finer than the reason of a verdict where that has several causes. */
export interface Cause {
  /** Stable, for scripts: the reason, or a word that tells its causes apart. */
  readonly id: string;
  /** What follows a number of Services in a sentence. */
  readonly phrase: (facts: CauseFacts, count: number) => string;
  /** One sentence on what to do; absent where all is well. */
  readonly wayOut?: string;
}

interface CauseOfReason extends Cause {
  /** Whether a sentence of this reason has this cause; the last cause of a reason has none and takes the rest. */
  readonly when?: (sentence: string, facts: CauseFacts) => boolean;
}

const one =
  (phrase: string): Cause['phrase'] =>
  () =>
    phrase;
const have =
  (what: string): Cause['phrase'] =>
  (_, count) =>
    `${count === 1 ? 'has' : 'have'} ${what}`;
const are =
  (what: string): Cause['phrase'] =>
  (_, count) =>
    `${count === 1 ? 'is' : 'are'} ${what}`;
const need =
  (what: string): Cause['phrase'] =>
  (_, count) =>
    `${count === 1 ? 'needs' : 'need'} ${what}`;

const HINTED = one('hinted');
const SET_ZONE = 'set the zone of each endpoint in its slice, or the label topology.kubernetes.io/zone on its node';

/** Every reason with what it means for a Service and what to do about it. */
const CAUSES: Readonly<Record<Reason, readonly CauseOfReason[]>> = {
  [Reason.TopologyAwareHintsEnabled]: [{ id: 'TopologyAwareHintsEnabled', phrase: HINTED }],
  [Reason.TopologyAwareHintsDisabled]: [
    {
      id: 'NodesWithoutZone',
      when: (sentence, { oddNodes }) => sentence.startsWith(INSUFFICIENT_NODES) && oddNodes.length > 0,
      phrase: ({ oddNodes }) =>
        oddNodes.length === 1
          ? `stopped by one node without a zone or CPU (${oddNodes.join()})`
          : `stopped by ${oddNodes.length} nodes without a zone or CPU (${listed(oddNodes)})`,
      wayOut:
        'Label these nodes with topology.kubernetes.io/zone or take them out of the cluster, or ask for slicehints.io/balanced, which passes them over.',
    },
    {
      id: 'FewerThanTwoZones',
      when: (sentence) => sentence.startsWith(INSUFFICIENT_NODES),
      phrase: one('stopped by a cluster of fewer than two zones'),
      wayOut: 'Zone hints need ready nodes in two zones or more, by the label topology.kubernetes.io/zone.',
    },
    {
      id: 'TooFewEndpoints',
      when: (sentence) => sentence.startsWith(INSUFFICIENT_ENDPOINTS),
      phrase: have('fewer endpoints than Auto requires'),
      wayOut: 'Run at least one pod for each zone, or ask for slicehints.io/balanced, which hints any number.',
    },
    {
      id: 'Indivisible',
      when: (sentence) => sentence.startsWith(OVERLOADED),
      phrase: have('endpoints that Auto cannot divide within its bounds'),
      wayOut:
        'Ask for slicehints.io/balanced, which lets an endpoint serve several zones, or run a number of pods that the zones divide.',
    },
    {
      id: 'EndpointsWithoutZone',
      phrase: have('endpoints without a zone'),
      wayOut: `Auto requires the zone of every endpoint: ${SET_ZONE}.`,
    },
  ],
  [Reason.BalancedHintsSet]: [{ id: 'BalancedHintsSet', phrase: HINTED }],
  [Reason.SameZoneHintsSet]: [{ id: 'SameZoneHintsSet', phrase: HINTED }],
  [Reason.SameNodeHintsSet]: [{ id: 'SameNodeHintsSet', phrase: HINTED }],
  [Reason.SameZoneHintsIgnored]: [
    {
      id: 'SameZoneHintsIgnored',
      phrase: have('hints that proxies ignore'),
      wayOut: `One endpoint without a zone turns all hints off: ${SET_ZONE}.`,
    },
  ],
  [Reason.SameNodeHintsIgnored]: [
    {
      id: 'SameNodeHintsIgnored',
      phrase: have('hints that proxies ignore'),
      wayOut: 'One endpoint without a node and a zone turns all hints off: set nodeName and zone in its slice.',
    },
  ],
  [Reason.TopologyKeysExact]: [{ id: 'TopologyKeysExact', phrase: HINTED }],
  [Reason.TopologyKeysNarrowed]: [{ id: 'TopologyKeysNarrowed', phrase: HINTED }],
  [Reason.HardAffinityNotEnforceable]: [
    {
      id: 'HardAffinityNotEnforceable',
      phrase: have('topology keys that select nothing for some nodes'),
      wayOut: 'Hints cannot forbid: end the keys with "*", or run pods where the keys select none.',
    },
  ],
  [Reason.TopologyKeysLeaking]: [
    {
      id: 'TopologyKeysLeaking',
      phrase: have('topology keys that hints express in part'),
      wayOut: '"slicehints explain" shows the nodes that use more than the keys select; fewer keys come out exact.',
    },
  ],
  [Reason.TopologyKeysNotExact]: [
    {
      id: 'TopologyKeysNotExact',
      phrase: have('strict topology keys that hints cannot express'),
      wayOut: 'Set slicehints.io/topology-keys-strict to false to have the nearest hints, or use fewer keys.',
    },
  ],
  [Reason.NoNodes]: [
    { id: 'NoNodes', phrase: have('no nodes to select for'), wayOut: 'Give the Nodes of the cluster, too.' },
  ],
  [Reason.NoReadyEndpoints]: [
    {
      id: 'NoReadyEndpoints',
      phrase: have('no ready endpoint'),
      wayOut: 'There is nothing to hint until a pod is ready; "kubectl get pods" shows what keeps them.',
    },
  ],
  [Reason.NoZonedNodes]: [
    {
      id: 'NoZonedNodes',
      phrase: have('no ready node with a zone'),
      wayOut: 'Label the nodes with topology.kubernetes.io/zone.',
    },
  ],
  [Reason.HeadlessService]: [
    {
      id: 'HeadlessService',
      phrase: are('headless'),
      wayOut: 'DNS answers with every address: give the Service a cluster IP where clients do not need each pod.',
    },
  ],
  [Reason.ExternalNameService]: [
    {
      id: 'ExternalNameService',
      phrase: are('of type ExternalName'),
      wayOut: 'There is nothing to hint: take the mode off the Service.',
    },
  ],
  [Reason.InternalTrafficLocal]: [
    {
      id: 'InternalTrafficLocal',
      phrase: have('internalTrafficPolicy Local'),
      wayOut: 'Take the mode off the Service, or set internalTrafficPolicy to Cluster.',
    },
  ],
  [Reason.ExternalTrafficLocal]: [
    {
      id: 'ExternalTrafficLocal',
      phrase: have('externalTrafficPolicy Local'),
      wayOut:
        'Nothing is wrong: hints steer what comes from inside, and what enters stays on the node that it reaches.',
    },
  ],
  [Reason.AddressTypeNotRouted]: [
    {
      id: 'AddressTypeNotRouted',
      phrase: have('only names for addresses'),
      wayOut: 'There is nothing to hint: take the mode off the Service.',
    },
  ],
  [Reason.InvalidAnnotation]: [
    {
      id: 'InvalidAnnotation',
      phrase: have('annotations that contradict each other or are not understood'),
      wayOut: 'Correct the annotation that the message names; hints stay as they are until then.',
    },
  ],
  [Reason.UnknownAnnotation]: [
    {
      id: 'UnknownAnnotation',
      phrase: have('annotations that slicehints does not read'),
      wayOut: 'Correct the name of the annotation; the message has the nearest that is read.',
    },
  ],
  [Reason.InvalidNodeHints]: [
    {
      id: 'InvalidNodeHints',
      phrase: have('a request for node hints that is neither true nor false'),
      wayOut: 'Set slicehints.io/node-hints to "true" or "false".',
    },
  ],
  [Reason.InvalidOverloadThreshold]: [
    {
      id: 'InvalidOverloadThreshold',
      phrase: have('an overload threshold that is no number'),
      wayOut: 'Set slicehints.io/overload-threshold to a number from 0 to 10.',
    },
  ],
  [Reason.InvalidDemand]: [
    {
      id: 'InvalidDemand',
      phrase: have('a demand that is not understood'),
      wayOut: 'Correct slicehints.io/demand or slicehints.io/clients as the message has it.',
    },
  ],
  [Reason.DemandUnknown]: [
    {
      id: 'DemandUnknown',
      phrase: have('clients that run nowhere'),
      wayOut: 'Start the clients, or correct slicehints.io/clients where it names other Services than those that call.',
    },
  ],
  [Reason.DemandStale]: [
    {
      id: 'DemandStale',
      phrase: have('a measured demand without recent measurements'),
      wayOut: 'See what slicehints observe logs, or name the clients in slicehints.io/clients.',
    },
  ],
  [Reason.DemandChanged]: [{ id: 'DemandChanged', phrase: HINTED }],
  [Reason.DemandNotUsed]: [
    {
      id: 'DemandNotUsed',
      phrase: have('a demand that Auto does not use'),
      wayOut: 'Install the guard, or ask for slicehints.io/balanced.',
    },
  ],
  [Reason.InvalidTopologyKeys]: [
    {
      id: 'InvalidTopologyKeys',
      phrase: have('topology keys that are not understood'),
      wayOut: 'Correct the keys as the message has it; hints stay as they are until then.',
    },
  ],
  [Reason.HintsNotRead]: [
    {
      id: 'HintsNotRead',
      phrase: have('hints that some nodes ignore'),
      wayOut: 'Upgrade kube-proxy on the nodes that the message names, or ask by the annotation that they read.',
    },
  ],
  [Reason.NodeHintsNotStored]: [
    {
      id: 'NodeHintsNotStored',
      phrase: have('zone hints in place of node hints'),
      wayOut: 'Upgrade the API server to Kubernetes 1.34, or ask for same-zone.',
    },
  ],
  [Reason.HintsBlocked]: [
    {
      id: 'Excluded',
      when: (sentence) => sentence.includes('--managed-by and --ignore-managed-by'),
      phrase: are('excluded by --managed-by or --ignore-managed-by'),
      wayOut: 'Change these flags, or take the mode off the Services.',
    },
    {
      id: 'GuardMissing',
      phrase: need('the guard'),
      wayOut:
        'Install the chart with guard.enabled, which keeps hints on slices that Kubernetes writes; --guard=true shows the plan with it.',
    },
  ],
  [Reason.HintsContended]: [
    {
      id: 'HintsContended',
      phrase: have('hints that another writer undoes'),
      wayOut: 'Let one controller be the only writer of these slices, or install the guard.',
    },
  ],
  [Reason.HintsRejected]: [
    {
      id: 'HintsRejected',
      phrase: have('hints that the API server refuses'),
      wayOut: 'Change what the message of the API server names: a policy, a webhook or the slice itself.',
    },
  ],
  [Reason.FuseBlown]: [
    {
      id: 'FuseBlown',
      phrase: one('held back by the fuse'),
      wayOut: 'Find out why most hints were about to change, then remove slicehints.io/fuse-blown of the Lease.',
    },
  ],
  [Reason.PlanFailed]: [
    { id: 'PlanFailed', phrase: one('could not be planned'), wayOut: 'This is an internal error: please report it.' },
  ],
  [Reason.PolicyLimited]: [
    {
      id: 'PolicyLimited',
      phrase: have('a wish that a ceiling of the cluster limits'),
      wayOut: 'Ask for what the ClusterHintsPolicy allows, or have it raised.',
    },
  ],
  [Reason.ZoneDrained]: [
    {
      id: 'ZoneDrained',
      phrase: have('endpoints in a drained zone, which get no new connections'),
      wayOut: 'Everything returns when the drain ends; slicehints drain end ends it now.',
    },
  ],
  [Reason.ZoneNotDrained]: [
    {
      id: 'ZoneNotDrained',
      phrase: have('endpoints in a drained zone that stay in use'),
      wayOut: 'Start endpoints in another zone, or install the guard where Kubernetes writes the hints.',
    },
  ],
  [Reason.HintsRemoved]: [{ id: 'HintsRemoved', phrase: one('opted out') }],
};

/** Services that ask for hints and have no verdict. */
export const WITHOUT_VERDICT: Readonly<Record<'withoutSlices' | 'inTree', Cause>> = {
  withoutSlices: {
    id: 'NoEndpointSlices',
    phrase: have('no EndpointSlices'),
    wayOut: 'Check the selector of the Service, or write EndpointSlices for one without a selector.',
  },
  inTree: { id: 'HintedInTree', phrase: one('hinted by Kubernetes itself') },
};

/** The cause behind a sentence of a verdict. */
export function causeOf(reason: Reason, sentence: string, facts: CauseFacts): Cause {
  const causes = CAUSES[reason];
  return causes.find(({ when }) => when === undefined || when(sentence, facts)) ?? causes[0]!;
}

/** Every cause of every reason, for tables and tests. */
export function causesOf(reason: Reason): readonly CauseOfReason[] {
  return CAUSES[reason];
}
