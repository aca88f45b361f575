import type {ImageName} from '../mirror.ts';
import {defaultSilence, openWire} from '../wire.ts';
import {blobStream} from './blob.ts';
import {openCredentials} from './credentials.ts';
import {type Description, describeImage} from './describe.ts';
import {fetchManifest, hasManifest} from './fetch-manifest.ts';
import {follow} from './follow.ts';
import type {Manifest} from './manifest.ts';
import {type ImageSource, type ImageTarget, imageName} from './source.ts';
import {openTalk, type Patience} from './talk.ts';
import {uploader} from './upload.ts';

export type RegistryOptions = {
	/** `host:port` of registries that may be spoken to in plain HTTP or without a checked certificate (`mirror.insecure`). */
	readonly insecure?: readonly string[];
	/** Of these, those that were written with `http://`: they are not asked whether they speak TLS. */
	readonly plain?: readonly string[];
	/** A PEM file with the authority that certificates are checked against (`mirror.ca`). */
	readonly ca?: string | undefined;
	/** A file like Docker's config.json (`mirror.auth`). Absent: Docker's own, when there is one. */
	readonly auth?: string | undefined;
	readonly signal?: AbortSignal | undefined;
	readonly silence?: typeof defaultSilence;
	readonly patience?: Patience;
};

export type Registry = ImageSource & {
	/** The writing half, for one registry host. */
	target(registry: string): ImageTarget;
	/** What an image of a platform is, whatever its manifest looks like. Throws RegistryError when that place has none for the platform. */
	describe(ref: string, platform: string): Promise<Description>;
	/** The digest that a reference has there, undefined when there is none. Asks for no body. */
	has(ref: string): Promise<string | undefined>;
	close(): Promise<void>;
};

/**
 * Opens connections to registries, any of them. All methods reject with RegistryError (fault, registry, reference), with ConfigError for a
 * reference that is none and for credentials that cannot be read, or with the signal's reason.
 */
export function openRegistry({
	insecure = [],
	plain = [],
	ca,
	auth,
	signal,
	silence = defaultSilence,
	patience,
}: RegistryOptions = {}): Registry {
	const wire = openWire({insecure, ...(ca === undefined ? {} : {ca})}, silence);
	const credentials = openCredentials(auth);
	const talk = openTalk({wire, insecure, plain, credentials, signal, ...(patience && {patience})});

	const read = (ref: string, name: ImageName, tag: string): Promise<Manifest> =>
		fetchManifest(talk, {...pulling(ref, name), to: `/v2/${name.repository}/manifests/${tag}`}, tag);

	const manifest: Registry['manifest'] = async (ref, {platform} = {}) => {
		const name = imageName(ref);
		const first = await read(ref, name, name.digest ?? name.tag!);
		return platform === undefined
			? first
			: follow(first, platform, {where: name.registry, ref}, (digest) => read(ref, name, digest));
	};
	const blob: Registry['blob'] = (ref, descriptor) => {
		const name = imageName(ref);
		return blobStream(talk, pulling(ref, name), name.repository, descriptor, signal);
	};
	return {
		target: (where) => ({where, ...uploader(talk)}),
		manifest,
		blob,
		describe: (ref, platform) => describeImage({manifest, blob}, ref, platform),
		has: (ref) => hasManifest(talk, pulling(ref, imageName(ref)), ref),
		close: () => wire.close(),
	};
}

function pulling(ref: string, {registry, repository}: ImageName) {
	return {registry, repository, ref, scopes: [`repository:${repository}:pull`]};
}
