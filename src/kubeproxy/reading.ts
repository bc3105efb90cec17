import type { NodeConsumer } from '../model/node.js';
import { HINTS_ANNOTATION, MODE_ANNOTATION, type ServiceRecord } from '../model/service.js';

/** Which hints of a Service a node heeds. */
export type HintReading = 'all' | 'zones' | 'none';

/** Which hints of one Service the nodes of a cluster heed. */
export interface Reading {
  /** What all nodes heed; undefined: they differ. */
  readonly uniform: HintReading | undefined;
  /** What nodes with each consumer heed, where they differ. */
  readonly byConsumer: ReadonlyMap<NodeConsumer, HintReading>;
}

const NO_CONSUMERS: ReadonlyMap<NodeConsumer, HintReading> = new Map<NodeConsumer, HintReading>();

/** kube-proxy 1.34 and later on Linux, on every node. */
export const READS_ALL: Reading = uniformReading('all');

interface ConsumerRule {
  readonly forNodes: boolean;
  /** On which Services it heeds zone hints. */
  readonly forZones: (service: ServiceRecord) => boolean;
  /** How a sentence names its nodes. */
  readonly nodes: string;
  /** What they do, as the rest of that sentence. */
  readonly reads: string;
  /** What must be set beside the hints. */
  readonly needs?: string;
  /** Of a Service whose zone hints it does not heed: what it ignores. */
  readonly ignores: string;
}

const always = (): boolean => true;

/**
 * The rules of consumers that Node objects show, as of Kubernetes 1.36 and Cilium in autumn 2026: kube-proxy heeds
 * node hints from 1.34 on (PreferSameTrafficDistribution), zone hints of any Service from 1.31 on
 * (ServiceTrafficDistribution), of those with any topology annotation from 1.27 on and with `Auto` before
 * (pkg/proxy/topology.go); on Windows none (pkg/proxy/winkernel). Cilium: pkg/loadbalancer/writer/writer.go, given
 * `loadBalancer.serviceTopology=true`. OVN-Kubernetes reads none (docs/conformance.md).
 */
const RULES: Readonly<Record<NodeConsumer, ConsumerRule>> = Object.freeze({
  'kube-proxy': {
    forNodes: true,
    forZones: always,
    nodes: 'nodes with kube-proxy',
    reads: 'read all hints',
    ignores: '',
  },
  'kube-proxy-1.33': {
    forNodes: false,
    forZones: always,
    nodes: 'nodes with kube-proxy before 1.34',
    reads: 'read zone hints only',
    ignores: '',
  },
  'kube-proxy-1.30': {
    forNodes: false,
    forZones: hasTopologyAnnotation,
    nodes: 'nodes with kube-proxy before 1.31',
    reads: `read zone hints only, and those of Services with the annotation ${MODE_ANNOTATION}`,
    ignores: `hints of Services without the annotation ${MODE_ANNOTATION}`,
  },
  'kube-proxy-1.26': {
    forNodes: false,
    forZones: (service) => /^[Aa]uto$/.test(topologyAnnotation(service)),
    nodes: 'nodes with kube-proxy before 1.27',
    reads: `read zone hints only, and those of Services with ${MODE_ANNOTATION}: Auto`,
    ignores: `hints of Services without ${MODE_ANNOTATION}: Auto`,
  },
  'kube-proxy-windows': {
    forNodes: false,
    forZones: () => false,
    nodes: 'nodes with Windows',
    reads: 'read no hints',
    ignores: 'all hints',
  },
  cilium: {
    forNodes: false,
    forZones: (service) => hasTopologyAnnotation(service) || service.trafficDistribution !== '',
    nodes: 'nodes with Cilium',
    reads: `read zone hints only, and those of Services with the annotation ${MODE_ANNOTATION} or trafficDistribution`,
    needs: 'loadBalancer.serviceTopology=true',
    ignores: `hints of Services without the annotation ${MODE_ANNOTATION} or trafficDistribution`,
  },
  'ovn-kubernetes': {
    forNodes: false,
    forZones: () => false,
    nodes: 'nodes with OVN-Kubernetes',
    reads: 'read no hints',
    ignores: 'all hints',
  },
});

function topologyAnnotation({ annotations }: ServiceRecord): string {
  return annotations[HINTS_ANNOTATION] ?? annotations[MODE_ANNOTATION] ?? '';
}

function hasTopologyAnnotation(service: ServiceRecord): boolean {
  return !/^([Dd]isabled)?$/.test(topologyAnnotation(service));
}

function readingBy(consumer: NodeConsumer, service: ServiceRecord): HintReading {
  const { forNodes, forZones } = RULES[consumer];
  if (!forZones(service)) return 'none';
  return forNodes ? 'all' : 'zones';
}

function uniformReading(uniform: HintReading): Reading {
  return Object.freeze({ uniform, byConsumer: NO_CONSUMERS });
}

/**
 * @param consumers those of the nodes, each once
 * @param override what reads hints on every node, whatever the Node objects show
 */
export function readingOf(
  service: ServiceRecord,
  consumers: readonly NodeConsumer[],
  override: NodeConsumer | undefined = undefined,
): Reading {
  if (override !== undefined) return uniformReading(readingBy(override, service));
  if (consumers.length === 0 || (consumers.length === 1 && consumers[0] === 'kube-proxy')) return READS_ALL;
  const readings = new Map(consumers.map((consumer) => [consumer, readingBy(consumer, service)]));
  const [first = 'all', ...others] = readings.values();
  if (others.every((reading) => reading === first)) return uniformReading(first);
  return { uniform: undefined, byConsumer: readings };
}

/** The same where no endpoint can have node hints. */
export function withoutNodeHints({ uniform, byConsumer }: Reading): Reading {
  const zonesAtMost = (reading: HintReading): HintReading => (reading === 'all' ? 'zones' : reading);
  if (uniform !== undefined) return uniformReading(zonesAtMost(uniform));
  return {
    uniform,
    byConsumer: new Map([...byConsumer].map(([consumer, reading]) => [consumer, zonesAtMost(reading)])),
  };
}

/** What one node heeds. */
export function readsOf(
  { uniform, byConsumer }: Reading,
  { consumer = 'kube-proxy' }: { readonly consumer?: NodeConsumer | undefined },
): HintReading {
  return uniform ?? byConsumer.get(consumer) ?? 'all';
}

/** How nodes with this consumer are named, and what must be set beside the hints. */
export function consumerText(consumer: NodeConsumer): string {
  const { nodes, needs } = RULES[consumer];
  return needs === undefined ? nodes : `${nodes} (needs ${needs})`;
}

/** What this consumer reads, as a sentence about its nodes without a full stop. */
export function consumerSentence(consumer: NodeConsumer): string {
  return `${consumerText(consumer)} ${RULES[consumer].reads}`;
}

/**
 * What consumers make of a Service's hints that they do not heed, one clause each, in the order of `consumers`.
 * @param hints which kinds there are
 */
export function unreadBy(
  service: ServiceRecord,
  consumers: readonly NodeConsumer[],
  hints: { readonly forZones: boolean; readonly forNodes: boolean },
): string[] {
  return consumers.flatMap((consumer) => {
    const { nodes, ignores } = RULES[consumer];
    const reading = readingBy(consumer, service);
    if (reading === 'none' && (hints.forZones || hints.forNodes)) return [`${nodes} ignore ${ignores}`];
    return reading === 'zones' && hints.forNodes ? [`${nodes} ignore node hints`] : [];
  });
}
