import { listPages } from '../../kube/rest/pagedList.js';
import { nodesPath, servicePath, servicesPath, slicesPath } from '../../kube/rest/paths.js';
import { ApiError, type Transport } from '../../kube/rest/transport.js';
import { SERVICE_NAME_LABEL } from '../../model/slice.js';
import { UsageError } from '../flags/usageError.js';
import { collectManifests, type ClusterManifests } from './manifests.js';
import type { ManifestDocument } from './manifestText.js';

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
  readonly signal: AbortSignal;
  readonly onPage?: (path: string, count: number) => void;
}

/**
 * Reads what a plan needs from a live cluster, with GET requests only.
 * @throws {UsageError} one line that names the request and what went wrong
 */
export async function listManifests(transport: Transport, options: LiveOptions): Promise<ClusterManifests> {
  const documents: ManifestDocument[] = [];
  try {
    const service = options.service === undefined ? undefined : await getService(transport, options.service, options);
    if (service !== undefined) documents.push(service);
    for (const list of listsFor(options)) documents.push(await getList(transport, list, options));
  } catch (error) {
    if (error instanceof ApiError) throw new UsageError(explain(error), error);
    throw error;
  }
  return collectManifests(documents);
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
  return { origin: `GET ${path}`, value: await transport.send({ method: 'GET', path, signal }) };
}

async function getList(
  transport: Transport,
  { apiVersion, kind, path, labelSelector }: List,
  { signal, onPage }: LiveOptions,
): Promise<ManifestDocument> {
  let items: unknown[] = [];
  await listPages({
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
