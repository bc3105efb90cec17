import { isRecord } from '../kube/json.js';
import type { EndpointManifest, EndpointSliceManifest } from '../model/manifest.js';
import { OWNED_ANNOTATION } from '../model/slice.js';
import { ownValue } from '../model/ownValue.js';
import { isZoneName } from '../model/zones/zoneName.js';

/** One operation of RFC 6902, as far as the guard needs it. */
export interface JsonPatchOp {
  readonly op: 'add';
  readonly path: string;
  readonly value: unknown;
}

type HintsManifest = NonNullable<EndpointManifest['hints']>;

/**
 * The rule of the guard: an update by another writer does not remove the hints of slicehints. It is the same rule as the CEL
 * expression of charts/slicehints/files/guard-policy.yaml; the exemption of the service account of slicehints is checked there and
 * in the webhook, not here.
 *
 * It acts only while the ownership annotation stands unchanged on both objects: an update that changes or
 * removes it comes from slicehints and keeps its hints as sent. Only kube-apiserver, which writes the slice of
 * default/kubernetes anew while it carries hints (pkg/controlplane/reconcilers/endpointsadapter.go), sends no annotations at
 * all: they are put back, so that its update changes nothing. An endpoint whose address was in the same zone before keeps its
 * previous hints. Any other endpoint with the name of a zone gets that zone as provisional hint, because a single ready
 * endpoint without hints turns hints off for the whole Service. What is left has no zone to name and stays as it was sent.
 * @param byApiServer the update comes from kube-apiserver itself
 * @returns the patch for `newSlice`; empty when nothing is to change. Never throws, never mutates.
 */
export function guardPatch(
  oldSlice: EndpointSliceManifest | null | undefined,
  newSlice: EndpointSliceManifest | null | undefined,
  byApiServer = false,
): JsonPatchOp[] {
  const annotations = oldSlice?.metadata?.annotations;
  const mark = annotations?.[OWNED_ANNOTATION];
  if (mark === undefined || !newSlice) return [];
  const sent = newSlice.metadata?.annotations ?? undefined;
  const restores = byApiServer && sent === undefined;
  if (!restores && sent?.[OWNED_ANNOTATION] !== mark) return [];
  const before = new Map<string, EndpointManifest>();
  for (const endpoint of list(oldSlice?.endpoints)) {
    const address = firstAddress(endpoint);
    if (address !== undefined && isRecord(endpoint.hints) && !before.has(address)) before.set(address, endpoint);
  }
  const patch: JsonPatchOp[] = restores ? [{ op: 'add', path: '/metadata/annotations', value: annotations }] : [];
  list(newSlice.endpoints).forEach((endpoint, i) => {
    const hints = keptHints(endpoint, before);
    if (hints !== undefined && !sameJson(hints, endpoint.hints)) {
      patch.push({ op: 'add', path: `/endpoints/${i}/hints`, value: hints });
    }
  });
  return patch;
}

/** `newSlice` as `guardPatch` would have it; the object itself when nothing is to change. */
export function keepHints<Slice extends EndpointSliceManifest>(
  oldSlice: EndpointSliceManifest | null | undefined,
  newSlice: Slice,
): Slice {
  const patch = guardPatch(oldSlice, newSlice);
  if (patch.length === 0) return newSlice;
  const endpoints = [...list(newSlice.endpoints)];
  for (const { path, value } of patch) {
    const i = Number(path.split('/')[2]);
    endpoints[i] = { ...endpoints[i], hints: value as HintsManifest };
  }
  return { ...newSlice, endpoints };
}

function keptHints(endpoint: EndpointManifest, before: ReadonlyMap<string, EndpointManifest>): unknown {
  if (!isRecord(endpoint)) return undefined;
  const zone = zoneOf(endpoint);
  const address = firstAddress(endpoint);
  const previous = address === undefined ? undefined : before.get(address);
  if (previous !== undefined && zoneOf(previous) === zone) return previous.hints ?? undefined;
  // Hints with any other text are refused by the API server, and with them the update of the other writer.
  return isZoneName(zone) ? { forZones: [{ name: zone }] } : undefined;
}

/** An empty zone counts as none: no hint can name it to any effect. */
function zoneOf(endpoint: EndpointManifest): string {
  return typeof endpoint.zone === 'string' ? endpoint.zone : '';
}

function firstAddress(endpoint: EndpointManifest): string | undefined {
  const addresses: unknown = isRecord(endpoint) ? endpoint.addresses : undefined;
  const first: unknown = Array.isArray(addresses) ? addresses[0] : undefined;
  return typeof first === 'string' ? first : undefined;
}

/** Reviews reach the webhook from outside: a list that is none counts as empty. */
function list(endpoints: EndpointSliceManifest['endpoints']): readonly EndpointManifest[] {
  return Array.isArray(endpoints) ? (endpoints as readonly EndpointManifest[]) : [];
}

function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => sameJson(item, b[i]));
  if (!isRecord(a) || !isRecord(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameJson(ownValue(a, key), ownValue(b, key)))
  );
}
