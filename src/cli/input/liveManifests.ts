import { listObjects, sendForObject } from '../../kube/rest/objects.js';
import {
  clusterPoliciesPath,
  namespacesPath,
  nodesPath,
  policiesPath,
  policyGroupPath,
  servicePath,
  servicesPath,
  slicesPath,
  zoneDrainsPath,
} from '../../kube/rest/paths.js';
import { getMeasured } from '../../controller/demand/measuredConfigMap.js';
import { tellObserveProblem } from '../../measured/observeProblem.js';
import { ApiError, type Transport } from '../../kube/rest/transport.js';
import type { ClusterObjects } from '../../analysis/planCluster.js';
import { policyReader } from '../../hints/policy/policyReader.js';
import { POLICY_GROUP, POLICY_VERSION } from '../../hints/policy/policy.js';
import { ZONE_DRAIN_KIND } from '../../hints/drain/zoneDrain.js';
import { parseDemand } from '../../hints/demand/annotation.js';
import type { Settings } from '../../hints/settings.js';
import { parseObjectKey } from '../../model/objectKey.js';
import { SERVICE_NAME_LABEL } from '../../model/slice.js';
import { UsageError } from '../flags/usageError.js';
import { clusterObjects, collectManifests, type ClusterManifests } from './manifests.js';
import type { ManifestDocument } from './manifestText.js';

const NO_CONFIG_MAP = 'Nothing is measured: name the ConfigMap of slicehints observe with --measured-configmap';
const PAGE_SIZE = 500;
const PAGE_DEADLINE_MS = 60_000;

interface List {
  readonly apiVersion: string;
  readonly kind: string;
  readonly path: string;
  readonly labelSelector?: string;
}

export interface LiveOptions {
  /** `namespace/name`: reads only this Service and its slices, and all Nodes. */
  readonly service?: string | undefined;
  /** Reads only the Services and slices of this namespace. */
  readonly namespace?: string | undefined;
  /** Where traffic comes from, unless a Service states it. */
  readonly demand?: Settings['demand'] | undefined;
  /** `namespace/name` of the ConfigMap with measured demand. */
  readonly measuredConfigMap?: string | undefined;
  /** As of when that counts. */
  readonly nowMs?: number;
  readonly signal: AbortSignal;
  readonly onPage?: (path: string, count: number) => void;
}

/**
 * Reads what a plan needs from a live cluster, with GET requests only.
 * @throws {UsageError} one line that names the request and what went wrong
 */
export async function listManifests(transport: Transport, options: LiveOptions): Promise<ClusterManifests> {
  try {
    const documents: ManifestDocument[] = [];
    const service = options.service === undefined ? undefined : await getService(transport, options.service, options);
    if (service !== undefined) documents.push(service);
    for (const list of listsFor(options)) documents.push(await getList(transport, list, options));
    const policies = await listPolicies(transport, options);
    const manifests = collectManifests([...documents, ...policies.documents]);
    const clientDocuments: ManifestDocument[] = [];
    for (const list of clientListsFor(clusterObjects(manifests), options)) {
      const found = await getList(transport, list, options).catch(withoutForbidden);
      if (found !== undefined) clientDocuments.push(found);
    }
    const { endpointSlices: clientSlices } = collectManifests(clientDocuments);
    const { measuredConfigMap: key, nowMs = 0, signal, demand } = options;
    const read = key === undefined ? undefined : await getMeasured(transport, { key, nowMs, signal });
    const notes = [
      ...manifests.notes,
      ...policies.notes,
      ...(read?.problems ?? (demand === 'measured' ? [NO_CONFIG_MAP] : [])),
      ...(read?.observeProblem === undefined ? [] : [tellObserveProblem(read.observeProblem)]),
    ];
    return { ...manifests, clientSlices, measured: read?.measured, notes };
  } catch (error) {
    if (error instanceof ApiError) throw new UsageError(explain(error), error);
    throw error;
  }
}

/** Lists of the slices that show where clients run, as far as the scope of the command leaves them out. */
function clientListsFor(
  objects: Pick<ClusterObjects, 'services' | 'policies' | 'namespaces'>,
  { service: only, namespace: scope, demand }: LiveOptions,
): List[] {
  const slices = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSliceList' };
  if (only === undefined && (scope === undefined || scope === '')) return [];
  const keys = new Set<string>();
  const serviceOf = policyReader(objects);
  for (const service of objects.services) {
    const stated = parseDemand(serviceOf(service));
    const wish = stated === undefined || 'error' in stated ? { source: demand } : stated;
    if (wish.source === 'endpoints') return [{ ...slices, path: slicesPath() }];
    if ('clients' in wish) for (const { key } of wish.clients ?? []) keys.add(key);
  }
  return [...keys].sort().flatMap((key) => {
    const { namespace, name } = parseObjectKey(key);
    if (key === only || (only === undefined && namespace === scope)) return [];
    return [{ ...slices, path: slicesPath(namespace), labelSelector: `${SERVICE_NAME_LABEL}=${name}` }];
  });
}

