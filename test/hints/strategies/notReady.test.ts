import { expect, test } from 'vitest';
import { notReadySentence } from '../../../src/hints/strategies/notReady.js';
import { readEndpoint, type EndpointRecord } from '../../../src/model/slice.js';

let made = 0;
const endpoint = (serving: boolean, terminating: boolean): EndpointRecord =>
  readEndpoint({ addresses: [`10.0.0.${++made}`], conditions: { ready: false, serving, terminating } });
const failed = endpoint(false, false);
const [leaving, alsoLeaving] = [endpoint(true, true), endpoint(true, true)];
/** It serves, but neither is ready nor terminates: proxies do not use it. */
const odd = endpoint(true, false);

test.each<[string, EndpointRecord[]]>([
  ['There is no endpoint', []],
  ['The one endpoint is not ready, so that no node has one to use', [failed]],
  ['None of the 2 endpoints is ready, so that no node has one to use', [failed, odd]],
  ['The one endpoint is not ready; every node uses the 1 that still serves while terminating', [leaving]],
  ['None of the 2 endpoints is ready; every node uses the 1 that still serves while terminating', [failed, leaving]],
  ['None of the 3 endpoints is ready; every node uses the 2 that still serve while terminating', [leaving, failed, alsoLeaving]], // prettier-ignore
])('%s', (sentence, endpoints) => {
  expect(notReadySentence(endpoints)).toBe(sentence);
});
