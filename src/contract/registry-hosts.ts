/** What containerd is told of registries: its `certs.d/HOST/hosts.toml`, a folder for each (containerd docs/hosts.md). */
import {isInsecure, parseImage, registryHosts} from '../artifacts/mirror.ts';
import type {Cluster, Lock, Mirror} from '../model.ts';

/** How one address is spoken to. */
type Manner = {
	readonly skipVerify: boolean;
	/** Its certificate is checked against the mirror's authority. */
	readonly ca: boolean;
	/** Registry host whose credentials are sent along. */
	readonly header?: string;
};

export type RegistryFile = {
	readonly host: string;
	/** Asked when no endpoint has the image, in this manner. */
	readonly server: string;
	readonly own: Manner;
	readonly endpoints: readonly (Manner & {readonly url: string; readonly overridePath: boolean})[];
};

/**
 * A file for each mirrored upstream; and one for each host that images are pulled from under its own name, as far as it needs other manners than
 * containerd's (TLS, the machine's authorities, no credentials).
 */
export function registryFiles({mirror}: Pick<Cluster, 'mirror'>, {images}: Pick<Lock, 'images'>): RegistryFile[] {
	const asked = (url: string) => (mirror.auth === undefined ? {} : {header: new URL(url).host});
	const upstreams = registryHosts(mirror).map((row): RegistryFile => {
		const endpoints = row.endpoints.map((endpoint) => ({...endpoint, ...asked(endpoint.url)}));
		return {...row, own: {skipVerify: false, ca: false}, endpoints};
	});
	const known = new Set(upstreams.map(({host}) => host));
	const urls = Object.values(mirror.images).flat();
	const named = Object.entries(images).flatMap(([ref, {from}]) => {
		const places = from.flatMap((place) => parseImage(place)?.registry ?? []);
		return places.filter((registry) => registry !== parseImage(ref)?.registry);
	});
	const hosts = new Set([...urls.map((url) => new URL(url).host), ...named].filter((host) => !known.has(host)));
	const others = [...hosts].map((host): RegistryFile => {
		const server = new URL(urls.find((url) => new URL(url).host === host) ?? `https://${host}`).origin;
		const own = {...mannerOf(server, mirror), ...asked(server)};
		// Nobody said which of the two an insecure host that only the lock names speaks.
		const isOpen = own.skipVerify && !urls.some((url) => new URL(url).host === host);
		const plain = {url: `http://${host}`, overridePath: false, skipVerify: false, ca: false, ...asked(server)};
		return {host, server, own, endpoints: isOpen ? [plain] : []};
	});
	return [...upstreams, ...others.filter((file) => !isUsual(file))];
}

function mannerOf(url: string, mirror: Mirror): Manner {
	const https = url.startsWith('https:');
	const skipVerify = https && isInsecure(url, mirror);
	return {skipVerify, ca: https && !skipVerify && mirror.caText !== undefined};
}

const isUsual = ({server, own, endpoints}: RegistryFile): boolean =>
	server.startsWith('https:') && !own.skipVerify && !own.ca && own.header === undefined && endpoints.length === 0;
