/** A cluster that the real kubeadm made, in our hands: looks, joins, apply, removal, reset. */
import {join} from 'node:path';
import test from 'ava';
import {prepared} from '../../hack/laboratory/prepared.ts';
import {load} from '../../src/cluster/load.ts';
import {documents} from '../../src/contract/objects.ts';
import type {Event} from '../../src/model.ts';
import {render} from '../../src/render.ts';
import {imagesFor} from '../../src/versions.ts';
import {adopted} from '../contract/adopted.ts';
import {type Run, Stage} from './stage.ts';

let stage: Stage;
test.before(async (t) => {
	t.timeout(1_800_000);
	stage = await Stage.open({controlPlanes: 2, workers: 2, defaultRoute: true});
});
test.after.always(() => stage?.close());

const kubectl = 'kubectl --kubeconfig /etc/kubernetes/admin.conf';
const addressOf = (name: string) => stage.lab.nodes.find((node) => node.name === name)!.address;
const told = (run: Run) => `${run.stderr}\n${run.events.map((event) => JSON.stringify(event)).join('\n')}`;

/** The lab's config with some of its nodes. */
const configFor = (...names: string[]) =>
	stage.config((text) =>
		text
			.split('\n')
			.filter((line) => !/^ +- \{name:/.test(line) || names.some((name) => line.includes(`name: ${name},`)))
			.join('\n')
			.replace('spec:\n', `spec:\n  controlPlaneEndpoint: ${addressOf('cp1')}:6443\n`),
	);
const whole = () => configFor('cp1', 'cp2', 'w1', 'w2');
/** The way there and the mirror, and no word about the cluster: it knows itself. */
const way = () =>
	stage.config((text) =>
		text
			.split('\n')
			.filter((line) => !/^ +- \{name:|^ {2}nodes:|kubernetesVersion/.test(line))
			.join('\n')
			.replace('ssh: {', `ssh: {knownHosts: ${JSON.stringify(join(stage.folder, 'known_hosts'))}, `),
	);

const kubeadmConfig = () => `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: ${addressOf('cp1')}}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.37.1
clusterName: e2e
controlPlaneEndpoint: ${addressOf('cp1')}:6443
networking: {podSubnet: 10.244.0.0/16}
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
failCgroupV1: false
---
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
conntrack: {maxPerCore: 0, min: 0}
`;

/** flannel as its project has it, laid down by hand. */
function flannel(): string {
	const network = JSON.stringify({Network: '10.244.0.0/16', EnableNFTables: false, Backend: {Type: 'vxlan'}}, undefined, 2);
	const images = imagesFor(load(stage.read(whole()), {file: whole()}));
	const api = {host: addressOf('cp1'), port: '6443'};
	const data = {images, cniConf: render('cni/flannel.conflist', {}), api, network: `${network}\n`, byNodeAddress: false};
	return documents('flannel', data)
		.map((object) => JSON.stringify(object))
		.join('\n---\n');
}

const lines = (text: string) => text.trim().split('\n');
const nodes = async () =>
	lines(await stage.ssh('cp1', `${kubectl} get nodes --no-headers`)).map((line) => line.split(/\s+/).slice(0, 3).join(' '));
const members = async () =>
	lines(
		await stage.ssh(
			'cp1',
			`cd /etc/kubernetes/pki/etcd && crictl exec $(crictl ps -q --name '^etcd$') etcdctl --cacert=$PWD/ca.crt --cert=$PWD/healthcheck-client.crt \
--key=$PWD/healthcheck-client.key member list | cut -d , -f 3,6 | tr -d ' ' | sort`,
		),
	);
const everywhere = (script: string) => Promise.all(stage.lab.nodes.map(({name}) => stage.ssh(name, script)));
/** Containers of static pods and of the network, and since when they run. */
const pods = () =>
	everywhere(`for name in etcd kube-apiserver kube-controller kube-scheduler kube-proxy flanneld; do
	for pid in $(pgrep "$name"); do cut -d ' ' -f 2,22 /proc/$pid/stat; done; done`);
const kubelets = () => everywhere('systemctl show -p ActiveEnterTimestampMonotonic kubelet containerd');

test.serial('nothing is wrong with it', async (t) => {
	t.timeout(600_000);
	const bare = await stage.kubestrap(['init', '-c', whole(), '--only-phases', prepared]);
	t.is(bare.code, 0, told(bare));
	await stage.ssh(
		'cp1',
		`cat >/root/kubeadm.yaml <<'END'\n${kubeadmConfig()}END\nkubeadm init --config /root/kubeadm.yaml --ignore-preflight-errors=all`,
	);
	await stage.ssh('cp1', `${kubectl} apply -f - <<'END'\n${flannel()}\nEND`);
	const command = (await stage.ssh('cp1', 'kubeadm token create --print-join-command')).trim();
	await stage.ssh('w1', `${command} --ignore-preflight-errors=all`);
	await stage.ssh('cp1', `${kubectl} wait --for=condition=Ready nodes --all --timeout=120s`);
	const status = await stage.kubestrap(['status', '-c', configFor('cp1', 'w1')]);
	t.is(status.code, 0, told(status));
	const verify = await stage.kubestrap(['verify', '-c', configFor('cp1', 'w1')]);
	t.is(verify.code, 0, told(verify));
});

test.serial('a worker joins by the address of a control plane; its kubelet is configured as the cluster says', async (t) => {
	t.timeout(300_000);
	const run = await stage.kubestrap([
		'join',
		`root@${addressOf('w2')}`,
		'--cluster',
		`root@${addressOf('cp1')}`,
		'-c',
		way(),
		'--accept-new-host-keys',
	]);
	t.is(run.code, 0, told(run));
	t.deepEqual(await nodes(), ['cp1 Ready control-plane', 'w1 Ready <none>', 'w2 Ready <none>']);
	t.is(await stage.ssh('w2', 'cat /var/lib/kubelet/config.yaml'), await stage.ssh('w1', 'cat /var/lib/kubelet/config.yaml'));
});

test.serial('a control plane joins: member of etcd, marked, with certificates that kubeadm reads', async (t) => {
	t.timeout(300_000);
	const run = await stage.kubestrap(['join', `root@${addressOf('cp2')}`, '--role', 'control-plane', '-c', whole()]);
	t.is(run.code, 0, told(run));
	t.deepEqual(await members(), ['cp1,false', 'cp2,false']);
	t.is((await nodes())[1], 'cp2 Ready control-plane');
	// The controller of nodes takes its own taints (node.kubernetes.io/not-ready) away some seconds after a node is Ready.
	const taints = await stage.ssh('cp1', `${kubectl} get node cp2 -o 'jsonpath={.spec.taints[*].key}'`);
	const ours = taints.split(' ').filter((key) => !key.startsWith('node.kubernetes.io/'));
	t.deepEqual(ours, ['node-role.kubernetes.io/control-plane']);
	t.notRegex(await stage.ssh('cp2', 'kubeadm certs check-expiration'), /MISSING! (?!super-admin)/);
});

test.serial('apply changes what the table names, once, and no pod is restarted', async (t) => {
	t.timeout(300_000);
	// A node is Ready before its pods of the network run.
	for (const set of ['-n kube-system rollout status ds/kube-proxy', '-n kube-flannel rollout status ds/kube-flannel-ds'])
		await stage.ssh('cp1', `${kubectl} ${set} --timeout=120s`);
	const before = await pods();
	const changed = ({events}: Run) =>
		events.filter(({type, state}) => type === 'step' && state === 'changed').map(({node, step}: Event) => `${node} ${step}`);
	const first = await stage.kubestrap(['apply', '-c', whole()]);
	t.is(first.code, 0, told(first));
	t.deepEqual(
		changed(first).filter((line) => !adopted.some(({step}) => step?.test(line))),
		[],
	);
	const since = await kubelets();
	const second = await stage.kubestrap(['apply', '-c', whole()]);
	t.deepEqual([second.code, second.summary.changed, changed(second)], [0, 0, []]);
	t.deepEqual(await pods(), before);
	t.deepEqual(await kubelets(), since);
	const status = await stage.kubestrap(['status', '-c', whole()]);
	t.is(status.code, 0, told(status));
});

test.serial('a node is removed, and all is reset with the word of the operator', async (t) => {
	t.timeout(400_000);
	const removed = await stage.kubestrap(['node', 'remove', 'w2', '-y', '-c', whole()]);
	t.is(removed.code, 0, told(removed));
	t.deepEqual(await nodes(), ['cp1 Ready control-plane', 'cp2 Ready control-plane', 'w1 Ready <none>']);
	const config = configFor('cp1', 'cp2', 'w1');
	const refused = await stage.kubestrap(['reset', '-y', '-c', config]);
	t.is(refused.code, 3, told(refused));
	const reset = await stage.kubestrap(['reset', '--force', '-c', config]);
	t.is(reset.code, 0, told(reset));
	for (const node of ['cp1', 'cp2', 'w1']) {
		t.is(await stage.ssh(node, "pgrep -l 'kube|etcd|flanneld|coredns' || true"), '', node);
		const left =
			'find /etc/kubernetes /var/lib/etcd /var/lib/kubelet -type f 2>/dev/null; ls -A /etc/cni/net.d 2>/dev/null; mount | grep kubelet || true';
		t.is(await stage.ssh(node, left), '', node);
	}
});
