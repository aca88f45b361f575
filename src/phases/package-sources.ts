import {isProxied} from '../checks/proxy.ts';
import {noProxyOf} from '../cluster/no-proxy.ts';
import {ownedOf} from '../contract/whose.ts';
import type {Phase, Scope, Step} from '../model.ts';
import {distributionOf, isAptSource, withMirror} from '../packages/distributions.ts';
import {type AptSource, keyringOf, sourceFileOf, sourceText} from '../packages/repositories.ts';
import {aptSources} from '../packages/wanted.ts';
import {asRead} from '../steps/content.ts';

const settings = '/etc/apt/apt.conf.d';
/** Files that nobody else makes. */
const isOurs = /^\/etc\/apt\/(?:apt\.conf\.d|keyrings|sources\.list\.d)\/60-kubestrap-[^/]+$/;
const authority = '/etc/apt/keyrings/60-kubestrap-mirror-ca.crt';

/**
 * Where packages come from: the machine's own sources at a mirror (their former bytes are in the record, so reset gives them back), Kubernetes' and
 * Docker's repositories each bound to its own key, and apt's way through a proxy. Nothing of it is told to any other program.
 */
export const packageSources: Phase = {
	name: 'package-sources',
	title: 'Say where packages come from',
	on: 'every',
	steps: (scope): Step[] => {
		if (distributionOf(scope.site.facts.os) === undefined) return [];
		const steps = [...throughProxy(scope), ...ownSources(scope), ...repositories(scope)];
		const wanted = new Set(steps.flatMap((step) => ('path' in step ? [step.path] : [])));
		// With a bundle repositories are not looked at, those of the config as little as older ones.
		if (scope.supplies !== undefined) return steps;
		// What the config says no more holds no more: a proxy, a repository, a certificate that was not to be checked.
		const old = ownedOf(scope.site, 'file').filter(({name}) => isOurs.test(name) && !wanted.has(name));
		return [...[...new Set(old.map(({name}) => name))].map((path): Step => ({kind: 'absent', path})), ...steps];
	},
};

/** The distribution's sources with other addresses. A file that only root may read may hold a password; it is left alone. */
function ownSources({cluster: {os}, site: {facts}}: Scope): Step[] {
	const {mirror} = os;
	const distribution = distributionOf(facts.os);
	if (mirror === undefined || distribution === undefined) return [];
	return Object.entries(facts.files).flatMap(([path, file]): Step[] => {
		const {text, mode, owner} = file;
		if (!isAptSource(path) || text === undefined || path.includes('/60-kubestrap-')) return [];
		const content = withMirror(text, mirror, distribution);
		return content === text ? [] : [{kind: 'file', path, content: asRead(file, content), mode, owner}];
	});
}

function repositories({cluster, lock, site, keys = {}, supplies}: Scope): Step[] {
	// Packages of a bundle come as files; nobody is asked for a key.
	if (supplies !== undefined) return [];
	const sources = aptSources(cluster, lock);
	return [
		...checked(cluster.mirror, sources),
		...sources.flatMap((source): Step[] => {
			const {name, fingerprint} = source;
			const key = keys[name];
			if (key === undefined)
				throw new Error(`the key ${fingerprint} of repository ${name} has to be fetched before a plan is made`);
			return [
				{kind: 'file', path: keyringOf(name), content: key, mode: '0644'},
				{
					kind: 'file',
					path: `/etc/apt/sources.list.d/${sourceFileOf(name)}`,
					content: sourceText(source, site.facts.arch),
					mode: '0644',
				},
			];
		}),
	];
}

/** How a mirror over TLS is checked: against the operator's authority, or not at all where the operator said so. */
function checked({caText, insecure}: Scope['cluster']['mirror'], sources: readonly AptSource[]): Step[] {
	const urls = sources.map(({uri}) => new URL(uri)).filter(({protocol}) => protocol === 'https:');
	const hosts = [...new Map(urls.map((url) => [url.hostname, url])).values()];
	const lines = hosts.flatMap(({hostname, host, port}) => {
		const isInsecure = insecure.includes(host) || insecure.includes(`${hostname}:${port || '443'}`);
		if (isInsecure) return [`Acquire::https::${hostname}::Verify-Peer "false";`];
		return caText === undefined ? [] : [`Acquire::https::${hostname}::CAInfo "${authority}";`];
	});
	if (lines.length === 0) return [];
	const content = ['// Written by kubestrap.', ...lines].map((line) => `${line}\n`).join('');
	return [
		...(caText === undefined ? [] : [{kind: 'file', path: authority, content: caText, mode: '0644'} as const]),
		{kind: 'file', path: `${settings}/60-kubestrap-mirror`, content, mode: '0644'},
	];
}

/** apt knows hosts that go past the proxy by name alone, so those of the sources are judged here. */
function throughProxy({cluster, lock, sites}: Scope): Step[] {
	const path = `${settings}/60-kubestrap-proxy`;
	const {proxy, os} = cluster;
	if (proxy === undefined) return [];
	const no = noProxyOf(cluster, sites).join(',');
	const mirrors = [...aptSources(cluster, lock).map(({uri}) => uri), ...(os.mirror?.includes('://') ? [os.mirror] : [])];
	const urls = mirrors.map((uri) => new URL(uri));
	const direct = [...new Map(urls.map((url) => [url.hostname, url])).values()].filter(
		({hostname, port, protocol}) => !isProxied({https: 'any', no}, hostname, Number(port || (protocol === 'https:' ? 443 : 80))),
	);
	const lines = (['http', 'https'] as const).flatMap((scheme) =>
		proxy[scheme] === undefined
			? []
			: [
					`Acquire::${scheme}::Proxy "${proxy[scheme]}";`,
					...direct.map(({hostname}) => `Acquire::${scheme}::Proxy::${hostname} "DIRECT";`),
				],
	);
	return [
		{kind: 'file', path, content: ['// Written by kubestrap.', ...lines].map((line) => `${line}\n`).join(''), mode: '0644'},
	];
}
