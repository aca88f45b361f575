/**
 * A worker with a kernel and a disk of its own (User-mode Linux): what a container shares with its host is turned off, loaded and set for real,
 * holds over a real boot, survives a power cut, and is given back.
 */
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {parts} from '../../hack/laboratory/lab.ts';
import {shuffled} from '../../hack/suites.ts';
import type {Finding} from '../../src/model.ts';
import {rightClock, wrongClock} from '../faults/clock.ts';
import {news, openPlay} from '../faults/play.ts';
import {faults} from '../faults/rows.ts';
import {Stage} from './stage.ts';

const {KUBESTRAP_FULL, KUBESTRAP_SEED} = process.env;
const full = KUBESTRAP_FULL === '1';

/** What is drawn from: `hack/verify` runs two of these, others with each change of the code; with `--full`, and by hand without a seed, all. */
const chapters = ['swap', 'power in kernel', 'power in runtime', 'join'] as const;
const drawn = full || KUBESTRAP_SEED === undefined ? chapters : shuffled(KUBESTRAP_SEED, chapters).slice(0, 2);
/** A test of a chapter: skipped, and said to be, where the chapter was not drawn. */
const of = (chapter: (typeof chapters)[number]) => (drawn.includes(chapter) ? test.serial : test.serial.skip);

let stage: Stage;
test.before(async (t) => {
	t.timeout(1_800_000);
	stage = await Stage.open({name: 'e2e-uml', kinds: {w1: 'uml'}});
});
test.after.always(() => stage?.close());

const on = (command: string) => stage.ssh('w1', command);
/** What this kernel lacks for good: kubeadm wants cpuset, and Services need NAT. */
const lacking = ['--ignore-preflight-errors', 'SystemVerification,KernelNat'];
const prepare = (phases = 'swap,kernel') =>
	stage.start(['init', '-c', stage.config(), '--kubeconfig', stage.kubeconfig, '--only-phases', phases, ...lacking]);
const upToRuntime = 'swap,kernel,service-route,registries,runtime-proxy,runtime';

/** Findings of preflight on the worker. */
async function findings(): Promise<readonly Finding[]> {
	const play = await openPlay(stage.lab);
	try {
		return (await play.look()).filter(({node}) => node === 'w1');
	} finally {
		await play.close();
	}
}

const errorsOf = (found: readonly Finding[]) =>
	found
		.filter(({level}) => level === 'error')
		.map(({id}) => id)
		.sort();

test.serial('it is a machine of its own: kernel, cgroup v2, modules, and a disk that a power cut hurts', async (t) => {
	t.timeout(120_000);
	t.is(
		await on('uname -r; stat -fc %T /sys/fs/cgroup; systemd-detect-virt; systemctl is-system-running --wait'),
		`${(await on('ls /lib/modules')).trim()}\ncgroup2fs\numl\nrunning\n`,
	);
	await on('echo kept >/root/kept && sync && echo lost >/root/lost');
	await stage.lab.powerCut('w1');
	t.false(parts(stage.lab.name).find(({part}) => part === 'w1')?.running);
	await stage.lab.boot('w1');
	t.is(await on('cat /root/kept; cat /root/lost 2>/dev/null || :'), 'kept\n');
	await t.throwsAsync(stage.lab.boot('w1'), {message: /runs already/});
});

test.serial('preflight names what its kernel lacks, and a clock that is wrong', async (t) => {
	t.timeout(120_000);
	t.deepEqual(errorsOf(await findings()), ['KernelNat', 'SystemVerification', 'SystemVerification']);
	await on(`systemctl stop lab-cpuinfo && ${wrongClock(3600)}`);
	const found = await findings();
	t.deepEqual(errorsOf(found), ['ClockSkew', 'CpuClockSpeed', 'KernelNat', 'SystemVerification', 'SystemVerification']);
	t.true(found.some(({id, evidence}) => id === 'SystemVerification' && /cpuset/.test(evidence)));
	await on(`systemctl start lab-cpuinfo && ${rightClock}`);
	t.deepEqual(errorsOf(await findings()), ['KernelNat', 'SystemVerification', 'SystemVerification']);
});

const results: {id: string; node: string; level: string; finding: string; evidence: string}[] = [];

