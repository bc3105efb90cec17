import { describe, expect, test } from 'vitest';
import { clusterArguments, outputFlag, readFiles, readNamespace, SERVICE_FLAGS, VERBOSITY } from '../../../src/cli/flags/clusterFlags.js'; // prettier-ignore

describe('files, or a live cluster', () => {
  const files = (filename?: string[], kubeconfig?: string, context?: string): readonly string[] => readFiles({ filename, kubeconfig, context }); // prettier-ignore

  test.each<[string, readonly string[], string[]]>([
    ['none', files(), []],
    ['files', files(['a', 'b']), ['a', 'b']],
    ['files beside a kubeconfig that is empty', files(['a'], ''), ['a']],
    ['a cluster', files(undefined, 'config', 'kind'), []],
  ])('%s', (_, read, expected) => {
    expect(read).toEqual(expected);
  });

  test.each([
    [['a'], 'config', undefined],
    [['a'], undefined, 'kind'],
  ])('not both: %j with %s and %s', (filename, kubeconfig, context) => {
    expect(() => files(filename, kubeconfig, context)).toThrow('exclude each other');
  });
});

test.each<[{ kubeconfig?: string; context?: string }, string[]]>([
  [{}, []],
  [{ kubeconfig: 'config' }, ['--kubeconfig', 'config']],
  [{ kubeconfig: 'config', context: 'kind' }, ['--kubeconfig', 'config', '--context', 'kind']],
])('kubectl reaches the same cluster: %j', (flags, args) => {
  expect(clusterArguments({ kubeconfig: undefined, context: undefined, ...flags })).toEqual(args);
});

test.each([
  [undefined, false, undefined],
  ['shop', false, 'shop'],
  [undefined, true, undefined],
])('--namespace=%s and --all-namespaces=%s: %s', (namespace, all, expected) => {
  expect(readNamespace({ namespace, 'all-namespaces': all })).toBe(expected);
});

test('the first output is the default', () => {
  const output = outputFlag(['table', 'json'], 'What is printed');
  expect([output.default, output.short, output.kind.values]).toEqual(['table', 'o', ['table', 'json']]);
});

test('a Service is named in full', () => {
  const { kind } = SERVICE_FLAGS.service;
  expect(['shop/cart', 'cart', 'shop/cart/x', '/cart'].map((text) => kind.read(text))).toEqual(['shop/cart', undefined, undefined, undefined]); // prettier-ignore
});

test('verbosity is from 0 to 10', () => {
  expect(['0', '6', '10', '11', '-1', '6.5'].map((text) => VERBOSITY.read(text))).toEqual([0, 6, 10, undefined, undefined, undefined]); // prettier-ignore
});
