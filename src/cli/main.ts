#!/usr/bin/env node
import { runCommandLine } from './command.js';
import { commandEntries } from './commandEntries.js';
import { processIo } from './output/terminal.js';

const io = processIo();
void runCommandLine(commandEntries(io), process.argv.slice(2), io);
