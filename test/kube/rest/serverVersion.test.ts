import { describe, expect, test } from 'vitest';
import { parseServerVersion, readServerVersion } from '../../../src/kube/rest/serverVersion.js';
import { ApiError, type Transport } from '../../../src/kube/rest/transport.js';

describe('the version of a server', () => {
  test.each<[string, unknown, string | undefined]>([
    ['is that of the answer', { major: '1', minor: '33', gitVersion: 'v1.33.4' }, '1.33'],
    ['may have a + of the vendor', { major: '1', minor: '31+' }, '1.31'],
    ['is the emulated one where it emulates', { major: '1', minor: '36', emulationMajor: '1', emulationMinor: '33' }, '1.33'], // prettier-ignore
    ['is that of the tag where the minor version is empty', { major: '1', minor: '', gitVersion: 'v1.29.4' }, '1.29'],
    ['is unknown without a minor version', { major: '1' }, undefined],
    ['is unknown where the minor version is no text', { major: '1', minor: 33 }, undefined],
    ['is unknown where the answer is no object', [], undefined],
  ])('%s', (_, answer, expected) => {
    const version = parseServerVersion(answer);
    expect(version === undefined ? undefined : `${version.major}.${version.minor}`).toBe(expected);
  });

  test('is unknown where the server refuses to answer', async () => {
    const send = (): Promise<never> => Promise.reject(new ApiError('http', 'GET /version: 403', { status: 403 }));
    const transport = { send } as unknown as Transport;
    expect(await readServerVersion(transport, new AbortController().signal)).toBeUndefined();
  });
});
