import {join} from 'node:path';
import {execPath} from 'node:process';
import anyTest, {type TestFn} from 'ava';
import type {Step} from '../../src/model.ts';
import {shown} from '../contract/ours.ts';
import {isRoot, type Machine, machine} from '../run/machine.ts';
import {planned} from '../run/values.ts';
import {one, run} from './run-program.ts';

const test = anyTest as TestFn<Machine>;
const asRoot = isRoot ? test : test.skip;

test.beforeEach((t) => {
	const on = machine();
	on.write('/var/lib/kubestrap/fence', '1\n');
	on.fake('kubectl', `exec ${execPath} ${join(import.meta.dirname, '../run/kubectl.ts')} "$@"`);
	t.context = on;
});
test.afterEach.always((t) => t.context.remove());

const calls = (on: Machine) => on.read('/run/kubectl.log').trim().split('\n');
const config = (name: string, data: string, own: 'apply' | 'create' = 'apply'): Step => ({
	kind: 'object',
	id: `v1/ConfigMap/kube-system/${name}`,
	own,
	manifest: JSON.stringify({apiVersion: 'v1', kind: 'ConfigMap', metadata: {name, namespace: 'kube-system'}, data: {data}}),
});

asRoot('objects are asked for once per program and sent with one call; what is known to be so is not sent again', async (t) => {
	const on = t.context;
	const phases = (data: string) => [
		planned('a', [config('a', data), config('b', '1', 'create')]),
		planned('b', [config('c', '1')]),
	];
	const first = await run(on, phases('1'));
	t.is(first.code, 0, first.log);
	t.deepEqual(calls(on), ['get 3', 'apply 2', 'apply 1']);
	t.true(first.states.every((text) => text.endsWith(' changed')));
	const second = await run(on, phases('1'));
	t.true(second.states.every((text) => text.endsWith(' unchanged')));
	const third = await run(on, phases('2'));
	t.deepEqual(
		third.states.map((text) => text.split(' ').at(-1)),
		['unchanged', 'changed', 'unchanged'],
	);
	t.deepEqual(calls(on).slice(3), ['get 3', 'get 3', 'apply 1']);
});

asRoot('every call goes to the API server of the node itself, whatever the kubeconfig names', async (t) => {
	const on = t.context;
	const label: Step = {kind: 'object', id: 'v1/Node//cp1', own: 'patch', manifest: '{"labels":{"x":"y"}}'};
	const node = {apiVersion: 'v1', kind: 'Node', metadata: {name: 'cp1'}};
	on.write('/run/api.json', JSON.stringify({'v1/Node//cp1': {thing: node, uid: 'u', version: 4}}));
	on.fake('kubectl', `echo "$1 $2 $3 " >>/run/argv.log\nexec ${execPath} ${join(import.meta.dirname, '../run/kubectl.ts')} "$@"`);
	const {code, log} = await run(on, one(config('a', '1'), label), {server: 'https://10.0.0.1:6443'});
	t.is(code, 0, log);
	const argv = on.read('/run/argv.log').trim().split('\n');
	t.true(argv.length >= 4);
	t.deepEqual(
		argv.filter((line) => !line.includes('--server=https://10.0.0.1:6443')),
		[],
	);
});

asRoot('an object that a controller wrote is applied again, and only a new edition is a change', async (t) => {
	const on = t.context;
	await run(on, one(config('a', '1')));
	on.write('/var/lib/kubestrap/objects/v1_ConfigMap_kube-system_a', 'other uid-0 7\n');
	const looked = await run(on, one(config('a', '1')), {mode: 'observe'});
	t.deepEqual(looked.states, ['object v1/ConfigMap/kube-system/a unchanged'], 'compared by the server');
	t.deepEqual((await run(on, one(config('a', '1')))).states, ['object v1/ConfigMap/kube-system/a unchanged']);
	t.deepEqual(calls(on), ['get 1', 'apply 1', 'get 1', 'diff 1', 'get 1', 'apply 1']);
});

asRoot('what somebody else made is left alone where it would come out the same', async (t) => {
	const on = t.context;
	const made = ['a', 'b', 'd'].map((name) => {
		const step = config(name, '1');
		return step.kind === 'object' ? [step.id, {thing: JSON.parse(shown(step.manifest)), uid: `theirs-${name}`, version: 1}] : [];
	});
	on.write('/run/api.json', JSON.stringify(Object.fromEntries(made)));
	const steps = [config('a', '1'), config('b', '2'), config('c', '1')];
	const states = async (...wanted: readonly Step[]) =>
		(await run(on, one(...wanted))).states.map((text) => text.split(' ').at(-1));
	t.deepEqual(await states(...steps), ['unchanged', 'changed', 'changed']);
	t.deepEqual(calls(on), ['get 3', 'diff 2', 'apply 2']);
	t.deepEqual(await states(...steps), ['unchanged', 'unchanged', 'unchanged']);
	t.deepEqual(calls(on).slice(3), ['get 3'], 'from now on it is known');
	on.fake(
		'kubectl',
		`case "$*" in *' diff '*) exit 1 ;; esac; exec ${execPath} ${join(import.meta.dirname, '../run/kubectl.ts')} "$@"`,
	);
	await states(config('d', '1'));
	t.is(calls(on).at(-1), 'apply 1', 'an answer that says nothing is no answer');
});

