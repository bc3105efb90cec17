import { ApiError, WRONG_ANSWER, type ApiRequest, type Transport } from './transport.js';

export interface PagedListOptions {
  readonly transport: Transport;
  readonly path: string;
  readonly labelSelector: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Objects per page; 0 requests everything at once. */
  readonly pageSize: number;
  /** Deadline of one page. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** Gets every object of every page; called with `restart` true when what came before is void. */
  readonly onPage: (items: readonly unknown[], restart: boolean) => void;
}

/**
 * Lists page by page and answers with the list's resourceVersion. The list is a consistent read (no resourceVersion is
 * sent): one that the server answers from a cache that lags could go back in time after a restart, and a controller
 * lists so seldom that etcd does not feel it.
 *
 * A continue token that has expired (410) starts the list again, and if it expires again everything is requested at
 * once, as client-go's pager does. The server's offer to go on inconsistently is declined, also when it is made
 * silently by pages of different versions: what changed in the first pages meanwhile would be missed for good.
 * @throws {ApiError}
 */
export async function listPages(options: PagedListOptions): Promise<string> {
  for (const pageSize of [options.pageSize, options.pageSize, 0]) {
    const version = await listOnce(options, pageSize);
    if (version !== undefined) return version;
  }
  throw new ApiError('malformed', `LIST ${options.path}: a list without pages had pages of different versions`);
}

/** Undefined when the pages did not fit together. */
async function listOnce(options: PagedListOptions, pageSize: number): Promise<string | undefined> {
  const { transport, path, labelSelector, fieldSelector, deadlineMs, signal } = options;
  let continueToken: string | undefined;
  let version: string | undefined;
  for (;;) {
    const request: ApiRequest = {
      method: 'GET',
      path,
      query: { labelSelector, fieldSelector, limit: pageSize > 0 ? pageSize : undefined, continue: continueToken },
      deadlineMs,
      signal,
    };
    let answer: unknown;
    try {
      answer = await transport.send(request);
    } catch (error) {
      if (continueToken !== undefined && error instanceof ApiError && error.status === 410) return undefined;
      throw error;
    }
    const page = readPage(answer, path);
    if (version !== undefined && page.version !== version) return undefined;
    options.onPage(page.items, version === undefined);
    version = page.version;
    if (page.continueToken === '') return version;
    if (page.continueToken === continueToken) {
      throw new ApiError('malformed', `LIST ${path}: the server repeats the same continue token`);
    }
    continueToken = page.continueToken;
  }
}

interface Page {
  readonly items: readonly unknown[];
  readonly version: string;
  readonly continueToken: string;
}

function readPage(answer: unknown, path: string): Page {
  const list = answer as { items?: unknown; metadata?: { resourceVersion?: unknown; continue?: unknown } } | null;
  const version = list?.metadata?.resourceVersion;
  // Go writes an empty list as null.
  const items: unknown = list?.items ?? [];
  if (!Array.isArray(items) || typeof version !== 'string' || version === '') {
    throw new ApiError('malformed', `LIST ${path}: the answer is not a list with a resourceVersion; ${WRONG_ANSWER}`);
  }
  const token = list?.metadata?.continue;
  return { items, version, continueToken: typeof token === 'string' ? token : '' };
}
