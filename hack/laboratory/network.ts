/** A lab's network: one bridge, a line per node, and the fence that no packet of a node crosses. */
import {networkInterfaces} from 'node:os';
import {run} from './command.ts';
import {machineOf} from './kinds.ts';
import {until} from './processes.ts';
import {type LabRecord, plan} from './record.ts';

// kubeadm's default network of Services, which every lab's cluster has.
const services = '10.96.0.0/12';

/**
 * Own nftables tables, so that nothing of the host's is touched and one command takes all away. What a node hands to the bridge itself
 * (and not to another node) may only be for the lab's own address; that is judged in the bridge, whether or not this machine forwards.
 * Forwarding is forbidden a second time where it would happen. The set `cut` holds nodes whose line is cut.
 */
function fenceOf({bridge, broadcast, host, table}: ReturnType<typeof plan>): string {
	const here = Object.values(networkInterfaces())
		.flatMap((each) => each ?? [])
		.flatMap(({family, address}) => (family === 'IPv4' && address !== host ? address : []));
	const lines = `${bridge}n*`;
	return `
table inet ${table}
delete table inet ${table}
table inet ${table} {
	chain forward {
		type filter hook forward priority -200; policy accept;
		iifname "${bridge}" oifname != "${bridge}" drop
	}
}
table bridge ${table}
delete table bridge ${table}
table bridge ${table} {
	set cut { type ipv4_addr; }
	set here { type ipv4_addr; elements = { ${here.join(', ')} } }
	counter forwarded {}
	counter received {}
	counter services {}
	counter elsewhere {}
	counter line {}
	chain input {
		type filter hook input priority -200; policy accept;
		iifname "${lines}" ip saddr @cut drop
		iifname "${lines}" ip saddr ${host}/24 ip daddr ${host} tcp sport != 22 counter name elsewhere
		iifname "${lines}" ip saddr ${host}/24 ip daddr ${host} udp dport != 53 counter name elsewhere
		iifname "${lines}" ip daddr @here counter name received drop
		iifname "${lines}" ip daddr ${services} counter name services drop
		iifname "${lines}" ip daddr != { ${host}, ${broadcast}, 224.0.0.0/4, 255.255.255.255 } counter name forwarded drop
		iifname "${lines}" ip6 daddr != { fe80::/10, ff02::/16 } counter name forwarded drop
	}
	chain output {
		type filter hook output priority -200; policy accept;
		oifname "${lines}" ip daddr @cut drop
		oifname "${lines}" tcp dport 22 counter name line
	}
	chain forward {
		type filter hook forward priority -200; policy accept;
		iifname "${lines}" ip saddr @cut drop
		iifname "${lines}" ip daddr @cut drop
	}
}
`;
}

const families = ['inet', 'bridge'] as const;

const nft = (text: string) => run(['nft', '-f', '-'], {stdin: text});

/** The fence stands before the first node gets a line, and its rules are read back from the kernel to be sure. */
async function raiseFence(lab: LabRecord): Promise<void> {
	const names = plan(lab);
	await nft(fenceOf(names));
	const rules = [
		`iifname "${names.bridge}" oifname != "${names.bridge}" drop`,
		`iifname "${names.bridge}n*" ip daddr @here counter name "received" drop`,
		`iifname "${names.bridge}n*" ip daddr ${services} counter name "services" drop`,
		`iifname "${names.bridge}n*" ip daddr != { ${names.host}, ${names.broadcast}, 224.0.0.0/4, 255.255.255.255 } counter name "forwarded" drop`,
	];
	// A listing may come out short while somebody else changes tables: kube-proxy, another lab.
	const stands = async () => {
		const listings = families.map((family) => run(['nft', 'list', 'table', family, names.table], {mayFail: true}));
		const listed = (await Promise.all(listings)).map(({stdout}) => stdout).join('');
		return rules.every((rule) => listed.includes(rule));
	};
	await until(stands, 5000, `the fence around ${names.bridge} to stand`);
}

/** Makes everything anew: bridge, fence, lines. */
export async function openNetwork(lab: LabRecord): Promise<void> {
	const names = plan(lab);
	await closeNetwork(lab);
	await run(['ip', 'link', 'add', names.bridge, 'type', 'bridge']);
	await raiseFence(lab);
	await run(['ip', 'addr', 'add', `${names.host}/24`, 'dev', names.bridge]);
	await run(['ip', 'link', 'set', names.bridge, 'up']);
	// A host that drops forwarded packets by default, as Docker does, would otherwise drop those between nodes.
	await run(acceptBridged('-I', names.bridge));
	await Promise.all(lab.nodes.map((_, position) => openLine(lab, position)));
}

const acceptBridged = (verb: '-I' | '-D', bridge: string) => [
	'iptables',
	'-w',
	verb,
	'FORWARD',
	'-i',
	bridge,
	'-o',
	bridge,
	'-j',
	'ACCEPT',
];

export const openLine = (lab: LabRecord, position: number) => machineOf(lab.nodes[position]!).openLine(lab, position);

export async function closeLine(lab: LabRecord, position: number): Promise<void> {
	const {line, namespace} = plan(lab).node(position);
	await run(['ip', 'link', 'del', line], {mayFail: true});
	await run(['ip', 'netns', 'del', namespace], {mayFail: true});
}

/** Takes away what may be there of a lab's network. */
export async function closeNetwork(lab: LabRecord): Promise<void> {
	const names = plan(lab);
	await Promise.all(lab.nodes.map((_, position) => closeLine(lab, position)));
	await run(['ip', 'link', 'del', names.bridge], {mayFail: true});
	while ((await run(acceptBridged('-D', names.bridge), {mayFail: true})).code === 0);
	for (const family of families) await run(['nft', 'delete', 'table', family, names.table], {mayFail: true});
}

/** Drops every packet from and to a node, or lets them pass again. */
export async function cut(lab: LabRecord, address: string, on: boolean): Promise<void> {
	await run(['nft', on ? 'add' : 'delete', 'element', 'bridge', plan(lab).table, 'cut', `{ ${address} }`], {mayFail: !on});
}

export type Dropped = {
	/** To addresses elsewhere. */
	readonly forwarded: number;
	/** To other addresses of this machine. */
	readonly received: number;
	/** To addresses of Services, which nobody has: until kube-proxy has written its rules, a pod on the host's network sends them as they are. */
	readonly services: number;
	/**
	 * From the nodes to the lab's own address, and no answer of sshd: mirror, registries. These are not dropped. Questions for names do not count:
	 * CoreDNS asks the nodes' name server when it starts, whether it would be asking itself, and flannel lends it the node's address for that.
	 */
	readonly elsewhere: number;
	/** Bytes that this machine has sent to the nodes' sshd, headers too. */
	readonly line: number;
};

/** How many packets of the lab's nodes the fence has dropped. */
export async function fenced(lab: LabRecord): Promise<Dropped> {
	const {stdout} = await run(['nft', '-j', 'list', 'counters', 'table', 'bridge', plan(lab).table]);
	const listed: {
		readonly nftables: readonly {readonly counter?: {readonly name: string; readonly packets: number; readonly bytes: number}}[];
	} = JSON.parse(stdout);
	const packets = (name: string) => listed.nftables.find(({counter}) => counter?.name === name)?.counter?.packets ?? 0;
	const line = listed.nftables.find(({counter}) => counter?.name === 'line')?.counter?.bytes ?? 0;
	const [forwarded, received, services] = [packets('forwarded'), packets('received'), packets('services')];
	return {forwarded, received, services, elsewhere: packets('elsewhere'), line};
}
