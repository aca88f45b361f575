/** Kubeconfig files in kubeadm's and in the kubelet's own shape (contract 5). */
import {controlPlaneEndpoint, localEndpoint} from '../cluster/endpoints.ts';
import type {Content, Scope, Step} from '../model.ts';
import {render} from '../render.ts';
import {certificateFoldersOf, kubernetesFolder} from './folders.ts';

type Client = {readonly user: string; readonly server: 'local' | 'cluster'};

/** Who speaks through a file, and with which API server. The components of a node use the server beside them. */
const clients: Readonly<Record<string, Client>> = {
	'admin.conf': {user: 'kubernetes-admin', server: 'cluster'},
	'super-admin.conf': {user: 'kubernetes-super-admin', server: 'cluster'},
	'controller-manager.conf': {user: 'system:kube-controller-manager', server: 'local'},
	'scheduler.conf': {user: 'system:kube-scheduler', server: 'local'},
};

/** Those that name the way to the API that all share. */
export const sharedClients: readonly string[] = Object.keys(clients).filter((name) => clients[name]!.server === 'cluster');

/** A kubeconfig with its client certificate inside. `name` is the row's name in the certificate table. */
export function clientKubeconfig(name: string, scope: Scope): Content {
	const client = clients[name];
	if (client === undefined) throw new RangeError(`no kubeconfig ${name}`);
	const {cluster, site, sites} = scope;
	return render('kubeconfigs/client', {
		user: client.user,
		server: (client.server === 'local' ? localEndpoint(cluster, site) : controlPlaneEndpoint(cluster, sites)).url,
		clusterName: cluster.configuration.clusterName,
		certificate: `${name}.crt@${site.name}`,
		key: `${name}.key@${site.name}`,
	});
}

/**
 * kubelet.conf, pointing at the link that the kubelet moves when it rotates its certificate. Where the cluster is born it has the names of
 * `kubeadm init` after kubelet-finalize; elsewhere those that a kubelet writes itself when it joins. On a control plane it speaks with the
 * API server of its own node.
 */
function kubeletKubeconfig({cluster, site, sites, identity}: Scope, pem: string): Content {
	const {clusterName} = cluster.configuration;
	const user = `system:node:${site.name}`;
	const born = {cluster: clusterName, user, context: `${user}@${clusterName}`, namespace: ''};
	const joined = {cluster: 'default-cluster', user: 'default-auth', context: 'default-context', namespace: 'default'};
	const endpoint = site.role === 'control-plane' ? localEndpoint(cluster, site) : controlPlaneEndpoint(cluster, sites);
	return render('kubeconfigs/kubelet', {...(site.name === identity.birthplace ? born : joined), server: endpoint.url, pem});
}

export function kubeletConf(scope: Scope): Step[] {
	const pem = `${certificateFoldersOf(scope.cluster).kubelet}/kubelet-client-current.pem`;
	const content = kubeletKubeconfig(scope, pem);
	return [{kind: 'file', path: `${kubernetesFolder}/kubelet.conf`, content, mode: '0600', notify: ['kubelet.service']}];
}
