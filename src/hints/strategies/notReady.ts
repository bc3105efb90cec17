import type { EndpointRecord } from '../../model/slice.js';
import { consumedEndpoints } from '../../kubeproxy/rule.js';

/** What becomes of the traffic of a Service with no ready endpoint. */
export function notReadySentence(endpoints: readonly EndpointRecord[]): string {
  const count = endpoints.length;
  if (count === 0) return 'There is no endpoint';
  const none = count === 1 ? 'The one endpoint is not ready' : `None of the ${count} endpoints is ready`;
  const serving = consumedEndpoints(endpoints).length;
  if (serving === 0) return `${none}, so that no node has one to use`;
  return `${none}; every node uses the ${serving} that still ${serving === 1 ? 'serves' : 'serve'} while terminating`;
}
