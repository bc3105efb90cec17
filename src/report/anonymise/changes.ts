import type { WhatIf } from '../../analysis/whatIf/whatIf.js';
import { parseObjectKey } from '../../model/objectKey.js';
import { readService } from '../../model/service.js';
import { anonymiseAnnotations } from './annotations.js';
import { serviceKeyPseudonym, type Pseudonyms } from './pseudonyms.js';

/** Changes that flags of the report ask for. */
export function anonymiseChanges(changes: WhatIf, names: Pseudonyms): WhatIf {
  const { withoutZones = [], withoutNodes = [], scale = [], set = [], mode } = changes;
  const rename = (key: string): string => serviceKeyPseudonym(key, names);
  return {
    withoutZones: withoutZones.map(names.zone),
    withoutNodes: withoutNodes.map(names.node),
    scale: scale.map(({ service, replicas }) => ({
      service: rename(service),
      replicas:
        typeof replicas === 'number'
          ? replicas
          : new Map([...replicas].map(([zone, count]) => [names.zone(zone), count])),
    })),
    set: set.map(({ service, annotation, value }) => {
      const { namespace } = parseObjectKey(service);
      const record = readService({ metadata: { namespace, annotations: { [annotation]: value } } });
      const [[, pseudonym] = ['', '']] = value === '' ? [] : anonymiseAnnotations(record, names);
      return { service: rename(service), annotation, value: pseudonym };
    }),
    mode,
  };
}
