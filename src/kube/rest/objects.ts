import { isRecord } from '../json.js';
import { listPages, type PagedListOptions } from './pagedList.js';
import { ApiError, WRONG_ANSWER, type ApiRequest, type Transport } from './transport.js';

/** An object of the API, whose fields may be anything. For clients that cannot pass over what is none, as the reflector does. */
export type ApiObject = Readonly<Record<string, unknown>>;

/**
 * Sends a request that is answered with an object.
 * @throws {ApiError} as `send`, and `malformed` for an answer that is none, such as an empty one
 */
export async function sendForObject(transport: Transport, request: ApiRequest): Promise<ApiObject> {
  const answer = await transport.send(request);
  if (isRecord(answer)) return answer;
  throw malformed(`${request.method} ${request.path}`, `the answer is ${nameOf(answer)}, not an object`);
}

/**
 * Sends a request that is answered with a list, as a whole.
 * @param field the items of the list
 * @throws {ApiError} as `send`, and `malformed` for an answer that is no list of objects
 */
export async function sendForItems(
  transport: Transport,
  request: ApiRequest,
  field: 'items' | 'resources' = 'items',
): Promise<readonly ApiObject[]> {
  // Go writes an empty list as null.
  const items = (await sendForObject(transport, request))[field] ?? [];
  const what = `${request.method} ${request.path}`;
  if (!Array.isArray(items)) throw malformed(what, `${field} is ${nameOf(items)}, not a list`);
  return objectsOf(items, what);
}

export interface ObjectListOptions extends Omit<PagedListOptions, 'onPage'> {
  /** As of `listPages`. */
  readonly onPage: (items: readonly ApiObject[], restart: boolean) => void;
}

/**
 * Lists as `listPages`.
 * @throws {ApiError} as `listPages`, and `malformed` for an item that is no object
 */
export function listObjects({ onPage, ...list }: ObjectListOptions): Promise<string> {
  return listPages({ ...list, onPage: (items, restart) => onPage(objectsOf(items, `LIST ${list.path}`), restart) });
}

function objectsOf(items: readonly unknown[], what: string): readonly ApiObject[] {
  return items.map((item, i) => {
    if (isRecord(item)) return item;
    throw malformed(what, `item ${i + 1} of ${items.length} is ${nameOf(item)}, not an object`);
  });
}

function malformed(what: string, problem: string): ApiError {
  return new ApiError('malformed', `${what}: ${problem}; ${WRONG_ANSWER}`);
}

function nameOf(value: unknown): string {
  if (value === undefined) return 'empty';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
