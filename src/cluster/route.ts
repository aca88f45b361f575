/** The way to a machine: the config and its flags first, then the ssh config, then defaults. Pure. */
import type {Cluster, NodeSpec} from '../model.ts';
import * as g from './grammar.ts';
import {parseAddress} from './network.ts';
import {type SshHost, sshHost} from './ssh-host.ts';
import {parseHop} from './ssh-keywords.ts';

/** One machine on the way; the last one is the node. */
export type Hop = {
	/** What it is called in the config, or in a ProxyJump. */
	readonly name: string;
	readonly user: string;
	readonly host: string;
	readonly port: number;
	/** Key files to offer, in order; none: the usual ones. As they are written in the ssh config. */
	readonly keyFiles: readonly string[];
	/** No other keys of the agent are offered. */
	readonly onlyThese: boolean;
	/** The pin. It is the node's: a jump host must be in known_hosts. */
	readonly hostKey?: string;
	/** The file that the config names. It stands alone. */
	readonly knownHosts?: string;
	readonly ssh: SshHost;
};

type Ask = {readonly name: string; readonly user?: string; readonly port?: number; readonly jump?: readonly string[]};

/** Where kubestrap logs in when nobody says otherwise. OpenSSH would take the operator's own name. */
const usualUser = 'root';

/** The hops to a node, in order, and what is in the way of taking them. */
export function routeTo(node: NodeSpec, {sshConfig}: Pick<Cluster, 'sshConfig'>): {hops: Hop[]; problems: string[]} {
	const {access, address} = node;
	const lines = sshConfig?.lines ?? [];
	const problems: string[] = [];
	const target = sshHost(lines, address);
	const user = access.user ?? target.user ?? usualUser;
	const hops = chain({name: address, ...access}, []);
	const last = hops.at(-1)!;
	const {error} = g.host.safeParse(last.host);
	if (error) problems.push(`${address}: HostName ${JSON.stringify(last.host)} ${error.issues[0]!.message}`);
	return {hops, problems};

	/** A name can stand for several machines, behind ports of their own. */
	function place(ask: Ask): string {
		return `${ask.name}:${ask.port ?? sshHost(lines, ask.name).port ?? 22}`;
	}

	/** A machine and what stands before it. Only the first of its jump hosts has jump hosts of its own, as with OpenSSH. */
	function chain(ask: Ask, after: readonly string[]): Hop[] {
		const ssh = sshHost(lines, ask.name);
		const isNode = after.length === 0;
		if (ssh.proxyCommand !== undefined && ask.jump === undefined) {
			const {file, line} = ssh.proxyCommand;
			problems.push(`${file}:${line}: ProxyCommand is not supported (for ${ask.name}): say ProxyJump, or jump in the config`);
		}
		const before = (ask.jump ?? ssh.jump ?? []).map((text) => tokens(text, ask, ssh));
		const mine: Hop = {
			name: ask.name,
			user: ask.user ?? ssh.user ?? user,
			host: ssh.hostName,
			port: ask.port ?? ssh.port ?? 22,
			...(isNode
				? ownKeys(access, ssh)
				: {
						keyFiles: [...ssh.identityFiles, ...named(access)],
						onlyThese: ssh.identitiesOnly || access.identityFile !== undefined,
					}),
			...(isNode && access.hostKey !== undefined && {hostKey: access.hostKey}),
			...(access.knownHosts !== undefined && {knownHosts: access.knownHosts}),
			ssh,
		};
		const way = [...after, place(ask)];
		return [
			...before.flatMap((text, index) => {
				const hop = parseHop(text);
				if (hop === undefined) {
					problems.push(`the jump host ${JSON.stringify(text)} of ${ask.name} is not [user@]host[:port]`);
					return [];
				}
				if (way.includes(place(hop))) {
					problems.push(`the jump hosts lead in a circle: ${[...way, place(hop)].join(' → ')}`);
					return [];
				}
				return chain(index === 0 ? hop : {...hop, jump: []}, way);
			}),
			mine,
		];
	}
}

const named = ({identityFile}: NodeSpec['access']) => (identityFile === undefined ? [] : [identityFile]);

function ownKeys(access: NodeSpec['access'], ssh: SshHost): Pick<Hop, 'keyFiles' | 'onlyThese'> {
	if (access.identityFile !== undefined) return {keyFiles: named(access), onlyThese: true};
	return {keyFiles: ssh.identityFiles, onlyThese: ssh.identitiesOnly};
}

/** ProxyJump knows %h, %n, %p and %r of the machine that is behind it. */
function tokens(text: string, ask: Ask, ssh: SshHost): string {
	const table: Record<string, string> = {
		'%': '%',
		h: ssh.hostName,
		n: ask.name,
		p: String(ask.port ?? ssh.port ?? 22),
		r: ask.user ?? ssh.user ?? usualUser,
	};
	return text.replace(/%(.)/g, (whole, sign: string) => table[sign] ?? whole);
}

/** Where a node is, as seen from the last machine before it: its address, or what the ssh config has for it. */
export function hostOf(node: NodeSpec, cluster: Pick<Cluster, 'sshConfig'>): string {
	return node.via === 'local' ? node.address : routeTo(node, cluster).hops.at(-1)!.host;
}

/** The address by which the operator reaches a node straight; nothing when the way leads through other machines, or a port that is forwarded here. */
export function directAddress(node: NodeSpec, cluster: Pick<Cluster, 'sshConfig'>): string | undefined {
	if (node.via !== 'ssh') return undefined;
	const {hops} = routeTo(node, cluster);
	const [only] = hops;
	return hops.length === 1 && only !== undefined && !isLoopback(only.host) ? only.host : undefined;
}

function isLoopback(host: string): boolean {
	const address = parseAddress(host);
	if (address === undefined) return host === 'localhost';
	return address.family === 'v4' ? address.value >> 24n === 127n : address.value === 1n;
}
