/** The lab itself: that it stands, that its mirror keeps the lock's word, that nothing leaves it, and that it goes without a trace. */
import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, readFileSync} from 'node:fs';
import {connect} from 'node:net';
import {networkInterfaces} from 'node:os';
import {join} from 'node:path';
import {kill} from 'node:process';
import test from 'ava';
import {run} from '../../hack/laboratory/command.ts';
import {find, type Lab, parts, up} from '../../hack/laboratory/lab.ts';
import {plan, readRecord} from '../../hack/laboratory/record.ts';
import {readLock} from '../../src/artifacts/lock.ts';

const program = join(import.meta.dirname, '../../hack/lab');
const [first, second] = ['e2e-lab', 'e2e-other'];

const ssh = async (lab: Lab, node: string, command: string, user = 'root') =>
	(await run([program, 'ssh', '--name', lab.name, '--user', user, node, command], {mayFail: true})).stdout.trim();

/** Whether something on that address says its first words within a second. */
function greets(host: string, port = 22): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect({host, port});
		const done = (yes: boolean) => {
			clearTimeout(timer);
			socket.destroy();
			resolve(yes);
		};
		const timer = setTimeout(done, 1000, false);
		socket.once('data', () => done(true));
		socket.once('error', () => done(false));
	});
}

async function digest(url: string): Promise<string> {
	const response = await fetch(url, {headers: {accept: 'application/vnd.oci.image.manifest.v1+json'}});
	const hash = createHash('sha256');
	for await (const chunk of response.body ?? []) hash.update(chunk);
	return hash.digest('hex');
}

const settings = () => readFileSync('/proc/sys/fs/inotify/max_user_instances', 'utf8');
const others = () => spawnSync(program, ['status'], {encoding: 'utf8'}).stdout !== '';
const before = {settings: settings(), others: others()};

test.before(async () => {
	for (const name of [first, second]) await find(name)?.down();
});

test.after.always(async () => {
	for (const name of [first, second]) await find(name)?.down();
});

test.serial('two labs stand side by side, and up again is nothing to do', async (t) => {
	const lab = await up({name: first, defaultRoute: true});
	const other = await up({name: second, workers: 0});
	t.deepEqual(
		lab.nodes.map(({name, role}) => `${name} ${role}`),
		['cp1 control-plane', 'w1 worker'],
	);
	const record = readRecord(first);
	await up({name: first, defaultRoute: true});
	t.deepEqual(readRecord(first), record);
	for (const {part, running} of [...parts(first), ...parts(second)]) t.true(running, part);
	await t.throwsAsync(up({name: first, workers: 2}), {message: /stands in another shape/});
	t.is(await ssh(other, 'cp1', 'hostname'), 'cp1');
});

test.serial('nodes are plain machines with three ways in', async (t) => {
	const lab = find(first) as Lab;
	t.is(await ssh(lab, 'cp1', 'systemctl is-system-running --wait'), 'running');
	t.is(await ssh(lab, 'cp1', 'command -v curl wget containerd runc kubelet kubeadm kubectl crictl python3 | wc -l'), '0');
	t.is(await ssh(lab, 'w1', 'id -u'), '0');
	t.is(await ssh(lab, 'w1', 'sudo -n id -u', 'debian'), '0');
	t.is(await ssh(lab, 'w1', 'sudo -n id -u', 'carol'), '');
	const password = readFileSync(lab.passwordFile, 'utf8').trim();
	t.is(await ssh(lab, 'w1', `echo ${password} | sudo -S -p '' id -u`, 'carol'), '0');
	t.not(await ssh(lab, 'w1', 'cat /etc/machine-id'), await ssh(lab, 'cp1', 'cat /etc/machine-id'));
	t.is(
		await ssh(lab, 'w1', 'cat /proc/1/cgroup | grep -v ":/$" | grep -v init.scope | wc -l'),
		'0',
		'the node sees its own cgroups as roots',
	);
});

test.serial('the mirror and the registry hold what the lock says', async (t) => {
	const lab = find(first) as Lab;
	const lock = readLock(readFileSync(lab.lockFile, 'utf8'), {file: lab.lockFile});
	const {binaries, images} = plan(readRecord(first) ?? {index: 0});
	for (const [key, {sha256, from}] of Object.entries(lock.binaries)) t.is(await digest(`${binaries}/${from[0]}`), sha256, key);
	for (const [ref, image] of Object.entries(lock.images)) {
		const [, repository = '', tag = ''] = /^[^/]+\/(.*):([^:]+)$/.exec(ref) ?? [];
		t.is(`sha256:${await digest(`${images}/v2/${repository}/manifests/${tag}`)}`, image.digest, ref);
		t.is(`sha256:${await digest(`${images}/v2/${repository}/blobs/${image.config}`)}`, image.config, ref);
	}
	t.true(readFileSync(lab.mirrorLog, 'utf8').includes('GET /release/v1.37.1/bin/linux/amd64/kubelet 200 -'));
});

