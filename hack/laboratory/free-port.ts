/** A port of the loopback that nobody listens on at the moment, for a program that is told where to listen. */
import {once} from 'node:events';
import {createServer} from 'node:net';
import {pid} from 'node:process';
import {threadId} from 'node:worker_threads';

/** Below those that the kernel gives to whoever asks for any: between our look and the program's own it would give ours to somebody else. */
const [lowest, count] = [20_000, 10_000];
/** Each thread has ports of its own, so that those who look at the same time do not find the same. */
let next = (pid * 7919 + threadId * 64) % count;

/** Gives no port twice to a thread, as long as it does not ask ten thousand times. */
export async function freePort(): Promise<number> {
	for (let left = count; left > 0; left -= 1) {
		const port = lowest + next;
		next = (next + 1) % count;
		const server = createServer().listen(port, '127.0.0.1');
		const isFree = await once(server, 'listening').then(
			() => true,
			() => false,
		);
		if (!isFree) continue;
		await new Promise((resolve) => server.close(resolve));
		return port;
	}
	throw new Error(`every port from ${lowest} on has somebody who listens`);
}
