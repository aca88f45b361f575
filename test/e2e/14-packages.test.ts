/** All from a registry like aliyun's and an apt mirror: real apt on bare nodes; what goes wrong there is named; reset gives the machines back. */
import {readFileSync, realpathSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {faults, spoilt} from './apt-faults.ts';
import {leftBehind} from './left-behind.ts';
import {type Run, Stage} from './stage.ts';

let stage: Stage;
let before: string[];
let whole: string[];
const tools = ['conntrack', 'socat', 'ethtool', 'ebtables', 'iptables'];
const extra = 'KUBELET_EXTRA_ARGS=--v=1\n';

/** Packages with their state, holds, and everything that says where packages come from. */
const state = `dpkg-query -W -f '\${db:Status-Abbrev} \${Package} \${Version}\\n'; apt-mark showhold
find /etc/apt ! -type d -exec sha256sum {} +; ls -d /etc/apt/*; ls -A /run/systemd/system 2>/dev/null | grep -v '^nspawn' || :`;
const states = () => Promise.all(stage.lab.nodes.map(({name}) => stage.ssh(name, state)));

test.before(async (t) => {
	t.timeout(1_800_000);
	stage = await Stage.open();
	await Promise.all(
		stage.lab.nodes.map(({name}) => stage.ssh(name, `dpkg --purge ${tools.join(' ')} >/dev/null; ls /usr/sbin/iptables || :`)),
	);
	before = await states();
	whole = await stage.whole('cp1');
	await stage.ssh('w1', `printf '${extra.trim()}\\n' >/etc/default/kubelet`);
});
test.after.always(() => stage?.close());

const told = (run: Run) => `${run.stderr}\n${run.events.map((event) => JSON.stringify(event)).join('\n')}`;

function config(edit: (text: string) => string = (text) => text): string {
	const file = join(stage.folder, 'packages.yaml');
	writeFileSync(file, edit(stage.lab.config('root', {packages: true, mirror: 'aliyun'})));
	return file;
}
const onlyPackages = ['--only-phases', 'package-sources,packages'];

for (const fault of faults)
	test.serial(`${fault.name}: said so, and nothing is installed`, async (t) => {
		t.timeout(120_000);
		const host = /http:\/\/([\d.]+):8080/.exec(stage.lab.config())![1]!;
		const files = realpathSync(join(stage.lab.folder, 'files'));
		const mirror = await spoilt(fault, files, stage.folder, host);
		const lock = join(stage.folder, 'spoilt.lock');
		const text = readFileSync(stage.lab.lockFile, 'utf8');
		writeFileSync(
			lock,
			mirror.fingerprint === undefined
				? text
				: text.replace(/(\n {2}kubernetes:[\s\S]*?fingerprint: "?)[0-9A-F]{40}/, `$1${mirror.fingerprint}`),
		);
		const file = config((given) =>
			given
				.replace(/kubernetes: "http[^"]*"/, `kubernetes: "${mirror.url}"`)
				.replace('insecure: [', `insecure: ["${mirror.host}", `)
				.replace(/lock: .*/, `lock: ${JSON.stringify(lock)}`),
		);
		try {
			const run = await stage.start(['init', '-c', file, ...onlyPackages], {XDG_CACHE_HOME: join(stage.folder, fault.name)}).done;
			t.is(run.code, 5, told(run));
			t.regex(told(run), fault.says);
			t.is(await stage.ssh('cp1', 'ls /usr/bin/kubelet 2>/dev/null || :'), '');
		} finally {
			mirror.close();
		}
	});

/** Holds dpkg's lock as dpkg does, by fcntl, for some seconds. */
const hold = `cat >/tmp/holder.pl <<'END'
open(F, ">>", "/var/lib/dpkg/lock-frontend") or die;
my $lock = pack("s s x4 q q l", 1, 0, 0, 0, 0);
fcntl(F, 6, $lock) or die;
sleep 6;
END
setsid perl /tmp/holder.pl </dev/null >/dev/null 2>&1 &
timeout 5 sh -c 'until grep -q "POSIX.*:$(stat -c %i /var/lib/dpkg/lock-frontend) " /proc/locks; do :; done'; rm /tmp/holder.pl`;

test.serial(
	'a dpkg that somebody else cut off is his to mend; a lock of dpkg is waited for by the name of its holder',
	async (t) => {
		t.timeout(240_000);
		await stage.ssh('cp1', 'cd /tmp && apt-get -q download ethtool 2>&1 && dpkg --unpack ethtool_*.deb 2>&1; rm ethtool_*.deb');
		const broken = await stage.start(['init', '-c', config(), ...onlyPackages]).done;
		t.is(broken.code, 3, told(broken));
		t.regex(told(broken), /DpkgInterrupted[\s\S]*ethtool/);
		t.regex(told(broken), /dpkg --configure -a/);
		await stage.ssh('cp1', 'dpkg --configure -a');
		await stage.ssh('cp1', hold);
		const running = stage.start(['init', '-c', config(), ...onlyPackages]);
		const seen = await running.seen(({type, detail}) => type === 'progress' && /the lock of dpkg is held/.test(String(detail)));
		t.regex(String(seen.detail), /held by process \d+ \(\S*perl .*: waited \d+ of 600 s/);
		// Our own apt, cut off in the middle of its work.
		await running.seen(
			({node, type, detail}) => node === 'cp1' && type === 'progress' && String(detail).startsWith('installing kubelet'),
		);
		await stage.ssh(
			'cp1',
			'timeout 60 sh -c "until find /usr/bin /opt/cni/bin -name \\*.dpkg-new 2>/dev/null | grep -q .; do :; done"; systemctl kill -s KILL "kubestrap-*"; pkill -KILL -x dpkg; :',
		);
		const cut = await running.done;
		t.is(cut.code, 5, told(cut));
		t.is((await stage.ssh('cp1', 'ls /var/lib/kubestrap/apt-runs')).trim(), '/var/lib/kubestrap/apt-runs');
		t.not(await stage.ssh('cp1', 'dpkg --audit'), '', 'it was in the middle of something');
	},
);

test.serial('the same command goes on from there, to a cluster whose parts are packages, held', async (t) => {
	t.timeout(600_000);
	const run = await stage.init(config()).done;
	t.is(run.code, 0, told(run));
	const kubectl = (args: string) => stage.ssh('cp1', `kubectl --kubeconfig /etc/kubernetes/admin.conf ${args}`);
	t.regex(await kubectl('get nodes --no-headers'), /^cp1 +Ready.*\nw1 +Ready/);
	for (const {name} of stage.lab.nodes) {
		t.deepEqual((await stage.ssh(name, 'apt-mark showhold')).trim().split('\n'), [
			'containerd.io',
			'cri-tools',
			'kubeadm',
			'kubectl',
			'kubelet',
			'kubernetes-cni',
		]);
		const owners = 'for file in kubeadm kubelet kubectl crictl containerd; do dpkg -S /usr/bin/$file; done | cut -d : -f 1';
		t.is((await stage.ssh(name, owners)).trim(), 'kubeadm\nkubelet\nkubectl\ncri-tools\ncontainerd.io');
		t.is((await stage.ssh(name, `command -v ${tools.join(' ')} | wc -l; ls /usr/local/bin | wc -l`)).trim(), '5\n0');
		t.is(
			(
				await stage.ssh(
					name,
					'ls -A /run/systemd/system | grep -E "kubelet|containerd" || :; ls /var/lib/kubestrap/apt-runs 2>/dev/null || :',
				)
			).trim(),
			'',
		);
	}
	t.is(await stage.ssh('w1', 'cat /etc/default/kubelet'), extra, 'a settings file that was changed stays');
	t.regex(await stage.ssh('w1', 'tr "\\0" " " </proc/$(pgrep -x kubelet)/cmdline'), /--v=1/);
	const mirrors = await stage.ssh('cp1', 'cat /etc/apt/sources.list');
	t.notRegex(mirrors, /debian\.org/);
});

test.serial('a second run changes nothing, and asks nobody', async (t) => {
	t.timeout(120_000);
	const stands = await stage.still('cp1');
	const asked = readFileSync(stage.lab.mirrorLog, 'utf8').length;
	const run = await stage.init(config()).done;
	t.is(run.code, 0, told(run));
	t.is(run.summary.changed, 0);
	t.is(await stage.still('cp1'), stands);
	t.is(readFileSync(stage.lab.mirrorLog, 'utf8').length, asked);
});

test.serial('a source cannot be changed under a node that lives', async (t) => {
	t.timeout(60_000);
	const run = await stage.init(config((text) => text.replace('kubernetes: {source: packages}', 'kubernetes: {source: binaries}')))
		.done;
	t.is(run.code, 3, told(run));
	t.regex(told(run), /PackageSource/);
});

/** What apt and dpkg keep for themselves, and what our own kubectl has left. */
const ofApt = /^(?:file |folder |sum [0-9a-f]+ {2})\.\/(?:var\/(?:lib\/(?:apt|dpkg)|cache|log)|root\/\.kube)\b/;

test.serial('reset gives packages, holds, sources and keys back', async (t) => {
	t.timeout(240_000);
	const run = await stage.start(['reset', '-y', '-c', config()]).done;
	t.is(run.code, 0, told(run));
	const now = await states();
	for (const [at, {name}] of stage.lab.nodes.entries()) t.deepEqual(now[at]!.split('\n'), before[at]!.split('\n'), name);
	t.is(await stage.ssh('w1', 'cat /etc/default/kubelet'), extra);
	const left =
		'ls -d /etc/kubernetes /var/lib/kubelet /var/lib/containerd /etc/containerd /opt/cni /opt/containerd 2>/dev/null || :';
	t.is(await stage.ssh('cp1', left), '');
	const known = (line: string) => ofApt.test(line) || leftBehind.some(({lines}) => lines?.test(line));
	const [had, has] = [new Set(whole), new Set(await stage.whole('cp1'))];
	t.deepEqual(
		[...whole.filter((line) => !has.has(line)), ...[...has].filter((line) => !had.has(line))].filter((line) => !known(line)),
		[],
	);
	const again = await stage.start(['reset', '-y', '-c', config()]).done;
	t.is(again.summary.changed, 0, told(again));
});
