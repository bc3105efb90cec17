import { spawnSync } from 'node:child_process';
import { loadAll, type Command } from '../../../src/cli/command.js';
import { commandEntries } from '../../../src/cli/commandEntries.js';
import { processIo } from '../../../src/cli/output/terminal.js';

export const loadCommands = (): Promise<readonly Command[]> => loadAll(commandEntries(processIo()));

/** Shells that a machine may lack; the workflow that runs the tests has bash only. */
export const has = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;