for (const {id, what, on: nodes, inject, mend, finds = '', says = /./} of faults.filter(({tier}) => tier === 'uml'))
	test.serial(`${id}: ${what}`, async (t) => {
		t.timeout(120_000);
		const play = await openPlay(stage.lab);
		try {
			const clean = await play.look();
			await play.shell(nodes, inject);
			const found = news(await play.look(), clean);
			await play.shell(nodes, mend);
			t.deepEqual(
				[...new Set(found.map((one) => `${one.node} ${one.id}`))],
				nodes.map((node) => `${node} ${finds}`),
			);
			for (const {evidence} of found) t.regex(evidence, says);
			t.deepEqual(news(await play.look(), clean), []);
			for (const {node, level, id: finding, evidence} of found) results.push({id, node, level, finding, evidence});
		} finally {
			await play.close();
		}
	});

test.serial('what was said of them is kept', (t) => {
	t.true(results.length > 0);
	if (!full) return;
	const file = join(import.meta.dirname, '..', 'faults', 'results-uml.json');
	const date = new Date().toISOString().slice(0, 10);
	writeFileSync(file, `${JSON.stringify({date, nodes: 'User-mode Linux, Debian 13', results}, undefined, '\t')}\n`);
});

test.serial('preflight names modules that are forbidden, and those that went with an upgraded kernel', async (t) => {
	t.timeout(120_000);
	const told = async () =>
		(await findings()).filter(({id}) => id === 'KernelModules').map(({level, evidence}) => `${level} ${evidence}`);
	t.deepEqual(await told(), []);
	await on('echo "install br_netfilter /bin/false" >/etc/modprobe.d/forbidden.conf');
	const forbidden = await told();
	t.regex(forbidden[0] ?? '', /^error kernel \S+ cannot load br_netfilter: .*modprobe\.d forbids it/);
	await on('rm /etc/modprobe.d/forbidden.conf && mv /lib/modules/$(uname -r) /lib/modules/99.0.0-lab');
	const gone = await told();
	await on('mv /lib/modules/99.0.0-lab /lib/modules/$(uname -r)');
	t.regex(
		gone[0] ?? '',
		/^error the modules of the running kernel \S+ are gone \(there are those of 99\.0\.0-lab\), and \w+.* cannot be loaded/,
	);
	t.deepEqual(await told(), []);
});

/** Swap from a line of fstab, a unit, and a generator. */
const swaps = `set -e
fallocate -l 64M /swap && chmod 600 /swap && mkswap -q /swap
echo '/swap none swap sw 0 0' >>/etc/fstab
mkswap -q /dev/ubdb
printf '[Swap]\\nWhat=/dev/ubdb\\n\\n[Install]\\nWantedBy=swap.target\\n' >/etc/systemd/system/dev-ubdb.swap
systemctl enable -q dev-ubdb.swap
printf '[zram0]\\nzram-size = 32\\n' >/etc/systemd/zram-generator.conf
sync`;
const allSwaps = '/dev/ubdb\n/dev/zram0\n/swap\n';
const swapped = () => on("tail -n +2 /proc/swaps | cut -d ' ' -f 1 | cut -f 1 | sort");
const kernel = `lsmod | grep -oE '^(overlay|br_netfilter) ' | sort; cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/bridge/bridge-nf-call-iptables /proc/sys/vm/swappiness 2>/dev/null || :`;
const set = 'br_netfilter \noverlay \n1\n1\n0\n';

/** What differs from before: lines of Stage.whole. */
const differences = (now: readonly string[]) => [
	...before.filter((line) => !now.includes(line)).map((line) => `- ${line}`),
	...now.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
];

let before: readonly string[] = [];
of('swap')('swap of three kinds goes off, modules come, and the next boot keeps it so', async (t) => {
	t.timeout(240_000);
	await on(swaps);
	await stage.lab.reboot('w1');
	t.is(await swapped(), allSwaps);
	t.is(await on(kernel), '0\n60\n');
	before = await stage.whole('w1');
	const run = await prepare().done;
	t.is(run.code, 0, run.stderr);
	t.is(await swapped(), '');
	t.is(await on(kernel), set);
	await stage.lab.reboot('w1');
	t.is(await swapped(), '');
	t.is(await on(kernel), set);
	const again = await prepare().done;
	t.is(again.summary.changed, 0, JSON.stringify(again.events.filter(({state}) => state === 'changed')));
});

of('swap')('reset gives swap back, now and at the next boot', async (t) => {
	t.timeout(240_000);
	const run = await stage.kubestrap(['reset', '-c', stage.config(), '-y']);
	t.is(run.code, 0, run.stderr);
	t.is(await swapped(), allSwaps);
	t.deepEqual(differences(await stage.whole('w1')), []);
	await stage.lab.reboot('w1');
	t.is(await swapped(), allSwaps);
	t.is(await on(kernel), '0\n60\n');
});

