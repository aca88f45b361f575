import {once} from 'node:events';
import {createServer} from 'node:net';
import {Worker} from 'node:worker_threads';
import test from 'ava';
import {freePort} from '../../hack/laboratory/free-port.ts';

const module = new URL('../../hack/laboratory/free-port.ts', import.meta.url).href;
/** Looks for as many ports as it is told, in a thread of its own. */
const seeker = `import {parentPort, workerData} from 'node:worker_threads';
const {freePort} = await import(${JSON.stringify(module)});
const found = [];
for (let left = workerData; left > 0; left--) found.push(await freePort());
parentPort.postMessage(found);`;

test('threads that look at the same time find other ports, none of which the kernel gives to anybody else', async (t) => {
	const url = new URL(`data:text/javascript,${encodeURIComponent(seeker)}`);
	const found = await Promise.all(
		[1, 2, 3, 4].map(async () => {
			const [ports] = (await once(new Worker(url, {workerData: 20}), 'message')) as [number[]];
			return ports;
		}),
	);
	t.is(new Set(found.flat()).size, 80);
	t.true(found.flat().every((port) => port >= 20_000 && port < 30_000));
});

test('a port with somebody who listens is passed over', async (t) => {
	const port = (await freePort()) + 1;
	const server = createServer().listen(port, '127.0.0.1');
	await once(server, 'listening');
	t.true((await freePort()) > port);
	server.close();
});
