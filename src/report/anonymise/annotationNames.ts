import { CLIENTS_ANNOTATION } from '../../hints/annotations.js';
import { parseDemand, type ClientReference } from '../../hints/demand/annotation.js';
import { parseTopologyKeys } from '../../hints/strategies/topologyKeys/annotation.js';
import type { ServiceRecord } from '../../model/service.js';

/** Whom annotations of a Service name; a value that is not understood names nobody. */

/** The client Services, also where another annotation says that the demand is taken from something else. */
export function clientsOf({ namespace, annotations }: ServiceRecord): readonly ClientReference[] {
  const clients = annotations[CLIENTS_ANNOTATION];
  if (clients === undefined) return [];
  const parsed = parseDemand({ namespace, annotations: { [CLIENTS_ANNOTATION]: clients } });
  return parsed !== undefined && 'clients' in parsed ? (parsed.clients ?? []) : [];
}

/** The zones among which the demand is divided. */
export function demandZonesOf(service: Pick<ServiceRecord, 'annotations' | 'namespace'>): string[] {
  const parsed = parseDemand(service);
  return parsed !== undefined && 'parts' in parsed ? [...parsed.parts.keys()] : [];
}

/** The node labels of topology keys. */
export function topologyLabelsOf(service: ServiceRecord): string[] {
  const parsed = parseTopologyKeys(service);
  if (parsed === undefined || 'error' in parsed) return [];
  return parsed.keys.flatMap((key) => (key.kind === 'label' ? [key.label] : []));
}
