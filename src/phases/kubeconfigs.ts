import {certificates, type Row} from '../../pki/certificates.ts';
import {certificateFoldersOf, kubernetesFolder} from '../contract/folders.ts';
import {clientKubeconfig, kubeletKubeconfig} from '../contract/kubeconfigs.ts';
import type {Phase, Scope, Step} from '../model.ts';

const kubelet = ['kubelet.service'];

/** The kubeconfigs of a control plane; and on every node the kubelet's, with the certificate that it would else ask for by CSR. */
export const kubeconfigs: Phase = {
	name: 'kubeconfigs',
	title: 'Lay down kubeconfigs',
	on: 'every',
	// Nothing signed by an authority is laid down before the authority is: a run that dies here must find it again.
	after: {phase: 'authorities'},
	steps: (scope) => [
		...certificates.filter(({as}) => as === 'kubeconfig').flatMap((row) => client(scope, row)),
		...(scope.site.role === 'worker' ? authority(scope) : []),
		...kubeletCertificate(scope),
		...kubeletConf(scope),
	],
};

function client(scope: Scope, row: Row): Step[] {
	const item = scope.identity.items[`${row.name}@${scope.site.name}`];
	if (item === undefined) return [];
	const content = item.state === 'keep' ? ({kept: true} as const) : clientKubeconfig(row.name, scope);
	return [{kind: 'file', path: row.file, content, mode: '0600'}];
}

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

function kubeletConf(scope: Scope): Step[] {
	const pem = `${certificateFoldersOf(scope.cluster).kubelet}/kubelet-client-current.pem`;
	const content = kubeletKubeconfig(scope, pem);
	return [{kind: 'file', path: `${kubernetesFolder}/kubelet.conf`, content, mode: '0600', notify: kubelet}];
}
