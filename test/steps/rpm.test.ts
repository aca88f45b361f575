/** dnf, zypper and rpm are fakes here: scripts that keep a list of packages. What our program does with them is real. */
import anyTest, {type TestFn} from 'ava';
import type {Step} from '../../src/model.ts';
import {isRoot, type Machine, machine} from '../run/machine.ts';
import {one, run} from './run-program.ts';

const test = anyTest as TestFn<Machine>;
const asRoot = isRoot ? test : test.skip;

const rpm = `list=/srv/rpms
for last; do :; done
case $* in
'-qa '*) cat $list ;;
'-q --quiet --whatprovides'*) shift 4; for name; do grep -qx "$name" $list || exit 1; done ;;
'-q --quiet'*) grep -qx "$last" $list ;;
'-e --test'*) ! grep -q " $last$" /srv/needs || { need=$(sed -n "s/ $last\\$//p" /srv/needs); ! grep -qx "$need" $list; } ;;
'-e '*) sed -i "/^$last\\$/d" $list; echo "erased $last" >>/srv/log ;;
esac`;
const installer = `echo "$0 $*" >>/srv/log
for last; do case $last in -* | install) ;; *) echo "$last" >>/srv/rpms ;; esac; done
echo libsocat >>/srv/rpms`;

test.beforeEach((t) => {
	t.context = machine();
	t.context.write('/var/lib/kubestrap/fence', '1\n');
	t.context.write('/srv/rpms', 'bash\n');
	t.context.write('/srv/needs', 'socat libsocat\n');
	t.context.fake('rpm', rpm);
});
test.afterEach.always((t) => t.context.remove());

const wish = (tool: 'dnf' | 'zypper'): Step => ({kind: 'rpms', title: 'install socat', tool, packages: ['socat']});

for (const tool of ['dnf', 'zypper'] as const) {
	asRoot(
		`${tool}: what comes is on record with what it needs, a second run changes nothing, and reset takes it away in order`,
		async (t) => {
			const on = t.context;
			on.fake(tool, installer);
			const first = await run(on, one(wish(tool)));
			t.deepEqual(first.states, ['install socat changed'], first.log);
			t.regex(
				on.read('/srv/log'),
				tool === 'dnf' ? /-y --setopt=install_weak_deps=False install socat/ : /--non-interactive .*--no-recommends/,
			);
			t.is(
				on.read('/var/lib/kubestrap/owned.ndjson'),
				'{"kind":"package","name":"libsocat","before":null}\n{"kind":"package","name":"socat","before":null}\n',
			);
			t.deepEqual((await run(on, one(wish(tool)))).states, ['install socat unchanged']);
			const gone: Step = {kind: 'rpmless', title: 'remove', packages: ['libsocat', 'socat']};
			t.deepEqual((await run(on, one(gone))).states, ['remove changed']);
			t.is(on.read('/srv/rpms'), 'bash\n');
			t.deepEqual((await run(on, one(gone))).states, ['remove unchanged']);
		},
	);
}

asRoot('what somebody else needs by now stays', async (t) => {
	const on = t.context;
	on.write('/srv/rpms', 'bash\nlibsocat\ntheirs\n');
	on.write('/srv/needs', 'theirs libsocat\n');
	t.deepEqual((await run(on, one({kind: 'rpmless', title: 'remove', packages: ['libsocat']}))).states, ['remove unchanged']);
	t.true(on.read('/srv/rpms').includes('libsocat'));
});

asRoot('a failed installation is an error, and what came of it is on record', async (t) => {
	const on = t.context;
	on.fake('dnf', `${installer}\nsed -i /^socat/d /srv/rpms\necho 'Error: Unable to find a match: socat' >&2\nexit 1`);
	const first = await run(on, one(wish('dnf')));
	t.deepEqual(first.states, ['install socat failed']);
	t.regex(first.log, /Unable to find a match/);
	t.is(on.read('/var/lib/kubestrap/owned.ndjson'), '{"kind":"package","name":"libsocat","before":null}\n');
});