/** Clients in namespaces that may not be read are not known; the Service is planned, and says so. */
function withoutForbidden(error: unknown): undefined {
  if (error instanceof ApiError && error.status === 403) return;
  throw error;
}

/** The policies of the scope, the namespaces that those of the cluster select by label, and the drains. */
async function listPolicies(transport: Transport, options: LiveOptions): Promise<PolicyDocuments> {
  const { signal } = options;
  const apiVersion = `${POLICY_GROUP}/${POLICY_VERSION}`;
  const documents: ManifestDocument[] = [];
  const notes: string[] = [];
  const list = async (kind: string, path: string, version = apiVersion): Promise<void> => {
    try {
      documents.push(await getList(transport, { apiVersion: version, kind: `${kind}List`, path }, options));
    } catch (error) {
      if (!(error instanceof ApiError) || (error.status !== 403 && error.status !== 404)) throw error;
      if (error.status === 403) notes.push(`Objects of kind ${kind} may not be read, so the plan is made without them`);
    }
  };
  if (!(await isServed(transport, policyGroupPath(), signal))) return { documents, notes };
  const namespace = options.service === undefined ? options.namespace : parseObjectKey(options.service).namespace;
  await list('ClusterHintsPolicy', clusterPoliciesPath());
  await list('HintsPolicy', policiesPath(namespace));
  await list(ZONE_DRAIN_KIND, zoneDrainsPath());
  const { policies } = collectManifests(documents);
  if (policies.some(({ object }) => object.spec?.namespaceSelector)) await list('Namespace', namespacesPath(), 'v1');
  return { documents, notes };
}

interface PolicyDocuments {
  readonly documents: readonly ManifestDocument[];
  readonly notes: readonly string[];
}

/** Whoever may talk to an API server may ask what it serves. */
async function isServed(transport: Transport, path: string, signal: AbortSignal): Promise<boolean> {
  try {
    await transport.send({ method: 'GET', path, signal });
    return true;
  } catch (error) {
    if (error instanceof ApiError && (error.status === 404 || error.status === 403)) return false;
    throw error;
  }
}

function listsFor({ service, namespace }: LiveOptions): List[] {
  const nodes = { apiVersion: 'v1', kind: 'NodeList', path: nodesPath() };
  const slices = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSliceList' };
  if (service === undefined) {
    return [
      nodes,
      { apiVersion: 'v1', kind: 'ServiceList', path: servicesPath(namespace) },
      { ...slices, path: slicesPath(namespace) },
    ];
  }
  const [own = '', name = ''] = service.split('/');
  return [nodes, { ...slices, path: slicesPath(own), labelSelector: `${SERVICE_NAME_LABEL}=${name}` }];
}

async function getService(transport: Transport, service: string, { signal }: LiveOptions): Promise<ManifestDocument> {
  const [namespace = '', name = ''] = service.split('/');
  const path = servicePath(namespace, name);
  return { origin: `GET ${path}`, value: await sendForObject(transport, { method: 'GET', path, signal }) };
}

async function getList(
  transport: Transport,
  { apiVersion, kind, path, labelSelector }: List,
  { signal, onPage }: LiveOptions,
): Promise<ManifestDocument> {
  let items: unknown[] = [];
  await listObjects({
    transport,
    path,
    labelSelector,
    pageSize: PAGE_SIZE,
    deadlineMs: PAGE_DEADLINE_MS,
    signal,
    onPage: (page, restart) => {
      items = restart ? [...page] : items.concat(page);
      onPage?.(path, items.length);
    },
  });
  return { origin: `GET ${path}`, value: { apiVersion, kind, items } };
}

function explain({ status, reason, message }: ApiError): string {
  // A path that the server does not know is answered with 404 as an object that is not there is, but in plain text.
  if (status === 404 && reason === '' && message.includes('/apis/discovery.k8s.io/v1/')) {
    return `${message} (discovery.k8s.io/v1 came with Kubernetes 1.21)`;
  }
  return message;
}
