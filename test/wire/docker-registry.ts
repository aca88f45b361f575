/** Debian's docker-registry, the real one, on loopback for a test; and a line to it that can be cut. */
import {type ChildProcess, spawn, spawnSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {type AddressInfo, connect, createServer, type Socket} from 'node:net';
import {join} from 'node:path';
import {env} from 'node:process';
import {setTimeout as pause} from 'node:timers/promises';
import type {ExecutionContext} from 'ava';
import {freePort} from '../../hack/laboratory/free-port.ts';
import {testFolder} from '../folder.ts';

/** Why this machine has no such registry, if so. */
export const noRegistry = ['docker-registry', 'skopeo'].some((program) => spawnSync(program, ['--version']).error !== undefined)
	? 'docker-registry and skopeo are not installed'
	: undefined;

type Options = {
	/** More of its configuration, by section. */
	readonly http?: object;
	readonly auth?: object;
	readonly middleware?: object;
	/** Its own folder. */
	readonly folder?: string;
};

/** Starts a registry with nothing in it; gives its `host:port`. It ends with the test. */
export async function dockerRegistry(
	t: Pick<ExecutionContext, 'teardown'>,
	{http = {}, auth, middleware, folder = testFolder()}: Options = {},
): Promise<string> {
	const host = `127.0.0.1:${await freePort()}`;
	const config = {
		version: '0.1',
		log: {level: 'error', accesslog: {disabled: true}},
		storage: {filesystem: {rootdirectory: join(folder, 'storage')}, cache: {blobdescriptor: 'inmemory'}},
		http: {addr: host, secret: 'one process, nothing to share', ...http},
		...(auth && {auth}),
		...(middleware && {middleware}),
	};
	// JSON is YAML.
	writeFileSync(join(folder, 'registry.json'), JSON.stringify(config));
	const child: ChildProcess = spawn('docker-registry', ['serve', join(folder, 'registry.json')], {
		stdio: 'ignore',
		env: {...env, OTEL_TRACES_EXPORTER: 'none'},
	});
	t.teardown(() => child.kill('SIGKILL'));
	for (let left = 200; !(await answers(host)); left--) {
		if (left === 0 || child.exitCode !== null) throw new Error(`docker-registry does not answer on ${host}`);
		await pause(25);
	}
	return host;
}

function answers(host: string): Promise<boolean> {
	const [address = '', port] = host.split(':');
	return new Promise((resolve) => {
		const socket = connect(Number(port), address, () => {
			socket.destroy();
			resolve(true);
		});
		socket.on('error', () => resolve(false));
	});
}

/** A TCP line to a host that breaks all its connections after a number of bytes towards the host, once per number. */
export async function cutLine(t: Pick<ExecutionContext, 'teardown'>, to: string, cuts: readonly number[]) {
	const left = [...cuts];
	const [address = '', port] = to.split(':');
	const pairs = new Set<readonly [Socket, Socket]>();
	let through = 0;
	let made = 0;
	const server = createServer((near) => {
		const far = connect(Number(port), address);
		const pair = [near, far] as const;
		pairs.add(pair);
		const end = () => {
			pairs.delete(pair);
			near.destroy();
			far.destroy();
		};
		for (const socket of pair) socket.on('error', end).on('close', end);
		far.pipe(near);
		near.on('data', (chunk: Buffer) => {
			through += chunk.length;
			if (left[0] !== undefined && through >= left[0]) {
				left.shift();
				made += 1;
				for (const [one, other] of pairs) {
					one.destroy();
					other.destroy();
				}
				return;
			}
			if (!far.write(chunk)) {
				near.pause();
				far.once('drain', () => near.resume());
			}
		});
	}).listen(0, '127.0.0.1');
	await new Promise((resolve) => server.once('listening', resolve));
	t.teardown(() => server.close());
	return {
		host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
		get cuts() {
			return made;
		},
		get bytes() {
			return through;
		},
	};
}
