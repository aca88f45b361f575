import {controlPlaneEndpoint} from '../cluster/endpoints.ts';
import {certificateFoldersOf} from '../contract/folders.ts';
import {bootstrapKubeconfig, hasCertificate} from '../contract/joining.ts';
import type {Phase, Scope, Step} from '../model.ts';
import {render} from '../render.ts';

/**
 * What a machine needs to ask for its kubelet's certificate: the cluster's authority, brought by us over SSH, and the token. It asks the API
 * server that answers us, whatever stands before it (kubeadm: bootstrap-kubelet.conf, contract 10.3).
 */
export const joinCredentials: Phase = {
	name: 'join-credentials',
	title: 'Lay down the authority and the token to ask with',
	on: 'joining',
	after: {phase: 'join-token'},
	steps: (scope): Step[] => {
		const {cluster, site, sites, living} = scope;
		if (hasCertificate(site, cluster)) return authority(scope);
		const server = living?.server ?? controlPlaneEndpoint(cluster, sites).url;
		const content = render('kubeconfigs/bootstrap', {cluster: cluster.configuration.clusterName, server});
		return [...authority(scope), {kind: 'file', path: bootstrapKubeconfig, content, mode: '0600'}];
	},
};

function authority({cluster}: Scope): Step[] {
	const {certificates} = certificateFoldersOf(cluster);
	return [
		{kind: 'dir', path: certificates, mode: '0755'},
		{kind: 'file', path: `${certificates}/ca.crt`, content: [{secret: 'ca.crt'}], mode: '0644'},
	];
}
