// Loaded into controllers by `node --expose-gc --import`: tells, when asked over IPC, what is in memory after a
// collection. Nothing of it ships.
import process from 'node:process';

process.on('message', () => {
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send({ heapUsed, external, rss });
});
process.channel?.unref();
