import { answerReview } from '../../../src/guard/admissionReview.js';
import { asRecord } from '../../../src/kube/json.js';
import { checkMessage } from '../refusal.js';

export const words = [
  ...[
    '"apiVersion":"admission.k8s.io/v1"',
    '"kind":"AdmissionReview"',
    '"request":{',
    '"uid":"u"',
    '"operation":"UPDATE"',
  ],
  ...[
    '"resource":{"group":"discovery.k8s.io","version":"v1","resource":"endpointslices"}',
    '"subResource":""',
    '"object":{',
  ],
  ...['"oldObject":{', '"metadata":{"annotations":{"slicehints.io/hints":""}}', '"endpoints":[', '"addresses":["a"]'],
  ...[
    '"zone":"z"',
    '"hints":{"forZones":[{"name":"z"}]}',
    '"userInfo":{"username":"u"}',
    '"__proto__":',
    'null',
    '[]',
    '{}',
  ],
];

const EXEMPT = 'system:serviceaccount:slicehints:slicehints';

/** The body of a request to the guard's webhook: one short line on what is wrong, or a review that changes hints only. */
export function fuzz(body: Uint8Array): void {
  let review: unknown;
  try {
    review = JSON.parse(new TextDecoder().decode(body));
  } catch {
    return;
  }
  const outcome = answerReview(review, [EXEMPT]);
  if (!outcome.ok) return checkMessage(outcome.message);
  const { uid, patch } = outcome.answer.response;
  const request = asRecord(asRecord(review)['request']);
  if (uid !== request['uid']) throw new Error('the answer is to another review');
  const operations = patch === undefined ? [] : (JSON.parse(Buffer.from(patch, 'base64').toString()) as unknown[]);
  if (operations.length !== outcome.operations) throw new Error('the number of operations is another one');
  const endpoints = asRecord(request['object'])['endpoints'];
  for (const operation of operations) {
    const { op, path } = asRecord(operation);
    const index = /^\/endpoints\/(\d+)\/hints$/.exec(String(path))?.[1];
    if (op !== 'add' || index === undefined) throw new Error(`more than hints changes: ${JSON.stringify(operation)}`);
    if (!Array.isArray(endpoints) || Number(index) >= endpoints.length)
      throw new Error(`${String(path)} is no endpoint`);
  }
}
