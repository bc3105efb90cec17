import type { EndpointSliceManifest, NodeManifest, ServiceManifest } from '../model/manifest.js';
import { readNode, type NodeRecord } from '../model/node.js';
import { readService, type ServiceRecord } from '../model/service.js';
import { readSlice, type EndpointRecord, type SliceRecord } from '../model/slice.js';
import { type EndpointHints } from '../model/hints.js';
import { setOwnValue } from '../model/ownValue.js';

/**
 * Turns API objects into records as they arrive: image lists, managed fields and the like are dropped at once, and
 * strings that repeat on thousands of objects (zones, nodes, namespaces, labels) are held once.
 */
export class Transform {
  readonly #interned = new Map<string, string>();

  readonly service = (raw: unknown): ServiceRecord => {
    const record = readService(raw as ServiceManifest);
    return {
      ...record,
      namespace: this.#intern(record.namespace),
      labels: record.labels && this.#labels(record.labels),
      type: this.#intern(record.type ?? ''),
      internalTrafficPolicy: this.#intern(record.internalTrafficPolicy ?? ''),
      externalTrafficPolicy: this.#intern(record.externalTrafficPolicy ?? ''),
    };
  };

  readonly slice = (raw: unknown): SliceRecord => {
    const record = readSlice(raw as EndpointSliceManifest);
    // What endpoints share stays shared: plans work out hints by object.
    const hints = new Map<EndpointHints, EndpointHints>();
    return {
      ...record,
      namespace: this.#intern(record.namespace),
      serviceName: this.#intern(record.serviceName),
      managedBy: this.#intern(record.managedBy),
      addressType: this.#intern(record.addressType),
      portNames: record.portNames.map((name) => this.#intern(name)),
      endpoints: record.endpoints.map((endpoint) => this.#endpoint(endpoint, hints)),
    };
  };

  readonly node = (raw: unknown): NodeRecord => {
    const record = readNode(raw as NodeManifest);
    const labels = this.#labels(record.labels);
    return { ...record, name: this.#intern(record.name), zone: this.#intern(record.zone), labels };
  };

  #labels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    const interned: Record<string, string> = {};
    for (const [key, value] of Object.entries(labels)) {
      setOwnValue(interned, this.#intern(key), this.#intern(value));
    }
    return interned;
  }

  #endpoint(endpoint: EndpointRecord, known: Map<EndpointHints, EndpointHints>): EndpointRecord {
    const { hints } = endpoint;
    return {
      ...endpoint,
      zone: this.#intern(endpoint.zone),
      nodeName: this.#intern(endpoint.nodeName),
      hints: hints && this.#hints(hints, known),
    };
  }

  #hints(hints: EndpointHints, known: Map<EndpointHints, EndpointHints>): EndpointHints {
    const before = known.get(hints);
    if (before !== undefined) return before;
    const interned = {
      forZones: hints.forZones?.map((zone) => this.#intern(zone)),
      forNodes: hints.forNodes?.map((node) => this.#intern(node)),
    };
    known.set(hints, interned);
    return interned;
  }

  #intern(text: string): string {
    const known = this.#interned.get(text);
    if (known !== undefined) return known;
    // Names of nodes that come and go must not pile up; dropping the table only costs some sharing.
    if (this.#interned.size >= MAX_INTERNED) this.#interned.clear();
    this.#interned.set(text, text);
    return text;
  }
}

const MAX_INTERNED = 200_000;
