import {controlPlaneEndpoint} from '../cluster/endpoints.ts';
import {objects} from '../contract/objects.ts';
import type {BootstrapToken, Phase, Scope, Step} from '../model.ts';

const usual: BootstrapToken = {
	ttl: '24h0m0s',
	usages: ['signing', 'authentication'],
	groups: ['system:bootstrappers:kubeadm:default-node-token'],
};

/** What a machine needs that wants to join: a token, the rights that go with it, and the public cluster-info (contract 9.6 to 9.8). */
export const bootstrapToken: Phase = {
	name: 'bootstrap-token',
	title: 'Let machines join: token, rights, cluster-info',
	on: 'first',
	steps: (scope) => [
		...(scope.identity.items['bootstrap-token']?.state === 'make' ? token(scope) : []),
		...objects('bootstrap', {server: controlPlaneEndpoint(scope.cluster, scope.sites).url}),
	],
};

/**
 * The Secret, and a note on the node of which token it was: `ID EXPIRY`, or `ID` alone when it never expires. The note is written last; with
 * it in place, a later run makes no other token.
 */
function token({cluster}: Scope): Step[] {
	const {ttl, usages, groups, description} = cluster.bootstrapTokens[0] ?? usual;
	const expires = /[1-9]/.test(ttl);
	const plain = {
		...(description ? {description} : {}),
		...(groups.length > 0 ? {'auth-extra-groups': groups.join(',')} : {}),
		...Object.fromEntries(usages.map((usage) => [`usage-bootstrap-${usage}`, 'true'])),
	};
	const encoded = Object.entries(plain).map(([key, value]) => ({key, value: Buffer.from(value).toString('base64')}));
	const note = [{secret: 'bootstrap-token.id'}, ...(expires ? [' ', {secret: 'bootstrap-token.expiration'}] : []), '\n'];
	return [
		...objects('bootstrap-token', {expires, plain: encoded}),
		{kind: 'file', path: '/var/lib/kubestrap/token', content: note, mode: '0600'},
	];
}
