import type { ServiceRecord } from '../model/service.js';

/** Traffic of a Service that goes its way whatever the hints. */
export interface UnsteeredTraffic {
  readonly reason: 'HeadlessService' | 'ExternalNameService' | 'InternalTrafficLocal' | 'ExternalTrafficLocal';
  /**
   * Whether it is the traffic that a forecast is about: connections to the cluster IP. False for traffic from outside
   * only, while hints steer that from inside.
   */
  readonly isAll: boolean;
  /** Without a full stop. */
  readonly sentence: string;
}

/**
 * The traffic that hints do not steer (pkg/proxy/topology.go, serviceport.go of Kubernetes 1.36: hints are read for the
 * traffic policy Cluster alone, and headless and ExternalName Services are not proxied at all).
 * @returns undefined when hints steer all of it
 */
export function unsteeredTraffic(service: ServiceRecord): UnsteeredTraffic | undefined {
  const { type = '', isHeadless = false, internalTrafficPolicy = '', externalTrafficPolicy = '' } = service;
  if (type === 'ExternalName') return EXTERNAL_NAME;
  if (isHeadless) return HEADLESS;
  if (internalTrafficPolicy === 'Local') return INTERNAL_LOCAL;
  return externalTrafficPolicy === 'Local' ? EXTERNAL_LOCAL : undefined;
}

const EXTERNAL_NAME: UnsteeredTraffic = Object.freeze({
  reason: 'ExternalNameService',
  isAll: true,
  sentence: 'Hints do not steer an ExternalName Service: DNS answers with another name',
});
const HEADLESS: UnsteeredTraffic = Object.freeze({
  reason: 'HeadlessService',
  isAll: true,
  sentence:
    'Hints do not steer a headless Service: DNS answers with all ready addresses, and clients choose among them',
});
const INTERNAL_LOCAL: UnsteeredTraffic = Object.freeze({
  reason: 'InternalTrafficLocal',
  isAll: true,
  sentence: 'Hints do not steer this Service: internalTrafficPolicy Local keeps connections on the node of the client',
});
const EXTERNAL_LOCAL: UnsteeredTraffic = Object.freeze({
  reason: 'ExternalTrafficLocal',
  isAll: false,
  sentence:
    'Hints steer only connections from inside the cluster: externalTrafficPolicy Local keeps what enters on the node that it reaches',
});
