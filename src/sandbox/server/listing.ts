import { parseFieldSelector } from './fieldSelector.js';
import type { KubeObject } from '../schema/kubeObject.js';
import { isJsonObject } from '../schema/kubeObject.js';
import { parseLabelSelector } from './labelSelector.js';
import type { ListMeta } from '../wire/rendering.js';
import type { ResourceRequest } from './requestInfo.js';
import {
  StatusError,
  badRequest,
  expired,
  forbiddenValue,
  invalid,
  notSupported,
  tooLargeResourceVersion,
} from '../schema/status.js';
import { keyOf } from '../storage/storage.js';
import type { Storage } from '../storage/storage.js';

/** True for stored objects that the selectors of a request, its namespace and its name take in. */
export type ObjectMatcher = (object: KubeObject) => boolean;

export interface Selection {
  readonly matches: ObjectMatcher;
  /** False when every object of the namespace matches. */
  readonly selective: boolean;
}

/** @throws {StatusError} 400 for a selector that cannot be read */
export function selectionOf(request: ResourceRequest, query: URLSearchParams): Selection {
  const labels = query.get('labelSelector') ?? '';
  const fields = query.get('fieldSelector') ?? '';
  const byLabels = labels === '' ? undefined : parseLabelSelector(labels);
  const byFields = fields === '' ? undefined : parseFieldSelector(fields, request.definition);
  const { namespace, name } = request;
  return {
    selective: byLabels !== undefined || byFields !== undefined,
    matches: (object) =>
      (namespace === '' || object.metadata.namespace === namespace) &&
      (name === '' || object.metadata.name === name) &&
      (byLabels === undefined || byLabels(object.metadata.labels ?? {})) &&
      (byFields === undefined || byFields(object)),
  };
}

/** @throws {StatusError} 500, the answer of the API server to a version that is not a number */
export function parseVersion(text: string): number {
  if (text === '') return 0;
  if (!/^\d+$/.test(text)) {
    const quoted = JSON.stringify(text);
    throw new StatusError(
      500,
      '',
      `resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: invalid syntax`,
    );
  }
  return Number(text);
}

interface ContinueToken {
  /** -1 for a list that goes on without its snapshot. */
  readonly version: number;
  readonly start: string;
}

function encodeToken(token: ContinueToken): string {
  const text = JSON.stringify({ v: 'meta.k8s.io/v1', rv: token.version, start: token.start });
  return Buffer.from(text).toString('base64url');
}

function decodeToken(token: string): ContinueToken {
  const fail = (why: string): StatusError => badRequest(`invalid continue token: continue key is not valid: ${why}`);
  const bad = /[^A-Za-z0-9_-]/.exec(token);
  if (bad !== null) throw fail(`illegal base64 data at input byte ${bad.index}`);
  const bytes = Buffer.from(token, 'base64url');
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    // Go names the first byte that cannot begin a value, read as Latin-1.
    throw fail(`invalid character '${String.fromCharCode(bytes[0] ?? 0)}' looking for beginning of value`);
  }
  if (!isJsonObject(value) || value['v'] !== 'meta.k8s.io/v1')
    throw fail('server does not recognize this encoded version');
  const { rv, start } = value;
  if (typeof rv !== 'number' || typeof start !== 'string' || !start.startsWith('/') || start.includes('/../')) {
    throw fail('the start key is not valid');
  }
  return { version: rv, start };
}

const expiredToken =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

export interface Listing {
  readonly objects: readonly KubeObject[];
  readonly meta: ListMeta;
}

/**
 * A list with its paging and its version rules (resourceVersion, resourceVersionMatch, limit, continue).
 * @param gone whether continue tokens are to be taken for expired
 * @throws {StatusError} 400, 410, 422 or 504 in the API server's words
 */
export function listObjects(
  storage: Storage,
  request: ResourceRequest,
  query: URLSearchParams,
  gone: boolean,
): Listing {
  const { resource } = request.definition;
  const { namespace } = request;
  const selection = selectionOf(request, query);
  const limit = limitOf(query);
  const continued = query.get('continue') ?? '';
  const versionText = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch') ?? '';
  checkMatch(versionText, match, continued);
  const current = storage.resourceVersion;
  let version = current;
  let start = '';
  if (continued !== '') {
    const token = decodeToken(continued);
    if (versionText !== '' && versionText !== '0') {
      throw badRequest('specifying resource version is not allowed when using continue');
    }
    start = token.start;
    if (token.version >= 0) {
      version = token.version;
      if (gone || version < storage.compactedVersion(resource)) {
        throw expired(expiredToken, encodeToken({ version: -1, start }));
      }
    }
  } else {
    const asked = parseVersion(versionText);
    if (asked > current) throw tooLargeResourceVersion(asked, current);
    const exact = match === 'Exact' || (match === '' && asked > 0 && limit > 0);
    if (exact) {
      if (asked < storage.compactedVersion(resource))
        throw expired('The resourceVersion for the provided list is too old.');
      version = asked;
    }
  }
  const all = version === current ? storage.list(resource, namespace) : storage.listAt(resource, version, namespace);
  return pageOf(all, selection, { namespace, limit, start, version });
}

function pageOf(
  all: readonly KubeObject[],
  selection: Selection,
  page: { readonly namespace: string; readonly limit: number; readonly start: string; readonly version: number },
): Listing {
  const { start, limit, version } = page;
  const pathOf = (object: KubeObject): string =>
    `/${keyOf(page.namespace === '' ? (object.metadata.namespace ?? '') : '', object.metadata.name ?? '')}`;
  const rest = start === '' ? all : all.filter((object) => pathOf(object) >= start);
  const matching = selection.selective ? rest.filter(selection.matches) : rest;
  if (limit === 0 || matching.length <= limit) return { objects: matching, meta: { resourceVersion: String(version) } };
  const objects = matching.slice(0, limit);
  const last = objects.at(-1);
  const token = encodeToken({ version, start: `${last === undefined ? '' : pathOf(last)}\u0000` });
  return {
    objects,
    meta: {
      resourceVersion: String(version),
      continue: token,
      ...(selection.selective ? {} : { remainingItemCount: matching.length - limit }),
    },
  };
}

function limitOf(query: URLSearchParams): number {
  const text = query.get('limit') ?? '';
  if (text === '') return 0;
  const limit = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(limit)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Math.max(0, limit);
}

function checkMatch(version: string, match: string, continued: string): void {
  const field = 'resourceVersionMatch';
  const wrong = (error: ReturnType<typeof forbiddenValue>): StatusError =>
    invalid({ group: 'meta.k8s.io', name: 'ListOptions' }, '', [error]);
  if (match === '') return;
  if (version === '')
    throw wrong(forbiddenValue(field, 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
  if (continued !== '')
    throw wrong(forbiddenValue(field, 'resourceVersionMatch is forbidden when continue is provided'));
  if (match !== 'Exact' && match !== 'NotOlderThan')
    throw wrong(notSupported(field, match, ['Exact', 'NotOlderThan', '']));
  if (match === 'Exact' && version === '0') {
    throw wrong(forbiddenValue(field, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  }
}
