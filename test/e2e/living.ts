/** What a living control plane holds, in a form that two clusters can be compared by. */
import {toYaml} from '../../src/yaml.ts';

type Json = {[key: string]: unknown};
type Meta = {
	name: string;
	namespace?: string;
	labels?: Json;
	annotations?: Json;
	ownerReferences?: unknown[];
	generateName?: string;
};
type Living = {kind: string; metadata: Meta} & Json;

/** Prints every object of kube-system and kube-public, and the cluster-wide ones that kubeadm makes, as one JSON list. Constant. */
export const objectsScript = `export KUBECONFIG=/etc/kubernetes/admin.conf
# The kubelet shows its static pods to the API when it comes to it.
for pod in etcd kube-apiserver kube-controller-manager kube-scheduler; do
	kubectl -n kube-system wait --for=create --timeout=60s "pod/$pod-$(hostname)" >&2
done
kinds=configmaps,secrets,serviceaccounts,services,daemonsets.apps,deployments.apps,roles,rolebindings,pods
printf '['
kubectl get "$kinds" -n kube-system -o json
printf ','
kubectl get "$kinds" -n kube-public -o json
printf ','
kubectl get clusterroles,clusterrolebindings,nodes -o json
printf ']'`;

/** Prints type, mode, owner and path of everything kubeadm's contract says about a node's disk. Constant. */
export const filesScript = `find /etc/kubernetes /var/lib/kubelet -maxdepth 3 -not -path '/var/lib/kubelet/p[ol]*/*' -printf '%y %m %u:%g %p\\n' | sort -k 4`;

const ownRoles = /^(kubeadm:|system:coredns|system:node-proxier|kubeadm$)/;

/** Objects by `Kind/namespace/name`, each as canonical YAML without what differs between any two clusters. */
export function livingObjects(json: string): Map<string, string> {
	const lists = JSON.parse(json) as {items: Living[]}[];
	const items = lists.flatMap((list) => list.items).filter(isContract);
	return new Map(
		items.map((item) => [nameOf(item), toYaml(canonical(item))] as const).sort(([one], [other]) => (one < other ? -1 : 1)),
	);
}

function isContract({kind, metadata}: Living): boolean {
	if (kind === 'ClusterRole' || kind === 'ClusterRoleBinding') return ownRoles.test(metadata.name);
	// Pods of controllers say nothing that their templates do not say.
	// The controller manager makes one for each of its controllers when that one first runs.
	if (kind === 'ServiceAccount') return ['coredns', 'kube-proxy'].includes(metadata.name);
	if (kind === 'Pod') return metadata.ownerReferences === undefined || metadata.generateName === undefined;
	return metadata.name !== 'kube-root-ca.crt' || kind !== 'ConfigMap';
}

const nameOf = ({kind, metadata}: Living) =>
	`${kind}/${metadata.namespace ?? ''}/${metadata.name.replace(/^bootstrap-token-.*/, 'bootstrap-token-ID')}`;

/** What controllers write when they come to it, by key: a cluster that is older by seconds has more of them. */
const later =
	/^(jws-kubeconfig-.*|deployment\.kubernetes\.io\/revision|flannel\.alpha\.coreos\.com\/.*|node\.alpha\.kubernetes\.io\/ttl|podCIDRs?)$/;

/** Values that are new in every cluster, by the last part of their path. */
const fresh = new Set([
	'uid',
	'resourceVersion',
	'creationTimestamp',
	'managedFields',
	'generation',
	'status',
	'token-id',
	'token-secret',
	'expiration',
	'clusterIPs',
	'config.hash',
	'kubernetes.io/config.hash',
	'kubernetes.io/config.mirror',
	'kubernetes.io/config.seen',
]);

function canonical(value: unknown, key = ''): unknown {
	if (Array.isArray(value)) return value.filter((part) => !isNotReady(part)).map((part) => canonical(part));
	if (typeof value === 'string') return withoutSecrets(value, key);
	if (typeof value !== 'object' || value === null) return value;
	const entries = Object.entries(value as Json)
		.filter(([name]) => !fresh.has(name) && !later.test(name))
		.map(([name, part]) => [name, canonical(part, name)] as const)
		.filter(([name, part]) => name !== 'annotations' || Object.keys(part as Json).length > 0);
	return Object.fromEntries(entries);
}

/** The node controller's own taint, until the node is ready. */
function isNotReady(value: unknown): boolean {
	return typeof value === 'object' && value !== null && (value as Json).key === 'node.kubernetes.io/not-ready';
}

function withoutSecrets(value: string, key: string): string {
	if (key === 'auth-extra-groups' || key === 'description') return value;
	return value
		.replaceAll(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g, 'a certificate')
		.replaceAll(/certificate-authority-data: \S+/g, 'certificate-authority-data: …')
		.replace(/^bootstrap-token-[a-z0-9]{6}$/, 'bootstrap-token-ID');
}
