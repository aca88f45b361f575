/** Kubeconfig files in kubeadm's and in the kubelet's own shape (contract 5). */
import {controlPlaneEndpoint, localEndpoint} from '../cluster/endpoints.ts';
import type {Content, Scope, Step} from '../model.ts';
import {render} from '../render.ts';
import {certificateFoldersOf, kubernetesFolder} from './folders.ts';
import {isOfOthers} from './whose.ts';

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
function kubeletKubeconfig(scope: Scope, pem: string): Content {
	const {cluster, site, identity} = scope;
	const {clusterName} = cluster.configuration;
	const user = `system:node:${site.name}`;
	const born = {cluster: clusterName, user, context: `${user}@${clusterName}`, namespace: ''};
	const joined = {cluster: 'default-cluster', user: 'default-auth', context: 'default-context', namespace: 'default'};
	return render('kubeconfigs/kubelet', {
		...(site.name === identity.birthplace ? born : joined),
		server: kubeletServer(scope).url,
		pem,
	});
}

export function kubeletConf(scope: Scope): Step[] {
	const path = `${kubernetesFolder}/kubelet.conf`;
	const pem = `${certificateFoldersOf(scope.cluster).kubelet}/kubelet-client-current.pem`;
	const content = saysTheSame(scope, path, pem) ? ({kept: true} as const) : kubeletKubeconfig(scope, pem);
	return [{kind: 'file', path, content, mode: '0600', notify: ['kubelet.service']}];
}

/**
 * kubeadm and the kubelet write the same with other names and in another order, and a change would restart the kubelet: what others wrote stays
 * as long as it leads to the same API server, by the same authority, with the same certificate.
 */
function saysTheSame(scope: Scope, path: string, pem: string): boolean {
	const {cluster, site} = scope;
	const text = site.facts.files[path]?.text;
	if (text === undefined || !isOfOthers(site, path)) return false;
	const {server, ca, certificateFile}: Record<string, string> = JSON.parse(text);
	const authority = site.facts.files[`${cluster.configuration.certificatesDir}/ca.crt`]?.text;
	return server === kubeletServer(scope).url && ca?.trim() === authority?.trim() && certificateFile === pem;
}

/** The API server that a node's kubelet speaks with: on a control plane the one beside it. */
const kubeletServer = ({cluster, site, sites}: Scope) =>
	site.role === 'control-plane' ? localEndpoint(cluster, site) : controlPlaneEndpoint(cluster, sites);
