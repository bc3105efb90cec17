// The command line of a bench that takes numbers by their place.
import { parseArgs } from 'node:util';

/**
 * @param names of the numbers, each with its default, in their order
 * @param flags that may be given
 * @returns the numbers by name, and each flag: whether it is given; the process ends with one sentence for anything else
 */
export function readCommandLine(names, flags = []) {
  const fail = (sentence) => {
    console.error(sentence);
    process.exit(2);
  };
  const options = Object.fromEntries(flags.map((flag) => [flag, { type: 'boolean', default: false }]));
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const places = Object.keys(names);
    const odd = positionals.find((word, i) => i >= places.length || !/^\d{1,9}$/.test(word));
    if (odd !== undefined) fail(`expected at most ${places.join(' and ')}, each a whole number, got "${odd}"`);
    const numbers = positionals.map((word, i) => [places[i], Number(word)]);
    return { ...names, ...Object.fromEntries(numbers), ...values };
  } catch ({ message }) {
    return fail(message);
  }
}
