import { expect, test } from 'vitest';
import { UsageError } from '../../../src/cli/flags/usageError.js';
import { collectManifests } from '../../../src/cli/input/manifests.js';
import { requireService } from '../../../src/cli/plan/requireService.js';

const manifests = (...keys: string[]): ReturnType<typeof collectManifests> =>
  collectManifests(
    keys.map((key) => {
      const [namespace, name] = key.split('/');
      return { origin: key, value: { apiVersion: 'v1', kind: 'Service', metadata: { namespace, name } } };
    }),
  );

test('a Service that was read is no matter', () => {
  requireService('shop/cart', manifests('shop/web', 'shop/cart'));
});

test.each<[string, string[], string]>([
  ['there is none of that name', ['shop/web'], 'there is no Service shop/cart among the 1 given'],
  ['it is elsewhere', ['b/cart', 'a/cart'], 'there is no Service shop/cart among the 2 given; there is a/cart, b/cart'],
  ['it is in many places, of which three are named', ['d/cart', 'c/cart', 'b/cart', 'a/cart'], 'there is no Service shop/cart among the 4 given; there is a/cart, b/cart, c/cart'], // prettier-ignore
])('%s', (_, keys, message) => {
  expect(() => requireService('shop/cart', manifests(...keys))).toThrow(new UsageError(`--service: ${message}`));
  expect(() => requireService('shop/cart', manifests(...keys), '')).toThrow(new UsageError(message));
});
