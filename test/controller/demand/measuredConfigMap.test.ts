import { describe, expect, test } from 'vitest';
import { getMeasured, readMeasuredConfigMap } from '../../../src/controller/demand/measuredConfigMap.js';
import { ApiError, type ApiRequest, type Transport } from '../../../src/kube/rest/transport.js';
import { writeMeasured } from '../../../src/measured/text.js';
import { measuredFigures, measuredService } from '../../support/measured.js';

const figures = measuredFigures(measuredService('a=1'));
const configMap = { data: { 'measured.txt': writeMeasured(figures) } };

test('a ConfigMap is read, and one that is not understood is a sentence', () => {
  expect(readMeasuredConfigMap(configMap)).toEqual({ figures, problems: [] });
  expect(readMeasuredConfigMap(null).problems).toEqual([
    'it has neither data["measured.txt"] nor binaryData["measured.txt.gz"]',
  ]);
});

describe('asking a live cluster', () => {
  const ask = (answer: () => Promise<unknown>): ReturnType<typeof getMeasured> => {
    const transport = {
      send: ({ path }: ApiRequest) =>
        path === '/api/v1/namespaces/ns/configmaps/m' ? answer() : Promise.reject(new Error(path)),
    } as unknown as Transport;
    const nowMs = (figures.atSeconds + 30) * 1000;
    return getMeasured(transport, { key: 'ns/m', nowMs, signal: new AbortController().signal });
  };
  const refused = (status: number) => () => Promise.reject(new ApiError('http', 'no', { status }));

  test('figures are as of now', async () => {
    const { measured, problems } = await ask(() => Promise.resolve(configMap));
    expect(measured?.services[0]?.ageSeconds).toBe(30);
    expect(problems).toEqual([]);
  });

  test.each([
    [404, 'The ConfigMap ns/m does not exist, so nothing is measured'],
    [403, 'The ConfigMap ns/m may not be read, so nothing is measured'],
  ])('an answer %i is a sentence', async (status, problem) => {
    expect(await ask(refused(status))).toEqual({ measured: undefined, problems: [problem] });
  });

  test('what is not understood is a sentence', async () => {
    expect((await ask(() => Promise.resolve({}))).problems[0]).toMatch(/^ConfigMap ns\/m: it has neither/);
  });

  test('other answers are errors', async () => {
    await expect(ask(refused(500))).rejects.toThrow(ApiError);
  });
});