asRoot('create never touches what is there; a secret in it is no reason to send it', async (t) => {
	const on = t.context;
	await run(on, one(config('a', '1')));
	t.deepEqual((await run(on, one(config('a', '2', 'create')))).states, ['object v1/ConfigMap/kube-system/a unchanged']);
	t.deepEqual(calls(on).slice(2), ['get 1']);
});

asRoot('an object with a secret in its name is found by what is public of it, and sent again each time', async (t) => {
	const on = t.context;
	const token: Step = {
		kind: 'object',
		id: 'v1/Secret/kube-system/token-*',
		own: 'apply',
		manifest: [
			'{"apiVersion":"v1","kind":"Secret","metadata":{"namespace":"kube-system","name":"token-',
			{secret: 'ca.key'},
			'"}}',
		],
	};
	t.deepEqual((await run(on, one(token))).states, ['object v1/Secret/kube-system/token-* changed']);
	t.regex(on.read('/var/lib/kubestrap/objects/v1_Secret_kube-system_token-*'), /^\w+ uid-0 1\n$/);
	t.deepEqual((await run(on, one(token))).states, ['object v1/Secret/kube-system/token-* unchanged']);
	t.deepEqual(calls(on), ['get 1', 'apply 1', 'get 1', 'apply 1']);
	t.notRegex(on.read('/var/lib/kubestrap/journal.ndjson'), /SECRET/);
});

asRoot('an API that is away for a moment is waited for; a refusal is said at once', async (t) => {
	const on = t.context;
	on.write('/run/api.trouble', '2 The connection to the server was refused');
	t.deepEqual((await run(on, one(config('a', '1')))).states, ['object v1/ConfigMap/kube-system/a changed']);
	on.write('/run/api.trouble', '9 error: the object is invalid');
	const {states, evidence} = await run(on, one(config('b', '1'), config('c', '1')));
	t.deepEqual(states, ['object v1/ConfigMap/kube-system/b failed']);
	t.deepEqual(evidence, ['error: the object is invalid']);
});

asRoot('looking at a cluster that does not answer is quick and calls everything a change', async (t) => {
	const on = t.context;
	on.write('/run/api.trouble', '9 The connection to the server was refused');
	const {states} = await run(on, [planned('a', [config('a', '1')]), planned('b', [config('b', '1')])], {mode: 'observe'});
	t.is(states.filter((text) => text.endsWith(' changed')).length, 2);
	t.deepEqual(calls(on), ['get 2']);
});

asRoot('a patch merges labels, and puts our taints before those of others', async (t) => {
	const on = t.context;
	const taints = [
		{key: 'other', effect: 'NoExecute', timeAdded: '2026-01-01T00:00:00Z'},
		{key: 'old', effect: 'NoSchedule', value: 'v'},
		{key: 'ours', effect: 'NoSchedule', value: 'stale'},
	];
	const node = {apiVersion: 'v1', kind: 'Node', metadata: {name: 'cp1', labels: {keep: 'k', drop: 'd'}}, spec: {taints}};
	on.write('/run/api.json', JSON.stringify({'v1/Node//cp1': {thing: node, uid: 'u', version: 4}}));
	const manifest = JSON.stringify({
		labels: {role: '', drop: null},
		annotations: {note: 'a "quoted" text\nin lines'},
		taints: [
			{key: 'ours', effect: 'NoSchedule'},
			{key: 'old', effect: 'NoSchedule', value: null},
		],
	});
	const patch: Step = {kind: 'object', id: 'v1/Node//cp1', own: 'patch', manifest};
	t.deepEqual((await run(on, one(patch), {mode: 'observe'})).states, ['object v1/Node//cp1 changed']);
	const first = await run(on, one(patch));
	t.deepEqual(first.states, ['object v1/Node//cp1 changed'], first.log);
	const {thing} = JSON.parse(on.read('/run/api.json'))['v1/Node//cp1'];
	t.deepEqual(thing.metadata.labels, {keep: 'k', role: ''});
	t.deepEqual(thing.metadata.annotations, {note: 'a "quoted" text\nin lines'});
	t.deepEqual(thing.spec.taints, [{key: 'ours', effect: 'NoSchedule'}, taints[0]]);
	t.deepEqual((await run(on, one(patch))).states, ['object v1/Node//cp1 unchanged']);
	t.deepEqual(calls(on), ['get 0', 'get 0', 'patch 0', 'get 0']);
	t.deepEqual((await run(on, one({...patch, id: 'v1/Node//gone'}))).states, ['object v1/Node//gone failed']);
});
