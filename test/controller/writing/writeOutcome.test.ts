import { describe, expect, test } from 'vitest';
import { answerRule, type AnswerRule } from '../../../src/controller/writing/writeOutcome.js';
import { ApiError, type ApiErrorKind } from '../../../src/kube/rest/transport.js';

/** Kind, retry, other slices, may be applied. */
type Row = readonly [AnswerRule['kind'], AnswerRule['retry'], AnswerRule['others'], boolean];

const BUSY: Row = ['failed', 'back-off', 'wait', false];
const REFUSED: Row = ['rejected', 'refusal-expired', 'go-on', false];
const BROKEN: Row = ['failed', 'back-off', 'go-on', true];
const AWAY: Row = ['failed', 'back-off', 'wait', true];

describe('an answer of the server to a patch', () => {
  test.each<[number, string, Row]>([
    [307, 'a redirect, which is not followed', AWAY],
    [400, 'the patch is not understood', REFUSED],
    [401, 'the credentials are not accepted', BUSY],
    [402, 'a gateway wants something else', REFUSED],
    [403, 'RBAC, an admission policy or a webhook forbids it', ['failed', 'back-off', 'go-on', false]],
    [404, 'the slice is gone', ['gone', 'never', 'go-on', false]],
    [405, 'the method is not served', REFUSED],
    [406, 'no answer in JSON', REFUSED],
    [407, 'a proxy wants credentials', BUSY],
    [408, 'a gateway gave up waiting for the request', BUSY],
    [409, 'another writer was first', ['conflict', 'replan', 'replan', false]],
    [410, 'the slice is gone', ['gone', 'never', 'go-on', false]],
    [413, 'the patch is too large', REFUSED],
    [415, 'the kind of patch is not served', REFUSED],
    [422, 'validation or an admission policy refuses it', REFUSED],
    [425, 'too early', BUSY],
    [429, 'the server is busy', BUSY],
    [431, 'the headers are too large', REFUSED],
    [451, 'a filter refuses it', REFUSED],
    [500, 'a webhook that fails, maybe for this slice only', BROKEN],
    [501, 'not implemented', BROKEN],
    [502, 'a load balancer without a server', AWAY],
    [503, 'the server is not ready', AWAY],
    [504, 'the server did not answer a load balancer in time', AWAY],
    [507, 'etcd is full', BROKEN],
  ])('%i: %s', (status, _, [kind, retry, others, maybeApplied]) => {
    expect(answerRule(new ApiError('http', '', { status }))).toMatchObject({ kind, retry, others, maybeApplied });
  });

  test.each<[ApiErrorKind, Row]>([
    ['network', AWAY],
    ['timeout', AWAY],
    ['aborted', AWAY],
    ['malformed', AWAY],
    ['withheld', ['withheld', 'never', 'go-on', false]],
  ])('none: %s', (failure, [kind, retry, others, maybeApplied]) => {
    expect(answerRule(new ApiError(failure, ''))).toMatchObject({ kind, retry, others, maybeApplied });
  });

  test('is an Event only where the patch itself is refused', () => {
    for (let status = 300; status < 600; status++) {
      const { kind, event } = answerRule(new ApiError('http', '', { status }));
      expect([status, event]).toEqual([status, kind === 'rejected' ? 'HintsRejected' : undefined]);
    }
  });
});
