// Lets the files named on the command line be run as programs: tsc writes them without that permission, and `npx` in a
// fresh clone runs the file itself.
import { chmodSync } from 'node:fs';

for (const file of process.argv.slice(2)) chmodSync(file, 0o755);
