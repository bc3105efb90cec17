import { describe, expect, test } from 'vitest';
import { probeGuard } from '../../src/guard/probe.js';
import { GUARD_NAME } from '../../src/guard/status.js';
import { ApiError } from '../../src/kube/rest/transport.js';
import { OWNED_ANNOTATION } from '../../src/model/slice.js';
import { ScriptedTransport } from '../support/modelApi.js';

const GROUP = '/apis/admissionregistration.k8s.io';
const POLICY = `${GROUP}/v1/mutatingadmissionpolicies/${GUARD_NAME}`;
const BINDING = `${GROUP}/v1/mutatingadmissionpolicybindings/${GUARD_NAME}`;
const WEBHOOK = `${GROUP}/v1/mutatingwebhookconfigurations/${GUARD_NAME}`;
const metadata = { name: GUARD_NAME };
const policy = { metadata, spec: { matchConditions: [{ expression: `x.annotations['${OWNED_ANNOTATION}'] == ''` }] } };
const binding = { metadata, spec: { policyName: GUARD_NAME } };
const rules = [{ apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], operations: ['UPDATE'] }];
const webhook = { metadata, webhooks: [{ rules }] };
/** The group's list of resources, which an API server gives to every user. */
const served = {
  resources: ['mutatingadmissionpolicies', 'mutatingadmissionpolicybindings', 'mutatingwebhookconfigurations'].map(
    (name) => ({ name }),
  ),
};
const unserved = { resources: [{ name: 'mutatingwebhookconfigurations' }] };

type Answers = Readonly<Record<string, unknown>>;
const refusal = (status: number): ApiError => new ApiError('http', `refused ${status}`, { status });

async function probe(answers: Answers, policyVersion?: 'v1beta1') {
  const transport = new ScriptedTransport();
  transport.onSend = ({ path }) => {
    const answer = answers[path] ?? refusal(404);
    if (answer instanceof ApiError) throw answer;
    return answer;
  };
  const { signal } = new AbortController();
  const found = await probeGuard({ transport, signal, ...(policyVersion === undefined ? {} : { policyVersion }) });
  return { found, paths: transport.sent.map(({ path }) => path) };
}

describe('the guard', () => {
  test.each<[string, Answers, boolean, string, boolean]>([
    ['with policy and binding is in force', { [POLICY]: policy, [BINDING]: binding }, true, 'MutatingAdmissionPolicy slicehints-guard (v1)', true], // prettier-ignore
    ['as a webhook is in force', { [WEBHOOK]: webhook, [`${GROUP}/v1`]: unserved }, true, 'MutatingWebhookConfiguration slicehints-guard', false], // prettier-ignore
    ['with neither is not', { [`${GROUP}/v1`]: served }, false, 'there is no policy slicehints-guard', true],
    ['without its binding is not', { [POLICY]: policy, [`${GROUP}/v1`]: served }, false, 'the policy slicehints-guard has no binding', true], // prettier-ignore
    ['in a cluster without the API is not', { [`${GROUP}/v1`]: unserved }, false, 'the cluster does not serve admissionregistration.k8s.io/v1 MutatingAdmissionPolicy', false], // prettier-ignore
    ['in a cluster without the group is not', {}, false, 'the cluster does not serve admissionregistration.k8s.io/v1 MutatingAdmissionPolicy', false], // prettier-ignore
    ['under a name that another object has is not', { [POLICY]: { metadata: { name: 'x' } }, [`${GROUP}/v1`]: served }, false, 'there is no policy slicehints-guard', true], // prettier-ignore
  ])('%s', async (_, answers, inForce, how, isServed) => {
    expect((await probe(answers)).found).toEqual({ inForce, how, served: isServed });
  });

  test('that may not be read counts as absent, and the reason is the missing permission', async () => {
    const denied = refusal(403);
    const { found, paths } = await probe({ [POLICY]: denied, [BINDING]: denied, [WEBHOOK]: denied });
    expect(found).toMatchObject({ inForce: false, served: true });
    expect(found.how).toContain('no permission to read');
    expect(paths).toEqual([POLICY, BINDING, WEBHOOK]);
  });

  test('is read in the version that is asked for; the webhook has v1 only', async () => {
    const { paths } = await probe({ [`${GROUP}/v1beta1`]: served, [`${GROUP}/v1`]: served }, 'v1beta1');
    expect(paths).toEqual([
      POLICY.replace('/v1/', '/v1beta1/'),
      `${GROUP}/v1beta1`,
      BINDING.replace('/v1/', '/v1beta1/'),
      `${GROUP}/v1beta1`,
      WEBHOOK,
      `${GROUP}/v1`,
    ]);
  });

  test.each<[string, Answers]>([
    ['the object', { [POLICY]: refusal(500) }],
    ['the list of resources', { [`${GROUP}/v1`]: refusal(500) }],
  ])('is unknown when the server fails to answer for %s', async (_, answers) => {
    await expect(probe(answers)).rejects.toThrow('refused 500');
  });
});
