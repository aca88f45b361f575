/** THE certificate table: who is who. One row per thing of the PKI. Source: kubeadm-contract.md §4.1, §4.2, §5.1, §7.2. */
import type {Algorithm} from './algorithms.ts';
import {apiServerNames, etcdPeerNames, etcdServerNames, type Holder, type Names} from './names.ts';
import type {ProfileName} from './profiles.ts';

type Common = {
	readonly name: string;
	/** Nodes that hold one. `first` is the control plane where the cluster is born. */
	readonly on: 'control-plane' | 'first' | 'every';
	/** Under certificatesDir, without suffix, for `pair` and `keys`; an absolute path otherwise. */
	readonly file: string;
};

/** A certificate and its key. `pair`: two files; `kubeconfig`: inside one; `pem`: both in one file. */
export type CertificateRow = Common & {
	readonly as: 'pair' | 'kubeconfig' | 'pem';
	readonly profile: ProfileName;
	/** Name of the authority's row; absent for an authority, which signs itself and is the same on all control planes. */
	readonly signedBy?: string;
	readonly commonName: (holder: Holder) => string;
	readonly organizations?: (holder: Holder) => readonly string[];
	readonly names?: (holder: Holder) => Names;
	/** The key's algorithm when it is not the cluster's. */
	readonly algorithm?: Algorithm;
};

/** A key pair without a certificate, the same on all control planes. */
export type KeysRow = Common & {readonly as: 'keys'};
export type Row = CertificateRow | KeysRow;

const controlPlane = {as: 'pair', on: 'control-plane'} as const;
const kubeconfig = {as: 'kubeconfig', on: 'control-plane', profile: 'client', signedBy: 'ca'} as const;
const named = (commonName: string) => () => commonName;

export const certificates: readonly Row[] = [
	{name: 'ca', ...controlPlane, profile: 'authority', commonName: named('kubernetes'), file: 'ca'},
	{
		name: 'apiserver',
		...controlPlane,
		profile: 'server',
		signedBy: 'ca',
		commonName: named('kube-apiserver'),
		names: apiServerNames,
		file: 'apiserver',
	},
	{
		name: 'apiserver-kubelet-client',
		...controlPlane,
		profile: 'client',
		signedBy: 'ca',
		commonName: named('kube-apiserver-kubelet-client'),
		organizations: kubeletClientGroups,
		file: 'apiserver-kubelet-client',
	},
	{name: 'front-proxy-ca', ...controlPlane, profile: 'authority', commonName: named('front-proxy-ca'), file: 'front-proxy-ca'},
	{
		name: 'front-proxy-client',
		...controlPlane,
		profile: 'client',
		signedBy: 'front-proxy-ca',
		commonName: named('front-proxy-client'),
		file: 'front-proxy-client',
	},
	{name: 'etcd/ca', ...controlPlane, profile: 'authority', commonName: named('etcd-ca'), file: 'etcd/ca'},
	{
		name: 'etcd/server',
		...controlPlane,
		profile: 'peer',
		signedBy: 'etcd/ca',
		commonName: nodeName,
		names: etcdServerNames,
		file: 'etcd/server',
	},
	{
		name: 'etcd/peer',
		...controlPlane,
		profile: 'peer',
		signedBy: 'etcd/ca',
		commonName: nodeName,
		names: etcdPeerNames,
		file: 'etcd/peer',
	},
	{
		name: 'etcd/healthcheck-client',
		...controlPlane,
		profile: 'client',
		signedBy: 'etcd/ca',
		commonName: named('kube-etcd-healthcheck-client'),
		file: 'etcd/healthcheck-client',
	},
	{
		name: 'apiserver-etcd-client',
		...controlPlane,
		profile: 'client',
		signedBy: 'etcd/ca',
		commonName: named('kube-apiserver-etcd-client'),
		file: 'apiserver-etcd-client',
	},
	{name: 'sa', as: 'keys', on: 'control-plane', file: 'sa'},
	{
		name: 'admin.conf',
		...kubeconfig,
		commonName: named('kubernetes-admin'),
		organizations: () => ['kubeadm:cluster-admins'],
		file: '/etc/kubernetes/admin.conf',
	},
	{
		name: 'super-admin.conf',
		...kubeconfig,
		on: 'first',
		commonName: named('kubernetes-super-admin'),
		organizations: () => ['system:masters'],
		file: '/etc/kubernetes/super-admin.conf',
	},
	{
		name: 'controller-manager.conf',
		...kubeconfig,
		commonName: named('system:kube-controller-manager'),
		file: '/etc/kubernetes/controller-manager.conf',
	},
	{name: 'scheduler.conf', ...kubeconfig, commonName: named('system:kube-scheduler'), file: '/etc/kubernetes/scheduler.conf'},
	{
		name: 'kubelet-client',
		as: 'pem',
		on: 'every',
		profile: 'kubelet',
		signedBy: 'ca',
		commonName: (holder) => `system:node:${holder.nodeName}`,
		organizations: () => ['system:nodes'],
		// The kubelet makes its own keys on this curve, whatever the cluster's algorithm is.
		algorithm: 'ECDSA-P256',
		// The kubelet's link to the newest of its dated files.
		file: '/var/lib/kubelet/pki/kubelet-client-current.pem',
	},
];

function nodeName(holder: Holder): string {
	return holder.nodeName;
}

/** Since 1.36.1 the right to speak with kubelets hangs on the user name; before, it came with this group. */
function kubeletClientGroups({kubernetesVersion}: Holder): readonly string[] {
	const [, minor = 0, patch = 0] = /^v1\.(\d+)\.(\d+)/.exec(kubernetesVersion)?.map(Number) ?? [];
	return minor > 36 || (minor === 36 && patch >= 1) ? [] : ['kubeadm:cluster-admins'];
}
