import { describe, expect, test } from 'vitest';
import { Ajv } from 'ajv';
import { join } from 'node:path';
import { recommendCommand } from '../../../src/cli/commands/recommend.js';
import { readText } from '../../observability/repository.js';
import { EXAMPLES, runCommand, type Ran } from '../runPlan.js';

const FIVE_PODS = join(EXAMPLES, 'five-pods.yaml');
const runRecommend = (...args: string[]): Promise<Ran> => runCommand('recommend', recommendCommand, args, {});

const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(
  JSON.parse(readText('docs/reference/recommend.schema.json')) as object,
);

describe('recommend', () => {
  test.each([
    ['all samples', [EXAMPLES]],
    ['all samples with the guard', [EXAMPLES, '--guard=true']],
    ['one Service with every choice', [FIVE_PODS, '--service', 'shop/auto']],
  ])('-o json of %s has the shape of the schema', async (_, [file = '', ...flags]) => {
    const { stdout, code } = await runRecommend('-f', file, ...flags, '-o', 'json');
    validate(JSON.parse(stdout));
    expect(validate.errors).toBeNull();
    expect(code).toBe(0);
  });
});
