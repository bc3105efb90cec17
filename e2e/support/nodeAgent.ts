// One node: a program in a network namespace of its own that nodeSwitch.ts starts and talks to.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Calls, NetworkNode } from './nodeNetwork.js';

type Setup = Pick<NetworkNode, 'rules' | 'pods'> & { readonly address: string };

async function told<T>(): Promise<T> {
  return ((await once(process, 'message')) as [T])[0];
}

/** The node's address is of the switch's network; pods have theirs on the node, and others find them there by ARP. */
async function setUp({ address, rules, pods }: Setup): Promise<void> {
  const links = [
    'link set lo up',
    'link set eth0 up',
    `address add ${address}/24 dev eth0`,
    'route add default dev eth0',
    ...pods.map((pod) => `address add ${pod.address}/32 dev lo`),
  ];
  execFileSync('ip', ['-batch', '-'], { input: links.join('\n') });
  execFileSync('nft', ['--file', '-'], { input: rules });
  for (const pod of pods) {
    // Each pod answers with its address.
    await once(createServer((socket) => socket.end(pod.address)).listen(pod.port, pod.address), 'listening');
  }
}

async function call({ target, connections }: Pick<Calls, 'target' | 'connections'>): Promise<Record<string, number>> {
  const answers: Record<string, number> = {};
  for (let i = 0; i < connections; i++) {
    const address = await text(connect(target.port, target.address));
    answers[address] = (answers[address] ?? 0) + 1;
  }
  return answers;
}

process.send?.('started');
await setUp(await told<Setup>());
process.send?.('listening');
process.send?.(await call(await told()));
