// The switch between nodes: a program that runs in a network namespace of its own, with a child for each node in another one.
// Reads `Calls` from standard input and writes `Answers`.
import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Answers, Calls, NetworkNode } from './nodeNetwork.js';

const AGENT = fileURLToPath(new URL('nodeAgent.js', import.meta.url));

async function nextMessage<T>(child: ChildProcess): Promise<T> {
  const exited = once(child, 'exit').then(() => {
    throw new Error('a node has ended');
  });
  return ((await Promise.race([once(child, 'message'), exited])) as [T])[0];
}

/** Starts a node that is plugged in, loads its rules and opens its pods' ports. */
async function startNode(node: NetworkNode, index: number): Promise<ChildProcess> {
  const child = fork(AGENT, { execPath: 'unshare', execArgv: ['--net', process.execPath] });
  await nextMessage(child);
  const port = `port${index}`;
  execFileSync('ip', ['-batch', '-'], {
    input: `link add ${port} type veth peer name eth0 netns ${child.pid}\nlink set ${port} master switch up\n`,
  });
  child.send({ address: `192.0.2.${index + 1}`, rules: node.rules, pods: node.pods });
  await nextMessage(child);
  return child;
}

const { nodes, target, connections } = JSON.parse(await text(process.stdin)) as Calls;
execFileSync('ip', ['-batch', '-'], { input: 'link add switch type bridge\nlink set switch up\n' });
const children = await Promise.all(nodes.map(startNode));
const answers = await Promise.all(
  children.map(async (child, i) => {
    child.send({ target, connections });
    return [nodes[i]?.name ?? '', await nextMessage<Answers[string]>(child)] as const;
  }),
);
for (const child of children) child.kill();
process.stdout.write(JSON.stringify(Object.fromEntries(answers)));
