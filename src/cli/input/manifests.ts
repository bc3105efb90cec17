import type { ClusterObjects } from '../../analysis/planCluster.js';
import { isRecord } from '../../kube/json.js';
import { readMeasuredConfigMap } from '../../controller/demand/measuredConfigMap.js';
import { holdsText } from '../../kube/packedText.js';
import type { MeasuredFigures } from '../../measured/figures.js';
import { MEASURED_KEY } from '../../measured/text.js';
import type { EndpointSliceManifest, MetadataManifest, NodeManifest, ServiceManifest } from '../../model/manifest.js';
import { quoted, UsageError } from '../flags/usageError.js';
import { POLICY_GROUP, POLICY_VERSION, type HintsPolicyManifest } from '../../hints/policy/policy.js';
import { ZONE_DRAIN_KIND, type ZoneDrainManifest } from '../../hints/drain/zoneDrain.js';
import type { NamespaceManifest } from '../../hints/policy/policyReader.js';
import { ENDPOINT_SLICE, expected, member, NAMESPACE, NODE, POLICY, SERVICE, ZONE_DRAIN } from './manifestSchema.js';
import { readDocuments, type ManifestDocument, type OnRead } from './manifestText.js';

/** An object as it was given, with all its fields, and where it was found. */
export interface Loaded<T> {
  /** Has `apiVersion` and `kind` even where it stood in a typed list, and a namespace if its kind has one. */
  readonly object: T;
  /** `cluster.yaml: document 3: items[2]`; of a live object `GET /api/v1/nodes`. */
  readonly origin: string;
}

/** An object of a kind that a plan does not look at. */
export interface OtherManifest {
  readonly apiVersion: string;
  readonly kind: string;
}

export interface ClusterManifests {
  readonly nodes: readonly Loaded<NodeManifest>[];
  readonly services: readonly Loaded<ServiceManifest>[];
  readonly endpointSlices: readonly Loaded<EndpointSliceManifest>[];
  /** Slices of Services that are not asked for, but may call those that are. */
  readonly clientSlices?: readonly Loaded<EndpointSliceManifest>[];
  readonly policies: readonly Loaded<HintsPolicyManifest>[];
  readonly namespaces: readonly Loaded<NamespaceManifest>[];
  readonly drains: readonly Loaded<ZoneDrainManifest>[];
  /** Of the ConfigMap that `slicehints observe` writes, as of its time; undefined: there is none. */
  readonly measured?: MeasuredFigures | undefined;
  readonly others: readonly Loaded<OtherManifest>[];
  /** Sentences for the user on what was passed over. */
  readonly notes: readonly string[];
}

/** The objects without where they were found. */
export function clusterObjects(manifests: ClusterManifests): ClusterObjects {
  const objects = <T>(all: readonly Loaded<T>[]): T[] => all.map(({ object }) => object);
  return {
    nodes: objects(manifests.nodes),
    services: objects(manifests.services),
    endpointSlices: objects(manifests.endpointSlices),
    clientSlices: objects(manifests.clientSlices ?? []),
    policies: objects(manifests.policies),
    namespaces: objects(manifests.namespaces),
    measured: manifests.measured,
  };
}

const DEFAULT_NAMESPACE = 'default';
const DISCOVERY = 'discovery.k8s.io/';
const POLICIES = `${POLICY_GROUP}/${POLICY_VERSION}`;

interface Kind {
  readonly list: 'nodes' | 'services' | 'endpointSlices' | 'policies' | 'namespaces' | 'drains';
  readonly check: typeof NODE;
  readonly namespaced: boolean;
}

const KINDS: ReadonlyMap<string, Kind> = new Map(
  Object.entries<Kind>({
    'v1 Node': { list: 'nodes', check: NODE, namespaced: false },
    'v1 Service': { list: 'services', check: SERVICE, namespaced: true },
    [`${DISCOVERY}v1 EndpointSlice`]: { list: 'endpointSlices', check: ENDPOINT_SLICE, namespaced: true },
    'v1 Namespace': { list: 'namespaces', check: NAMESPACE, namespaced: false },
    [`${POLICIES} ClusterHintsPolicy`]: { list: 'policies', check: POLICY, namespaced: false },
    [`${POLICIES} HintsPolicy`]: { list: 'policies', check: POLICY, namespaced: true },
    [`${POLICIES} ${ZONE_DRAIN_KIND}`]: { list: 'drains', check: ZONE_DRAIN, namespaced: false },
  }),
);

/**
 * Reads the Nodes, Services, EndpointSlices, Namespaces, policies, drains and measurements in YAML or JSON files, directories and standard input (`-`): single
 * objects, several documents or JSON values a file, `kind: List` and typed lists, as `kubectl get … -o yaml` prints them. An object
 * that is given more than once counts as it was given last, as if the files had been applied in that order.
 * @throws {UsageError} naming file, document and field of the first thing that cannot be used
 */
export async function loadManifests(
  paths: readonly string[],
  options: { readonly stdin?: NodeJS.ReadableStream; readonly onRead?: OnRead } = {},
): Promise<ClusterManifests> {
  if (paths.filter((path) => path === '-').length > 1) throw new UsageError('-: standard input can be read only once');
  const collector = new Collector();
  for (const path of paths) {
    const documents = await readDocuments(path, options.stdin ?? process.stdin, options.onRead);
    for (const document of documents) collector.add(document);
  }
  return collector.manifests();
}

/** The same for objects that an API server listed. */
export function collectManifests(documents: Iterable<ManifestDocument>): ClusterManifests {
  const collector = new Collector();
  for (const document of documents) collector.add(document);
  return collector.manifests();
}

/** An object that passed the check of its kind. */
interface KindedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: MetadataManifest | null | undefined;
}

