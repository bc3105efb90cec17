import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { zoneCidrProblem, type ZoneCidr } from '../../model/zones/zoneCidrs.js';
import { readZoneCosts, type ZoneCosts } from '../../model/zones/zoneCosts.js';
import { describeFileError } from '../input/fileError.js';
import type { Kind } from './kinds.js';
import { quoted } from './usageError.js';

/** The path of a file with a matrix of costs, which is read at once, so that a bad one stops the command before anything else. */
export const ZONE_COSTS_FILE: Kind<ZoneCosts> = {
  expected: 'a file of YAML or JSON with the costs from zone to zone',
  isPath: true,
  read: (path) => {
    if (path === '') return undefined;
    const read = readZoneCosts(parsed(path));
    if ('problem' in read) throw new RangeError(`${quoted(path)}: ${read.problem}`);
    return read.costs;
  },
};

function parsed(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new RangeError(`${quoted(path)}: ${describeFileError(error)}`, { cause: error });
  }
  try {
    return parse(text);
  } catch (error) {
    const [first = ''] = String((error as Error).message).split('\n');
    throw new RangeError(`${quoted(path)} is neither YAML nor JSON: ${first.slice(0, 120)}`, { cause: error });
  }
}

/** Networks and their zones, separated by commas. */
export const ZONE_CIDRS: Kind<readonly ZoneCidr[]> = {
  expected: 'networks and their zones, such as 10.1.0.0/16=zone-a,fd00::/8=zone-b',
  read: (text) => {
    const pairs = text.split(',').map((pair) => pair.trim().split('='));
    if (pairs.some((pair) => pair.length !== 2)) return undefined;
    return pairs.map(([cidr = '', zone = '']) => {
      const problem = zoneCidrProblem({ cidr, zone });
      if (problem !== undefined) throw new RangeError(problem);
      return { cidr, zone };
    });
  },
};
