/** The kinds of packages with fakes of dpkg and apt that know their packages from a file of lines `STATE NAME=VERSION`. The real ones: test/e2e/14-packages. */
import anyTest, {type TestFn} from 'ava';
import type {Step} from '../../src/model.ts';
import {isRoot, type Machine, machine} from '../run/machine.ts';
import {one, run} from './run-program.ts';

const test = anyTest as TestFn<Machine>;
const asRoot = isRoot ? test : test.skip;

const status =
	'case $line in "ii "*|"hi "*) status=installed ;; "iU "*) status=unpacked ;; "rc "*) status=config-files ;; *) status=not-installed ;; esac';
const tools: Readonly<Record<string, string>> = {
	'dpkg-query': `shift 2
touch /srv/packages
while read -r line; do
	state=\${line%% *} spec=\${line##* }
	name=\${spec%%=*} version=\${spec#*=}
	case $# in 1) ;; *) case " $* " in *" $name "*) ;; *) continue ;; esac ;; esac
	${status}
	case $1 in
	*Abbrev*) echo "$state  $spec" ;;
	*Want*) case $state in h*) printf 'hold %s %s' "$status" "$version" ;; *) printf 'install %s %s' "$status" "$version" ;; esac ;;
	*) echo "$status $name" ;;
	esac
done </srv/packages`,
	dpkg: `echo "dpkg $*" >>/srv/log
case $* in
*--configure*) sed -i 's/^iU /ii /' /srv/packages ;;
*--purge*) case $* in *needed*) echo 'dpkg: error processing package needed (--purge):' >&2 ;; esac
	case $* in *--no-act*) exit ;; esac
	while [ "$1" != --purge ]; do shift; done; shift
	rm -rf /srv/etc
	for name; do sed -i "/ $name=/d" /srv/packages; done ;;
esac`,
	'apt-mark': `echo "apt-mark $*" >>/srv/log
verb=$1; shift
for name; do case $verb in hold) sed -i "s/^ii  *$name=/hi $name=/" /srv/packages ;; *) sed -i "s/^hi  *$name=/ii $name=/" /srv/packages ;; esac; done`,
	'apt-get': `echo "apt-get $*" >>/srv/log
case " $* " in
*" update "*) [ ! -e /srv/update ] || { cat /srv/update; exit 100; }; : >/srv/updated; exit 0 ;;
esac
[ ! -e /srv/stale ] || [ -e /srv/updated ] || { echo 'E: Unable to locate package'; exit 100; }
echo "umask $(umask)" >>/srv/log
for spec; do case $spec in
*=*) case $spec in -*|*::*) ;; *) echo "Inst \${spec%%=*} (\${spec#*=} lab)"; new="$new $spec" ;; esac ;;
esac; done
[ -e /srv/alone ] || echo 'Inst libneeded (1 lab)'
case " $* " in *" -s "*) exit ;; esac
ls -A /srv/masked >>/srv/log 2>/dev/null
[ ! -e /srv/dies ] || { echo 'iU kubelet=1' >>/srv/packages; kill -9 $PPID; exit; }
for spec in $new libneeded=1; do sed -i "/ \${spec%%=*}=/d" /srv/packages; echo "ii $spec" >>/srv/packages; done`,
};

test.beforeEach((t) => {
	t.context = machine();
	t.context.write('/var/lib/kubestrap/fence', '1\n');
	t.context.write('/srv/packages', 'ii runc=1.1\nhi ethtool=6\nii needed=1\n');
	for (const [name, script] of Object.entries(tools)) t.context.fake(name, `new=\n${script}`);
});
test.afterEach.always((t) => t.context.remove());

const held: Step = {
	kind: 'package',
	title: 'install kubelet, runc',
	packages: [
		{name: 'kubelet', version: '1.37.1-1.1'},
		{name: 'runc', version: '1.2'},
	],
	hold: true,
	sources: ['60-kubestrap-kubernetes.sources'],
	idle: ['kubelet.service'],
};
const log = (on: Machine) => (on.has('/srv/log') ? on.read('/srv/log') : '');

asRoot('installed, held, recorded with what was there before; the second time only looked at', async (t) => {
	const on = t.context;
	const first = await run(on, one(held));
	t.deepEqual(first.states, ['install kubelet, runc changed'], first.log + first.stderr);
	t.is(on.read('/srv/packages'), 'hi ethtool=6\nii needed=1\nhi kubelet=1.37.1-1.1\nhi runc=1.2\nii libneeded=1\n');
	const owned = on.read('/var/lib/kubestrap/owned.ndjson');
	t.regex(owned, /"name":"kubelet","before":null/);
	t.regex(owned, /"name":"libneeded","before":null/);
	t.regex(owned, /"name":"runc","before":"1\.1 install"/);
	t.regex(log(on), /update .*sourcelist=\/etc\/apt\/sources\.list\.d\/60-kubestrap-kubernetes\.sources .*sourceparts=-/);
	t.regex(log(on), /install -y --no-install-recommends --no-remove --allow-downgrades --allow-change-held-packages/);
	t.regex(log(on), /umask 0022/, 'what packages make is for all to read');
	t.regex(
		on.read('/run/systemctl.log'),
		/mask -q --runtime -- kubelet\.service\n(?:.*\n)*unmask -q --runtime -- kubelet\.service/,
	);
	t.false(on.has('/var/lib/kubestrap/apt-runs'));
	t.notRegex(on.read('/var/lib/kubestrap/journal.ndjson'), /"unit":"(?!u1")/, 'the words of the program are left alone');
	const calls = log(on);
	const second = await run(on, one(held));
	t.deepEqual(second.states, ['install kubelet, runc unchanged']);
	t.is(log(on), calls);
});

