import { ApiError, type ApiRequest, type Transport } from '../../src/kube/rest/transport.js';

export const POLICY_GROUP = '/apis/slicehints.io/v1alpha1';

/** An API server with the policies that a test sets; watches stay open and silent. */
export class PolicyServer implements Transport {
  /** What is answered to the question whether policies are served, and to lists of them. */
  group = 200;
  lists = 200;
  /** Of the kind ClusterHintsPolicy. */
  policies: object[] = [];
  /** Of the kind HintsPolicy. */
  ownPolicies: object[] = [];
  namespaces: object[] = [{ metadata: { name: 'shop', labels: { team: 'a' }, resourceVersion: '1' } }];
  readonly requests: string[] = [];
  readonly #watches: (() => void)[] = [];

  send({ method, path }: ApiRequest): Promise<unknown> {
    this.requests.push(method === 'GET' ? path : `${method} ${path}`);
    const status = path === POLICY_GROUP ? this.group : this.lists;
    if (status !== 200) return Promise.reject(refusal(status));
    const items = path.endsWith('/clusterhintspolicies')
      ? this.policies
      : path.endsWith('/hintspolicies')
        ? this.ownPolicies
        : path.endsWith('/namespaces')
          ? this.namespaces
          : [];
    return Promise.resolve({ metadata: { resourceVersion: '1' }, items });
  }

  // eslint-disable-next-line require-yield
  async *watch({ signal }: Parameters<Transport['watch']>[0]): AsyncGenerator<never, void, undefined> {
    if (this.lists !== 200) throw refusal(this.lists);
    await new Promise<void>((resolve) => {
      this.#watches.push(resolve);
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** Ends the watches, so that clients list again. */
  endWatches(): void {
    for (const end of this.#watches.splice(0)) end();
  }

  close(): void {
    this.endWatches();
  }
}

function refusal(status: number): ApiError {
  return new ApiError('http', `answered ${status}`, { status });
}
