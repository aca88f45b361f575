/** Where bytes come from: names of images taken apart, mirrors of registries and of releases. Knowledge only. */
import type {Cluster, LockedBinary, Mirror} from '../model.ts';

export type ImageName = {
	/** Registry host as in the full reference: `docker.io`, `registry.k8s.io`, `127.0.0.1:5000`. */
	readonly registry: string;
	/** Path inside the registry, `library/` filled in for docker.io. */
	readonly repository: string;
	readonly tag?: string;
	readonly digest?: string;
};

const part = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const host =
	'(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\\[[0-9a-f:]+\\])(?::[0-9]{1,5})?';
const reference = new RegExp(`^(?:(${host})/)?(${part}(?:/${part})*)(?::(\\w[\\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$`);

/** Takes an image reference apart by the rules of docker references; undefined when it is none. A first part without `.`, `:` or being localhost is no host. */
export function parseImage(ref: string): ImageName | undefined {
	if (ref.length > 512) return undefined;
	const [, first, rest = '', tag, digest] = reference.exec(ref) ?? [];
	if (rest === '') return undefined;
	const isHost = first !== undefined && (/[.:]/.test(first) || first === 'localhost');
	// What looks like a host but is none must be a path part, so in small letters.
	if (first !== undefined && !isHost && !new RegExp(`^${part}$`).test(first)) return undefined;
	const registry = isHost ? first : 'docker.io';
	const path = isHost || first === undefined ? rest : `${first}/${rest}`;
	const repository = registry === 'docker.io' && !path.includes('/') ? `library/${path}` : path;
	return {registry, repository, ...(tag ? {tag} : {}), ...(digest ? {digest} : {})};
}

/** One place that may have an image: a mirror by its address, or the upstream registry itself (no `mirror`), and the names to try there, in order. */
export type ImagePlace = {readonly mirror?: string; readonly refs: readonly string[]};

/** What copies by hand flatten: kubeadm asks every registry but its own for CoreDNS without the folder (kubeadm-contract.md §11.1). */
const flat: Readonly<Record<string, string>> = {
	'registry.k8s.io/coredns/coredns': 'coredns',
	'k8s.gcr.io/coredns/coredns': 'coredns',
};

/** Where to look for an image: each mirror of its registry in order, the registry itself last, as containerd does. A ref that is none has no place. */
export function imagePlaces(ref: string, mirror: Pick<Mirror, 'images'>): ImagePlace[] {
	const name = parseImage(ref);
	if (name === undefined) return [];
	const {registry, repository, tag, digest} = name;
	const end = `${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
	const other = flat[`${registry}/${repository}`];
	const places = (mirror.images[registry] ?? []).map((address) => {
		const base = address.replace(/^https?:\/\//, '').replace(/\/+$/, '');
		const names = [repository, ...(other === undefined ? [] : [other])];
		return {mirror: address, refs: names.map((each) => `${base}/${each}${end}`)};
	});
	return [...places, {refs: [`${registry}/${repository}${end}`]}];
}

/** Every reference under which an image may be had, in the order in which to try; upstream's own name is the last one. */
export function imageSources(ref: string, mirror: Pick<Mirror, 'images'>): string[] {
	return imagePlaces(ref, mirror).flatMap(({refs}) => refs);
}

/** Who publishes a path of the release layout. */
const upstreams: readonly {readonly path: RegExp; readonly host: string}[] = [
	{path: /^release\//, host: 'dl.k8s.io'},
	{path: /^[^/]+\/[^/]+\/releases\/download\//, host: 'github.com'},
];

/** The addresses to try for a locked binary, in order. With a mirror only the mirror is asked: an air gap stays one. */
export function binaryUrls(locked: LockedBinary, mirror: Mirror): string[] {
	return locked.from.flatMap((from) => {
		const [, named, rest] = /^https:\/\/([^/]+)\/(.*)$/.exec(from) ?? [];
		const path = rest ?? from.replace(/^\/+/, '');
		const upstream = named ?? upstreams.find((row) => row.path.test(path))?.host;
		if (mirror.binaries?.startsWith('file:'))
			return [`${mirror.binaries}/${path}`, `${mirror.binaries}/${path.split('/').at(-1)}`];
		if (mirror.binaries !== undefined) return [`${mirror.binaries.replace('{host}', upstream ?? '')}/${path}`];
		return upstream === undefined ? [] : [`https://${upstream}/${path}`];
	});
}

/** Those that a node may ask for itself. None: the operator brings it, from a folder of his own, or because the config says so. */
export function nodeUrls(locked: LockedBinary, {mirror, fetch}: Pick<Cluster, 'mirror' | 'fetch'>): string[] {
	return fetch === 'operator' || mirror.binaries?.startsWith('file:') ? [] : binaryUrls(locked, mirror);
}

/** `host:port` of a mirror's address, as `mirror.insecure` names it (the port may be left out when it is the scheme's own). */
export function isInsecure(url: string, mirror: Pick<Mirror, 'insecure'>): boolean {
	const {host, hostname, port, protocol} = new URL(url);
	const full = `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
	return mirror.insecure.includes(host) || mirror.insecure.includes(full);
}

/** What containerd's `hosts.toml` says for one upstream registry. */
export type RegistryHosts = {
	/** The folder below certs.d: the registry's host. */
	readonly host: string;
	/** Asked when no mirror has the image. */
	readonly server: string;
	/** Asked first, in order. `overridePath`: the URL holds the whole API path, containerd must not put `/v2` behind it. */
	readonly endpoints: readonly {
		readonly url: string;
		readonly overridePath: boolean;
		readonly skipVerify: boolean;
		readonly ca: boolean;
	}[];
};

/** One entry per mirrored upstream. `ca` says that the mirror's certificate is checked against `mirror.ca`. */
export function registryHosts(mirror: Mirror): RegistryHosts[] {
	return Object.entries(mirror.images).map(([upstream, urls]) => ({
		host: upstream,
		server: `https://${upstream === 'docker.io' ? 'registry-1.docker.io' : upstream}`,
		endpoints: urls.map((text) => {
			const url = new URL(text);
			const prefix = url.pathname.replace(/\/+$/, '');
			const https = url.protocol === 'https:';
			const skipVerify = https && isInsecure(text, mirror);
			const overridePath = prefix !== '';
			return {
				url: `${url.origin}${overridePath ? `/v2${prefix}` : ''}`,
				overridePath,
				skipVerify,
				ca: https && !skipVerify && mirror.ca !== undefined,
			};
		}),
	}));
}
