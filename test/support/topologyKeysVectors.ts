import { readFileSync } from 'node:fs';
import { readNode, type NodeRecord } from '../../src/model/node.js';
import { readEndpoint, type EndpointRecord } from '../../src/model/slice.js';

interface Answer {
  readonly sel: Readonly<Record<string, readonly string[]>>;
  readonly exact: boolean;
  readonly emptyNodes: readonly string[];
}

/** One line of test/fixtures/topology-keys.jsonl: a cluster, keys, and what each node selects (Kubernetes 1.17; any label). */
export interface TopologyKeysVector {
  readonly id: string;
  readonly topologyKeys: readonly string[];
  readonly nodes: readonly NodeRecord[];
  readonly endpoints: readonly EndpointRecord[];
  readonly v117: Answer;
  readonly anyLabel: Answer;
}

interface Line {
  readonly id: string;
  readonly topologyKeys: readonly string[];
  readonly nodes: readonly { readonly name: string; readonly labels: Readonly<Record<string, string>> }[];
  readonly endpoints: readonly { readonly id: string; readonly node: string; readonly ready?: boolean }[];
  readonly v117: Answer;
  readonly anyLabel: Answer;
}

export function topologyKeysVectors(): readonly TopologyKeysVector[] {
  // The compiled test lies in build/test/support; fixtures are not copied there.
  const path = new URL('../../../test/fixtures/topology-keys.jsonl', import.meta.url);
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((text) => {
      const line = JSON.parse(text) as Line;
      return {
        ...line,
        nodes: line.nodes.map((node) => readNode({ metadata: { name: node.name, labels: node.labels } })),
        endpoints: line.endpoints.map(({ id, node, ready }) =>
          readEndpoint({ addresses: [id], nodeName: node, conditions: ready === undefined ? {} : { ready } }),
        ),
      };
    });
}

/** A node by name and labels; the zone comes from its label, as everywhere. */
export function node(name: string, labels: Readonly<Record<string, string>> = {}): NodeRecord {
  return readNode({ metadata: { name, labels } });
}

/** An endpoint by address, node and readiness (undefined: the slice does not say). */
export function endpoint(address: string, nodeName = '', ready?: boolean, zone = ''): EndpointRecord {
  return readEndpoint({ addresses: [address], nodeName, zone, conditions: ready === undefined ? {} : { ready } });
}
