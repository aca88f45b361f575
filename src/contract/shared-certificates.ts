/** Secret kubeadm-certs: what control planes share, for those that join (contract 9.9; cmd/kubeadm/app/phases/copycerts). */
import {parseYaml} from '../yaml.ts';
import {usualGroup} from './bootstrap-tokens.ts';

const name = 'kubeadm-certs';
const role = 'kubeadm:kubeadm-certs';

/** Its owner: a token that is good for nothing but to expire, and takes the Secret with it. */
export const proxyToken = {usages: [], groups: [], description: 'Proxy for managing TTL for the kubeadm-certs secret'} as const;
export const proxySeconds = 2 * 3600;
export const keyPattern = /^[0-9a-f]{64}$/i;

/** The parts of a stored ClusterConfiguration that say what is shared. */
export type Stored = {
	readonly controlPlaneEndpoint?: string;
	readonly certificatesDir?: string;
	readonly etcd?: {readonly external?: {readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string}};
};

/** What ConfigMap kubeadm-config says; undefined when it cannot be read. */
export function storedConfiguration(text: string): Stored | undefined {
	const {documents, problems} = parseYaml(text);
	const value = documents[0]?.value;
	return problems.length === 0 && typeof value === 'object' && value !== null ? (value as Stored) : undefined;
}

/** Key in the Secret → file on a control plane. */
export function sharedFiles({certificatesDir = '/etc/kubernetes/pki', etcd}: Stored): ReadonlyMap<string, string> {
	const below = ['ca.crt', 'ca.key', 'front-proxy-ca.crt', 'front-proxy-ca.key', 'sa.pub', 'sa.key'];
	const external = etcd?.external;
	const own = external === undefined ? ['etcd/ca.crt', 'etcd/ca.key'] : [];
	const theirs = {
		'external-etcd-ca.crt': external?.caFile,
		'external-etcd.crt': external?.certFile,
		'external-etcd.key': external?.keyFile,
	};
	return new Map([
		...[...below, ...own].map((file) => [file.replaceAll('/', '-'), `${certificatesDir}/${file}`] as const),
		...Object.entries(theirs).flatMap(([key, file]) => (file ? [[key, file] as const] : [])),
	]);
}

/** The Secret. `sealed`: its key → base64 of what is stored. `owner`: the token that it goes with. */
export function sharedSecret(
	sealed: Readonly<Record<string, string>>,
	owner: {readonly name: string; readonly uid: string},
): object {
	const reference = {apiVersion: 'v1', kind: 'Secret', ...owner, controller: true, blockOwnerDeletion: true};
	return {
		apiVersion: 'v1',
		kind: 'Secret',
		metadata: {name, namespace: 'kube-system', ownerReferences: [reference]},
		type: 'Opaque',
		data: sealed,
	};
}

/** Who may read it: joining machines. */
export const sharedRights: object = {
	apiVersion: 'v1',
	kind: 'List',
	items: [
		{
			apiVersion: 'rbac.authorization.k8s.io/v1',
			kind: 'Role',
			metadata: {name: role, namespace: 'kube-system'},
			rules: [{apiGroups: [''], resources: ['secrets'], resourceNames: [name], verbs: ['get']}],
		},
		{
			apiVersion: 'rbac.authorization.k8s.io/v1',
			kind: 'RoleBinding',
			metadata: {name: role, namespace: 'kube-system'},
			roleRef: {apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: role},
			subjects: [{apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: usualGroup}],
		},
	],
};