test.serial('packets to anywhere else are dropped and counted', async (t) => {
	const lab = find(first) as Lab;
	t.like(await lab.packets(), {forwarded: 0, received: 0, services: 0});
	const other = find(second) as Lab;
	const sum = async () => {
		const {forwarded, received} = await lab.packets();
		return forwarded + received;
	};
	const elsewhere = ['198.51.100.7', other.nodes[0]?.address ?? '', plan(readRecord(second) ?? {index: 0}).host];
	const here = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
	const own = here.find(({family, internal, address}) => family === 'IPv4' && !internal && !address.startsWith('10.213.'));
	for (const address of [...elsewhere, ...(own === undefined ? [] : [own.address])]) {
		const seen = await sum();
		t.is(await ssh(lab, 'w1', `timeout 1 bash -c 'exec 3<>/dev/tcp/${address}/22' && echo reached`), '', address);
		t.true((await sum()) > seen, `a packet to ${address} is counted`);
	}
});

test.serial('a cut node answers nobody, and is back when it is joined again', async (t) => {
	const lab = find(first) as Lab;
	const [cp1 = '', w1 = ''] = lab.nodes.map(({address}) => address);
	const fromW1 = () => ssh(lab, 'w1', `timeout 1 bash -c 'read -r line < /dev/tcp/${cp1}/22 && echo greeted'`);
	t.is(await fromW1(), 'greeted');
	await lab.cut('cp1', true);
	t.false(await greets(cp1));
	t.is(await fromW1(), '');
	t.true(await greets(w1));
	await lab.cut('cp1', false);
	await lab.cut('cp1', false);
	t.true(await greets(cp1));
	t.is(await fromW1(), 'greeted');
});

test.serial('a node starts afresh at the same address, with the same host key', async (t) => {
	const lab = find(first) as Lab;
	await ssh(lab, 'w1', 'touch /etc/left-behind && systemd-run --unit left sleep 1000');
	await lab.reset('w1');
	t.is(await ssh(lab, 'w1', 'ls /etc/left-behind; systemctl is-active left; hostname'), 'inactive\nw1');
	t.true(existsSync(join(lab.tree('w1'), 'etc/hostname')));
});

test.serial('the mirror dies and comes back', async (t) => {
	const lab = find(first) as Lab;
	const url = plan(readRecord(first) ?? {index: 0}).binaries;
	await lab.mirror(false);
	await t.throwsAsync(fetch(url));
	await lab.mirror(true);
	t.is((await fetch(url)).status, 404);
});

test.serial('up after a crash cleans and goes on; the other lab does not notice', async (t) => {
	const record = readRecord(first);
	for (const process of [record?.mirror, record?.machines.cp1]) if (process !== undefined) kill(process.pid, 'SIGKILL');
	const other = readRecord(second);
	const lab = await up({name: first, defaultRoute: true});
	for (const {part, running} of [...parts(first), ...parts(second)]) t.true(running, part);
	t.is(await ssh(lab, 'cp1', 'hostname'), 'cp1');
	t.deepEqual(readRecord(second), other);
});

test.serial('down leaves no process, interface, rule, cgroup or changed setting', async (t) => {
	const names = [first, second].map((name) => plan(readRecord(name) ?? {index: 0}));
	const pids = [first, second].flatMap((name) => Object.values(readRecord(name)?.machines ?? {}).map(({pid}) => pid));
	await (find(first) as Lab).down();
	t.is(await ssh(find(second) as Lab, 'cp1', 'hostname'), 'cp1');
	await (find(second) as Lab).down();
	for (const pid of pids) t.false(existsSync(`/proc/${pid}`));
	const {stdout: links} = await run(['ip', '-br', 'link']);
	const {stdout: spaces} = await run(['ip', 'netns', 'list']);
	const {stdout: rules} = await run(['sh', '-c', 'nft list ruleset; iptables-save']);
	for (const {bridge, table, node} of names) {
		t.notRegex(links, new RegExp(`\\b${bridge}(n|\\b)`));
		t.false(spaces.includes(node(0).namespace));
		t.false(rules.includes(table) || rules.includes(bridge));
	}
	const {stdout: cgroups} = await run(['find', '/sys/fs/cgroup', '-path', '*kubestrap-lab/e2e-*']);
	t.is(cgroups, '');
	if (!before.others && !others()) t.is(settings(), before.settings);
	t.is(
		spawnSync(program, ['config', '--name', first], {encoding: 'utf8'}).stderr,
		`hack/lab: there is no lab ${first}: hack/lab up --name ${first}\n`,
	);
});

test.serial('without root it says so in one line', (t) => {
	const {status, stderr} = spawnSync('setpriv', ['--reuid=65534', '--clear-groups', program, 'up'], {encoding: 'utf8', cwd: '/'});
	t.is(stderr, 'hack/lab: the lab makes namespaces, bridges and containers: run it as root\n');
	t.is(status, 1);
});
