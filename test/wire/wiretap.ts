/** A TCP proxy that writes down which SSH messages the client sent in clear: what happened before the keys were trusted. */

import type {AddressInfo} from 'node:net';
import {connect, createServer} from 'node:net';

export type Wiretap = {
	readonly port: number;
	/** Message numbers of the client's packets, per connection, as long as they are not encrypted (RFC 4253, 12). */
	readonly messages: number[][];
	readonly stop: () => void;
};

export async function wiretap(to: number): Promise<Wiretap> {
	const messages: number[][] = [];
	const server = createServer((client) => {
		const mine: number[] = [];
		messages.push(mine);
		let bytes: Buffer = Buffer.alloc(0);
		const upstream = connect(to, '127.0.0.1');
		client.on('data', (chunk: Buffer) => {
			bytes = read(Buffer.concat([bytes, chunk]), mine);
			upstream.write(chunk);
		});
		upstream.on('data', (chunk) => client.write(chunk));
		for (const [one, other] of [
			[client, upstream],
			[upstream, client],
		] as const) {
			one.on('error', () => {});
			one.on('close', () => other.destroy());
		}
	}).listen(0, '127.0.0.1');
	await new Promise((resolve) => server.once('listening', resolve));
	return {port: (server.address() as AddressInfo).port, messages, stop: () => void server.close()};
}

const banner = -1;
const newKeys = 21;

/** Takes whole packets off the front; -1 stands for the banner line. After NEWKEYS everything is encrypted and counts as -2. */
function read(bytes: Buffer, seen: number[]): Buffer {
	let rest = bytes;
	if (seen.length === 0) {
		const end = rest.indexOf('\n');
		if (end < 0) return rest;
		seen.push(banner);
		rest = rest.subarray(end + 1);
	}
	while (rest.length > 0) {
		if (seen.includes(newKeys)) {
			seen.push(-2);
			return Buffer.alloc(0);
		}
		if (rest.length < 6 || rest.length < 4 + rest.readUInt32BE(0)) return rest;
		seen.push(rest[5]!);
		rest = rest.subarray(4 + rest.readUInt32BE(0));
	}
	return rest;
}
