import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { answerReview } from '../../src/guard/admissionReview.js';

const WRITER = 'system:serviceaccount:slicehints:slicehints';
const metadata = { name: 'web-1', annotations: { 'slicehints.io/hints': '' } };
const HINTED = { metadata, endpoints: [{ addresses: ['10.0.0.1'], zone: 'a', hints: { forZones: [{ name: 'b' }] } }] };
const STRIPPED = { metadata, endpoints: [{ addresses: ['10.0.0.1'], zone: 'a' }] };

function review(request: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'f0-1',
      operation: 'UPDATE',
      resource: { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' },
      userInfo: { username: 'system:serviceaccount:kube-system:endpointslice-controller' },
      oldObject: HINTED,
      object: STRIPPED,
      ...request,
    },
  };
}

describe('answerReview', () => {
  it('puts hints back that another writer left out', () => {
    const outcome = answerReview(review(), [WRITER]);
    expect(outcome).toMatchObject({
      ok: true,
      operations: 1,
      answer: {
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: { uid: 'f0-1', allowed: true, patchType: 'JSONPatch' },
      },
    });
    const patch = outcome.ok ? (outcome.answer.response.patch ?? '') : '';
    expect(JSON.parse(Buffer.from(patch, 'base64').toString())).toEqual([
      { op: 'add', path: '/endpoints/0/hints', value: { forZones: [{ name: 'b' }] } },
    ]);
  });

  it('puts back what kube-apiserver leaves out, and nobody else', () => {
    const object = { ...STRIPPED, metadata: { name: 'kubernetes' } };
    const operations = (username: string): unknown =>
      answerReview(review({ object, userInfo: { username } }), [WRITER]);
    expect(operations('system:apiserver')).toMatchObject({ ok: true, operations: 2 });
    expect(operations('system:admin')).toMatchObject({ ok: true, operations: 0 });
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['nothing is to change', { object: HINTED }],
    ['the writer is the controller itself', { userInfo: { username: WRITER } }],
    ['the object is new', { operation: 'CREATE', oldObject: null }],
    ['the object goes', { operation: 'DELETE', object: null }],
    ['it is another resource', { resource: { group: '', version: 'v1', resource: 'endpoints' } }],
    ['it is another version', { resource: { group: 'discovery.k8s.io', version: 'v2', resource: 'endpointslices' } }],
    ['it is a part of the object', { subResource: 'status' }],
    ['there is no resource', { resource: undefined }],
  ])('allows without patch when %s', (_, request) => {
    expect(answerReview(review(request), [WRITER])).toEqual({
      ok: true,
      operations: 0,
      answer: {
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: { uid: 'f0-1', allowed: true },
      },
    });
  });

  it.each<[string, unknown, string]>([
    ['a text', 'hello', 'Expected an AdmissionReview, got no JSON object'],
    ['a list', [], 'Expected an AdmissionReview, got no JSON object'],
    ['null', null, 'Expected an AdmissionReview, got no JSON object'],
    ['nothing in it', {}, 'Expected an AdmissionReview of admission.k8s.io/v1, got nothing of nothing'],
    [
      'an old review',
      { ...review(), apiVersion: 'admission.k8s.io/v1beta1' },
      'Expected an AdmissionReview of admission.k8s.io/v1, got "AdmissionReview" of "admission.k8s.io/v1beta1"',
    ],
    [
      'a version of two lines, which stays one line',
      { ...review(), apiVersion: 'admission\n"v1' },
      'Expected an AdmissionReview of admission.k8s.io/v1, got "AdmissionReview" of "admission\\n\\"v1"',
    ],
    ['no request', { ...review(), request: 1 }, 'Expected `request` of the AdmissionReview to be an object'],
    ['no uid', review({ uid: 7 }), 'Expected `request.uid` of the AdmissionReview to be a text'],
  ])('refuses %s in one sentence', (_, body, message) => {
    expect(answerReview(body, [WRITER])).toEqual({ ok: false, message });
  });

  it('answers anything that JSON can hold without throwing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (a, b, c) => {
        answerReview(a, []);
        expect(answerReview(review({ object: a, oldObject: b, userInfo: c }), []).ok).toBe(true);
      }),
    );
  });
});
