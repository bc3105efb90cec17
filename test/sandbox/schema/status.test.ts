import { describe, expect, test } from 'vitest';
import * as status from '../../../src/sandbox/schema/status.js';

const slices = { group: 'discovery.k8s.io', name: 'endpointslices' };
const pods = { group: '', name: 'pods' };

describe('answers other than success', () => {
  test.each<[status.StatusError, number, string, string]>([
    [status.notFound(slices, 's'), 404, 'NotFound', 'endpointslices.discovery.k8s.io "s" not found'],
    [status.notFound(pods, 'p'), 404, 'NotFound', 'pods "p" not found'],
    [status.alreadyExists(pods, 'p'), 409, 'AlreadyExists', 'pods "p" already exists'],
    [status.conflict(pods, 'p', 'why'), 409, 'Conflict', 'Operation cannot be fulfilled on pods "p": why'],
    [status.badRequest('no'), 400, 'BadRequest', 'no'],
    [status.methodNotAllowed(), 405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource'], // prettier-ignore
    [status.expired('old'), 410, 'Expired', 'old'],
    [status.tooLargeResourceVersion(9, 3), 504, 'Timeout', 'Timeout: Too large resource version: 9, current: 3'],
    [status.unauthorized(), 401, 'Unauthorized', 'Unauthorized'],
    [status.unsupportedMediaType(), 415, 'UnsupportedMediaType', '415: Unsupported Media Type'],
    [status.patchRejected(), 422, 'Invalid', 'the server rejected our request due to an error in our request'],
  ])('%s', (error, code, reason, message) => {
    expect(error.body()).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message });
  });

  test('name the object with its group, and only what there is', () => {
    expect(status.notFound(slices, 's').body()['details']).toEqual({ name: 's', group: 'discovery.k8s.io', kind: 'endpointslices' }); // prettier-ignore
    expect(status.notFound(pods, '').body()['details']).toEqual({ kind: 'pods' });
    expect(new status.StatusError(500, '', 'x').body()).toEqual({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: 'x', code: 500 }); // prettier-ignore
  });

  test('may tell with which token to go on', () => {
    expect(status.expired('old', 'token').body()['metadata']).toEqual({ continue: 'token' });
  });
});

describe('422 with the fields that are wrong', () => {
  const kind = { group: 'discovery.k8s.io', name: 'EndpointSlice' };
  test.each<[status.FieldError, string, string]>([
    [status.invalidValue('a.b', 'x', 'too odd'), 'FieldValueInvalid', 'a.b: Invalid value: "x": too odd'],
    [status.invalidValue('a', undefined, 'no'), 'FieldValueInvalid', 'a: Invalid value: null: no'],
    [status.requiredValue('a'), 'FieldValueRequired', 'a: Required value'],
    [status.requiredValue('a', 'say it'), 'FieldValueRequired', 'a: Required value: say it'],
    [status.duplicateValue('a[1]', 5), 'FieldValueDuplicate', 'a[1]: Duplicate value: 5'],
    [status.tooMany('a', 9, 8), 'FieldValueTooMany', 'a: Too many: 9: must have at most 8 items'],
    [status.notSupported('a', 'x', ['y', 'z']), 'FieldValueNotSupported', 'a: Unsupported value: "x": supported values: "y", "z"'], // prettier-ignore
    [status.forbiddenValue('a', 'never'), 'FieldValueForbidden', 'a: Forbidden: never'],
  ])('%j', (error, reason, text) => {
    const body = status.invalid(kind, 's', [error]).body();
    expect(body['message']).toBe(`EndpointSlice.discovery.k8s.io "s" is invalid: ${text}`);
    expect(body['details']).toMatchObject({ causes: [{ reason, field: error.field, message: error.message }] });
  });

  test('several stand in brackets', () => {
    const errors = [status.requiredValue('a'), status.requiredValue('b')];
    expect(status.invalid(kind, 's', errors).message).toBe('EndpointSlice.discovery.k8s.io "s" is invalid: [a: Required value, b: Required value]'); // prettier-ignore
  });
});
