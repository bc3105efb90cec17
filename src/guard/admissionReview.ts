import { isRecord } from '../kube/json.js';
import { quoted } from '../model/text/quoted.js';
import { guardPatch } from './rule.js';
import type { EndpointSliceManifest } from '../model/manifest.js';

/** As whom kube-apiserver asks itself (k8s.io/apiserver user.APIServerUser). */
const API_SERVER = 'system:apiserver';

/** The answer to a review as admission.k8s.io/v1 defines it. */
export interface AdmissionReviewAnswer {
  readonly apiVersion: 'admission.k8s.io/v1';
  readonly kind: 'AdmissionReview';
  readonly response: {
    readonly uid: string;
    readonly allowed: true;
    readonly patchType?: 'JSONPatch';
    /** The JSON patch, base64. */
    readonly patch?: string;
  };
}

export type ReviewOutcome =
  /** `operations`: how many the patch has; 0 without patch. */
  | { readonly ok: true; readonly answer: AdmissionReviewAnswer; readonly operations: number }
  /** The text is not a review; `message` is one sentence with the reason. */
  | { readonly ok: false; readonly message: string };

/**
 * Answers one AdmissionReview with the rule of the guard. It always allows: the guard keeps hints, it forbids nothing.
 * Reviews of other objects and operations, which a wrongly written configuration may send, are allowed unpatched.
 * @param exemptUsers users whose updates pass untouched: the service account of the controller
 */
export function answerReview(review: unknown, exemptUsers: readonly string[]): ReviewOutcome {
  if (!isRecord(review)) return { ok: false, message: 'Expected an AdmissionReview, got no JSON object' };
  const { apiVersion, kind, request } = review;
  if (kind !== 'AdmissionReview' || apiVersion !== 'admission.k8s.io/v1') {
    return {
      ok: false,
      message: `Expected an AdmissionReview of admission.k8s.io/v1, got ${named(kind)} of ${named(apiVersion)}`,
    };
  }
  if (!isRecord(request)) return { ok: false, message: 'Expected `request` of the AdmissionReview to be an object' };
  const { uid } = request;
  if (typeof uid !== 'string' || uid === '') {
    return { ok: false, message: 'Expected `request.uid` of the AdmissionReview to be a text' };
  }
  const { object, oldObject } = request as { object: EndpointSliceManifest; oldObject: EndpointSliceManifest };
  const patch = isGuarded(request, exemptUsers) ? guardPatch(oldObject, object, userOf(request) === API_SERVER) : [];
  const response =
    patch.length === 0
      ? ({ uid, allowed: true } as const)
      : ({
          uid,
          allowed: true,
          patchType: 'JSONPatch',
          patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
        } as const);
  return {
    ok: true,
    answer: { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response },
    operations: patch.length,
  };
}

function isGuarded(request: Readonly<Record<string, unknown>>, exemptUsers: readonly string[]): boolean {
  const { operation, resource, subResource, object, oldObject } = request;
  if (operation !== 'UPDATE' || !isRecord(object) || !isRecord(oldObject)) return false;
  if (!isRecord(resource) || resource['group'] !== 'discovery.k8s.io' || resource['resource'] !== 'endpointslices') {
    return false;
  }
  if (resource['version'] !== 'v1' || (subResource !== undefined && subResource !== '')) return false;
  const user = userOf(request);
  return typeof user !== 'string' || !exemptUsers.includes(user);
}

function userOf({ userInfo }: Readonly<Record<string, unknown>>): unknown {
  return isRecord(userInfo) ? userInfo['username'] : undefined;
}

function named(value: unknown): string {
  return typeof value === 'string' && value !== '' ? quoted(value) : 'nothing';
}
