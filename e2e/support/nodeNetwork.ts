import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { run } from './process.js';

/**
 * Runs a program as root of a network of its own. It and all that it starts, processes and networks, end with `unshare`.
 * The program needs no rights outside.
 */
const APART = ['unshare', '--user', '--map-root-user', '--net', '--pid', '--fork', '--kill-child'] as const;
const SWITCH = fileURLToPath(new URL('nodeSwitch.js', import.meta.url));

/** Why there are no networks of nodes on this machine; undefined where there are. */
const MISSING = missing();

export const HAS_NODE_NETWORKS = MISSING === undefined;
export const WITHOUT_NODE_NETWORKS = MISSING === undefined ? '' : ` (skipped: ${MISSING})`;

function missing(): string | undefined {
  const isThere = (program: string): boolean => spawnSync(program, ['-V']).error === undefined;
  const package_ = Object.entries({ nft: 'nftables', ip: 'iproute2', unshare: 'util-linux' }).find(
    ([program]) => !isThere(program),
  );
  if (package_ !== undefined) return `there is no ${package_[0]}; install the package ${package_[1]}`;
  const [file, ...args] = APART;
  const tried = spawnSync(file, [...args, 'sh', '-ec', 'ip link add type veth; nft add table ip nat']);
  return tried.status === 0 ? undefined : `no network namespaces: ${tried.stderr.toString().trim()}`;
}

/** A node of the network, and what is to happen on it. */
export interface NetworkNode {
  readonly name: string;
  /** Rules as `nft -f` loads them. */
  readonly rules: string;
  /** Pods on the node: each listens on its address and this port. */
  readonly pods: readonly { readonly address: string; readonly port: number }[];
}

export interface Calls {
  readonly nodes: readonly NetworkNode[];
  /** What clients connect to. */
  readonly target: { readonly address: string; readonly port: number };
  /** How many connections the client on each node makes. */
  readonly connections: number;
}

/** By the node's name: how many of its connections each pod's address answered. */
export type Answers = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Makes real TCP connections between nodes, each a network namespace with rules of its own. */
export async function callFromNodes(calls: Calls): Promise<Answers> {
  const [file, ...args] = APART;
  const { code, stdout, stderr } = await run(file, [...args, process.execPath, SWITCH], {
    stdin: JSON.stringify(calls),
  });
  if (code !== 0) throw new Error(`the network of nodes fails: ${stderr}`);
  return JSON.parse(stdout) as Answers;
}

/** What `nft` writes about rules that it checks and does not load; empty where it takes them. */
export async function checkRules(rules: string): Promise<string> {
  const [file, ...args] = APART;
  const { code, stdout, stderr } = await run(file, [...args, 'nft', '--check', '--file', '-'], { stdin: rules });
  return code === 0 ? '' : `${stdout}${stderr}` || `nft exits with ${code}`;
}
