import {controlPlaneEndpoint} from '../cluster/endpoints.ts';
import {objects} from '../contract/objects.ts';
import type {BootstrapToken, Phase, Scope, Step} from '../model.ts';

const usual: BootstrapToken = {
	ttl: '24h0m0s',
	usages: ['signing', 'authentication'],
	groups: ['system:bootstrappers:kubeadm:default-node-token'],
};

/** Left on the birthplace when the tokens are in the cluster: with it in place, a later run makes no others, even when they have expired. */
const marker = '/var/lib/kubestrap/token';

/** What a machine needs that wants to join: a token, the rights that go with it, and the public cluster-info (contract 9.6 to 9.8). */
export const bootstrapToken: Phase = {
	name: 'bootstrap-token',
	title: 'Let machines join: token, rights, cluster-info',
	on: 'first',
	steps: (scope) => [
		...(scope.site.facts.files[marker] === undefined ? tokens(scope) : []),
		...objects('bootstrap', {server: controlPlaneEndpoint(scope.cluster, scope.sites).url}),
	],
};

/** A Secret for each token; and the marker with the first one's `ID EXPIRY`, written last. */
function tokens({cluster}: Scope): Step[] {
	const all = cluster.bootstrapTokens.length > 0 ? cluster.bootstrapTokens : [usual];
	const expiry = expires(all[0]!) ? {secret: 'bootstrap-token.expiration'} : 'never';
	const content = [{secret: 'bootstrap-token.id'}, ' ', expiry, '\n'];
	return [...all.flatMap(secret), {kind: 'file', path: marker, content, mode: '0600'}];
}

function secret(token: BootstrapToken, index: number): Step[] {
	const {usages, groups, description} = token;
	const id = index === 0 ? 'bootstrap-token' : `bootstrap-token/${index}`;
	const plain = {
		...(description ? {description} : {}),
		...(groups.length > 0 ? {'auth-extra-groups': groups.join(',')} : {}),
		...Object.fromEntries(usages.map((usage) => [`usage-bootstrap-${usage}`, 'true'])),
	};
	return objects('bootstrap-token', {
		id: `${id}.id`,
		value: `${id}.secret`,
		expiration: expires(token) ? `${id}.expiration` : '',
		plain: Object.entries(plain).map(([key, value]) => ({key, value: Buffer.from(value).toString('base64')})),
	});
}

/** A time to live of zero, in whatever units, is for ever. */
function expires({ttl}: BootstrapToken): boolean {
	return /[1-9]/.test(ttl);
}