for (const phase of ['kernel', 'runtime'] as const)
	of(`power in ${phase}`)(
		`power fails while ${phase} is under way: the same command goes on from what reached the disk`,
		async (t) => {
			t.timeout(240_000);
			await stage.lab.reset('w1');
			const first = prepare(upToRuntime);
			await first.seen(
				(event) => event.type === 'phase' && event.phase === phase && event.node === 'w1' && event.state === 'started',
			);
			await stage.lab.powerCut('w1');
			await stage.lab.boot('w1');
			const cut = await first.done;
			t.true(cut.code === 0 || cut.stderr !== '', 'a run that fails says so');
			const second = await prepare(upToRuntime).done;
			t.is(second.code, 0, second.stderr);
			t.is(await swapped(), '');
			t.is(await on(kernel), set);
			t.regex(await on('crictl version'), /RuntimeVersion: +v2/);
			// Nothing of what is kept there is torn.
			const lines = (await on('cat /var/lib/kubestrap/*.ndjson')).split('\n').filter((line) => line !== '');
			for (const line of lines) t.notThrows(() => JSON.parse(line), line);
			const third = await prepare(upToRuntime).done;
			t.is(third.summary.changed, 0, JSON.stringify(third.events.filter(({state}) => state === 'changed')));
		},
	);

const kubectl = (command: string) => stage.ssh('cp1', `kubectl --kubeconfig /etc/kubernetes/admin.conf ${command}`);

of('join')('it joins as far as its kernel allows, and is back after a reboot', async (t) => {
	t.timeout(600_000);
	const run = await stage.start(['init', '-c', stage.config(), '--kubeconfig', stage.kubeconfig, ...lacking]).done;
	t.is(run.code, 0, run.stderr);
	t.regex(await kubectl('wait --for=condition=Ready node/w1 --timeout=60s'), /condition met/);
	// As the finding KernelNat said: the node is Ready, and Services are not.
	const proxy = 'pods --namespace kube-system --selector k8s-app=kube-proxy --field-selector spec.nodeName=w1';
	t.regex(
		await kubectl(`wait --for=jsonpath={.status.containerStatuses[0].lastState.terminated.reason}=Error ${proxy} --timeout=60s`),
		/condition met/,
	);
	await stage.lab.reboot('w1');
	const boot = (await on('cat /proc/sys/kernel/random/boot_id')).trim();
	t.regex(await kubectl(`wait --for=jsonpath={.status.nodeInfo.bootID}=${boot} node/w1 --timeout=90s`), /condition met/);
	t.regex(await kubectl('wait --for=condition=Ready node/w1 --timeout=60s'), /condition met/);
	t.is(await swapped(), '');
});

// Two minutes of compiling on a machine that has not got the modules yet.
if (full)
	test.serial('with the modules for NAT it is a whole worker, and one whose swap stays on', async (t) => {
		t.timeout(1_800_000);
		const whole = await Stage.open({name: 'e2e-nat', kinds: {w1: 'uml-nat'}});
		try {
			await whole.ssh('w1', 'mkswap -q /dev/ubdb && echo "/dev/ubdb none swap sw 0 0" >>/etc/fstab && sync');
			await whole.lab.reboot('w1');
			const swaps = () => whole.ssh('w1', "tail -n +2 /proc/swaps | cut -d ' ' -f 1 | cut -f 1");
			t.is(await swaps(), '/dev/ubdb\n');
			// The control plane is a container on cgroup v1, where a kubelet does not start with `limited`.
			const file = whole.config((config) => config.replace('spec:\n', 'spec:\n  swap: ignore\n'));
			const ignored = ['--ignore-preflight-errors', 'SystemVerification'];
			const run = await whole.start(['init', '-c', file, '--kubeconfig', whole.kubeconfig, ...ignored]).done;
			t.is(run.code, 0, run.stderr);
			t.is(await swaps(), '/dev/ubdb\n');
			const proof = await whole.kubestrap(['verify', '-c', file]);
			t.is(proof.code, 0, proof.stderr);
			await whole.lab.reboot('w1');
			t.is(await swaps(), '/dev/ubdb\n');
			const boot = (await whole.ssh('w1', 'cat /proc/sys/kernel/random/boot_id')).trim();
			const kubectl = (command: string) => whole.ssh('cp1', `kubectl --kubeconfig /etc/kubernetes/admin.conf ${command}`);
			t.regex(await kubectl(`wait --for=jsonpath={.status.nodeInfo.bootID}=${boot} node/w1 --timeout=90s`), /condition met/);
			t.regex(await kubectl('wait --for=condition=Ready node/w1 --timeout=60s'), /condition met/);
		} finally {
			await whole.close();
		}
	});
