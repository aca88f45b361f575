import test from 'ava';
import {blamed} from '../../src/checks/causes/blamed.ts';
import {certainly} from '../../src/checks/causes/certain.ts';
import {diagnose} from '../../src/checks/causes.ts';
import type {Host, Step} from '../../src/model.ts';
import {giveUpScript} from '../../src/run/scripts.ts';
import {Vigil} from '../../src/run/vigil.ts';

const explain = {script: '', judge: diagnose, blamed, glimpse: 'GLIMPSE', certainly};
const wait = (key?: string, of?: readonly string[]): Step => ({
	kind: 'wait',
	title: 'x',
	until: ['true'],
	seconds: 240,
	...(key && {diagnose: key}),
	...(of && {of}),
});
const death = (count: number) => `== died kubelet ${count}\nfailed to run Kubelet: running with swap on is not supported\n`;

/** A fake machine: it answers looks one after the other, the last one again and again, and tells what it was asked. */
function machine(answers: readonly (string | Error)[]) {
	const asked: string[][] = [];
	const gaveUp = Promise.withResolvers<readonly string[]>();
	const looked = Promise.withResolvers<void>();
	let looks = 0;
	const exec = async (argv: readonly string[]) => {
		asked.push([...argv]);
		if (argv[2] === giveUpScript) {
			gaveUp.resolve(argv.slice(4));
			return {code: 0, stdout: '', stderr: ''};
		}
		looks += 1;
		if (looks === answers.length + 3) looked.resolve();
		const answer = answers[Math.min(looks, answers.length) - 1]!;
		if (answer instanceof Error) throw answer;
		return {code: 0, stdout: answer, stderr: ''};
	};
	return {host: {name: 'cp1', exec} as unknown as Host, asked, gaveUp: gaveUp.promise, looked: looked.promise};
}

/** Of nodes cp1, w1, w2 in this order. */
const vigilOf = (...hosts: readonly Host[]) =>
	new Vigil({
		diagnose: explain,
		signal: undefined,
		hostOf: (node) => hosts[['cp1', 'w1', 'w2'].indexOf(node)],
		pace: {first: 1, between: 1},
	});

test('two deaths of a certain cause, seen in two looks, end the wait of that step', async (t) => {
	const {host, gaveUp} = machine([death(1), new Error('a lost line'), death(2)]);
	const vigil = vigilOf(host);
	vigil.hear(wait('control-plane'), 'started', {host, unit: 'kubestrap-x-y', index: 7});
	t.deepEqual(await gaveUp, ['kubestrap-x-y', '7']);
	vigil.end();
});

test('one death, however often it is seen, ends nothing', async (t) => {
	const {host, asked, looked} = machine([death(1), death(1)]);
	const vigil = vigilOf(host);
	vigil.hear(wait('control-plane'), 'started', {host, unit: 'u', index: 7});
	await looked;
	vigil.end();
	t.true(asked.every((argv) => argv[2] === 'GLIMPSE'));
});

test('a wait for other nodes looks at them too, and is ended where it goes on', async (t) => {
	const own = machine(['']);
	const other = machine([death(1), death(2)]);
	const vigil = vigilOf(own.host, other.host);
	vigil.hear(wait('nodes', ['cp1', 'w1', 'gone']), 'started', {host: own.host, unit: 'u', index: 0});
	t.deepEqual(await own.gaveUp, ['u', '0']);
	vigil.end();
	t.true(other.asked.every((argv) => argv[2] === 'GLIMPSE'));
});

test('a machine that a wait is not for may die as it likes: its turn has not come, or it is somebody else', async (t) => {
	const own = machine(['']);
	const awaited = machine(['']);
	const other = machine([death(1), death(2)]);
	const vigil = vigilOf(own.host, awaited.host, other.host);
	vigil.hear(wait('nodes', ['w1']), 'started', {host: own.host, unit: 'u', index: 0});
	await awaited.looked;
	vigil.end();
	t.deepEqual(other.asked, []);
	t.deepEqual(own.asked, []);
});

test('a wait that nobody can explain, another step, and a wait that is over are not looked at', async (t) => {
	const {host, asked} = machine([death(1), death(2)]);
	const vigil = vigilOf(host);
	vigil.hear(wait(), 'started', {host, unit: 'u', index: 0});
	vigil.hear({kind: 'absent', path: '/x'}, 'started', {host, unit: 'u', index: 1});
	vigil.hear(wait('control-plane'), 'started', {host, unit: 'u', index: 2});
	vigil.hear(wait('control-plane'), 'unchanged', {host, unit: 'u', index: 2});
	const witness = machine(['']);
	vigil.hear(wait('control-plane'), 'started', {host: witness.host, unit: 'u', index: 3});
	await witness.looked;
	vigil.end();
	t.deepEqual(asked, []);
});
