import type { IncomingMessage, ServerResponse } from 'node:http';
import { mediaRangesOf } from '../wire/accept.js';
import { versionInfo } from '../discovery/kubernetesVersion.js';
import type { Discovery } from '../discovery/discovery.js';
import { answer } from '../wire/exchange.js';
import { openApiDocument, openApiIndex, openApiV2 } from '../discovery/openApi.js';
import { OPENAPI_V2_PROTOBUF, openApiV2Protobuf } from '../discovery/openApiV2.js';

const healthPaths = new Set(['/healthz', '/readyz', '/livez']);

/** Paths other than resources: health, version, discovery, OpenAPI. */
export class PlainPaths {
  readonly #discovery: Discovery;

  constructor(discovery: Discovery) {
    this.#discovery = discovery;
  }

  handle(incoming: IncomingMessage, response: ServerResponse, url: URL): void {
    const path = url.pathname.length > 1 && url.pathname.endsWith('/') ? url.pathname.slice(0, -1) : url.pathname;
    if (healthPaths.has(path)) {
      const verbose = url.searchParams.has('verbose');
      answer(
        response,
        200,
        verbose ? `[+]ping ok\n${path.slice(1)} check passed\n` : 'ok',
        'text/plain; charset=utf-8',
      );
      return;
    }
    if (path === '/openapi/v2' && incoming.headers.accept?.includes('protobuf') === true) {
      answer(
        response,
        200,
        openApiV2Protobuf(this.#discovery.groupVersions().flatMap((one) => this.#discovery.resources(one))),
        OPENAPI_V2_PROTOBUF,
      );
      return;
    }
    const body = this.#document(path, incoming);
    if (body === undefined) answer(response, 404, '404 page not found\n', 'text/plain; charset=utf-8');
    else answer(response, 200, JSON.stringify(body.value), body.type);
  }

  #document(path: string, incoming: IncomingMessage): { value: object; type: string } | undefined {
    const plain = (value: object | undefined): { value: object; type: string } | undefined =>
      value === undefined ? undefined : { value, type: 'application/json' };
    const discovery = this.#discovery;
    if (path === '/version') return plain(versionInfo(discovery.version));
    if (path === '/')
      return plain({
        paths: ['/api', '/apis', '/healthz', '/livez', '/openapi/v2', '/openapi/v3', '/readyz', '/version'],
      });
    if (path === '/openapi/v2') return plain(openApiV2(discovery.version));
    if (path === '/openapi/v3') return plain(openApiIndex(discovery.groupVersions()));
    if (path.startsWith('/openapi/v3/')) {
      const document = path.slice('/openapi/v3/'.length);
      return plain(openApiDocument(document, discovery));
    }
    if (path === '/api' || path === '/apis') {
      const version = aggregatedVersion(incoming.headers.accept);
      if (version !== undefined) {
        const type = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
        return { value: discovery.aggregated(path === '/api', version), type };
      }
      return plain(path === '/api' ? discovery.versions(incoming.headers.host ?? '') : discovery.groupList());
    }
    const steps = path.split('/');
    if (steps[1] === 'api' && steps.length === 3) return plain(discovery.resourceList(steps[2] ?? ''));
    if (steps[1] === 'apis' && steps.length === 3) return plain(discovery.group(steps[2] ?? ''));
    if (steps[1] === 'apis' && steps.length === 4)
      return plain(discovery.resourceList(`${steps[2] ?? ''}/${steps[3] ?? ''}`));
    return undefined;
  }
}

/** The version of aggregated discovery that a client prefers; undefined when it wants the old documents. */
function aggregatedVersion(accept: string | undefined): string | undefined {
  const first = mediaRangesOf(accept ?? '').find(({ type, parameters }) => {
    const wanted = parameters.get('as');
    return type === 'application/json' && (wanted === undefined || wanted === 'APIGroupDiscoveryList');
  });
  const version = first?.parameters.get('v');
  if (first?.parameters.get('g') !== 'apidiscovery.k8s.io' || (version !== 'v2' && version !== 'v2beta1'))
    return undefined;
  return version;
}
