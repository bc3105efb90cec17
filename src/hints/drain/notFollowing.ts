import { consumersBesideZoneHints } from '../../kubeproxy/consumers.js';
import { consumerSentence } from '../../kubeproxy/reading.js';
import type { Cluster } from '../../model/cluster.js';
import type { NodeConsumer } from '../../model/node.js';

/** Those that heed the zone hints of every Service. */
const FOLLOWING: ReadonlySet<NodeConsumer> = new Set<NodeConsumer>(['kube-proxy', 'kube-proxy-1.33']);

/**
 * What does not follow a drain, one clause each: first what the nodes of the cluster show, then other programs that may be there.
 * @param consumer what reads hints on every node, whatever the Node objects show
 */
export function notFollowing({ consumers }: Pick<Cluster, 'consumers'>, consumer?: NodeConsumer): readonly string[] {
  const own = consumer === undefined ? consumers : [consumer];
  return [...own.filter((one) => !FOLLOWING.has(one)).map(consumerSentence), ...consumersBesideZoneHints()];
}
