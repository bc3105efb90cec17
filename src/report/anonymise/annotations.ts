import {
  CLIENTS_ANNOTATION,
  DEMAND_ANNOTATION,
  NODE_HINTS_ANNOTATION,
  OPENYURT_KEYS_ANNOTATION,
  OVERLOAD_ANNOTATION,
  SERVICE_MODE_ANNOTATION,
  STRICT_ANNOTATION,
  TOPOLOGY_KEYS_ANNOTATION,
} from '../../hints/annotations.js';
import { parseDemand } from '../../hints/demand/annotation.js';
import { chooseMode } from '../../hints/mode.js';
import { parseTopologyKeys } from '../../hints/strategies/topologyKeys/annotation.js';
import { HINTS_ANNOTATION, MODE_ANNOTATION, type ServiceRecord } from '../../model/service.js';
import { clientsOf } from './annotationNames.js';
import type { Pseudonyms, Rename } from './pseudonyms.js';

/** What is not understood is foreign text, and becomes two words that are understood nowhere. */
const NOT_UNDERSTOOD = 'not understood';
const DOMAIN_OF_OTHERS = 'example.com/other';
const OWN_VALUES: ReadonlySet<string> = new Set(['Disabled', 'disabled', '']);

/** The annotations of a Service as pairs of name and value. */
export function anonymiseAnnotations(service: ServiceRecord, names: Pseudonyms): [string, string][] {
  const { annotations } = service;
  let unknown = 0;
  return Object.entries(annotations).map(([key, value]): [string, string] => {
    switch (key) {
      case SERVICE_MODE_ANNOTATION:
      case HINTS_ANNOTATION:
      case MODE_ANNOTATION: {
        const alone = { ...service, annotations: { [key]: value }, trafficDistribution: '' };
        const { mode, keepsHints } = chooseMode(alone);
        if (mode !== 'off' || OWN_VALUES.has(value) || value === 'off') return [key, value];
        return [key, keepsHints === true ? NOT_UNDERSTOOD : DOMAIN_OF_OTHERS];
      }
      case OVERLOAD_ANNOTATION:
        return [key, /^[\d.]{1,20}$/.test(value) ? value : NOT_UNDERSTOOD];
      case STRICT_ANNOTATION:
      case NODE_HINTS_ANNOTATION:
        return [key, value === 'true' || value === 'false' ? value : NOT_UNDERSTOOD];
      case DEMAND_ANNOTATION:
        return [key, anonymiseDemand(value, names)];
      case CLIENTS_ANNOTATION:
        return [key, clientsText(service, names)];
      case TOPOLOGY_KEYS_ANNOTATION:
      case OPENYURT_KEYS_ANNOTATION: {
        const parsed = parseTopologyKeys({ ...service, annotations: { [key]: value } });
        if (parsed === undefined || 'error' in parsed) return [key, NOT_UNDERSTOOD];
        // Keys of OpenYurt are words of its own.
        if (key === OPENYURT_KEYS_ANNOTATION) return [key, value];
        return [
          key,
          value
            .split(',')
            .map((text) => anonymousKey(text.trim(), names))
            .join(','),
        ];
      }
      default:
        unknown++;
        return [`slicehints.io/unknown-${unknown}`, NOT_UNDERSTOOD];
    }
  });
}

function anonymousKey(text: string, { label }: Pseudonyms): string {
  if (text === '*' || text === '') return text;
  return text.startsWith('!') ? `!${label(text.slice(1))}` : label(text);
}

/** A value of the annotation for the demand, which policies have as well. */
export function anonymiseDemand(value: string, { zone }: Pseudonyms): string {
  const parsed = parseDemand({ namespace: '', annotations: { [DEMAND_ANNOTATION]: value } });
  if (value.trim() === 'clients') return value;
  if (parsed === undefined || 'error' in parsed) return NOT_UNDERSTOOD;
  if (parsed.source !== 'zones') return value;
  return mapPairs(value, zone);
}

function clientsText(service: ServiceRecord, { namespace, service: rename }: Pseudonyms): string {
  if (clientsOf(service).length === 0) return NOT_UNDERSTOOD;
  return mapPairs(service.annotations[CLIENTS_ANNOTATION] ?? '', (path) => {
    const [first = '', second] = path.split('/');
    return second === undefined ? rename(first) : `${namespace(first)}/${rename(second)}`;
  });
}

/** Renames the names of `name=number,name`; the numbers stay as they are written. */
function mapPairs(text: string, rename: Rename): string {
  const pairs = text.split(',').map((pair) => pair.split('=').map((part) => part.trim()));
  return pairs.map(([name = '', ...number]) => [rename(name), ...number].join('=')).join(',');
}
