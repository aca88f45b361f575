/** What images are called in a registry of one's own, and what a config says of that registry afterwards. Pure. */
import {imagePlaces, parseImage} from './mirror.ts';

/** A registry, or a folder in one, as the operator names it. */
export type Place = {
	/** `host:port`. */
	readonly host: string;
	/** `host:port/prefix`, as references begin. */
	readonly base: string;
	/** It was written with `http://`: plain HTTP is meant. */
	readonly plain: boolean;
};

/** `registry.example/prefix`, with `https://` or `http://` in front of it or not; undefined when it is no such place. */
export function parsePlace(text: string): Place | undefined {
	const [, scheme, rest = ''] = /^(?:(https?):\/\/)?(.*?)\/*$/.exec(text) ?? [];
	const host = rest.split('/', 1)[0] ?? '';
	// A place must look like a host: a word alone would be taken for a folder of docker.io.
	if (!/[.:]/.test(host) && host !== 'localhost') return undefined;
	const name = parseImage(`${rest}/name:tag`);
	return name === undefined || name.registry !== host ? undefined : {host, base: rest, plain: scheme === 'http'};
}

const kubernetes = ['registry.k8s.io', 'k8s.gcr.io'];

/**
 * The reference of an image at a place: under its path, as containerd's mirrors ask for it. `flat`: Kubernetes' own images without folders, as
 * kubeadm's `--image-repository` asks for them (`PREFIX/coredns`). A digest in the reference is not part of its name there.
 */
export function targetRef(ref: string, {base}: Place, flat: boolean): string {
	const name = parseImage(ref);
	if (name === undefined) throw new Error(`${ref} is no image reference`);
	const path = flat && kubernetes.includes(name.registry) ? name.repository.replace(/^.*\//, '') : name.repository;
	return `${base}/${path}:${name.tag ?? 'latest'}`;
}

/** Every name under which a place may have an image. */
export function namesAt(ref: string, {base}: Place): string[] {
	const registry = parseImage(ref)?.registry ?? '';
	return imagePlaces(ref, {images: {[registry]: [`https://${base}`]}})[0]?.refs.slice() ?? [];
}

/** Images that would get the same reference: one line for each such reference. */
export function clashes(pairs: readonly {readonly name: string; readonly to: string}[]): string[] {
	return [...Map.groupBy(pairs, ({to}) => to)]
		.filter(([, same]) => same.length > 1)
		.map(([to, same]) => `${same.map(({name}) => name).join(' and ')} would both be ${to}`);
}

type Files = {readonly auth?: string | undefined; readonly ca?: string | undefined};

/** The part of a config (`spec.mirror`) with which its images come from a place. `files`: what was needed to be let in there. */
export function mirrorOf(refs: readonly string[], {host, base, plain}: Place, {auth, ca}: Files = {}) {
	const registries = [...new Set(refs.map((ref) => parseImage(ref)?.registry ?? ''))].sort();
	const address = `${plain ? 'http' : 'https'}://${base}`;
	const images = Object.fromEntries(registries.map((registry) => [registry, [address]]));
	return {images, ...(auth === undefined ? {} : {auth}), ...(ca === undefined ? {} : {ca}), ...(plain ? {insecure: [host]} : {})};
}
