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

const gone: Step = {kind: 'absent', path: '/srv/f', notify: ['x.service']};
const record = (on: Machine) => on.read('/var/lib/kubestrap/owned.ndjson');

asRoot('a unit hears of a file that went, and only then', async (t) => {
	const on = t.context;
	t.deepEqual((await run(on, one(gone))).states, ['absent /srv/f unchanged']);
	t.false(on.has('/var/lib/kubestrap/pending/x.service'));
	on.write('/srv/f', 'theirs');
	t.deepEqual((await run(on, one(gone))).states, ['absent /srv/f changed']);
	t.true(on.has('/var/lib/kubestrap/pending/x.service'));
	t.regex(record(on), /"kind":"absent","name":"\/srv\/f","before":"6/);
});

asRoot('a file of ours that goes again is not remembered as somebody’s, so reset does not bring it back', async (t) => {
	const on = t.context;
	await run(on, one({kind: 'file', path: '/srv/f', content: 'ours', mode: '0644'}));
	t.deepEqual((await run(on, one(gone))).states, ['absent /srv/f changed']);
	t.notRegex(record(on), /absent/);
});
