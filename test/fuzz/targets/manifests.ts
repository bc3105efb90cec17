import { planCluster } from '../../../src/analysis/planCluster.js';
import { clusterObjects, collectManifests } from '../../../src/cli/input/manifests.js';
import { parseDocuments } from '../../../src/cli/input/manifestText.js';
import { unlessRefused } from '../refusal.js';

export const words = [
  ...[
    'apiVersion: ',
    'kind: ',
    'v1',
    'Node',
    'Service',
    'List',
    'NodeList',
    'Namespace',
    'items:',
    'metadata: ',
    'name: ',
  ],
  ...['discovery.k8s.io/v1', 'EndpointSlice', 'addressType: ', 'IPv4', 'IPv6', 'endpoints:', 'addresses: ', 'zone: '],
  ...['slicehints.io/v1alpha1', 'ClusterHintsPolicy', 'HintsPolicy', 'spec: ', 'status: ', 'labels: ', 'annotations: '],
  ...['creationTimestamp: ', 'deletionTimestamp: ', 'ownerReferences: ', 'managedFields: ', 'conditions: ', 'taints: '],
  ...['null', '[]', '{}', '---\n', '- ', '&a ', '*a', '<<: ', '!!binary ', '\n  ', ': |\n', '0x1F', '1e400', '.nan'],
];

/** A file of manifests, YAML or JSON: it is refused in one line, or every Service in it has a plan. */
export function fuzz(file: Uint8Array): void {
  const manifests = unlessRefused(() => collectManifests(parseDocuments('cluster.yaml', file)));
  if (manifests === undefined) return;
  for (const { result } of planCluster(clusterObjects(manifests)).services) JSON.stringify(result);
}
