import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const MAIN = new URL('../../src/cli/main.js', import.meta.url).href;

/** How many handlers SIGINT has when a command has printed its help. */
async function handlersWhile(command: string): Promise<number> {
  const script = `
    process.argv = ['node', 'slicehints', '${command}', '--help'];
    process.on('exit', () => process.stderr.write(String(process.listenerCount('SIGINT'))));
    await import('${MAIN}');`;
  const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
  return Number(stderr);
}

test.each([
  ['a command that runs until it is stopped handles SIGINT from the start', 'controller', 1],
  ['any other is ended by the system, even while it computes', 'plan', 0],
])('%s', async (_, command, handlers) => {
  expect(await handlersWhile(command)).toBe(handlers);
});
