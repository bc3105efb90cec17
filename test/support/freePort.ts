import { createServer } from 'node:net';

/** Below the ports that Linux gives to connections and to servers that ask for any, which begin at 32768. */
const FIRST = 20_000;
const COUNT = 12_000;
/** Processes that run at the same time have ids near each other. */
const PER_PROCESS = 64;
let asked = 0;

/** A port of loopback for a program that is told its port. Nothing that asks the kernel for any port takes it meanwhile. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < COUNT; tries++) {
    const port = FIRST + ((process.pid * PER_PROCESS + asked++) % COUNT);
    if (await isFree(port)) return port;
  }
  throw new Error(`no port from ${FIRST} to ${FIRST + COUNT - 1} is free on 127.0.0.1`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
