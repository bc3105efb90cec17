import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { ProcessSignals } from '../../../src/cli/output/signals.js';

/** A process that notes what would end it. */
class NotedProcess extends EventEmitter {
  readonly pid = 4711;
  readonly ends: string[] = [];
  // The first process of a container lives on.
  readonly kill = (pid: number, name: string | number = ''): true => {
    const handlers = this.listenerCount(String(name));
    this.ends.push(`kill ${pid} ${name} with ${handlers} handlers`);
    return true;
  };
  readonly exit = (code?: number | string | null): never => {
    this.ends.push(`exit ${code}`);
    throw new Error('the end');
  };
}

function listening(isService: boolean): { readonly process: NotedProcess; readonly signals: ProcessSignals } {
  const process = new NotedProcess();
  const signals = new ProcessSignals(process as unknown as NodeJS.Process, isService);
  signals.listen();
  return { process, signals };
}

describe('a signal', () => {
  test.each<[NodeJS.Signals, boolean, string[]]>([
    ['SIGTERM', true, ['exit 0']],
    ['SIGINT', true, ['exit 0']],
    ['SIGTERM', false, ['kill 4711 SIGTERM with 0 handlers', 'exit 143']],
    ['SIGINT', false, ['kill 4711 SIGINT with 0 handlers', 'exit 130']],
  ])('%s while the command is loaded (a service: %s)', (name, isService, ends) => {
    const { process } = listening(isService);
    expect(() => process.emit(name, name)).toThrow('the end');
    expect(process.ends).toEqual(ends);
  });

  test.each([true, false])(
    'is handed to a command that waits for it, and a second one ends it (a service: %s)',
    (isService) => {
      const { process, signals } = listening(isService);
      const names: string[] = [];
      const handlers = process.listeners('SIGTERM');
      const stop = signals.untilSignal((name) => names.push(name));
      // Node.js forgets a signal that waits for a handler that is removed.
      expect(process.listeners('SIGTERM')).toEqual(handlers);
      process.emit('SIGINT', 'SIGINT');
      expect({ aborted: stop.aborted, names, ends: process.ends }).toEqual({
        aborted: true,
        names: ['SIGINT'],
        ends: [],
      });
      expect(() => process.emit('SIGTERM', 'SIGTERM')).toThrow('the end');
      expect(process.ends).toEqual(['exit 1']);
    },
  );
});
