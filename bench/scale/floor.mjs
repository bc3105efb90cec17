// The floor: what it takes to JSON.parse every object of the cluster once, one after the other, and to keep nothing.
import { node, service, slice } from './objects.mjs';

const [nodes, services, endpoints] = process.argv.slice(2).map(Number);
const lines = [];
for (let i = 0; i < nodes; i++) lines.push(Buffer.from(JSON.stringify({ type: 'ADDED', object: node(i) })));
for (let i = 0; i < services; i++) {
  lines.push(Buffer.from(JSON.stringify({ type: 'ADDED', object: service(i) })));
  lines.push(Buffer.from(JSON.stringify({ type: 'ADDED', object: slice(i, Math.round(endpoints / services), nodes) })));
}
const bytes = lines.reduce((sum, line) => sum + line.length, 0);
let seen = 0;
const start = performance.now();
for (const line of lines) seen += JSON.parse(line.toString()).type.length;
const ms = performance.now() - start;
process.stdout.write(JSON.stringify({ ms, bytes, seen }));