/** An alias may hold the list that it is in. */
const MOST_LISTS = 10;

/** Sorts objects by kind; a later one takes the place of an earlier one of the same name. */
class Collector {
  readonly #byKey = {
    nodes: new Map<string, Loaded<NodeManifest>>(),
    services: new Map<string, Loaded<ServiceManifest>>(),
    endpointSlices: new Map<string, Loaded<EndpointSliceManifest>>(),
    policies: new Map<string, Loaded<HintsPolicyManifest>>(),
    namespaces: new Map<string, Loaded<NamespaceManifest>>(),
    drains: new Map<string, Loaded<ZoneDrainManifest>>(),
  };
  #measured: Loaded<MeasuredFigures> | undefined;
  readonly #others: Loaded<OtherManifest>[] = [];
  readonly #notes: string[] = [];

  add(document: ManifestDocument): void {
    this.#add(document, '', {}, 0);
  }

  /**
   * @param path where the value stands in the document; empty: it is the document
   * @param inherited `apiVersion` and `kind` of an item whose list has said them
   * @param depth how many lists it is in
   */
  #add(
    { origin, value }: ManifestDocument,
    path: string,
    inherited: { apiVersion?: string; kind?: string },
    depth: number,
  ): void {
    const fail = (problem: string): never => {
      throw new UsageError(`${origin}: ${problem}`);
    };
    if (!isRecord(value)) return fail(expected('a Kubernetes object', value, path));
    const { apiVersion = inherited.apiVersion, kind = inherited.kind } = value;
    if (typeof apiVersion !== 'string') return fail(expected('a string', apiVersion, member(path, 'apiVersion')));
    if (typeof kind !== 'string') return fail(expected('a string', kind, member(path, 'kind')));
    if (apiVersion === `${DISCOVERY}v1beta1`) {
      return fail(
        `${member(path, 'apiVersion')}: expected ${DISCOVERY}v1, got ${apiVersion}, which is too old (kubectl get endpointslices.v1.discovery.k8s.io prints the new one)`,
      );
    }
    if (kind.endsWith('List') && 'items' in value) {
      const { items } = value;
      if (items === null) return;
      if (!Array.isArray(items)) return fail(expected('a list', items, member(path, 'items')));
      if (depth === MOST_LISTS) return fail(`${member(path, 'items')}: lists in more than ${MOST_LISTS} lists`);
      const typed = kind === 'List' ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) };
      items.forEach((item: unknown, i) => {
        this.#add({ origin, value: item }, `${member(path, 'items')}[${i}]`, typed, depth + 1);
      });
      return;
    }
    const place = path === '' ? origin : `${origin}: ${path}`;
    const known = KINDS.get(`${apiVersion} ${kind}`);
    if (known === undefined && apiVersion === 'v1' && kind === 'ConfigMap' && holdsText(value, MEASURED_KEY)) {
      this.#keepMeasured(value, place);
      return;
    }
    if (known === undefined) {
      this.#others.push({ object: { ...value, apiVersion, kind }, origin: place });
      return;
    }
    const problem = known.check(value, path);
    if (problem !== undefined) return fail(problem);
    this.#keep(known, { ...value, apiVersion, kind }, place);
  }

  manifests(): ClusterManifests {
    const { nodes, services, endpointSlices, policies, namespaces, drains } = this.#byKey;
    return {
      nodes: [...nodes.values()],
      services: [...services.values()],
      endpointSlices: [...endpointSlices.values()],
      policies: [...policies.values()],
      namespaces: [...namespaces.values()],
      drains: [...drains.values()],
      ...(this.#measured === undefined ? {} : { measured: this.#measured.object }),
      others: this.#others,
      notes: [...this.#notes, ...noteOnOthers(this.#others)],
    };
  }

  /** What is not understood is a note and no error: it keeps no controller from planning. */
  #keepMeasured(configMap: unknown, origin: string): void {
    const { figures, problems } = readMeasuredConfigMap(configMap);
    if (this.#measured !== undefined) {
      this.#notes.push(
        `measured demand is given twice, by ${this.#measured.origin} and by ${origin}; the last one counts`,
      );
    }
    for (const problem of problems) this.#notes.push(`${origin}: ${MEASURED_KEY}: ${problem}`);
    this.#measured = { object: figures, origin };
  }

  #keep({ list, namespaced }: Kind, object: KindedObject, origin: string): void {
    const name = object.metadata?.name ?? '';
    const namespace = object.metadata?.namespace || DEFAULT_NAMESPACE;
    // A list may hold objects of two kinds.
    const key = `${object.kind} ${namespaced ? `${namespace}/${name}` : name}`;
    const entries: Map<string, Loaded<object>> = this.#byKey[list];
    const before = entries.get(key);
    if (before !== undefined) {
      this.#notes.push(`${key} is given twice, as ${before.origin} and as ${origin}; the last one counts`);
      entries.delete(key);
    }
    const loaded = namespaced ? { ...object, metadata: { ...object.metadata, namespace } } : object;
    entries.set(key, { object: loaded, origin });
  }
}

const NAMED_KINDS = 20;

function noteOnOthers(others: readonly Loaded<OtherManifest>[]): string[] {
  if (others.length === 0) return [];
  const counts = new Map<string, number>();
  for (const { object } of others) counts.set(object.kind, (counts.get(object.kind) ?? 0) + 1);
  const kinds = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  const list = kinds.slice(0, NAMED_KINDS).map(([kind, count]) => `${count} ${quoted(kind).slice(1, -1)}`);
  if (kinds.length > list.length) list.push(`and ${kinds.length - list.length} more kinds`);
  const subject = others.length === 1 ? '1 object of another kind is' : `${others.length} objects of other kinds are`;
  return [`${subject} not looked at (${list.join(', ')})`];
}
