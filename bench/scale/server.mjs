// An API server for one reader of a large cluster: everything is serialised once, watches begin with all objects and go
// on with what changes, patches of slices are checked and applied. In a process of its own, told what to do over IPC:
//   {serve: {nodes, services, endpoints, writeMs, clients?, expensive?}} → {url}; {patches: true} → {patches};
//   {counts: true} → {…}; {storm: {changes, heartbeats, seconds}} → {…}; {burst: true} → {burst: seconds};
//   {pool: {node, pool}} → {pool}; {leases: true} → {leases: {name: holder}}
import { createServer } from 'node:http';
import { endpoint, expensive, HEARTBEAT_MARK, node, POOL_LABEL, service, slice, VERSION_MARK } from './objects.mjs';

const SLICES = '/apis/discovery.k8s.io/v1/endpointslices';
const BOOKMARK_MS = 60_000;

let version = 1000;
/** Texts of nodes and Services with their marks still in them; slices as objects, because patches change them. */
const texts = { '/api/v1/nodes': [], '/api/v1/services': [] };
/** Those that change come first. */
const slices = [];
let changing = 0;
const sliceAt = new Map();
const watchers = { '/api/v1/nodes': new Set(), '/api/v1/services': new Set(), [SLICES]: new Set() };
const counts = { requests: 0, patches: 0, conflicts: 0, unneeded: 0, events: 0, lastPatchMs: 0 };
/** When the event of a changed slice was sent; taken away by the patch that answers it. */
const sentMs = new Map();
let latenciesMs = [];
/** By name; enough of an API for an election. */
const leases = new Map();
/** Each write is answered after this time, as if it went to etcd. */
let writeMs = 0;

const versioned = (text, at) => text.replace(VERSION_MARK, `"resourceVersion":"${at}"`);
const eventLine = (type, object) => `{"type":"${type}","object":${object}}\n`;

function send(path, line) {
  for (const response of watchers[path]) response.write(line);
}

function addSlice(object) {
  object.metadata.resourceVersion = String(version);
  sliceAt.set(`${object.metadata.namespace}/${object.metadata.name}`, slices.push(object) - 1);
}

function build({ nodes, services, endpoints, clients = 0, expensive: costly = 0 }) {
  for (let i = 0; i < nodes; i++) texts['/api/v1/nodes'].push(JSON.stringify(node(i)));
  for (let i = 0; i < services; i++) {
    texts['/api/v1/services'].push(
      JSON.stringify(service(i, i < clients ? [100, 200, 300].map((k) => `service-${(i + k) % services}`) : [])),
    );
    addSlice(slice(i, Math.round(endpoints / services), nodes));
  }
  changing = slices.length;
  for (let i = 0; i < costly; i++) {
    const objects = expensive(services + i, nodes);
    texts['/api/v1/services'].push(JSON.stringify(objects.service));
    addSlice(objects.slice);
  }
}

/** All objects of a resource as lines of a watch. */
function* initialLines(path) {
  if (path === SLICES) for (const object of slices) yield eventLine('ADDED', JSON.stringify(object));
  else for (const text of texts[path]) yield eventLine('ADDED', versioned(text, version));
}

const bookmark = (path, end) => {
  const annotations = end ? ',"annotations":{"k8s.io/initial-events-end":"true"}' : '';
  return `{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"${version}"${annotations}}}}\n`;
};

async function watch(path, query, response) {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  if (query.get('sendInitialEvents') === 'true') {
    let chunk = '';
    for (const line of initialLines(path)) {
      chunk += line;
      if (chunk.length < 256 * 1024) continue;
      if (!response.write(chunk)) await new Promise((resolve) => response.once('drain', resolve));
      chunk = '';
    }
    response.write(chunk + bookmark(path, true));
  }
  watchers[path].add(response);
  const marks = setInterval(() => response.write(bookmark(path, false)), BOOKMARK_MS);
  response.on('close', () => {
    clearInterval(marks);
    watchers[path].delete(response);
  });
}

/** Applies a JSON patch of the kinds that a writer of hints sends; answers the status. */
function patch(object, operations) {
  const { metadata } = object;
  const before = JSON.stringify([object.endpoints, metadata.annotations]);
  for (const { op, path, value } of operations) {
    if (path === '/metadata/resourceVersion') {
      if (value !== metadata.resourceVersion) return 409;
      continue;
    }
    const keys = path
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = keys.pop();
    const target = keys.reduce((value, key) => value?.[key], object);
    if (target === undefined) return 422;
    if (op === 'remove') delete target[last];
    else target[last] = value;
  }
  if (JSON.stringify([object.endpoints, metadata.annotations]) === before) counts.unneeded += 1;
  metadata.resourceVersion = String(++version);
  metadata.generation += 1;
  return 200;
}

function handlePatch(path, body, response) {
  const [, namespace, name] = /\/namespaces\/([^/]+)\/endpointslices\/([^/?]+)/.exec(path);
  const key = `${namespace}/${name}`;
  const object = slices[sliceAt.get(key)];
  const status = patch(object, JSON.parse(body));
  if (status !== 200) {
    counts.conflicts += 1;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status }));
    return;
  }
  const text = JSON.stringify(object);
  send(SLICES, eventLine('MODIFIED', text));
  response.writeHead(200, { 'content-type': 'application/json' }).end(text);
  counts.patches += 1;
  counts.lastPatchMs = Date.now();
  const sent = sentMs.get(key);
  if (sent === undefined) return;
  sentMs.delete(key);
  latenciesMs.push(performance.now() - sent);
}

