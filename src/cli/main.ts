#!/usr/bin/env node
import { basename } from 'node:path';
import { runCommandLine } from './command.js';
import { commandEntries } from './commandEntries.js';
import { processIo } from './output/terminal.js';

const io = processIo();
// kubectl runs a program of this name for `kubectl slicehints`; the launcher of Krew says so by a variable.
const isPlugin =
  basename(process.argv[1] ?? '').startsWith('kubectl-slicehints') ||
  io.env['SLICEHINTS_PROGRAM'] === 'kubectl slicehints';
void runCommandLine(commandEntries(io), process.argv.slice(2), io, isPlugin ? 'kubectl slicehints' : 'slicehints');
