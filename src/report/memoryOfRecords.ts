import type { ReadObjects } from '../analysis/clusterRecords.js';
import type { EndpointSliceManifest, NodeManifest, ServiceManifest } from '../model/manifest.js';
import { readNode, type NodeRecord } from '../model/node.js';
import { readService, type ServiceRecord } from '../model/service.js';
import { readSlice, type SliceRecord } from '../model/slice.js';

/** Reads each object once: what is imagined leaves most objects of a cluster the same. */
export function rememberRecords(): ReadObjects {
  const nodes = new WeakMap<NodeManifest, NodeRecord>();
  const services = new WeakMap<ServiceManifest, ServiceRecord>();
  const slices = new WeakMap<EndpointSliceManifest, SliceRecord>();
  return {
    node: (node) => remember(nodes, node, readNode),
    service: (service) => remember(services, service, readService),
    slice: (slice) => remember(slices, slice, readSlice),
  };
}

function remember<K extends object, V>(known: WeakMap<K, V>, key: K, read: (key: K) => V): V {
  const before = known.get(key);
  if (before !== undefined) return before;
  const value = read(key);
  known.set(key, value);
  return value;
}
