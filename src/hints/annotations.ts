import { HINTS_ANNOTATION, MODE_ANNOTATION } from '../model/service.js';
import { closestWord } from '../model/text/closestWord.js';
import { quoted } from '../model/text/quoted.js';
import type { ServiceRecord } from '../model/service.js';
import { Reason } from './reasons.js';
import { verdict, type Verdict } from './verdict.js';

/** What a Service asks for; goes before the annotations of Kubernetes. */
export const SERVICE_MODE_ANNOTATION = 'slicehints.io/mode';
export const TOPOLOGY_KEYS_ANNOTATION = 'slicehints.io/topology-keys';
export const STRICT_ANNOTATION = 'slicehints.io/topology-keys-strict';
export const OPENYURT_KEYS_ANNOTATION = 'openyurt.io/topologyKeys';
/** How far above the mean the busiest endpoint of this Service may be loaded, in place of `--overload-threshold`. */
export const OVERLOAD_ANNOTATION = 'slicehints.io/overload-threshold';
/** Whether `balanced` names nodes beside zones, in place of `--node-hints`. */
export const NODE_HINTS_ANNOTATION = 'slicehints.io/node-hints';
/** Where the traffic of this Service comes from, in place of `--demand`. */
export const DEMAND_ANNOTATION = 'slicehints.io/demand';
/** The Services whose pods call this one. */
export const CLIENTS_ANNOTATION = 'slicehints.io/clients';

/** Every annotation that is read from a Service. */
export const KNOWN_ANNOTATIONS: readonly string[] = [
  SERVICE_MODE_ANNOTATION,
  OVERLOAD_ANNOTATION,
  NODE_HINTS_ANNOTATION,
  DEMAND_ANNOTATION,
  CLIENTS_ANNOTATION,
  TOPOLOGY_KEYS_ANNOTATION,
  STRICT_ANNOTATION,
  MODE_ANNOTATION,
  HINTS_ANNOTATION,
  OPENYURT_KEYS_ANNOTATION,
];
const OWN_PREFIX = 'slicehints.io/';
const OWN = KNOWN_ANNOTATIONS.filter((key) => key.startsWith(OWN_PREFIX));
const MOST_SHOWN = 3;

/**
 * A Warning that names the annotations of a Service that resemble those of slicehints and are not read, with the nearest right one.
 * Of other prefixes (`service.kubernetes.io/topology…`) only near misses count: what else stands there is Kubernetes'.
 * @returns undefined when there are none
 */
export function unknownAnnotations({ annotations }: Pick<ServiceRecord, 'annotations'>): Verdict | undefined {
  const sentences: string[] = [];
  for (const key of Object.keys(annotations).sort()) {
    if (KNOWN_ANNOTATIONS.includes(key)) continue;
    const meant = closestWord(key, KNOWN_ANNOTATIONS);
    if (meant !== undefined) sentences.push(`${quoted(key)} (did you mean ${meant}?)`);
    else if (key.startsWith(OWN_PREFIX)) sentences.push(quoted(key));
  }
  if (sentences.length === 0) return undefined;
  const more = sentences.length - MOST_SHOWN;
  const listed = [...sentences.slice(0, MOST_SHOWN), ...(more > 0 ? [`${more} more`] : [])].join(', ');
  const plural = sentences.length > 1;
  return verdict({
    addressType: '',
    hinted: false,
    type: 'Warning',
    reason: Reason.UnknownAnnotation,
    sentence: `Unknown ${plural ? 'annotations are' : 'annotation is'} ignored: ${listed}; slicehints reads ${OWN.join(', ')}`,
  });
}
