import type { ClusterObjects } from '../analysis/planCluster.js';
import { zoneCidrsOf, type PlacesInput } from '../hints/places.js';
import { policyReader } from '../hints/policy/policyReader.js';
import type { EndpointManifest } from '../model/manifest.js';
import { objectKey } from '../model/objectKey.js';
import { SERVICE_NAME_LABEL } from '../model/slice.js';
import { ZoneByAddress, type ZoneCidr } from '../model/zones/zoneCidrs.js';

/** The same cluster with the zones that networks give to endpoints, because pseudonyms of addresses lie in no network. */
export function withZonesByAddress(objects: ClusterObjects, settings: PlacesInput['settings']): ClusterObjects {
  const read = policyReader(objects);
  const services = new Map(objects.services.map(read).map((service) => [objectKey(service), service]));
  const finders = new Map<readonly ZoneCidr[], ZoneByAddress>();
  const endpointSlices = objects.endpointSlices.map((slice) => {
    const { namespace, labels } = slice.metadata ?? {};
    const key = objectKey({ namespace: namespace ?? '', name: labels?.[SERVICE_NAME_LABEL] ?? '' });
    const cidrs = zoneCidrsOf({ service: services.get(key) ?? {}, settings });
    if (cidrs.length === 0) return slice;
    const byAddress = finders.get(cidrs) ?? new ZoneByAddress(cidrs);
    finders.set(cidrs, byAddress);
    return {
      ...slice,
      endpoints: (slice.endpoints ?? []).map((endpoint: EndpointManifest | null) =>
        endpoint === null || endpoint.zone || endpoint.nodeName
          ? (endpoint ?? {})
          : { ...endpoint, zone: byAddress.zoneOf(endpoint.addresses?.[0] ?? '') },
      ),
    };
  });
  return { ...objects, endpointSlices };
}
