import { HintsManifests, sameHints } from '../model/hints.js';
import { OWNED_ANNOTATION, TRIGGER_TIME_ANNOTATION, type SliceRecord } from '../model/slice.js';
import { type EndpointHints } from '../model/hints.js';
import { MIRRORING_MANAGER } from './ownership.js';

/** One operation of a JSON patch (RFC 6902). */
export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/**
 * The value of our ownership annotation: the version of the format, and the resourceVersion that was planned from. It
 * changes with every write of ours, by which the guard tells our writes from those that it must mend.
 */
function ownedValue({ resourceVersion }: SliceRecord): string {
  return resourceVersion === '' ? 'v1' : `v1-${resourceVersion}`;
}
const ANNOTATION_PATH = `/metadata/annotations/${OWNED_ANNOTATION.replace('/', '~1')}`;
const TRIGGER_TIME_PATH = `/metadata/annotations/${TRIGGER_TIME_ANNOTATION.replace('/', '~1')}`;

/** Paths of the hints of the first endpoints of a slice, made once: 1,000 is the API's limit. */
const HINTS_PATHS: readonly string[] = Object.freeze(Array.from({ length: 1000 }, (_, i) => hintsPath(i)));

function hintsPath(endpoint: number): string {
  return `/endpoints/${endpoint}/hints`;
}

/**
 * The JSON patch that gives a slice its hints, or undefined when it has them. By index, only endpoints that change.
 * The first operation sets the resourceVersion that was planned from: a stale one is answered with 409 Conflict, where
 * a `test` operation would give a 422 that looks like a bad patch (seen on kube-apiserver 1.36.2).
 * @param wanted parallel to `slice.endpoints`
 * @param annotate whether hints of ours are marked with the ownership annotation
 */
export function hintsPatch(
  slice: SliceRecord,
  wanted: readonly (EndpointHints | undefined)[],
  annotate: boolean,
): readonly PatchOperation[] | undefined {
  const { endpoints } = slice;
  let anyHint = false;
  let first = endpoints.length;
  for (let i = 0; i < endpoints.length; i++) {
    const hints = wanted[i];
    if (hints !== undefined) anyHint = true;
    if (first === endpoints.length && !sameHints(endpoints[i]!.hints, hints)) first = i;
  }
  const mark = markChange(slice, anyHint, annotate && first < endpoints.length);
  if (first === endpoints.length && mark === undefined) return undefined;
  const changes: PatchOperation[] = [];
  if (slice.resourceVersion !== '') {
    changes.push({ op: 'replace', path: '/metadata/resourceVersion', value: slice.resourceVersion });
  }
  // No pod caused this write: kube-proxy would count the time since the last one did as its programming latency. In-tree
  // takes the annotation away likewise; the mirroring controller would rebuild a slice whose annotations change.
  if (slice.hasTriggerTime === true && slice.managedBy !== MIRRORING_MANAGER) {
    changes.push({ op: 'remove', path: TRIGGER_TIME_PATH });
  }
  if (mark !== undefined) changes.push(mark);
  const manifests = new HintsManifests();
  for (let i = first; i < endpoints.length; i++) {
    const hints = wanted[i];
    if (sameHints(endpoints[i]!.hints, hints)) continue;
    const path = HINTS_PATHS[i] ?? hintsPath(i);
    changes.push(hints === undefined ? { op: 'remove', path } : { op: 'add', path, value: manifests.of(hints) });
  }
  return changes;
}

/** How many endpoints a patch made by `hintsPatch` changes. */
export function countMoved(patch: readonly PatchOperation[]): number {
  // What is about the slice itself comes first.
  let head = 0;
  while (head < patch.length && !patch[head]!.path.startsWith('/endpoints/')) head++;
  return patch.length - head;
}

/** Hints and mark come in one patch and go in one patch; a slice with valid hints of another writer gets no mark. */
function markChange(slice: SliceRecord, anyHint: boolean, annotate: boolean): PatchOperation | undefined {
  if (slice.owned && !anyHint) return { op: 'remove', path: ANNOTATION_PATH };
  if (!anyHint || !annotate) return undefined;
  const value = ownedValue(slice);
  if (slice.hasAnnotations) return { op: 'add', path: ANNOTATION_PATH, value };
  return { op: 'add', path: '/metadata/annotations', value: { [OWNED_ANNOTATION]: value } };
}
