import fc from 'fast-check';

// The same inputs in each run, so that no change is refused for a fault that it did not make. Others by PROPERTY_SEED.
const { PROPERTY_SEED: seed = '1' } = process.env;
if (!/^\d{1,9}$/.test(seed))
  throw new Error(`PROPERTY_SEED: expected a whole number of at most nine digits, got "${seed}"`);
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });
