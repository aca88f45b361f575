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
/** What each of them says that it would do, as they write it. */
const foretold = `case $* in
*--assumeno*) cat <<'END'
Last metadata expiration check: 0:12:01 ago.
Dependencies resolved.
================================================================================
 Package         Arch      Version             Repository                  Size
================================================================================
Installing:
 socat           x86_64    1.7.4.1-5.el9       appstream                  303 k
Upgrading:
 bash            x86_64    5.1.8-9.el9         baseos                     1.7 M
Installing dependencies:
 libsocat
                 x86_64    1-1.el9             baseos                      10 k
     replacing  oldsocat.x86_64 1-1.el9

Transaction Summary
================================================================================
Install  2 Packages
END
exit 1 ;;
*--dry-run*) cat <<'END'
<?xml version='1.0'?>
<stream>
<install-summary download-size="10">
<to-upgrade>
<solvable type="package" name="bash" edition="5.1-1"/>
</to-upgrade>
<to-install>
<solvable type="package" name="libsocat" edition="1-1" arch="x86_64"/>
<solvable type="package" name="socat" edition="1.7-1" arch="x86_64"/>
</to-install>
</install-summary>
</stream>
END
exit 0 ;;
esac`;
const installer = `${foretold}
echo "$0 $*" >>/srv/log
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

for (const tool of ['dnf', 'zypper'] as const) {
	asRoot(`${tool}: a run that dies in the midst of it has put on record what came, and nothing that was there`, async (t) => {
		const on = t.context;
		on.fake(tool, `${installer}\nkill -9 $PPID`);
		await run(on, one(wish(tool)));
		t.is(on.read('/srv/rpms'), 'bash\nsocat\nlibsocat\n');
		const owned = on
			.read('/var/lib/kubestrap/owned.ndjson')
			.split('\n')
			.flatMap((line) => (line === '' ? [] : [(JSON.parse(line) as {name: string}).name]));
		t.deepEqual(owned, ['libsocat', 'socat']);
	});
}

asRoot('what somebody else needs by now stays', async (t) => {
	const on = t.context;
	on.write('/srv/rpms', 'bash\nlibsocat\ntheirs\n');
	on.write('/srv/needs', 'theirs libsocat\n');
	t.deepEqual((await run(on, one({kind: 'rpmless', title: 'remove', packages: ['libsocat']}))).states, ['remove unchanged']);
	t.true(on.read('/srv/rpms').includes('libsocat'));
});

asRoot('a failed installation is an error, and what came of it or could have come is on record, as with apt', async (t) => {
	const on = t.context;
	on.fake('dnf', `${installer}\nsed -i /^socat/d /srv/rpms\necho 'Error: Unable to find a match: socat' >&2\nexit 1`);
	const first = await run(on, one(wish('dnf')));
	t.deepEqual(first.states, ['install socat failed']);
	t.regex(first.log, /Unable to find a match/);
	t.is(
		on.read('/var/lib/kubestrap/owned.ndjson'),
		'{"kind":"package","name":"libsocat","before":null}\n{"kind":"package","name":"socat","before":null}\n',
	);
});

for (const tool of ['dnf', 'zypper'] as const) {
	asRoot(
		`${tool}: of a run that could not even be planned nothing is on record, and a look leaves files that others may read`,
		async (t) => {
			const on = t.context;
			on.fake(tool, `umask >>/srv/umask\necho "No provider of 'socat' found." >&2\nexit 1`);
			t.deepEqual((await run(on, one(wish(tool)))).states, ['install socat failed']);
			t.false(on.has('/var/lib/kubestrap/owned.ndjson'));
			t.is(on.read('/srv/umask'), '0022\n0022\n');
		},
	);
}
