import {mkdirSync, mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {fromFlags, load} from '../../src/cluster/load.ts';
import {printConfig} from '../../src/cluster/print.ts';

/** A seeded choice: the same configs in every run. */
function chooser(seed: number) {
	let state = seed;
	return <T>(...choices: T[]): T => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return choices[Math.floor((state / 2 ** 32) * choices.length)]!;
	};
}

function config(seed: number): string {
	const pick = chooser(seed);
	const kubeadm = (kind: string) => `---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ${kind}\n`;
	const v6 = pick(false, true);
	return [
		'apiVersion: kubestrap.dev/v1\nkind: Cluster\n',
		pick('', 'metadata: {name: a-1}\n'),
		'spec:\n',
		`  kubernetesVersion: ${pick('v1.37.1', '1.36.4')}\n`,
		pick('', '  controlPlaneEndpoint: api.example\n', '  controlPlaneEndpoint: "fd00::1"\n'),
		v6
			? '  network: {podSubnet: "10.1.0.0/16, fd00:1::/56", serviceSubnet: "10.2.0.0/16,fd00:2::/112"}\n'
			: pick('', '  network: {cni: none}\n', '  network: {flannel: {backend: host-gw}}\n'),
		pick('', '  certificates: {algorithm: ECDSA-P256, validity: 90m, caValidity: 876000h}\n'),
		`  swap: ${pick('off', 'limited', 'ignore')}\n`,
		pick(
			'',
			'  os: {tools: install, hostname: set, hosts: block}\n',
			'  os: {timeSync: install, firewall: leave, mirror: ustc}\n',
		),
		pick('', '  ssh: {user: debian, port: 2222, identityFile: ~/k, jump: [a, b@c:1]}\n'),
		pick(
			'',
			'  mirror: cn\n',
			'  mirror: {binaries: "./my 100% files"}\n',
			'  mirror: {images: {docker.io: ["http://10.9.9.9:5000/x/"]}, binaries: "https://m.example/", insecure: ["10.9.9.9:5000"]}\n',
		),
		pick('', '  fetch: operator\n'),
		pick('', '  lock: x/kubestrap.lock\n'),
		'  nodes:\n',
		`    - {role: control-plane, address: h1, ${pick('', 'name: CP1, ')}${pick('', 'taints: [], ')}${pick('', 'labels: {a.b/c: "1", on: "yes"}, ')}}\n`,
		pick(
			'',
			'    - {role: worker, address: 203.0.113.9, internalAddress: 192.168.1.9, taints: [{key: k, value: "no", effect: NoExecute}]}\n',
		),
		pick('', '    - {role: worker, via: local}\n'),
		kubeadm('ClusterConfiguration'),
		pick(
			'',
			'apiServer: {certSANs: ["*.Example.org", 10.0.0.1], extraEnvs: [{name: A, value: "a\\nb"}], extraVolumes: [{name: v, hostPath: /a, mountPath: /b, readOnly: true}]}\n',
		),
		pick(
			'',
			'etcd: {external: {endpoints: ["https://e:2379"], caFile: /a, certFile: /b, keyFile: /c}}\n',
			'etcd: {local: {dataDir: /data/etcd, extraArgs: [{name: x, value: "1_000"}]}}\n',
		),
		pick('', 'dns: {disabled: true}\nproxy: {disabled: false}\n'),
		kubeadm('InitConfiguration'),
		pick('', 'bootstrapTokens: [{token: {file: ~/t}, ttl: 0s, description: "no: x"}]\n'),
		pick('', 'localAPIEndpoint: {advertiseAddress: 192.168.7.7, bindPort: 443}\n'),
		pick('', 'nodeRegistration: {ignorePreflightErrors: [Swap, NumCPU], imagePullSerial: false}\n'),
		pick(
			'',
			'---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nevictionHard: {memory.available: 100Mi}\n',
		),
	].join('');
}

const where = {file: '/etc/k/cluster.yaml', home: '/home/op'};

test('what is printed loads to an equal cluster, and prints the same again', (t) => {
	for (let seed = 1; seed <= 300; seed++) {
		const text = config(seed);
		const cluster = load(text, where);
		const printed = printConfig(cluster);
		t.deepEqual(load(printed, {file: '/elsewhere/x.yaml', home: '/root'}), cluster, text);
		t.is(printConfig(load(printed, where)), printed);
	}
});

test('a cluster of flags is printed too', (t) => {
	const cluster = fromFlags({
		controlPlanes: ['a@b:1'],
		workers: ['c'],
		ignorePreflightErrors: ['Swap'],
		imageRepository: 'r.example/k8s',
	});
	t.deepEqual(load(printConfig(cluster), where), cluster);
});

test('patches are printed as their folder', (t) => {
	const folder = mkdtempSync(join(tmpdir(), 'patches-'));
	mkdirSync(join(folder, 'deep'));
	writeFileSync(join(folder, 'etcd.yaml'), 'metadata: {labels: {a: b}}\n');
	writeFileSync(join(folder, 'deep', 'kube-apiserver1+json.json'), '[]');
	const cluster = fromFlags({local: true, patches: folder});
	t.is(cluster.patches.length, 2);
	t.deepEqual(load(printConfig(cluster), where), cluster);
});
