import { expect, test } from 'vitest';
import { runProgram } from '../runPlan.js';

test('what is missing is one sentence', async () => {
  expect(await runProgram(['observe', '--source', 'obi'])).toMatchObject({
    code: 1,
    stderr: 'slicehints observe: --prometheus-url is needed: where Prometheus is\n',
  });
});
