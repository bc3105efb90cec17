import { readFileSync } from 'node:fs';
import { readZoneCidrs, type ZoneCidr } from '../../model/zones/zoneCidrs.js';
import { readZoneCosts, type ZoneCosts } from '../../model/zones/zoneCosts.js';
import { describeFileError } from '../input/fileError.js';
import { parseDocuments } from '../input/manifestText.js';
import type { Kind } from './kinds.js';
import { quoted, UsageError } from './usageError.js';

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
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new RangeError(`${quoted(path)}: ${describeFileError(error)}`, { cause: error });
  }
  try {
    const documents = parseDocuments(quoted(path), bytes);
    if (documents.length === 1) return documents[0]?.value;
    throw new UsageError(`${quoted(path)}: expected one document, got ${documents.length}`);
  } catch (error) {
    if (error instanceof UsageError) throw new RangeError(error.message, { cause: error });
    throw error;
  }
}

/** Networks and their zones, separated by commas. */
export const ZONE_CIDRS: Kind<readonly ZoneCidr[]> = {
  expected: 'networks and their zones, such as 10.1.0.0/16=zone-a,fd00::/8=zone-b',
  read: (text) => {
    const pairs = text.split(',').map((pair) => pair.trim().split('='));
    if (pairs.some((pair) => pair.length !== 2)) return undefined;
    const read = readZoneCidrs(pairs.map(([cidr, zone]) => ({ cidr, zone })));
    if ('problem' in read) throw new RangeError(read.problem);
    return read.cidrs;
  },
};
