import { OWNED_ANNOTATION, type EndpointHints, type SliceRecord } from '../topology/slice.js';

/** One operation of a JSON patch (RFC 6902). */
export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** Hints as Kubernetes writes them. */
export interface HintsManifest {
  readonly forZones?: readonly { readonly name: string }[];
  readonly forNodes?: readonly { readonly name: string }[];
}

/** The value of our ownership annotation: the version of the format, in case a later one must tell them apart. */
const OWNED_VALUE = 'v1';
const ANNOTATION_PATH = `/metadata/annotations/${OWNED_ANNOTATION.replace('/', '~1')}`;

export function hintsManifest(hints: EndpointHints): HintsManifest {
  return {
    ...(hints.forZones === undefined ? {} : { forZones: hints.forZones.map((name) => ({ name })) }),
    ...(hints.forNodes === undefined ? {} : { forNodes: hints.forNodes.map((name) => ({ name })) }),
  };
}

function sameNames(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  if (a === b) return true;
  if (a?.length !== b?.length) return (a?.length ?? 0) === 0 && (b?.length ?? 0) === 0;
  return a === undefined || a.every((name, i) => name === b?.[i]);
}

/** Whether two hints say the same to every proxy; an empty list says as much as an absent one. */
export function sameHints(a: EndpointHints | undefined, b: EndpointHints | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return sameNames(a.forZones, b.forZones) && sameNames(a.forNodes, b.forNodes);
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
  const changes: PatchOperation[] = [];
  let anyHint = false;
  for (let i = 0; i < slice.endpoints.length; i++) {
    const hints = wanted[i];
    const current = slice.endpoints[i]?.hints;
    if (hints !== undefined) anyHint = true;
    if (sameHints(current, hints)) continue;
    const path = `/endpoints/${i}/hints`;
    changes.push(hints === undefined ? { op: 'remove', path } : { op: 'add', path, value: hintsManifest(hints) });
  }
  const mark = markChange(slice, anyHint, annotate && changes.length > 0);
  if (changes.length === 0 && mark === undefined) return undefined;
  return [
    ...(slice.resourceVersion === ''
      ? []
      : [{ op: 'replace' as const, path: '/metadata/resourceVersion', value: slice.resourceVersion }]),
    ...(mark === undefined ? [] : [mark]),
    ...changes,
  ];
}

/** Hints and mark come in one patch and go in one patch; a slice whose valid hints somebody else wrote gets no mark. */
function markChange(slice: SliceRecord, anyHint: boolean, annotate: boolean): PatchOperation | undefined {
  if (slice.owned && !anyHint) return { op: 'remove', path: ANNOTATION_PATH };
  if (slice.owned || !anyHint || !annotate) return undefined;
  if (slice.hasAnnotations) return { op: 'add', path: ANNOTATION_PATH, value: OWNED_VALUE };
  return { op: 'add', path: '/metadata/annotations', value: { [OWNED_ANNOTATION]: OWNED_VALUE } };
}
