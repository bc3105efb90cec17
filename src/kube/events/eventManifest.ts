import { metaTime } from '../metaTime.js';
import type { EventSeries } from './eventCorrelator.js';

/** Who writes an Event. */
export interface EventSource {
  /** `source.component` and `reportingComponent`, e.g. `slicehints`. */
  readonly component: string;
  /** `source.host` and `reportingInstance`, e.g. the Pod's name. */
  readonly host: string;
}

/** The core/v1 Event of a series, which must have its name. */
export function eventManifest(series: EventSeries, { component, host }: EventSource): Record<string, unknown> {
  const { namespace, name, uid, resourceVersion } = series.involved;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace, name: series.name },
    involvedObject: {
      apiVersion: 'v1',
      kind: 'Service',
      namespace,
      name,
      uid,
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    type: series.type,
    reason: series.reason,
    message: series.message,
    source: { component, host },
    firstTimestamp: metaTime(series.firstWallMs),
    lastTimestamp: metaTime(series.lastWallMs),
    count: series.count,
    reportingComponent: component,
    reportingInstance: host,
  };
}

/** What a repetition changes of an Event, as a strategic merge patch. */
export function countPatch({ count, lastWallMs, message }: EventSeries): Record<string, unknown> {
  return { count, lastTimestamp: metaTime(lastWallMs), message };
}
