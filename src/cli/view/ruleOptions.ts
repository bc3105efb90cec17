import type { AddressFamily, NodeView, Routing, ServicePortView } from '../../kubeproxy/view.js';

export interface RuleOptions {
  /** Also the rules that choose no endpoint: masquerading, checks, sets. */
  readonly allRules: boolean;
  /** The addresses of pods, as kube-proxy has them from `--cluster-cidr`; undefined: unknown, a word stands for them. */
  readonly clusterCidr: { readonly [family in AddressFamily]?: string | undefined };
}

export interface NodeRenderer {
  /** One node's rules in pieces of whole lines, without the last line break. What nodes share is rendered once. */
  render(node: NodeView): readonly string[];
  /** What the text depends on beside `ports`; nodes with equal ports and equal text here have equal rules. */
  nodeKey(node: NodeView): string;
}

export function clusterCidrOf({ clusterCidr }: RuleOptions, family: AddressFamily): string {
  return clusterCidr[family] ?? '<cluster-cidr>';
}

/** What enters from outside; undefined: nothing can, or there is no endpoint to send it to. */
export function externalRouting({ nodePort, loadBalancer }: ServicePortView): Routing | undefined {
  const routing = nodePort?.routing ?? loadBalancer?.routing;
  return routing === undefined || routing.action === 'reject' ? undefined : routing;
}

/** The routings that forward to endpoints, each policy once. */
export function usedRoutings({ clusterTraffic, nodePort, loadBalancer, shortCircuit }: ServicePortView): Routing[] {
  const routings = [clusterTraffic, nodePort?.routing, loadBalancer?.routing, shortCircuit];
  const used = new Map<Routing['policy'], Routing>();
  for (const routing of routings) if (routing?.action === 'forward') used.set(routing.policy, routing);
  return [...used.values()];
}
