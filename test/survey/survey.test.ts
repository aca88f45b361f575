import {spawn} from 'node:child_process';
import {mkdtempSync, readdirSync, readFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {checks} from '../../src/checks/table.ts';
import {ConnectError, TransportError} from '../../src/errors.ts';
import type {Host} from '../../src/model.ts';
import {survey, surveyNode} from '../../src/survey/survey.ts';
import {cluster, spec} from '../checks/sample.ts';

/** This machine, as it is. */
const here = (name = 'cp1', change: (chunk: Buffer) => Buffer = (chunk) => chunk): Host => ({
	name,
	exec: (argv, {onStdout}) =>
		new Promise((resolve) => {
			const child = spawn(argv[0]!, argv.slice(1), {stdio: ['ignore', 'pipe', 'pipe']});
			let stderr = '';
			child.stdout.on('data', (chunk: Buffer) => onStdout?.(change(chunk)));
			child.stderr.on('data', (chunk) => {
				stderr += String(chunk);
			});
			child.on('close', (code) => resolve({code: code ?? -1, stdout: '', stderr}));
		}),
	close: async () => {},
});

test.serial('a machine tells what it is, in one round trip, and keeps nothing of the survey', async (t) => {
	const folder = () =>
		['/run', '/dev/shm', '/tmp'].flatMap((base) => readdirSync(base)).filter((name) => name.startsWith('kubestrap-survey.'));
	const before = folder();
	const facts = await surveyNode(cluster(), spec(), here());
	t.deepEqual(
		folder().filter((name) => !before.includes(name)),
		[],
	);
	t.true(facts.cpus >= 1);
	t.true(facts.memoryMiB > 100);
	t.true(Math.abs(facts.clockSkewMs) < 1000);
	t.regex(facts.kernel, /^\d+\.\d+/);
	t.not(facts.hostname, '');
	t.true(Object.values(facts.files).every(({mode}) => /^[0-7]{4}$/.test(mode)));
	const instances = readFileSync('/proc/sys/fs/inotify/max_user_instances', 'utf8');
	t.true(facts.probes.settings?.stdout.includes(`/proc/sys/fs/inotify/max_user_instances ${instances}`));
	for (const {probes = []} of checks)
		for (const probe of probes) t.is(facts.probes[probe.name] !== undefined, probe.deep !== true, probe.name);
});

test.serial('config values reach the script as data', async (t) => {
	const trap = join(mkdtempSync(join(tmpdir(), 'kubestrap-')), 'ran');
	const bad = `/x'; touch ${trap}; $(touch ${trap}) \`touch ${trap}\`\n"`;
	const {configuration} = cluster();
	const asked = cluster({configuration: {...configuration, certificatesDir: bad, etcd: {local: {dataDir: bad}}}});
	const facts = await surveyNode(asked, spec({name: bad}), here());
	t.true((facts.probes.directories?.stdout ?? '').startsWith('absent\t/x'));
	t.throws(() => readdirSync(trap), {code: 'ENOENT'});
	t.false(readdirSync(join(trap, '..')).includes('ran'));
});

test.serial('every machine that failed is told of at once, and a cut answer is no empty machine', async (t) => {
	let cut = 0;
	const cutting = (chunk: Buffer) => {
		cut += 1;
		return cut === 1 ? chunk.subarray(0, -40) : Buffer.alloc(0);
	};
	const silent: Host = {
		name: 'w2',
		exec: async () => ({code: 127, stdout: '', stderr: 'sh: not found\n'}),
		close: async () => {},
	};
	const nodes = [
		spec(),
		spec({name: 'w1', role: 'worker', address: '10.0.0.2'}),
		spec({name: 'w2', role: 'worker', address: '10.0.0.3'}),
	];
	const hosts = new Map([
		['cp1', here()],
		['w1', here('w1', cutting)],
		['w2', silent],
	]);
	const error = await t.throwsAsync(survey(cluster({nodes}), hosts), {instanceOf: ConnectError});
	t.is(error?.node, 'w1, w2');
	t.regex(error?.message ?? '', /w1: its survey came damaged/);
	t.regex(error?.message ?? '', /w2: its survey ended with exit code 127: sh: not found/);
	await t.throwsAsync(
		surveyNode(
			cluster(),
			spec(),
			here('w1', (chunk) => chunk.subarray(1)),
		),
		{instanceOf: TransportError},
	);
});

test.serial('an answer without end is stopped', async (t) => {
	const flood: Host = {
		name: 'cp1',
		exec: async (_argv, {onStdout, signal}) => {
			const chunk = Buffer.alloc(8 << 20);
			while (!signal?.aborted) onStdout?.(chunk);
			throw new Error('aborted');
		},
		close: async () => {},
	};
	await t.throwsAsync(surveyNode(cluster(), spec(), flood), {instanceOf: TransportError, message: /more than/});
});
