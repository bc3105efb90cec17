import { readRequest } from '../../../src/hints/request.js';
import { readService } from '../../../src/model/service.js';
import { checkMessage } from '../refusal.js';
import { KNOWN_ANNOTATIONS } from '../../../src/hints/annotations.js';
import { OWN_MODES } from '../../../src/hints/mode.js';

export const words = [
  ...KNOWN_ANNOTATIONS,
  ...OWN_MODES,
  'Auto',
  'clients',
  'endpoints',
  '\nslicehints.io/',
  ': ',
  '=1,',
];

/** The annotations of a Service, one `key: value` in a line: what is not understood is a Warning that fits an Event. */
export function fuzz(lines: Uint8Array): void {
  const text = new TextDecoder().decode(lines);
  const annotations = Object.fromEntries(
    text.split('\n').map((line): [string, string] => {
      const end = line.indexOf(':');
      return end === -1 ? [line, ''] : [line.slice(0, end), line.slice(end + 1).replace(/^ /, '')];
    }),
  );
  const request = readRequest(readService({ metadata: { namespace: 'shop', name: 'cart', annotations } }));
  for (const { message } of request.warnings) checkMessage(message);
  if (request.keysProblem !== undefined) checkMessage(request.keysProblem);
  if (request.demand !== undefined && 'error' in request.demand) checkMessage(request.demand.error);
}
