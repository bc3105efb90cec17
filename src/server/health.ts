import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { requestUrl } from './httpServer.js';

/** One check; it answers at once, from the state of the process. */
export interface HealthCheck {
  readonly name: string;
  /** @returns undefined when all is well, else one sentence on what is not; `note` is shown in verbose answers */
  readonly check: () => { readonly problem?: string; readonly note?: string };
}

export interface HealthChecks {
  /** Liveness: a restart would help. The API server being away is no reason. */
  readonly healthz: readonly HealthCheck[];
  /** Readiness: this replica can take over or lead. */
  readonly readyz: readonly HealthCheck[];
}

/**
 * `/healthz` (also `/livez`) and `/readyz`, plain text, as Kubernetes components answer: `?verbose` lists the checks,
 * `?exclude=name` leaves one out, `/readyz/<name>` runs one alone (controller-runtime pkg/healthz).
 */
export function healthListener(checks: HealthChecks): RequestListener {
  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      answer(request, response, 405, 'method not allowed');
      return;
    }
    const url = requestUrl(request);
    if (url === undefined) {
      answer(request, response, 404, 'not found');
      return;
    }
    const [, endpoint = '', name] = url.pathname.split('/');
    const all =
      endpoint === 'healthz' || endpoint === 'livez'
        ? checks.healthz
        : endpoint === 'readyz'
          ? checks.readyz
          : undefined;
    const excluded = url.searchParams.getAll('exclude');
    const chosen = all?.filter((check) => (name === undefined ? !excluded.includes(check.name) : check.name === name));
    if (chosen === undefined || (name !== undefined && chosen.length === 0)) {
      answer(request, response, 404, 'not found');
      return;
    }
    const results = chosen.map((check) => ({ name: check.name, ...check.check() }));
    const failed = results.some(({ problem }) => problem !== undefined);
    if (!failed && !url.searchParams.has('verbose')) {
      answer(request, response, 200, 'ok');
      return;
    }
    const lines = results.map(({ name: check, problem, note }) =>
      problem === undefined
        ? `[+]${check} ok${note === undefined ? '' : `: ${note}`}`
        : `[-]${check} failed: ${problem}`,
    );
    answer(
      request,
      response,
      failed ? 500 : 200,
      `${lines.join('\n')}\n${endpoint} check ${failed ? 'failed' : 'passed'}`,
    );
  };
}

function answer(request: IncomingMessage, response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' });
  response.end(request.method === 'HEAD' ? undefined : `${text}\n`);
}
