import { consumerSentence } from '../../kubeproxy/reading.js';
import { IN_TREE_MANAGER, MIRRORING_MANAGER } from '../../hints/ownership.js';
import { summariseCluster } from '../../model/cluster.js';
import { notCountedNodes, type NodeRules } from '../../model/nodeStanding.js';
import type { NodeManifest } from '../../model/manifest.js';
import { NODE_CONSUMERS, readNode, type NodeConsumer, type NodeRecord } from '../../model/node.js';
import type { SliceRecord } from '../../model/slice.js';
import type { GuardProbe } from '../../guard/probe.js';
import type { InTreePresence } from '../../controller/coexistence/inTreePresence.js';
import type { NodeHints } from '../../controller/coexistence/nodeHints.js';
import { about, type Finding } from './finding.js';
import { listed } from '../../model/text/listed.js';

/** Findings about what the cluster is: pure functions from what was read. */

/** @param nodeHints what the server does with `forNodes`, by the version that it serves */
export function aboutServer(gitVersion: string | undefined, nodeHints: NodeHints): Finding[] {
  const version: Finding = {
    level: 'info',
    subject: 'server',
    code: 'ServerVersion',
    message: `The API server is ${gitVersion?.slice(0, 60) ?? 'of unknown version'}.`,
  };
  if (nodeHints === 'stored') return [version];
  return [
    version,
    {
      level: 'info',
      subject: 'server',
      code: 'NodeHintsNotStored',
      message: 'This version does not store hints for nodes; same-node and topology keys by node need Kubernetes 1.34.',
      advice: 'Use modes that hint zones (balanced, same-zone, auto), or upgrade.',
    },
  ];
}

export function aboutGuard({ inForce, how, served }: GuardProbe): Finding {
  if (inForce) {
    return { level: 'ok', subject: 'guard', code: 'GuardInForce', message: `The guard is in force as ${how}.` };
  }
  return {
    level: 'warning',
    subject: 'guard',
    code: 'GuardNotInForce',
    message: `The guard is not in force: ${how}.`,
    advice: served
      ? 'Install the chart with guard.enabled, or apply files/guard-policy.yaml.'
      : 'Use the webhook form of the guard (Kubernetes 1.28 or later), or upgrade to 1.36.',
  };
}

export function aboutNodes(manifests: readonly NodeManifest[], rules: NodeRules = {}): Finding[] {
  const { nodes, shares, oddNodes, leaving } = summariseCluster(manifests.map(readNode), rules);
  const zones = shares.map(({ zone, share }) => `${zone} ${Math.round(share * 100)} %`).join(', ');
  const found: Finding[] =
    shares.length >= 2
      ? [
          {
            level: 'ok',
            subject: 'nodes',
            code: 'NodesByZone',
            message: `${nodes.length} nodes; CPU by zone: ${zones}.`,
          },
        ]
      : [
          {
            level: 'problem',
            subject: 'nodes',
            code: 'NoTwoZones',
            message:
              shares.length === 0
                ? `None of ${nodes.length} nodes is ready, counted and has a zone and CPU.`
                : `All counted nodes are in one zone, ${shares[0]?.zone ?? ''}.`,
            advice: 'Zone hints need nodes in two zones or more, by the label topology.kubernetes.io/zone.',
          },
        ];
  if (oddNodes.length > 0) {
    found.push({
      level: 'warning',
      subject: 'nodes',
      code: 'NodesWithoutZone',
      message: `Without zone or allocatable CPU: ${listed(oddNodes)}; in-tree's Auto gives up for the whole cluster while there is one.`,
      advice: 'Label these nodes with topology.kubernetes.io/zone, or take them out of the cluster.',
      ...about(oddNodes),
    });
  }
  const rest = notCountedNodes(nodes).filter(({ standing }) => standing !== 'control-plane');
  if (rest.length > 0) {
    const parts = rest.map(({ why, nodes: names }) => `${why}: ${listed(names)}`);
    found.push({
      level: 'info',
      subject: 'nodes',
      code: 'NodesNotCounted',
      message: `Nodes that count for no demand, ${parts.join('; ')}.`,
      ...about(rest.flatMap(({ nodes: names }) => names)),
    });
  }
  if (leaving.size > 0) {
    const names = [...leaving];
    found.push({
      level: 'info',
      subject: 'nodes',
      code: 'NodesLeaving',
      message: `Being deleted, so that Balanced does not rely on the endpoints there: ${listed(names)}.`,
      ...about(names),
    });
  }
  return found;
}

