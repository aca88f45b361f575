import {mkdirSync, statSync} from 'node:fs';
import anyTest, {type TestFn} from 'ava';
import {isRoot, type Machine, machine} from '../run/machine.ts';
import {one, run} from './run-program.ts';

const test = anyTest as TestFn<Machine>;
const asRoot = isRoot ? test : test.skip;

test.beforeEach((t) => {
	t.context = machine();
	t.context.write('/var/lib/kubestrap/fence', '1\n');
});
test.afterEach.always((t) => t.context.remove());

const way = (address: string) => one({kind: 'line', path: '/srv/names', line: `${address} api.test.internal`});
const owned = (on: Machine) => on.read('/var/lib/kubestrap/owned.ndjson').trim();
const ours = '127.0.0.1 api.test.internal # kubestrap\n';

asRoot('a line is put at the end once, whatever the file says, and what was there stays byte for byte', async (t) => {
	const on = t.context;
	const theirs = '127.0.0.1\tlocalhost  \n\n# $(id) `id` \\n\n10.0.0.9 x # kubestrap is not ours\r\n';
	on.write('/srv/names', theirs);
	const {mode, uid} = statSync(on.at('/srv/names'));
	t.deepEqual((await run(on, way('127.0.0.1'))).states, ['line /srv/names changed']);
	t.is(on.read('/srv/names'), theirs + ours);
	t.like(statSync(on.at('/srv/names')), {mode, uid});
	t.deepEqual((await run(on, way('127.0.0.1'))).states, ['line /srv/names unchanged']);
	t.deepEqual((await run(on, way('127.0.0.1'), {mode: 'observe'})).states, ['line /srv/names unchanged']);
	t.is(owned(on), '{"kind":"line","name":"/srv/names","before":"whole"}');
});

asRoot('when it changes the old one goes, and what was there before is remembered', async (t) => {
	const on = t.context;
	on.write('/srv/names', 'a\nb');
	await run(on, way('10.0.0.1'));
	on.write('/srv/names', `${on.read('/srv/names')}of the user\n`);
	t.deepEqual((await run(on, way('127.0.0.1'), {mode: 'observe'})).states, ['line /srv/names changed']);
	await run(on, way('127.0.0.1'));
	t.is(on.read('/srv/names'), `a\nb\nof the user\n${ours}`);
	t.is(owned(on), '{"kind":"line","name":"/srv/names","before":"open"}');
});

asRoot('a file that was not there is made, and one that is a folder is refused', async (t) => {
	const on = t.context;
	await run(on, way('127.0.0.1'));
	t.is(on.read('/srv/names'), ours);
	t.is(owned(on), '{"kind":"line","name":"/srv/names","before":null}');
	mkdirSync(on.at('/srv/d'));
	const folder = await run(on, one({kind: 'line', path: '/srv/d', line: 'x'}));
	t.deepEqual(folder.states, ['line /srv/d failed']);
	t.true(folder.evidence.includes('/srv/d is no file'));
});

asRoot('taken back, the file is as it was; what others wrote meanwhile stays', async (t) => {
	const on = t.context;
	const back = async (before: string | null, text: string) => {
		on.write('/srv/names', text);
		const {states} = await run(on, one({kind: 'undo', owned: {kind: 'line', name: '/srv/names', before}}));
		t.regex(states[0]!, / changed$/);
		return on.has('/srv/names') ? on.read('/srv/names') : undefined;
	};
	t.is(await back('whole', `a\n${ours}`), 'a\n');
	t.is(await back('open', `a\n${ours}`), 'a');
	t.is(await back('open', `a\n${ours}b\n`), 'a\nb\n');
	t.is(await back(null, ours), undefined);
	t.is(await back(null, `${ours}b\n`), 'b\n');
});
