#!/usr/bin/env node
import { basename } from 'node:path';
import { runCommandLine } from './command.js';
import { commandEntries } from './commandEntries.js';
import { ProcessSignals } from './output/signals.js';
import { processIo } from './output/terminal.js';

const SERVICES = ['controller', 'observe', 'guard'];
const args = process.argv.slice(2);
const isService = SERVICES.includes(args[0] ?? '');
const signals = new ProcessSignals(process, isService);
// Any other command is ended by the kernel, at once and while it computes, but as the first process of a container.
if (isService || process.pid === 1) signals.listen();
const io = processIo(signals);
// kubectl runs a program of this name for `kubectl slicehints`; the launcher of Krew says so by a variable.
const isPlugin =
  basename(process.argv[1] ?? '').startsWith('kubectl-slicehints') ||
  io.env['SLICEHINTS_PROGRAM'] === 'kubectl slicehints';
void runCommandLine(commandEntries(io), args, io, isPlugin ? 'kubectl slicehints' : 'slicehints');