/** GET, POST and PUT of one Lease, with the conflicts that an election depends on. */
function handleLease(method, path, body, response) {
  const sent = body === '' ? undefined : JSON.parse(body);
  const name = method === 'POST' ? sent.metadata.name : path.split('/').at(-1);
  const found = leases.get(name);
  const refuse = (code) => {
    response.writeHead(code, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code }));
  };
  if (method === 'POST' ? found !== undefined : found === undefined) return refuse(method === 'POST' ? 409 : 404);
  if (method === 'PUT' && sent.metadata.resourceVersion !== found.metadata.resourceVersion) return refuse(409);
  const lease =
    method === 'GET' ? found : { ...sent, metadata: { ...sent.metadata, resourceVersion: String(++version) } };
  leases.set(name, lease);
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(lease));
}

const server = createServer((request, response) => {
  counts.requests += 1;
  const { pathname: path, searchParams: query } = new URL(request.url, 'http://scale');
  if (request.method === 'GET' && path in watchers && query.get('watch') !== null) {
    void watch(path, query, response);
    return;
  }
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString();
    if (request.method === 'PATCH' && path.includes('/endpointslices/')) {
      return setTimeout(() => handlePatch(path, body, response), writeMs);
    }
    if (path.includes('/events')) {
      counts.events += 1;
      response.writeHead(request.method === 'POST' ? 201 : 200, { 'content-type': 'application/json' });
      return setTimeout(() => response.end(body), writeMs);
    }
    if (path.includes('/leases')) return handleLease(request.method, path, body, response);
    const status = JSON.stringify({
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      reason: 'NotFound',
      code: 404,
    });
    return response.writeHead(404, { 'content-type': 'application/json' }).end(status);
  });
});
server.keepAliveTimeout = 180_000;

/** A pod is replaced by a new one in the same place, as in a rolling update: its hint must be written. */
function changeSlice(i, serial) {
  const object = slices[i];
  const k = serial % object.endpoints.length;
  object.endpoints[k] = endpoint(i, k, serial, texts['/api/v1/nodes'].length);
  object.metadata.resourceVersion = String(++version);
  object.metadata.generation += 1;
  sentMs.set(`${object.metadata.namespace}/${object.metadata.name}`, performance.now());
  send(SLICES, eventLine('MODIFIED', JSON.stringify(object)));
}

function heartbeat(i) {
  const time = new Date().toISOString().slice(0, 19) + 'Z';
  send(
    '/api/v1/nodes',
    eventLine('MODIFIED', versioned(texts['/api/v1/nodes'][i].replaceAll(HEARTBEAT_MARK, time), ++version)),
  );
}

/** Puts a node into another pool. */
function changePool(i, pool) {
  const object = JSON.parse(texts['/api/v1/nodes'][i]);
  object.metadata.labels[POOL_LABEL] = pool;
  texts['/api/v1/nodes'][i] = JSON.stringify(object);
  send('/api/v1/nodes', eventLine('MODIFIED', versioned(texts['/api/v1/nodes'][i], ++version)));
}

/** Changes and heartbeats at an even rate; late ticks are made up for. */
function storm({ changes, heartbeats, seconds }) {
  const nodes = texts['/api/v1/nodes'].length;
  latenciesMs = [];
  sentMs.clear();
  const before = { ...counts };
  const startMs = performance.now();
  let [changed, beats] = [0, 0];
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const elapsed = Math.min(seconds, (performance.now() - startMs) / 1000);
      while (changed < elapsed * changes) changeSlice((changed * 37) % changing, 3_000_000 + changed++);
      while (beats < elapsed * heartbeats) heartbeat(beats++ % nodes);
      if (elapsed < seconds) return;
      clearInterval(timer);
      // The last answers are on their way.
      setTimeout(() => {
        const sorted = latenciesMs.sort((a, b) => a - b);
        const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
        resolve({
          changed,
          beats,
          patches: counts.patches - before.patches,
          conflicts: counts.conflicts - before.conflicts,
          events: counts.events - before.events,
          unneeded: counts.unneeded - before.unneeded,
          unanswered: sentMs.size,
          p50: at(0.5),
          p99: at(0.99),
          worst: at(1),
        });
      }, 1000);
    }, 1);
  });
}

/** Changes every slice once, at once; settles when each is patched. */
async function burst() {
  const startMs = performance.now();
  for (let i = 0; i < slices.length; i++) {
    changeSlice(i, 6_000_000 + version + i);
    if (i % 100 === 99) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  while (sentMs.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  return (performance.now() - startMs) / 1000;
}

process.on('message', async (message) => {
  if (message.serve !== undefined) {
    build(message.serve);
    writeMs = message.serve.writeMs;
    server.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));
  } else if (message.patches !== undefined) {
    process.send({ patches: counts.patches });
  } else if (message.counts !== undefined) {
    process.send({
      counts: { ...counts, unhinted: slices.filter(({ endpoints }) => endpoints.some((e) => !e.hints)).length },
    });
  } else if (message.burst !== undefined) {
    process.send({ burst: await burst() });
  } else if (message.pool !== undefined) {
    changePool(message.pool.node, message.pool.pool);
    process.send({ pool: message.pool.pool });
  } else if (message.leases !== undefined) {
    const holders = [...leases].map(([name, { spec }]) => [name, spec.holderIdentity ?? '']);
    process.send({ leases: Object.fromEntries(holders) });
  } else if (message.storm !== undefined) {
    process.send({ storm: await storm(message.storm) });
  }
});
