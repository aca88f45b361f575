import {statSync} from 'node:fs';
import anyTest, {type TestFn} from 'ava';
import type {Step} from '../../src/model.ts';
import {isRoot, type Machine, machine} from '../run/machine.ts';
import {one, run} from './run-program.ts';

const test = anyTest as TestFn<Machine>;
const asRoot = isRoot ? test : test.skip;

test.beforeEach((t) => {
	t.context = machine();
	t.context.write('/var/lib/kubestrap/fence', '1\n');
});
test.afterEach.always((t) => t.context.remove());

const path = '/srv/hosts';
const put = (...lines: string[]) => one({kind: 'block', path, lines});
const owned = (on: Machine) => on.read('/var/lib/kubestrap/owned.ndjson').trim();
const back = (before: string | null): Step => ({kind: 'undo', owned: {kind: 'block', name: path, before}});
const ours = (...lines: string[]) =>
	`# kubestrap: begin, kept by kubestrap\n${lines.map((text) => `${text}\n`).join('')}# kubestrap: end\n`;

for (const [end, before] of [
	['\n', 'whole'],
	['', 'open'],
] as const) {
	asRoot(`a block comes and goes; a file that ends ${before} gets every byte back`, async (t) => {
		const on = t.context;
		const theirs = `127.0.0.1\tlocalhost  \r\n\n# $(id) \\ & / \x01${end}`;
		on.write(path, theirs);
		const {mode, uid} = statSync(on.at(path));
		t.deepEqual((await run(on, put('10.0.0.1 a', '10.0.0.2 b'))).states, ['block /srv/hosts changed']);
		t.is(on.read(path), `${theirs}${end === '' ? '\n' : ''}${ours('10.0.0.1 a', '10.0.0.2 b')}`);
		t.like(statSync(on.at(path)), {mode, uid});
		t.deepEqual((await run(on, put('10.0.0.1 a', '10.0.0.2 b'))).states, ['block /srv/hosts unchanged']);
		await run(on, put('10.0.0.1 a'));
		t.is(owned(on), `{"kind":"block","name":"/srv/hosts","before":"${before}"}`);
		t.true(on.read(path).endsWith(ours('10.0.0.1 a')));
		t.deepEqual((await run(on, one(back(before)))).states, ['undo block /srv/hosts changed']);
		t.is(on.read(path), theirs);
		t.deepEqual((await run(on, one(back(before)))).states, ['undo block /srv/hosts unchanged']);
	});
}

asRoot('a file that was not there goes again; what somebody wrote behind the block stays', async (t) => {
	const on = t.context;
	await run(on, put('10.0.0.1 a'));
	t.is(owned(on), '{"kind":"block","name":"/srv/hosts","before":null}');
	on.write(path, `${on.read(path)}10.9.9.9 theirs\n`);
	await run(on, one(back(null)));
	t.is(on.read(path), '10.9.9.9 theirs\n');
	on.write(path, '');
	await run(on, put('10.0.0.1 a'));
	await run(on, one(back(null)));
	t.false(on.has(path));
});

asRoot('a block whose marks stand the wrong way round is not touched: what comes after them is not ours', async (t) => {
	const on = t.context;
	const turned = 'a\n# kubestrap: end\n10.0.0.1 a\n# kubestrap: begin, kept by kubestrap\n10.9.9.9 theirs\n';
	on.write(path, turned);
	t.deepEqual((await run(on, put('10.0.0.1 a'))).states, ['block /srv/hosts failed']);
	t.deepEqual((await run(on, one(back('whole')))).states, ['undo block /srv/hosts failed']);
	t.is(on.read(path), turned);
});

asRoot('a file of which no record can be made is not written', async (t) => {
	const on = t.context;
	on.write(path, 'theirs\n');
	await on.sh('mkdir /var/lib/kubestrap/owned.ndjson');
	t.deepEqual((await run(on, put('10.0.0.1 a'))).states, ['block /srv/hosts failed']);
	t.is(on.read(path), 'theirs\n');
});

asRoot('a block that lost one of its marks is not touched: nobody knows where it ends', async (t) => {
	const on = t.context;
	const cut = `a\n${ours('10.0.0.1 a').replace('# kubestrap: end\n', '')}10.9.9.9 theirs\n`;
	on.write(path, cut);
	const first = await run(on, put('10.0.0.1 a'));
	t.deepEqual(first.states, ['block /srv/hosts failed']);
	t.regex(first.log, /has only one of the lines/);
	t.is(on.read(path), cut);
});
