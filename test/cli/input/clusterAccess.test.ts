import { expect, test } from 'vitest';
import { openClusterAccess } from '../../../src/cli/input/clusterAccess.js';
import { UsageError } from '../../../src/cli/flags/usageError.js';

const open = (kubeconfig?: string): unknown => {
  try {
    return openClusterAccess({ kubeconfig, context: undefined, env: { HOME: '/nonexistent' } });
  } catch (error) {
    return error;
  }
};

test('a kubeconfig that is not there is named in one sentence', () => {
  const error = open('/nonexistent/config');
  expect(error).toBeInstanceOf(UsageError);
  expect((error as UsageError).message).toMatch(/\/nonexistent\/config/);
  expect((error as UsageError).message).not.toContain('\n');
});

test('an empty one is none, so that the message is about where else a cluster was looked for', () => {
  expect(open('')).toEqual(open(undefined));
  expect(open('')).not.toEqual(open('/nonexistent/config'));
});
