import { expect, test } from 'vitest';
import { parseFlags } from '../../../src/cli/flags/parseFlags.js';
import { PLANNING_FLAGS, readSource, SOURCE_FLAGS } from '../../../src/cli/flags/sourceFlags.js';

const FLAGS = { ...SOURCE_FLAGS, ...PLANNING_FLAGS };
const source = (...args: string[]): ReturnType<typeof readSource> => readSource(parseFlags(FLAGS, args).values);

test('what a command reads: files or a cluster, which namespace, with which settings', () => {
  expect(source('-f', 'a', '-f', 'b', '-n', 'shop', '--demand=nodes')).toMatchObject({
    files: ['a', 'b'],
    namespace: 'shop',
    hints: { demand: 'nodes' },
  });
  expect(source('--context=kind', '-A')).toMatchObject({ files: [], context: 'kind', namespace: undefined });
});

test.each([
  [['-f', 'a', '--context=kind'], '--filename and --kubeconfig or --context exclude each other: read files, or a live cluster'], // prettier-ignore
  [['-n', 'shop', '-A'], '--namespace and --all-namespaces contradict each other; give one of them'],
])('%j contradict each other', (args, message) => {
  expect(() => source(...args)).toThrow(message);
});
