/** A living control plane of ours beside one that the real kubeadm made on the same prepared machine: objects, files, modes. */
import test, {type ExecutionContext} from 'ava';
import {prepared} from '../../hack/laboratory/prepared.ts';
import type {Standing} from '../../src/commands/standing.ts';
import {explainedLiving} from '../contract/living-differences.ts';
import {filesScript, livingObjects, objectsScript} from './living.ts';
import {Stage} from './stage.ts';

let stage: Stage;
test.before(async (t) => {
	t.timeout(1_800_000);
	stage = await Stage.open({workers: 0});
});
test.after.always(() => stage?.close());

type Seen = {readonly objects: ReadonlyMap<string, string>; readonly files: ReadonlyMap<string, string>};

const kubeadmConfig = (address: string) => `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: ${address}}
nodeRegistration:
  name: cp1
  criSocket: unix:///run/containerd/containerd.sock
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.37.1
clusterName: e2e
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

async function look(): Promise<Seen> {
	const objects = livingObjects(await stage.ssh('cp1', objectsScript));
	const lines = (await stage.ssh('cp1', filesScript)).trim().split('\n');
	const files = new Map(
		lines.map((line) => [line.split(' ').slice(3).join(' '), line.split(' ').slice(0, 3).join(' ')] as const),
	);
	return {objects, files};
}

/** What `status` says, with the exit code. */
async function standing(): Promise<{code: number | null; said: Standing}> {
	const {code, events} = await stage.kubestrap(['status', '-c', stage.config()]);
	return {code, said: events[0] as unknown as Standing};
}

/** What stands on one side only, or differs, and is not explained. */
function unexplained(
	what: 'objects' | 'files',
	kubeadm: ReadonlyMap<string, string>,
	ours: ReadonlyMap<string, string>,
): string[] {
	const names = [...new Set([...kubeadm.keys(), ...ours.keys()])].sort();
	return names.flatMap((name) => {
		const [theirs = '(absent)', own = '(absent)'] = [kubeadm.get(name), ours.get(name)];
		const changed = changedLines(theirs, own).filter(
			(line) => !explainedLiving.some((row) => row.what === what && row.name.test(name) && row.line.test(line)),
		);
		return changed.length === 0 ? [] : [`${name}\n${changed.join('\n')}`];
	});
}

/** Lines that only one of two texts has: `- ` kubeadm's, `+ ` ours. */
function changedLines(theirs: string, own: string): string[] {
	const [a, b] = [theirs.split('\n'), own.split('\n')];
	return [
		...a.filter((line) => !b.includes(line)).map((line) => `- ${line}`),
		...b.filter((line) => !a.includes(line)).map((line) => `+ ${line}`),
	];
}

test.serial('what we leave is what kubeadm leaves', async (t: ExecutionContext) => {
	t.timeout(900_000);
	const first = await stage.init().done;
	t.is(first.code, 0, first.stderr);
	const ours = await look();
	const well = await standing();
	t.deepEqual([well.code, well.said.wrong, well.said.differences], [0, [], []]);
	t.deepEqual(
		well.said.etcd?.map(({name, healthy, leader}) => ({name, healthy, leader})),
		[{name: 'cp1', healthy: true, leader: true}],
	);

	await stage.freshNodes();
	const bare = await stage.start(['init', '-c', stage.config(), '--only-phases', prepared]).done;
	t.is(bare.code, 0, bare.stderr);
	const address = stage.lab.nodes[0]!.address;
	await stage.ssh(
		'cp1',
		`cat > /root/kubeadm.yaml <<'END'\n${kubeadmConfig(address)}END\nkubeadm init --config /root/kubeadm.yaml --ignore-preflight-errors=all`,
	);
	const kubeadm = await look();
	const made = await standing();
	// Nobody has laid a network plug-in down.
	t.deepEqual([made.code, made.said.wrong, made.said.differences], [1, ['cp1: the node is not Ready'], []]);
	t.is(made.said.etcd?.length, 1);
	t.deepEqual(
		made.said.certificates.map(({name, authority}) => `${name} ${authority}`),
		well.said.certificates.map(({name, authority}) => `${name} ${authority}`),
	);

	t.deepEqual(unexplained('objects', kubeadm.objects, ours.objects), []);
	t.deepEqual(unexplained('files', kubeadm.files, ours.files), []);
});
