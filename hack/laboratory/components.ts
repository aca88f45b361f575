/** What the lab compiles when the projects' releases cannot be reached: one row per component and version. */

export type Component = {
	/** Folder under modules/ and in the cache: `kubernetes-v1.37.1`. */
	readonly name: string;
	readonly version: string;
	/** Go modules that are pinned together, each `path@version`; the first one's own requirements and replacements are taken over. */
	readonly modules: readonly string[];
	/** Binary → Go package. */
	readonly binaries: Readonly<Record<string, string>>;
	readonly tags?: readonly string[];
	/** What `-X` sets: variable → value. */
	readonly set?: Readonly<Record<string, string>>;
	/** Linked statically with cgo; Debian packages that it needs. */
	readonly cgo?: {readonly packages: readonly string[]};
	/** Replacements that the module's own go.mod does not carry for others. */
	readonly replace?: Readonly<Record<string, string>>;
};

const kubernetesParts = [
	'kubeadm',
	'kubelet',
	'kube-apiserver',
	'kube-controller-manager',
	'kube-scheduler',
	'kube-proxy',
	'kubectl',
];

function kubernetes(version: string): Component {
	const [major = '', minor = ''] = version.slice(1).split('.');
	const variables = 'k8s.io/component-base/version';
	return {
		name: `kubernetes-${version}`,
		version,
		modules: [`k8s.io/kubernetes@${version}`],
		binaries: Object.fromEntries(kubernetesParts.map((part) => [part, `k8s.io/kubernetes/cmd/${part}`])),
		set: {
			[`${variables}.gitVersion`]: version,
			[`${variables}.gitMajor`]: major,
			[`${variables}.gitMinor`]: minor,
			[`${variables}.gitTreeState`]: 'clean',
		},
	};
}

function etcd(version: string): Component {
	return {
		name: `etcd-${version}`,
		version,
		modules: ['server', 'etcdctl', 'etcdutl'].map((part) => `go.etcd.io/etcd/${part}/v3@${version}`),
		binaries: {
			etcd: 'go.etcd.io/etcd/server/v3',
			etcdctl: 'go.etcd.io/etcd/etcdctl/v3',
			etcdutl: 'go.etcd.io/etcd/etcdutl/v3',
		},
	};
}

function coredns(version: string): Component {
	return {
		name: `coredns-${version}`,
		version,
		modules: [`github.com/coredns/coredns@${version}`],
		binaries: {coredns: 'github.com/coredns/coredns'},
	};
}

const plugins = 'github.com/containernetworking/plugins/plugins';
const pluginNames = {
	main: ['bridge', 'dummy', 'host-device', 'ipvlan', 'loopback', 'macvlan', 'ptp', 'tap', 'vlan'],
	ipam: ['dhcp', 'host-local', 'static'],
	meta: ['bandwidth', 'firewall', 'portmap', 'sbr', 'tuning', 'vrf'],
};

export const components: readonly Component[] = [
	kubernetes('v1.37.1'),
	kubernetes('v1.36.4'),
	etcd('v3.7.0'),
	etcd('v3.6.8'),
	coredns('v1.14.6'),
	coredns('v1.14.2'),
	{
		name: 'containerd-v2.4.2',
		version: 'v2.4.2',
		modules: ['github.com/containerd/containerd/v2@v2.4.2'],
		binaries: {
			containerd: 'github.com/containerd/containerd/v2/cmd/containerd',
			'containerd-shim-runc-v2': 'github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2',
			ctr: 'github.com/containerd/containerd/v2/cmd/ctr',
		},
		tags: ['no_btrfs', 'no_devmapper', 'no_zfs'],
		set: {'github.com/containerd/containerd/v2/version.Version': 'v2.4.2'},
	},
	{
		name: 'runc-v1.5.2',
		version: 'v1.5.2',
		modules: ['github.com/opencontainers/runc@v1.5.2'],
		binaries: {runc: 'github.com/opencontainers/runc'},
		tags: ['seccomp', 'netgo', 'osusergo'],
		cgo: {packages: ['libseccomp-dev', 'gcc', 'libc6-dev', 'pkg-config']},
	},
	{
		name: 'cni-plugins-v1.9.1',
		version: 'v1.9.1',
		modules: ['github.com/containernetworking/plugins@v1.9.1'],
		binaries: Object.fromEntries(
			Object.entries(pluginNames).flatMap(([kind, names]) => names.map((name) => [name, `${plugins}/${kind}/${name}`])),
		),
		set: {'github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion': 'v1.9.1'},
	},
	{
		name: 'crictl-v1.36.0',
		version: 'v1.36.0',
		modules: ['sigs.k8s.io/cri-tools@v1.36.0'],
		binaries: {crictl: 'sigs.k8s.io/cri-tools/cmd/crictl'},
		set: {'sigs.k8s.io/cri-tools/pkg/version.Version': 'v1.36.0'},
	},
	{
		name: 'flannel-v0.28.4',
		version: 'v0.28.4',
		modules: ['github.com/flannel-io/flannel@v0.28.4'],
		binaries: {flanneld: 'github.com/flannel-io/flannel'},
		set: {'github.com/flannel-io/flannel/pkg/version.Version': 'v0.28.4'},
		cgo: {packages: ['gcc', 'libc6-dev']},
		replace: {
			'github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common':
				'github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common@v1.3.103',
		},
	},
	{
		// The last version of the plugins that carried flannel's: its own, newer module cannot be fetched as one.
		name: 'flannel-cni-v0.9.1',
		version: 'v0.9.1',
		modules: ['github.com/containernetworking/plugins@v0.9.1'],
		binaries: {flannel: `${plugins}/meta/flannel`},
		set: {'github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion': 'v0.9.1'},
	},
	{name: 'pause-3.10.2', version: '3.10.2', modules: [], binaries: {pause: './pause'}, set: {'main.version': '3.10.2'}},
];

export function component(name: string): Component {
	const found = components.find((row) => row.name === name);
	if (found === undefined) throw new Error(`no component ${name} (known: ${components.map((row) => row.name).join(', ')})`);
	return found;
}

/** What a Kubernetes version's lab needs, by name. */
export type Versions = {
	readonly kubernetes: string;
	readonly etcd: string;
	readonly etcdTag: string;
	readonly coredns: string;
	readonly pause: string;
};

/** Image versions that belong to a kubeadm: its own constants say so. */
export const kubernetesVersions: readonly Versions[] = [
	{kubernetes: 'v1.37.1', etcd: 'v3.7.0', etcdTag: '3.7.0-0', coredns: 'v1.14.6', pause: '3.10.2'},
	{kubernetes: 'v1.36.4', etcd: 'v3.6.8', etcdTag: '3.6.8-0', coredns: 'v1.14.2', pause: '3.10.2'},
];

export function versionsOf(kubernetesVersion: string): Versions {
	const found = kubernetesVersions.find((row) => row.kubernetes === kubernetesVersion);
	if (found === undefined) {
		throw new Error(
			`no lab for Kubernetes ${kubernetesVersion} (known: ${kubernetesVersions.map((row) => row.kubernetes).join(', ')})`,
		);
	}
	return found;
}
