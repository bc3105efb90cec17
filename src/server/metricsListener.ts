import type { RequestListener } from 'node:http';
import { requestUrl } from './httpServer.js';

/** What serves metrics, as prom-client's registry does. */
export interface MetricsText {
  readonly contentType: string;
  metrics(): Promise<string>;
}

/** `/metrics`, and nothing else. */
export function metricsListener(registry: MetricsText): RequestListener {
  return (request, response) => {
    if (requestUrl(request)?.pathname !== '/metrics') {
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('not found\n');
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      (error: unknown) =>
        response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' }).end(`${String(error)}\n`),
    );
  };
}
