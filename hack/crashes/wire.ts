/** What can happen to the operator's line to a node. Only SSH is touched: the line is his, the nodes' own network is not. */
import {run} from '../laboratory/command.ts';
import type {Lab} from '../laboratory/lab.ts';
import {plan, readRecord} from '../laboratory/record.ts';

export const troubles = {
	/** Nothing passes. */
	cut: ['drop', 'drop'],
	/** What the operator says arrives, what the node says does not. */
	deaf: ['drop', undefined],
	/** Every fifth packet is lost, both ways. */
	loss: ['numgen random mod 100 < 20 drop', 'numgen random mod 100 < 20 drop'],
	/** 1 Mbit/s each way; what is more is dropped, as a policer does. */
	slow: ['limit rate over 125 kbytes/second burst 8 kbytes drop', 'limit rate over 125 kbytes/second burst 8 kbytes drop'],
} as const satisfies Record<string, readonly [fromNode: string | undefined, toNode: string | undefined]>;

export type Trouble = keyof typeof troubles;

const tableOf = ({index}: {readonly index: number}) => `kubestrap_crash_${index}`;

/** The lines to these nodes are so until they are mended. What of it counted a packet is in `hits`. */
export async function trouble(lab: Lab, names: readonly string[], what: Trouble): Promise<void> {
	const record = readRecord(lab.name)!;
	const table = tableOf(record);
	const lines = `${plan(record).bridge}n*`;
	const addresses = lab.nodes.filter(({name}) => names.includes(name)).map(({address}) => address);
	const [from, to] = troubles[what];
	const rule = (match: string, verdict: string | undefined) =>
		verdict === undefined ? '' : `\t\t${match} ${verdict.replace(/drop$/, 'counter name hits drop')}\n`;
	const set = `{ ${addresses.join(', ')} }`;
	const text = `table bridge ${table}
delete table bridge ${table}
table bridge ${table} {
	counter hits {}
	chain input {
		type filter hook input priority -250; policy accept;
${rule(`iifname "${lines}" ip saddr ${set} tcp sport 22`, from)}	}
	chain output {
		type filter hook output priority -250; policy accept;
${rule(`oifname "${lines}" ip daddr ${set} tcp dport 22`, to)}	}
}
`;
	await run(['nft', '-f', '-'], {stdin: text});
}

/** How many packets the trouble has met so far. */
export async function hits(lab: Lab): Promise<number> {
	const {stdout} = await run(['nft', 'list', 'counter', 'bridge', tableOf(readRecord(lab.name)!), 'hits']);
	return Number(/packets (\d+)/.exec(stdout)?.[1] ?? 0);
}

export async function mended(lab: Lab): Promise<void> {
	await run(['nft', 'delete', 'table', 'bridge', tableOf(readRecord(lab.name)!)], {mayFail: true});
}
