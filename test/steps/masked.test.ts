import {readlinkSync, symlinkSync} from 'node:fs';
import anyTest, {type TestFn} from 'ava';
import type {Step} from '../../src/model.ts';
import {swapBack} from '../../src/phases/reset-services.ts';
import {isRoot, type Machine, machine} from '../run/machine.ts';
import {one, run} from './run-program.ts';

const test = anyTest as TestFn<Machine>;
const asRoot = isRoot ? test : test.skip;
const units = '/etc/systemd/system';
const say = (active: string, enabled: string) => `ActiveState=${active}\nUnitFileState=${enabled}\nNeedDaemonReload=no\n`;

test.beforeEach((t) => {
	t.context = machine();
	t.context.write('/var/lib/kubestrap/fence', '1\n');
});
test.afterEach.always((t) => t.context.remove());

const off: Step = {kind: 'masked', unit: 'old.swap'};
const back = (before: string): Step => ({kind: 'undo', owned: {kind: 'masked', name: 'old.swap', before}});

asRoot('a unit is stopped and masked for good, also one that is not there yet, and given back', async (t) => {
	const on = t.context;
	on.write('/run/services/old.swap', say('active', 'generated'));
	const first = await run(on, one(off));
	t.deepEqual(first.states, ['masked old.swap changed'], first.log);
	t.is(readlinkSync(on.at(`${units}/old.swap`)), '/dev/null');
	t.deepEqual((await run(on, one(off))).states, ['masked old.swap unchanged']);
	t.is(on.read('/var/lib/kubestrap/owned.ndjson'), '{"kind":"masked","name":"old.swap","before":"active generated"}\n');
	const undone = await run(on, one(back('active generated')));
	t.deepEqual(undone.states, ['undo masked old.swap changed'], undone.log);
	t.false(on.has(`${units}/old.swap`));
	t.regex(on.read('/run/systemctl.log'), /start -- old\.swap/);
	t.deepEqual((await run(on, one(back('active generated')))).states, ['undo masked old.swap unchanged']);
});

asRoot('a unit whose file is the administrator\u2019s own gets a condition that never holds, and keeps its bytes', async (t) => {
	const on = t.context;
	on.write(`${units}/old.swap`, '[Swap]\nWhat=/x\n');
	t.deepEqual((await run(on, one(off))).states, ['masked old.swap changed']);
	t.regex(on.read(`${units}/old.swap.d/60-kubestrap-masked.conf`), /^ConditionPathExists=/m);
	t.is(on.read(`${units}/old.swap`), '[Swap]\nWhat=/x\n');
	t.deepEqual((await run(on, one(off))).states, ['masked old.swap unchanged']);
	await run(on, one(back('inactive enabled')));
	t.false(on.has(`${units}/old.swap.d`));
	t.is(on.read(`${units}/old.swap`), '[Swap]\nWhat=/x\n');
});

asRoot('what was masked before us stays masked', async (t) => {
	const on = t.context;
	symlinkSync('/dev/null', on.at(`${units}/old.swap`));
	on.write('/run/services/old.swap', say('inactive', 'masked'));
	t.deepEqual((await run(on, one(off))).states, ['masked old.swap unchanged']);
	t.false(on.has('/var/lib/kubestrap/owned.ndjson'));
});

asRoot('swap whose file is gone by now is given back without being started', async (t) => {
	const on = t.context;
	symlinkSync('/dev/null', on.at(`${units}/old.swap`));
	on.write('/var/lib/kubestrap/swaps', '/srv/a\\040gone file 1 0 -2\n');
	on.fake('swapon', 'echo "swapon: $*: No such file or directory"; exit 255');
	on.fake(
		'systemctl',
		`case $* in *What*) echo /srv/gone ;; *LoadState*) echo loaded ;; start*) exit 1 ;; show*) echo ActiveState=inactive ;; esac`,
	);
	const again: Step = {kind: 'run', title: 'on', command: swapBack, unless: {sh: '[ ! -s /var/lib/kubestrap/swaps ]'}};
	const {code, states, log} = await run(on, one(back('active generated'), again));
	t.is(code, 0, log);
	t.deepEqual(states, ['undo masked old.swap changed', 'on changed']);
	t.false(on.has(`${units}/old.swap`) || on.has('/var/lib/kubestrap/swaps'));
});

asRoot('what was masked but ran is stopped, and runs again behind its mask', async (t) => {
	const on = t.context;
	const link = on.at(`${units}/old.swap`);
	symlinkSync('/dev/null', link);
	on.write('/run/services/old.swap', say('active', 'masked'));
	// As systemd does: what is masked does not start.
	on.fake(
		'systemctl',
		`echo "$*" >>/run/systemctl.log
for unit; do :; done
masked() { [ "$(readlink "${units}/$unit")" = /dev/null ] || [ "$(readlink "/run/systemd/system/$unit")" = /dev/null ]; }
case $* in
*LoadState*) echo loaded ;;
*What*) echo none ;;
show*) echo "ActiveState=$(cat /run/state 2>/dev/null || echo active)"; if masked; then echo UnitFileState=masked; else echo UnitFileState=static; fi ;;
start*) if masked; then echo "Unit $unit is masked." >&2; exit 1; fi; echo active >/run/state ;;
stop*) echo inactive >/run/state ;;
esac`,
	);
	t.deepEqual((await run(on, one(off))).states, ['masked old.swap changed']);
	t.is(on.read('/run/state'), 'inactive\n');
	t.deepEqual((await run(on, one(off))).states, ['masked old.swap unchanged']);
	t.true(on.read('/var/lib/kubestrap/owned.ndjson').includes('"before":"active masked"'));
	const undone = await run(on, one(back('active masked')));
	t.deepEqual(undone.states, ['undo masked old.swap changed'], undone.log);
	t.is(on.read('/run/state'), 'active\n');
	t.is(readlinkSync(link), '/dev/null');
	t.deepEqual((await run(on, one(back('active masked')))).states, ['undo masked old.swap unchanged']);
});

asRoot('swap that was masked before us, ran, and whose file is gone by now is given back masked', async (t) => {
	const on = t.context;
	symlinkSync('/dev/null', on.at(`${units}/old.swap`));
	on.fake(
		'systemctl',
		`[ "$(readlink ${units}/old.swap)" = /dev/null ] && state=masked || state=loaded
case $* in
*What*) [ $state = masked ] || echo /srv/gone ;;
*LoadState*) echo $state ;;
start*) exit 1 ;;
show*) echo "ActiveState=inactive"; [ $state = loaded ] || echo UnitFileState=masked ;;
esac`,
	);
	const {code, states, log} = await run(on, one(back('active masked')));
	t.is(code, 0, log);
	t.deepEqual(states, ['undo masked old.swap changed']);
	t.is(readlinkSync(on.at(`${units}/old.swap`)), '/dev/null');
	t.deepEqual((await run(on, one(back('active masked')))).states, ['undo masked old.swap unchanged']);
});

asRoot('a mask of ours that somebody took away since stays away, and the unit as it is', async (t) => {
	const on = t.context;
	on.write('/run/services/old.swap', say('inactive', 'static'));
	t.deepEqual((await run(on, one(back('active generated')))).states, ['undo masked old.swap unchanged']);
	t.false(on.has('/run/systemctl.log') && /start/.test(on.read('/run/systemctl.log')));
});
