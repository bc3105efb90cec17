import { OVERLOAD_ANNOTATION } from '../../hints/annotations.js';
import { chooseMode } from '../../hints/mode.js';
import type { ServiceManifest } from '../../model/manifest.js';
import type { ServiceRecord } from '../../model/service.js';
import { annotate, MODE_CHANGES, type Annotations } from '../whatIf/whatIf.js';

/** What may be asked for. `leave`: nothing changes; `off`: no hints any more. */
export type Action = 'leave' | 'off' | 'auto' | 'same-zone' | 'balanced';

/** One thing that a Service may be made to ask for. */
export interface Choice {
  readonly action: Action;
  /** Of `balanced`. */
  readonly overloadThreshold?: number;
  /** Annotations that change, sorted by name; null: the annotation goes. */
  readonly annotations: Readonly<Record<string, string | null>>;
  readonly service: ServiceRecord;
}

/** Thresholds of `balanced` beside the limit itself, as parts of it: closer ones leave room for demand that is not as taken. */
const PARTS_OF_LIMIT: readonly number[] = [1, 0.5, 0.25];

/**
 * What is weighed for a Service, in the order that decides between equals. What changes no annotation is left out, but
 * for `leave`.
 * @param serviceOf reads a manifest, with the policies that match it
 * @param threshold how far above the mean the busiest endpoint may be loaded, for this Service
 * @param setting the same for all Services: needs no annotation
 */
export function choicesFor(
  manifest: ServiceManifest,
  serviceOf: (manifest: ServiceManifest) => ServiceRecord,
  threshold: number,
  setting: number,
): readonly Choice[] {
  const choices: Choice[] = [{ action: 'leave', annotations: {}, service: serviceOf(manifest) }];
  const add = (action: Exclude<Action, 'leave'>, more: Annotations = [], parts: Partial<Choice> = {}): void => {
    const changed = annotate(manifest, [...MODE_CHANGES[action], ...more]);
    const annotations = differences(manifest, changed);
    if (Object.keys(annotations).length > 0)
      choices.push({ action, ...parts, annotations, service: serviceOf(changed) });
  };
  add('auto');
  add('same-zone');
  for (const overloadThreshold of new Set(PARTS_OF_LIMIT.map((part) => Number((threshold * part).toPrecision(3))))) {
    const text = overloadThreshold === setting ? undefined : String(overloadThreshold);
    add('balanced', [[OVERLOAD_ANNOTATION, text]], { overloadThreshold });
  }
  if (chooseMode(choices[0]!.service).mode !== 'off') add('off');
  return choices;
}

function differences(before: ServiceManifest, after: ServiceManifest): Readonly<Record<string, string | null>> {
  const then = new Map(Object.entries(before.metadata?.annotations ?? {}));
  const now = new Map(Object.entries(after.metadata?.annotations ?? {}));
  const keys = [...new Set([...then.keys(), ...now.keys()])].filter((key) => then.get(key) !== now.get(key)).sort();
  return Object.fromEntries(keys.map((key) => [key, now.get(key) ?? null]));
}
