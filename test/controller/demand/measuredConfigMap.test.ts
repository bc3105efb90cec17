import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
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

/** Ten times the bound, so that a reader without it needs far more memory than there is. */
const LENGTH = 40 * 1024 * 1024;
const HEAD = `slicehints-measured 1\nat 1800000000\nzones ${Array.from({ length: 100 }, (_, i) => `z${i}`).join(' ')}\n`;

/** Reads it in a thread whose heap is that of a small container, so that what needs more ends the thread only. */
async function readInLittleMemory(configMap: object): Promise<number> {
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
    import(workerData.module).then(({ readMeasuredConfigMap }) =>
      parentPort.postMessage(readMeasuredConfigMap(workerData.configMap).problems.length));`,
    {
      eval: true,
      workerData: {
        module: new URL('../../../src/controller/demand/measuredConfigMap.js', import.meta.url).href,
        configMap,
      },
      resourceLimits: { maxOldGenerationSizeMb: 128 },
    },
  );
  try {
    const [problems] = (await once(worker, 'message')) as [number];
    return problems;
  } finally {
    await worker.terminate();
  }
}

describe('a ConfigMap that unpacks to far more than it holds is read in little memory', () => {
  const ones = Array.from({ length: 100 }, () => '1').join();
  const service = (i: number): string => `n/s${i} 9 0 1 - 0 ${ones} ${ones} ${ones}\n`;
  const services = Array.from({ length: Math.floor((4 * 1024 * 1024 - HEAD.length) / 630) }, (_, i) => service(i)).join(
    '',
  );
  test.each([
    ['empty lines', HEAD + '\n'.repeat(LENGTH)],
    ['as many lines as may be unpacked', HEAD + 'x\n'.repeat(2 * 1024 * 1024 - HEAD.length)],
    ['one long line', HEAD + ' '.repeat(4 * 1024 * 1024 - HEAD.length)],
    ['a zone a million times', `slicehints-measured 1\nat 1800000000\nzones${' a'.repeat(2_000_000)}`],
    ['shares', HEAD + services],
  ])(
    '%s',
    async (_, text) => {
      const binaryData = { 'measured.txt.gz': gzipSync(text).toString('base64') };
      expect(await readInLittleMemory({ binaryData })).toBeGreaterThan(0);
    },
    60_000,
  );
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

  const noted = { metadata: { annotations: { 'slicehints.io/observe-problem': '2027-01-15T08:00:00Z away' } } };
  test.each([
    ['figures', configMap, [30]],
    ['none', {}, []],
  ])('why no more figures come is there beside %s', async (_, content, ages) => {
    const { measured, problems, observeProblem } = await ask(() => Promise.resolve({ ...noted, ...content }));
    expect(measured?.services.map(({ ageSeconds }) => ageSeconds)).toEqual(ages);
    expect(problems).toEqual([]);
    expect(observeProblem).toEqual({ sentence: 'away', sinceSeconds: 1_800_000_000 });
  });

  test('what is not understood is a sentence', async () => {
    expect((await ask(() => Promise.resolve({}))).problems[0]).toMatch(/^ConfigMap ns\/m: it has neither/);
  });

  test('other answers are errors', async () => {
    await expect(ask(refused(500))).rejects.toThrow(ApiError);
  });
});
