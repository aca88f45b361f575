import {controlPlaneEndpoint} from '../cluster/endpoints.ts';
import {isMoved} from '../contract/endpoint-ready.ts';
import {certificateFoldersOf} from '../contract/folders.ts';
import {bootstrapKubeconfig} from '../contract/joining.ts';
import {kubeletConf} from '../contract/kubeconfigs.ts';
import type {Phase, Scope, Step} from '../model.ts';

const kubelet = ['kubelet.service'];

/** On every node the kubelet's kubeconfig, at a birth with the certificate that it would else ask for by CSR. */
export const kubeletCredentials: Phase = {
	name: 'kubelet-credentials',
	title: "Lay down the kubelet's certificate and kubeconfig",
	on: 'every',
	// Nothing signed by an authority is laid down before the authority is: a run that dies here must find it again.
	after: {phase: 'authorities'},
	needs: ['kubelet-bootstrap'],
	steps: (scope) =>
		scope.site.stage === 'joining'
			? [...kubeletConf(scope), {kind: 'absent', path: bootstrapKubeconfig}]
			: [
					...(scope.site.role === 'worker' ? authority(scope) : []),
					...kubeletCertificate(scope),
					// A worker that looks for the API elsewhere is pointed to the new place when that answers (worker-endpoint).
					...(scope.site.role === 'worker' && isMoved(scope.site, controlPlaneEndpoint(scope.cluster, scope.sites).url)
						? []
						: kubeletConf(scope)),
				],
};

/** A worker's kubelet checks its callers against the CA. */
function authority({cluster}: Scope): Step[] {
	const {certificatesDir} = cluster.configuration;
	return [
		{kind: 'dir', path: certificatesDir, mode: '0755'},
		{kind: 'file', path: `${certificatesDir}/ca.crt`, content: [{secret: 'ca.crt'}], mode: '0644', notify: kubelet},
	];
}

/**
 * The kubelet's own layout: a pem with certificate and key, and a link to the newest. Ours has a name instead of a date, as a plan
 * knows no clock; the kubelet reads the link only, and makes dated files beside it when it rotates.
 */
function kubeletCertificate(scope: Scope): Step[] {
	const {name} = scope.site;
	const folder = certificateFoldersOf(scope.cluster).kubelet;
	const current = `${folder}/kubelet-client-current.pem`;
	const first = `${folder}/kubelet-client-kubestrap.pem`;
	const secret = `kubelet-client.pem@${name}`;
	const kept = scope.identity.items[`kubelet-client@${name}`]?.state === 'keep';
	const files: Step[] = kept
		? []
		: [
				{kind: 'file', path: first, content: [{secret}], mode: '0600', notify: kubelet},
				{kind: 'link', path: current, to: first},
			];
	return [{kind: 'dir', path: folder, mode: '0755'}, ...files];
}