asRoot('from the files of a bundle: nothing else is installed, and what they need besides is named', async (t) => {
	const on = t.context;
	const brought: Step = {...held, sources: [], from: '/srv/brought'};
	const {states, evidence} = await run(on, one(brought));
	t.deepEqual(states, ['install kubelet, runc failed']);
	t.regex(evidence.join('\n'), /neither on this machine nor in the bundle: libneeded\n.*install these first/);
	t.notRegex(log(on), /install -y|update/);
	on.write('/srv/alone', '');
	await run(on, one(brought));
	t.regex(log(on), /install -y .* \/srv\/brought\/kubelet\.deb \/srv\/brought\/runc\.deb/);
	t.notRegex(log(on), /update/);
});

asRoot('a package that is there but not held any more is held again; looking alone changes nothing', async (t) => {
	const on = t.context;
	await run(on, one(held));
	on.write('/srv/packages', on.read('/srv/packages').replace('hi kubelet', 'ii kubelet'));
	const seen = await run(on, one(held), {mode: 'observe'});
	t.deepEqual(seen.states, ['install kubelet, runc changed']);
	t.regex(on.read('/srv/packages'), /ii kubelet/);
	await run(on, one(held));
	t.regex(on.read('/srv/packages'), /hi kubelet/);
});

asRoot("old indexes of the machine's own are read anew, once", async (t) => {
	const on = t.context;
	on.write('/srv/stale', '');
	const tools_: Step = {kind: 'package', title: 'tools', packages: [{name: 'ethtool'}], hold: false, sources: [], idle: []};
	t.deepEqual((await run(on, one(tools_))).states, ['tools unchanged'], 'held by somebody, and there');
	t.is(log(on), '');
	const {states} = await run(on, one({...held, sources: []}));
	t.deepEqual(states, ['install kubelet, runc changed']);
	t.is(
		log(on)
			.split('\n')
			.filter((line) => / update/.test(line)).length,
		1,
	);
});

asRoot('an index that cannot be had stops it before anything is installed', async (t) => {
	const on = t.context;
	on.write('/srv/update', "E: The repository 'http://m' is not signed.\n");
	const {states, evidence, code} = await run(on, one(held));
	t.deepEqual([states, code], [['install kubelet, runc failed'], 1]);
	t.true(
		evidence.some((line) => line.includes('is not signed')),
		evidence.join('\n'),
	);
	t.notRegex(log(on), /install/);
});

asRoot('a dpkg that was cut off: mended when it was ours, else left alone', async (t) => {
	const on = t.context;
	on.write('/srv/packages', 'iU socat=1\n');
	const theirs = await run(on, one(held));
	t.deepEqual(theirs.states, ['install kubelet, runc failed']);
	t.true(
		theirs.evidence.some((line) => /not by kubestrap: socat/.test(line)),
		theirs.evidence.join('\n'),
	);
	t.notRegex(log(on), /configure/);
	on.write('/srv/packages', '');
	on.write('/srv/dies', '');
	await run(on, one(held));
	t.true(on.has('/var/lib/kubestrap/apt-runs'), 'the mark stays when our own run dies');
	await on.sh('rm /srv/dies');
	const ours = await run(on, one(held));
	t.deepEqual(ours.states, ['install kubelet, runc changed'], ours.log);
	t.regex(log(on), /dpkg --force-confold --configure -a/);
	t.false(on.has('/var/lib/kubestrap/apt-runs'));
});

asRoot('purged: what came with us, but not what others need; a hold of ours ends', async (t) => {
	const on = t.context;
	on.write('/srv/packages', 'hi kubelet=1\nhi runc=1.2\nii needed=1\nhi ethtool=6\n');
	const step: Step = {
		kind: 'purged',
		title: 'remove',
		packages: ['kubelet', 'needed', 'gone'],
		unheld: ['runc'],
		kept: ['/srv/etc/kept', '/srv/etc/none'],
	};
	await on.sh('mkdir /srv/etc && echo mine >/srv/etc/kept && chmod 640 /srv/etc/kept');
	t.deepEqual((await run(on, one(step))).states, ['remove changed']);
	t.is(on.read('/srv/packages'), 'ii runc=1.2\nii needed=1\nhi ethtool=6\n');
	t.is((await on.sh('stat -c %a /srv/etc/kept; cat /srv/etc/kept; ls /srv/etc')).stdout, '640\nmine\nkept\n');
	t.false(on.has('/var/lib/kubestrap/kept'));
	t.deepEqual((await run(on, one(step))).states, ['remove unchanged']);
});
