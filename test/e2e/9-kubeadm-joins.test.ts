/** A cluster of ours in the hands of the real kubeadm: its joins by our command, and its own commands, up to its reset. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {execPath} from 'node:process';
import {text} from 'node:stream/consumers';
import test from 'ava';
import {prepared} from '../../hack/laboratory/prepared.ts';
import {Stage} from './stage.ts';

let stage: Stage;
test.before(async (t) => {
	t.timeout(1_800_000);
	stage = await Stage.open({controlPlanes: 2, workers: 1, defaultRoute: true});
});
test.after.always(() => stage?.close());

const kubectl = 'kubectl --kubeconfig /etc/kubernetes/admin.conf';
const holder = "-n kube-system get lease kubestrap --ignore-not-found -o 'jsonpath={.spec.holderIdentity}'";
const addressOf = (name: string) => stage.lab.nodes.find((node) => node.name === name)!.address;

/** The lab's config with some of its nodes; kubeadm lets control planes join only where there is an endpoint. */
const configFor = (...names: string[]) => {
	const wanted = (line: string) => !/^ +- \{name:/.test(line) || names.some((name) => line.includes(`name: ${name},`));
	return stage.config((text) =>
		text
			.split('\n')
			.filter(wanted)
			.join('\n')
			.replace('spec:\n', `spec:\n  controlPlaneEndpoint: ${addressOf('cp1')}:6443\n`),
	);
};

type Made = {readonly token: string; readonly joinCommand: string};
async function makeToken(...flags: string[]): Promise<Made> {
	const {code, events, stderr} = await stage.kubestrap(['token', 'create', '-c', configFor('cp1'), ...flags]);
	if (code !== 0) throw new Error(stderr);
	return events[0] as unknown as Made;
}

/** etcd's members by name, with `learner` where one is. */
const members = async () =>
	(
		await stage.ssh(
			'cp1',
			`${kubectl} -n kube-system exec etcd-cp1 -- etcdctl --endpoints 127.0.0.1:2379 --cacert /etc/kubernetes/pki/etcd/ca.crt \
--cert /etc/kubernetes/pki/etcd/server.crt --key /etc/kubernetes/pki/etcd/server.key member list`,
		)
	)
		.trim()
		.split('\n')
		.map((line) => line.split(', '))
		.map(([, , name, , , learner]) => (learner === 'true' ? `${name} learner` : name))
		.sort((one, other) => (one! < other! ? -1 : 1));

test.serial('kubeadm joins a worker and a control plane by the printed commands', async (t) => {
	t.timeout(600_000);
	const bare = await stage.kubestrap(['init', '-c', configFor('cp2', 'w1'), '--only-phases', prepared]);
	t.is(bare.code, 0, bare.stderr);
	const running = stage.start(['init', '-c', configFor('cp1')]);
	await running.seen(({type, phase, state}) => type === 'phase' && phase === 'bootstrap-token' && state !== 'started');
	t.regex(await stage.ssh('cp1', `${kubectl} ${holder}`), /^\S+@\S+ run [0-9a-f]+$/, 'a birth holds the cluster once it can');
	const born = await running.done;
	t.is(born.code, 0, born.stderr);
	t.is(await stage.ssh('cp1', `${kubectl} ${holder}`), '');

	const worker = await makeToken('--print-join-command');
	const controlPlane = await makeToken('--print-join-command', '--certificate-key', '--ttl', '1h');
	const more = '--ignore-preflight-errors=all';
	await stage.ssh('w1', `${worker.joinCommand} ${more}`);
	await stage.ssh('cp2', `${controlPlane.joinCommand} --apiserver-advertise-address ${addressOf('cp2')} ${more}`);
	await stage.ssh('cp1', `${kubectl} wait --for=condition=Ready nodes --all --timeout=120s`);
	const nodes = (await stage.ssh('cp1', `${kubectl} get nodes --no-headers`)).trim().split('\n');
	t.deepEqual(
		nodes.map((line) => line.split(/\s+/).slice(0, 3).join(' ')),
		['cp1 Ready control-plane', 'cp2 Ready control-plane', 'w1 Ready <none>'],
	);
	t.deepEqual(await members(), ['cp1', 'cp2']);
});

test.serial('both list the same tokens, and delete them', async (t) => {
	t.timeout(120_000);
	const columns = (table: string) =>
		table
			.trim()
			.split('\n')
			.map((line) =>
				line
					.trim()
					.split(/\s{2,}/)
					.toSpliced(1, 1),
			);
	const ours = await stage.text(['token', 'list', '--show-secrets', '-c', configFor('cp1')]);
	const theirs = await stage.ssh('cp1', 'kubeadm token list');
	t.deepEqual(columns(ours), columns(theirs));
	const [, ...ids] = columns(ours).map(([token]) => token!.slice(0, 6));
	t.is(ids.length, 4, 'of the birth, of two joins, and of the shared certificates');
	t.notRegex(await stage.text(['token', 'list', '-c', configFor('cp1')]), /\.[a-z0-9]{16}/);
	const gone = await stage.text(['token', 'delete', '-c', configFor('cp1'), ids[0]!]);
	t.is(gone, `bootstrap token "${ids[0]}" deleted\n`);
	await stage.ssh('cp1', `kubeadm token delete ${ids[1]}`);
	t.is((await stage.text(['token', 'list', '-c', configFor('cp1')])).trim().split('\n').length, 3);
});

test.serial('kubeadm reads, renews and plans', async (t) => {
	t.timeout(240_000);
	const expiry = await stage.ssh('cp1', 'kubeadm certs check-expiration');
	t.notRegex(expiry, /MISSING|EXTERNALLY MANAGED: yes/);
	const serial = () => stage.ssh('cp1', 'openssl x509 -noout -serial -in /etc/kubernetes/pki/apiserver.crt');
	const before = await serial();
	await stage.ssh('cp1', 'kubeadm certs renew all');
	t.not(await serial(), before);
	t.regex(await stage.ssh('cp1', 'kubeadm upgrade plan v1.37.1 --ignore-preflight-errors=all'), /v1\.37\.1/);
	const stored = `${kubectl} -n kube-system get configmap kubeadm-config -o 'jsonpath={.data.ClusterConfiguration}'`;
	t.is(
		(await stage.ssh('cp1', `${stored} >/root/stored.yaml && kubeadm config validate --config /root/stored.yaml`)).trim(),
		'ok',
	);
	t.regex(await stage.ssh('cp1', 'kubeadm config images list --config /root/stored.yaml'), /kube-apiserver:v1\.37\.1/);
	for (const node of ['cp1', 'w1']) await stage.ssh(node, 'kubeadm upgrade node phase kubelet-config');
	await stage.ssh('cp1', 'kubeadm upgrade node phase control-plane --certificate-renewal=false');
	const again = await stage.kubestrap(['init', '-c', configFor('cp1')]);
	t.is(again.code, 0, again.stderr);
});

/** An operator in a process of its own: takes the cluster through a machine, says so, and goes on holding it. */
const operator = `const [file, config, run, node] = process.argv.slice(1);
const [{load}, {connect}, {takeCluster}] = await Promise.all(['cluster/load', 'host/connect', 'run/cluster-lease'].map((room) => import(file + room + '.ts')));
const hosts = await connect(load((await import('node:fs')).readFileSync(config, 'utf8'), {file: config}), {});
await takeCluster(hosts.get(node), {run, tell: ({detail}) => console.log(detail)});
console.log('held');
await new Promise(() => setInterval(() => {}, 1000));`;

function takenBy(run: string, node: string) {
	const source = `${join(import.meta.dirname, '..', '..', 'src')}/`;
	const args = ['--input-type=module', '-e', operator, source, configFor('cp1', 'cp2'), run, node];
	const child = spawn(execPath, args, {stdio: ['ignore', 'pipe', 'pipe']});
	const [said, wrong] = [once(child.stdout, 'data').then(([chunk]) => String(chunk).trim()), text(child.stderr)];
	const ended = once(child, 'close');
	return {said: Promise.race([said, ended.then(() => wrong)]), kill: () => child.kill('SIGKILL') && ended};
}

test.serial(
	'of two operators in one cluster one is refused, with the name of the other; who is killed lets go at once',
	async (t) => {
		t.timeout(120_000);
		const one = takenBy('one', 'cp1');
		t.is(await one.said, 'held');
		const refused = takenBy('two', 'cp2');
		t.regex(await refused.said, /LockedError: \S+@\S+ run one changes this cluster since 2\S+Z/);
		await one.kill();
		const other = takenBy('two', 'cp2');
		t.is(await other.said, 'held');
		t.regex(await stage.ssh('cp1', `${kubectl} ${holder}`), / run two$/);
		await other.kill();
	},
);

test.serial('kubeadm resets the nodes that it joined; the cluster goes on', async (t) => {
	t.timeout(240_000);
	await stage.ssh('cp2', 'kubeadm reset -f');
	t.deepEqual(await members(), ['cp1']);
	await stage.ssh('w1', 'kubeadm reset -f');
	await stage.ssh('cp1', `${kubectl} delete node cp2 w1 && ${kubectl} get --raw /readyz`);
	t.is(
		await stage.ssh('w1', 'ls /etc/kubernetes/pki /etc/kubernetes/manifests'),
		'/etc/kubernetes/manifests:\n\n/etc/kubernetes/pki:\n',
	);
	await stage.ssh('cp1', 'kubeadm reset -f');
	t.is(
		await stage.ssh('cp1', 'ls /etc/kubernetes/pki /etc/kubernetes/manifests /var/lib/etcd'),
		'/etc/kubernetes/manifests:\n\n/etc/kubernetes/pki:\n\n/var/lib/etcd:\n',
	);
});
