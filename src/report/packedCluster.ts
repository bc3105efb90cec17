import type { ClusterObjects } from '../analysis/planCluster.js';
import type { HintsPolicyManifest } from '../hints/policy/policy.js';
import type { MeasuredFigures } from '../measured/figures.js';
import type { EndpointManifest, EndpointSliceManifest, NodeManifest, ServiceManifest } from '../model/manifest.js';

type HintsOfManifest = NonNullable<EndpointManifest['hints']>;

/** Address, number of the node, of the zone and of the hints in the tables (-1: none), and the conditions. */
export type PackedEndpoint = readonly [string, number, number, number, number];

export interface PackedSlice extends Omit<EndpointSliceManifest, 'endpoints'> {
  readonly packed: readonly PackedEndpoint[];
}

/** A cluster whose endpoints, of which there are tens of thousands, take a quarter of their bytes in JSON. */
export interface PackedCluster {
  readonly nodes: readonly NodeManifest[];
  readonly services: readonly ServiceManifest[];
  readonly policies?: readonly HintsPolicyManifest[];
  readonly endpointSlices: readonly PackedSlice[];
  readonly clientSlices: readonly PackedSlice[];
  readonly measured?: MeasuredFigures;
  /** Names of nodes and zones of endpoints. */
  readonly texts: readonly string[];
  readonly hints: readonly HintsOfManifest[];
}

const CONDITIONS = ['ready', 'serving', 'terminating'] as const;
const ABSENT = -1;

/** @param objects with needed fields only: what a packed endpoint has no place for is lost */
export function packCluster(objects: ClusterObjects): PackedCluster {
  const { nodes, services, policies, endpointSlices, clientSlices = [], measured } = objects;
  const texts = new Table<string>((text) => text);
  const hints = new Table<HintsOfManifest>((value) => JSON.stringify(value));
  const pack = ({ endpoints, ...slice }: EndpointSliceManifest): PackedSlice => ({
    ...slice,
    packed: (endpoints ?? []).map((endpoint) => [
      endpoint.addresses?.[0] ?? '',
      endpoint.nodeName ? texts.numberOf(endpoint.nodeName) : ABSENT,
      endpoint.zone ? texts.numberOf(endpoint.zone) : ABSENT,
      endpoint.hints ? hints.numberOf(endpoint.hints) : ABSENT,
      packConditions(endpoint.conditions),
    ]),
  });
  return {
    nodes,
    services,
    ...(policies === undefined ? {} : { policies }),
    endpointSlices: endpointSlices.map(pack),
    clientSlices: clientSlices.map(pack),
    ...(measured === undefined ? {} : { measured }),
    texts: texts.values,
    hints: hints.values,
  };
}

export function unpackCluster(packed: PackedCluster): ClusterObjects {
  const unpack = ({ packed: endpoints, ...slice }: PackedSlice): EndpointSliceManifest => ({
    ...slice,
    endpoints: endpoints.map(([address, node, zone, hint, conditions]) => {
      const hints = packed.hints[hint];
      return {
        addresses: address === '' ? [] : [address],
        conditions: unpackConditions(conditions),
        ...(node === ABSENT ? {} : { nodeName: packed.texts[node] ?? '' }),
        ...(zone === ABSENT ? {} : { zone: packed.texts[zone] ?? '' }),
        ...(hints === undefined ? {} : { hints }),
      };
    }),
  });
  return {
    nodes: packed.nodes,
    services: packed.services,
    ...(packed.policies === undefined ? {} : { policies: packed.policies }),
    endpointSlices: packed.endpointSlices.map(unpack),
    clientSlices: packed.clientSlices.map(unpack),
    ...(packed.measured === undefined ? {} : { measured: packed.measured }),
  };
}

/** Each condition is a digit of three: absent, false, true. */
function packConditions(conditions: EndpointManifest['conditions']): number {
  return CONDITIONS.reduce((code, name) => {
    const value = conditions?.[name] ?? undefined;
    return code * 3 + (value === undefined ? 0 : value ? 2 : 1);
  }, 0);
}

function unpackConditions(code: number): NonNullable<EndpointManifest['conditions']> {
  const conditions: { ready?: boolean; serving?: boolean; terminating?: boolean } = {};
  let rest = code;
  for (const name of ['terminating', 'serving', 'ready'] as const) {
    const digit = rest % 3;
    rest = (rest - digit) / 3;
    if (digit > 0) conditions[name] = digit === 2;
  }
  return conditions;
}

/** Values by number, each once. */
class Table<T> {
  readonly values: T[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #keyOf: (value: T) => string;

  constructor(keyOf: (value: T) => string) {
    this.#keyOf = keyOf;
  }

  numberOf(value: T): number {
    const key = this.#keyOf(value);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.values.push(value) - 1;
    this.#numbers.set(key, number);
    return number;
  }
}
