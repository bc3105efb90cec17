#!/usr/bin/env node
import { basename } from 'node:path';
import { runCommandLine } from './command.js';
import { commandEntries } from './commandEntries.js';
import { processIo } from './output/terminal.js';

const io = processIo();
// kubectl runs a program of this name for `kubectl slicehints`.
const program = basename(process.argv[1] ?? '').startsWith('kubectl-slicehints') ? 'kubectl slicehints' : 'slicehints';
void runCommandLine(commandEntries(io), process.argv.slice(2), io, program);
