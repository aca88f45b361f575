/** What keeps a kubelet, or the runtime under it, from bringing up the control plane. */
import {broken, type Row} from './row.ts';

const on = (id: string, how: string, sh: string, expects: string, more: Partial<Row> = {}): Row => ({
	id,
	how,
	inject: broken('kube-apiserver', sh),
	phase: 'wait-api-server',
	expects,
	...more,
});
const early = {early: true} as const;
const configuration = '/var/lib/kubelet/config.yaml';
const toml = '/etc/containerd/config.toml';
/** Where containerd asks behind the mirror, the network of the lab ends; what is said of that differs from time to time. */
const mirrorAlone = `f=/etc/containerd/certs.d/registry.k8s.io/hosts.toml; url=$(sed -n 's/^\\[host\\."\\(.*\\)"\\].*/\\1/p' $f | head -n 1); sed -i "s|^server = .*|server = \\"$url\\"|" $f`;
const runtimeAgain = 'touch /root/cause/restart; systemctl restart containerd';

export const kubeletRows: readonly Row[] = [
	on(
		'swap-on',
		'a /proc/swaps with a partition in it (mounted over the real one), failSwapOn: true',
		`printf 'Filename\\tType\\tSize\\tUsed\\tPriority\\n/dev/vdb2\\tpartition\\t1048572\\t0\\t-2\\n' >/run/cause-swaps
mount --bind /run/cause-swaps /proc/swaps; echo 'failSwapOn: true' >>${configuration}`,
		'swap-on',
		early,
	),
	on(
		'kubelet-flag',
		'KUBELET_EXTRA_ARGS with a flag that no kubelet has',
		"setting kubelet 'Environment=KUBELET_EXTRA_ARGS=--no-such-flag'",
		'component-argument',
		early,
	),
	on(
		'kubelet-setting',
		'a KubeletConfiguration with a value out of its range',
		`echo 'imageGCHighThresholdPercent: 300' >>${configuration}`,
		'kubelet-config',
		early,
	),
	on('kubelet-yaml', 'a KubeletConfiguration that is no YAML', `echo '{' >>${configuration}`, 'kubelet-config', early),
	on(
		'cgroup-v1',
		'failCgroupV1: true on a machine with cgroup v1',
		`sed -i 's/^failCgroupV1:.*/failCgroupV1: true/' ${configuration}`,
		'cgroup-v1',
		early,
	),
	on(
		'clock-speed',
		'a /proc/cpuinfo without the speed of the CPU (mounted over the real one)',
		'grep -v MHz /proc/cpuinfo >/run/cause-cpuinfo; mount --bind /run/cause-cpuinfo /proc/cpuinfo',
		'clock-speed',
		early,
	),
	on('kubelet-port', 'another program on port 10250', 'thief 10250 /dev/null', 'port-taken'),
	on(
		'kubelet-certificate-ended',
		"the kubelet's client certificate ended last year",
		`f=/var/lib/kubelet/pki/cause; openssl genrsa -out $f.key 2048 2>/dev/null
minted $f $pki/ca '/O=system:nodes/CN=system:node:cp1' 20240101000000Z 20250101000000Z
cat $f.crt $f.key >/var/lib/kubelet/pki/kubelet-client-current.pem`,
		'kubelet-certificate',
		early,
	),
	on('runtime-stopped', 'containerd is stopped', 'systemctl stop containerd', 'runtime-down'),
	on(
		'runtime-config',
		'a line in containerd’s config.toml that is no TOML'.replace('’', "'"),
		`echo 'nonsense [' >>${toml}; systemctl restart containerd`,
		'runtime-config',
		early,
	),
	on(
		'cri-disabled',
		'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
		`sed -i '2i disabled_plugins = ["io.containerd.grpc.v1.cri"]' ${toml}; ${runtimeAgain}`,
		'cri-disabled',
	),
	on('runc-missing', 'runc is gone', 'rm /usr/local/sbin/runc', 'runc-missing'),
	on(
		'oom-score',
		'containerd without restrict_oom_score_adj, on a node without CAP_SYS_RESOURCE',
		`sed -i '/restrict_oom_score_adj/d' ${toml}; ${runtimeAgain}; argument kube-apiserver --v=1`,
		'oom-score-adj',
	),
	on(
		'pause-image',
		'containerd asks for a pause image that no registry has',
		`${mirrorAlone}; sed -i 's|pause:[0-9.]*|pause:0.0.0|' ${toml}; ${runtimeAgain}; argument kube-apiserver --v=1`,
		'pause-image',
	),
	on(
		'image-unknown',
		'the manifest names a tag that the registry does not have',
		`${mirrorAlone}; sed -i "s|\\(image: .*kube-apiserver\\):.*|\\1:v0.0.0|" $manifests/kube-apiserver.yaml`,
		'image-pull',
	),
	on(
		'registry-down',
		'nothing listens where the mirror should be, and the image is not on the node',
		`${mirrorAlone}; sed -i 's|:5000"|:5999"|' $f
sed -i "s|\\(image: .*kube-apiserver\\):.*|\\1:v0.0.0|" $manifests/kube-apiserver.yaml`,
		'registry-unreachable',
	),
	on(
		'image-never',
		'imagePullPolicy: Never for an image that is not on the node',
		'sed -i "s|\\(image: .*kube-apiserver\\):.*|\\1:v0.0.0|; s|imagePullPolicy: .*|imagePullPolicy: Never|" $manifests/kube-apiserver.yaml',
		'image-missing',
	),
	on('manifest', 'a manifest that is no YAML', "echo '{' >>$manifests/kube-apiserver.yaml", 'manifest-invalid'),
];
