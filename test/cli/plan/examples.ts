import { join } from 'node:path';
import { loadManifests } from '../../../src/cli/input/manifests.js';
import { planService } from '../../../src/hints/planService.js';
import type { EndpointSliceManifest, ServiceManifest } from '../../../src/model/manifest.js';
import { EXAMPLES } from '../runPlan.js';

/** What starts an escape sequence, and what takes a line of a terminal away. */
export const ESCAPE = '\u001b';
export const CLEAR_LINE = `\r${ESCAPE}[K`;

export const NO_TRAFFIC = 'Cluster: no Service has traffic that hints can steer.\nNothing would change; ';

export const KUBE_DNS = join(EXAMPLES, 'kube-dns.yaml');
export const THREE_ZONES = join(EXAMPLES, 'three-zones.yaml');
export const ODD_NODE = join(EXAMPLES, 'odd-node.yaml');

/** What `planService` says of every Service in a file, from the same objects. */
export async function planned(file: string): Promise<object[]> {
  const { nodes, services, endpointSlices } = await loadManifests([file]);
  const of = (service: ServiceManifest) => (slice: EndpointSliceManifest) =>
    slice.metadata?.namespace === service.metadata?.namespace &&
    slice.metadata?.labels?.['kubernetes.io/service-name'] === service.metadata?.name;
  return services
    .map(({ object: service }) => ({
      namespace: service.metadata?.namespace,
      name: service.metadata?.name,
      ...planService({
        service,
        slices: endpointSlices.map(({ object }) => object).filter(of(service)),
        nodes: nodes.map(({ object }) => object),
      }),
    }))
    .sort((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1));
}
