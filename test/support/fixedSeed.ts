import fc from 'fast-check';

// For mutation testing: the same few inputs for each change, and the first that fails is enough.
fc.configureGlobal({ seed: 1, numRuns: 20, endOnFailure: true });
