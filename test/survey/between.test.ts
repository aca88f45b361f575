/** The second look for real, on this machine: its nodes are addresses of loopback. */
import {spawn} from 'node:child_process';
import {existsSync, readdirSync} from 'node:fs';
import {Readable} from 'node:stream';
import test from 'ava';
import {connectionOf, heardBy, standOf, writesOf} from '../../src/checks/between-facts.ts';
import {TransportError} from '../../src/errors.ts';
import type {ExecOptions, Host, Hosts, Site} from '../../src/model.ts';
import {between} from '../../src/survey/between.ts';
import {survey} from '../../src/survey/survey.ts';
import {cluster, facts, site, spec} from '../checks/sample.ts';

/** Counts what is asked of it, and runs it here. */
function here(name: string, count: {execs: number}): Host {
	return {
		name,
		exec: (argv, {onStdout, stdin}: ExecOptions) =>
			new Promise((resolve) => {
				count.execs += 1;
				const child = spawn(argv[0]!, argv.slice(1), {stdio: ['pipe', 'pipe', 'pipe']});
				let stderr = '';
				child.stdout.on('data', (chunk: Buffer) => onStdout?.(chunk));
				child.stderr.on('data', (chunk) => {
					stderr += String(chunk);
				});
				child.stdin.on('error', () => {});
				Readable.from((stdin ?? []) as AsyncIterable<Uint8Array>).pipe(child.stdin);
				child.on('close', (code) => resolve({code: code ?? -1, stdout: '', stderr}));
			}),
		close: async () => {},
	};
}

// Ports of the plan may be taken on this machine; nobody has these addresses' high ones.
const config = (nodes: readonly Site[]) =>
	cluster({
		bindPort: 36443,
		nodes: nodes.map((one) => one.spec),
		mirror: {images: {}, insecure: [], binaries: 'http://127.0.0.4:1'},
		registration: {...cluster().registration, imagePullPolicy: 'Never'},
	});
const at = (name: string, address: string, role: 'control-plane' | 'worker') =>
	site({name, address, role, spec: spec({name, address, role}), facts: facts({addresses: [{device: 'lo', address, prefix: 8}]})});
const sites = [at('cp1', '127.0.0.2', 'control-plane'), at('w1', '127.0.0.3', 'worker')];
const folders = () =>
	['/run', '/dev/shm', '/tmp', '/etc', '/var/lib']
		.flatMap((base) => readdirSync(base))
		.filter((name) => /kubestrap-(?:between|preflight)/.test(name));
const canListen = existsSync('/usr/bin/systemd-socket-activate') ? test.serial : test.skip;

canListen('machines reach one another, in one exec each, and keep nothing', async (t) => {
	t.timeout(30_000);
	const count = {execs: 0};
	const hosts: Hosts = new Map(sites.map(({name}) => [name, here(name, count)]));
	const before = folders();
	const seen = (await between(config(sites), sites, hosts))!;
	t.is(count.execs, 2);
	t.deepEqual(
		folders().filter((name) => !before.includes(name)),
		[],
	);
	const api = seen.ways.find(({port}) => port === 36443)!;
	t.is(standOf(seen, api), 'ours', JSON.stringify([...seen.told]));
	t.regex(connectionOf(seen, api)?.open ?? '', /^kubestrap [0-9a-f]+ 0$/);
	t.deepEqual(
		[...heardBy(seen, 'w1')].map(([from, sizes]) => [from, [...sizes].sort((one, other) => one - other)]),
		[['cp1', [100, 1400, 1500]]],
	);
	t.true(writesOf(seen.told.get('cp1')).length >= 40);
	t.regex(seen.told.get('w1')?.reached ?? '', /^0\t.*(?:refused|connect)/i);
});

canListen('survey and second look are two round trips for each machine', async (t) => {
	t.timeout(30_000);
	const count = {execs: 0};
	const hosts: Hosts = new Map(sites.map(({name}) => [name, here(name, count)]));
	await survey(config(sites), hosts);
	await between(config(sites), sites, hosts);
	t.is(count.execs, 2 * sites.length);
});

test.serial('where all machines are part of a cluster, nobody is asked', async (t) => {
	const members = sites.map((one) => ({...one, stage: 'member' as const}));
	const count = {execs: 0};
	const hosts: Hosts = new Map(members.map(({name}) => [name, here(name, count)]));
	t.is(await between(config(members), members, hosts), undefined);
	t.is(count.execs, 0);
});

test.serial('one that is lost keeps nobody waiting, and is told of', async (t) => {
	t.timeout(30_000);
	const lost: Host = {
		name: 'w1',
		exec: async () => {
			throw new TransportError('w1', 'the line is lost');
		},
		close: async () => {},
	};
	const hosts: Hosts = new Map([
		['cp1', here('cp1', {execs: 0})],
		['w1', lost],
	]);
	const error = await t.throwsAsync(between(config(sites), sites, hosts), {instanceOf: TransportError});
	t.regex(error?.message ?? '', /w1: the line is lost/);
});
