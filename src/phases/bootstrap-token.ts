import {controlPlaneEndpoint, localEndpoint} from '../cluster/endpoints.ts';
import {objects} from '../contract/objects.ts';
import {cameByOthers} from '../contract/whose.ts';
import type {BootstrapToken, Phase, Scope, Step} from '../model.ts';

const usual: BootstrapToken = {
	ttl: '24h0m0s',
	usages: ['signing', 'authentication'],
	groups: ['system:bootstrappers:kubeadm:default-node-token'],
};

/** Left on the birthplace when the token is in the cluster: with it in place, a later run makes no other, even when it has expired. */
const marker = '/var/lib/kubestrap/token';
/** What the marker will be, laid down before the token goes to the cluster: who dies in between leaves the name of a token that nobody knows any more. */
const asked = `${marker}.asked`;

/** `sh -c SCRIPT sh FILE SERVER`: the token of FILE is nobody's. */
const takeBack = `read -r id rest <"$1" || [ -n "$id" ]
case $id in
??????) kubectl --kubeconfig=/etc/kubernetes/admin.conf --server="$2" --request-timeout=10s --namespace=kube-system \\
	delete secret "bootstrap-token-$id" --ignore-not-found || exit ;;
esac
rm -f -- "$1"`;

/** What a machine needs that wants to join: a token, the rights that go with it, and the public cluster-info (contract 9.6 to 9.8). */
export const bootstrapToken: Phase = {
	name: 'bootstrap-token',
	title: 'Let machines join: token, rights, cluster-info',
	on: 'first',
	steps: (scope) => [
		// A cluster that kubeadm made has had its token too, and nobody left a marker.
		...(scope.site.facts.files[marker] === undefined && !cameByOthers(scope.site) ? token(scope) : []),
		...objects('bootstrap', {server: controlPlaneEndpoint(scope.cluster, scope.sites).url}),
	],
};

/** The Secret; and the marker `ID EXPIRY`, which is in its place last. */
function token({cluster, site}: Scope): Step[] {
	const {usages, groups, description, ttl} = cluster.bootstrapTokens[0] ?? usual;
	const expires = hasEnd(ttl);
	const plain = {
		...(description ? {description} : {}),
		...(groups.length > 0 ? {'auth-extra-groups': groups.join(',')} : {}),
		...Object.fromEntries(usages.map((usage) => [`usage-bootstrap-${usage}`, 'true'])),
	};
	const encoded = Object.entries(plain).map(([key, value]) => ({key, value: Buffer.from(value).toString('base64')}));
	const content = [{secret: 'bootstrap-token.id'}, ' ', expires ? {secret: 'bootstrap-token.expiration'} : 'never', '\n'];
	return [
		{
			kind: 'run',
			title: 'take back the token of a run that died',
			command: {sh: takeBack, args: [asked, localEndpoint(cluster, site).url]},
			unless: ['test', '!', '-e', asked],
		},
		{kind: 'file', path: asked, content, mode: '0600', once: true},
		...objects('bootstrap-token', {expires, plain: encoded}),
		{kind: 'run', title: 'the token is in the cluster', command: ['mv', '-f', asked, marker], unless: ['test', '-e', marker]},
	];
}

/** A time to live of zero, in whatever units, is for ever. */
function hasEnd(ttl: string): boolean {
	return /[1-9]/.test(ttl);
}