/** What reads hints on the nodes: as derived from the Node objects, or as `--consumer` sets for all of them. */
export function aboutConsumers(all: readonly NodeRecord[], override: NodeConsumer | undefined): Finding[] {
  // No proxy runs on virtual nodes.
  const nodes = all.filter(({ virtual }) => virtual !== true);
  const groups = new Map<NodeConsumer, string[]>();
  for (const { name, consumer = 'kube-proxy' } of nodes) {
    const group = groups.get(override ?? consumer);
    if (group === undefined) groups.set(override ?? consumer, [name]);
    else group.push(name);
  }
  const found = NODE_CONSUMERS.flatMap((consumer): Finding[] => {
    const names = groups.get(consumer);
    if (consumer === 'kube-proxy' || names === undefined) return [];
    const message = `${names.length} of ${nodes.length} nodes: ${consumerSentence(consumer)} (${listed(names)}).`;
    if (consumer === 'kube-proxy-windows' || consumer === 'ovn-kubernetes') {
      const advice =
        'Count the traffic of these nodes as crossing zones; --consumer names what reads hints where a Node object misleads.';
      return [
        { level: 'warning', subject: 'consumers', code: 'HintsNotReadOnNodes', message, advice, ...about(names) },
      ];
    }
    const advice =
      'same-node and topology keys by node need kube-proxy 1.34 on every node; --consumer names what reads hints where a Node object misleads.';
    return [{ level: 'info', subject: 'consumers', code: 'NodeHintsNotRead', message, advice, ...about(names) }];
  });
  if (found.length > 0 || nodes.length === 0) return found;
  return [
    {
      level: 'ok',
      subject: 'consumers',
      code: 'HintsReadOnNodes',
      message: `kube-proxy reads hints on all ${nodes.length} nodes, as far as their Node objects show.`,
    },
  ];
}

export function aboutSlices(slices: readonly SliceRecord[]): Finding {
  const byManager = new Map<string, number>();
  for (const { managedBy } of slices) byManager.set(managedBy, (byManager.get(managedBy) ?? 0) + 1);
  const called = (manager: string): string => {
    if (manager === IN_TREE_MANAGER) return 'the in-tree controller';
    if (manager === MIRRORING_MANAGER) return 'mirroring';
    return manager === '' ? 'no manager' : manager;
  };
  const list = [...byManager].sort().map(([manager, count]) => `${count} by ${called(manager)}`);
  const owned = slices.filter((slice) => slice.owned).length;
  const managed = list.length === 0 ? 'There are no slices' : `Slices are managed: ${list.join(', ')}`;
  return {
    level: 'info',
    subject: 'slices',
    code: 'SlicesByManager',
    message: `${managed}; ${owned} carry the annotation of slicehints.`,
  };
}

export function aboutInTree({ inTree, how }: InTreePresence): Finding {
  const message = `The in-tree EndpointSlice controller counts as ${inTree}: ${how}.`;
  if (inTree === 'present') return { level: 'info', subject: 'slices', code: 'InTreePresent', message };
  return {
    level: 'warning',
    subject: 'slices',
    code: 'InTreeAbsent',
    message,
    advice:
      'If it is switched off on purpose, run the controller with --in-tree=absent or auto; otherwise find out why it makes no progress.',
  };
}
