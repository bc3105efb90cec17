import type { EndpointSliceManifest, ServiceManifest } from '../model/manifest.js';
import { compareText } from '../model/objectKey.js';
import { readEndpoint } from '../model/slice.js';
import { keyOf, slicesByService } from './view.js';

/** A Service that no proxy serves: DNS answers for it, and hints steer nothing. */
export interface DnsView {
  readonly namespace: string;
  readonly service: string;
  readonly kind: 'headless' | 'ExternalName';
  /** What a query for the name of the Service gives: all ready addresses, sorted, or the other name. */
  readonly answers: readonly string[];
}

/**
 * What CoreDNS answers for headless and ExternalName Services (coredns plugin/kubernetes): an endpoint without a Ready
 * condition counts as ready, hints are not read.
 */
export function viewDns(
  services: readonly ServiceManifest[],
  endpointSlices: readonly EndpointSliceManifest[],
): readonly DnsView[] {
  const slices = slicesByService(endpointSlices);
  return services
    .flatMap(({ metadata, spec }): DnsView[] => {
      const names = { namespace: metadata?.namespace ?? '', service: metadata?.name ?? '' };
      if (spec?.type === 'ExternalName') {
        return [{ ...names, kind: 'ExternalName', answers: [spec.externalName ?? ''].filter((name) => name !== '') }];
      }
      if (spec?.clusterIP !== 'None') return [];
      const ready = (slices.get(keyOf(metadata?.namespace, metadata?.name)) ?? [])
        .filter(({ addressType }) => addressType !== 'FQDN')
        .flatMap(({ endpoints }) => (endpoints ?? []).map((endpoint) => readEndpoint(endpoint)))
        .filter((endpoint) => endpoint.ready !== false);
      return [{ ...names, kind: 'headless', answers: [...new Set(ready.map(({ address }) => address))].sort() }];
    })
    .sort((a, b) => compareText(a.namespace, b.namespace) || compareText(a.service, b.service));
}
