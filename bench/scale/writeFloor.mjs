// The server's own speed: patches of the size that a Service's first hints have, sent with `inFlight` of them under way by
// a client that does nothing else, while a watch of the slices is read and thrown away. They change nothing.
import { Agent, get, request } from 'node:http';
import { slice } from './objects.mjs';

/** @returns milliseconds for one patch of each slice */
export async function writeFloor(url, { services, endpoints, nodes }, inFlight) {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight });
  const watch = get(`${url}/apis/discovery.k8s.io/v1/endpointslices?watch=1`);
  await new Promise((resolve) => watch.once('response', (response) => resolve(response.resume())));
  const headers = { 'content-type': 'application/json-patch+json' };
  const patch = (i) =>
    new Promise((resolve, reject) => {
      const { metadata, endpoints: all } = slice(i, Math.round(endpoints / services), nodes);
      const body = all.map(({ conditions }, k) => ({
        op: 'add',
        path: `/endpoints/${k}/conditions`,
        value: conditions,
      }));
      const path = `/apis/discovery.k8s.io/v1/namespaces/${metadata.namespace}/endpointslices/${metadata.name}`;
      const sent = request(url + path, { agent, method: 'PATCH', headers }, (response) =>
        response.resume().once('end', () => resolve(response.statusCode)),
      );
      sent.once('error', reject).end(JSON.stringify(body));
    });
  const startMs = performance.now();
  let next = 0;
  const worker = async () => {
    while (next < services) {
      const status = await patch(next++);
      if (status !== 200) throw new Error(`the server answered ${status}`);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  const ms = performance.now() - startMs;
  watch.destroy();
  agent.destroy();
  return ms;
}
