// `npm run fuzz`: random clusters against the oracles, or `parse`: random bytes against what reads foreign input.
if (process.argv[2] === 'parse') {
  const { UsageError } = await import('../../src/cli/flags/usageError.js');
  const { fuzzParsers } = await import('./parse.js');
  try {
    process.exitCode = await fuzzParsers(process.argv.slice(3));
  } catch (error) {
    // What the fuzzer found is shown with its stack.
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
} else {
  await import('../oracles/main.js');
}
