/** The images of a lab, under the names and tags that the projects give them: one row each. */
import type {Versions} from './components.ts';

/** Path in the image → `component/binary`. */
type Parts = Readonly<Record<string, string>>;

export type ImageRow = {
	readonly ref: string;
	readonly parts: Parts;
	/** A lower layer from Debian packages, named in `bases`. */
	readonly base?: keyof typeof bases;
	readonly entrypoint?: readonly string[];
	readonly command?: readonly string[];
};

const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/bin';
export const environment: readonly string[] = [path];

/** What packet filters need beside them, and a shell and applets. Unpacked only, so the links that packages' scripts would make are named here. */
export const bases = {
	netfilter: {
		packages: ['dash', 'coreutils', 'iptables', 'nftables', 'conntrack', 'ipset', 'kmod', 'libc-bin', 'iproute2'],
		links: Object.fromEntries(
			['iptables', 'ip6tables'].flatMap((name) =>
				['', '-save', '-restore'].map((suffix) => [`usr/sbin/${name}${suffix}`, 'xtables-nft-multi'] as const),
			),
		),
		applets: false,
	},
	busybox: {packages: ['busybox-static'], links: {}, applets: true},
	haproxy: {packages: ['haproxy'], links: {}, applets: false},
} as const;

export const flannelVersion = 'v0.28.4';
export const flannelCniTag = 'v1.9.1-flannel1';
export const busyboxTag = '1.37';
/** That of Debian's package. */
export const haproxyTag = '2.6.12';

export function imageRows({kubernetes, etcd, etcdTag, coredns, pause}: Versions): readonly ImageRow[] {
	const part = (name: string): ImageRow => ({
		ref: `registry.k8s.io/${name}:${kubernetes}`,
		parts: {[`usr/local/bin/${name}`]: `kubernetes-${kubernetes}/${name}`},
	});
	return [
		part('kube-apiserver'),
		part('kube-controller-manager'),
		part('kube-scheduler'),
		{...part('kube-proxy'), base: 'netfilter'},
		{
			ref: `registry.k8s.io/etcd:${etcdTag}`,
			parts: Object.fromEntries(['etcd', 'etcdctl', 'etcdutl'].map((name) => [`usr/local/bin/${name}`, `etcd-${etcd}/${name}`])),
		},
		{ref: `registry.k8s.io/pause:${pause}`, parts: {pause: `pause-${pause}/pause`}, entrypoint: ['/pause']},
		{ref: `registry.k8s.io/coredns/coredns:${coredns}`, parts: {coredns: `coredns-${coredns}/coredns`}, entrypoint: ['/coredns']},
		{
			ref: `ghcr.io/flannel-io/flannel:${flannelVersion}`,
			parts: {'opt/bin/flanneld': `flannel-${flannelVersion}/flanneld`},
			base: 'netfilter',
			entrypoint: ['/opt/bin/flanneld'],
		},
		{
			ref: `ghcr.io/flannel-io/flannel-cni-plugin:${flannelCniTag}`,
			parts: {flannel: 'flannel-cni-v0.9.1/flannel'},
			base: 'netfilter',
		},
		{ref: `docker.io/library/busybox:${busyboxTag}`, parts: {}, base: 'busybox', command: ['sh']},
		{ref: `docker.io/library/haproxy:${haproxyTag}`, parts: {}, base: 'haproxy', command: ['haproxy']},
	];
}
