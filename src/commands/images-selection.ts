/** What `images mirror` and `images save` copy: which images, from where, and what they must be. */
import {existsSync} from 'node:fs';
import {join, resolve} from 'node:path';
import type {WantedImage} from '../artifacts/copy.ts';
import type {Platforms} from '../artifacts/copy-resolve.ts';
import {missingFromLock} from '../artifacts/lock.ts';
import {imageSources, parseImage} from '../artifacts/mirror.ts';
import {parsePlatform} from '../artifacts/registry/manifest.ts';
import type {RegistryOptions} from '../artifacts/registry/registry.ts';
import {namesAt, type Place, parsePlace} from '../artifacts/target-names.ts';
import {ConfigError, type Problem} from '../errors.ts';
import type {Cluster, Lock, LockedImage} from '../model.ts';
import type {Call} from './call.ts';
import {mirrorFor, wantedImages} from './images-wanted.ts';
import {openLock} from './open-cluster.ts';

export type Selection = {
	readonly images: readonly Omit<WantedImage, 'to'>[];
	readonly cluster?: Cluster | undefined;
	/** How registries are spoken to. */
	readonly registry: RegistryOptions;
	/** Whether a lock says what the images must be. */
	readonly locked: boolean;
};

const usualPlatform = 'linux/amd64';

/** Reads flags, config and lock; contacts nothing. `to`: the registry that they are for. Throws ConfigError with every problem. */
export async function selectImages(call: Call, words: readonly string[], to?: Place): Promise<Selection> {
	const {from = [], platform = []} = call.flags.images ?? {};
	const problems: Problem[] = [];
	const bad = words.filter((ref) => parseImage(ref) === undefined);
	problems.push(
		...bad.map((ref) => ({message: `${JSON.stringify(ref)} is no image reference`, hint: 'write it as registry/path:tag'})),
	);
	const places = from.map((text) => (text === 'mirror' || text === 'upstream' ? text : parsePlace(text)));
	places.forEach((place, index) => {
		if (place === undefined)
			problems.push({
				message: `--from ${from[index]} is no registry`,
				hint: 'write it as registry.example/prefix, mirror or upstream',
			});
	});
	if (platform.includes('all') && platform.length > 1)
		problems.push({message: '--platform all leaves nothing to name beside it'});
	for (const one of platform)
		if (one !== 'all' && parsePlatform(one) === undefined)
			problems.push({message: `--platform ${one} is none`, hint: 'write it as linux/amd64, or all'});
	if (problems.length > 0) throw new ConfigError(problems, {hint: 'nothing was contacted'});

	const {images: own, addons, cluster, upstream} = await wantedImages(call);
	const refs = words.length > 0 ? words.map(fullName) : [...new Set([...own, ...Object.values(addons)])];
	const lock = lockOf(call, cluster);
	if (lock !== undefined && words.length === 0) {
		const missing = missingFromLock(lock, {binaries: [], images: refs});
		if (missing.length > 0) throw new ConfigError(missing, {hint: 'nothing was contacted'});
	}
	const mirror = mirrorFor(call, cluster);
	// When nobody says where: the places of the lock, the mirrors of the config, and upstream.
	const sources = (ref: string, platforms: Platforms): string[] => {
		const pins = (lock?.images[ref]?.from ?? []).filter((one) => one !== ref && (!one.includes('@') || platforms.length === 1));
		const usual = [...pins, ...imageSources(ref, mirror)];
		const named = places.flatMap((place) => {
			if (place === 'upstream' || place === undefined) return [ref];
			return place === 'mirror'
				? usual.filter((one) => ![ref, upstream[ref]].includes(one.replace(/@.*$/, '')) && one !== ref)
				: namesAt(ref, place);
		});
		return [...new Set(places.length > 0 ? named : usual)];
	};
	const asked: Platforms | undefined = platform.includes('all')
		? 'all'
		: platform.length > 0
			? [...new Set(platform)]
			: undefined;
	const plain = [...places, to].flatMap((place) => (typeof place === 'object' && place.plain ? [place.host] : []));
	const images = refs.map((name) => {
		const locked = lock?.images[name];
		const platforms = asked ?? platformsOf(locked);
		return {name, platforms, from: sources(name, platforms), locked};
	});
	// Who names places is asked nowhere else, upstream least of all.
	const nowhere = images.filter((image) => image.from.length === 0);
	if (nowhere.length > 0) {
		const hint = 'name one (spec.mirror, --mirror, --from registry.example/prefix), or add --from upstream';
		throw new ConfigError(
			nowhere.map(({name}) => ({
				message: `--from mirror: no mirror of ${parseImage(name)!.registry} is known, for ${name}`,
				hint,
			})),
			{hint: 'nothing was contacted'},
		);
	}
	return {
		images,
		cluster,
		locked: lock !== undefined,
		registry: registryOptions(call, cluster, plain),
	};
}

/** How registries are spoken to, as config and flags have it. `plain`: hosts that were written with `http://`. */
export function registryOptions({flags, around}: Call, cluster: Cluster | undefined, plain: readonly string[]): RegistryOptions {
	const {authFile, caFile} = flags.images ?? {};
	const path = (file: string | undefined) => (file === undefined ? undefined : resolve(around.cwd, file));
	const mirrors = Object.values(cluster?.mirror.images ?? {}).flat();
	const plainMirrors = mirrors.filter((url) => url.startsWith('http://')).map((url) => new URL(url).host);
	return {
		insecure: [...(cluster?.mirror.insecure ?? []), ...plain],
		plain: [...plain, ...plainMirrors],
		ca: path(caFile) ?? cluster?.mirror.ca,
		auth: path(authFile) ?? cluster?.mirror.auth,
		signal: around.signal,
	};
}

/** A place that must be one. Throws ConfigError. */
export function placeOf(flag: string, text: string | undefined, or?: string): Place {
	const place = text === undefined ? undefined : parsePlace(text);
	if (place !== undefined) return place;
	const message = text === undefined ? `--${flag} is missing: where to?` : `--${flag} ${text} is no registry`;
	throw new ConfigError([
		{message, hint: `write it as registry.example/prefix, with http:// in front of it for plain HTTP${or ? `; or ${or}` : ''}`},
	]);
}

function fullName(ref: string): string {
	const {registry, repository, tag, digest} = parseImage(ref)!;
	return `${registry}/${repository}${tag === undefined && digest === undefined ? ':latest' : ''}${tag ? `:${tag}` : ''}${digest ? `@${digest}` : ''}`;
}

/** The lock that is named by config or flag, or that is shipped; without one, nothing says what images must be. */
export function lockOf(call: Call, cluster: Cluster | undefined): Lock | undefined {
	const {flags, around} = call;
	const named = cluster?.lock ?? (flags.cluster.lock === undefined ? undefined : resolve(around.cwd, flags.cluster.lock));
	const shipped = join(around.root, 'kubestrap.lock');
	if (named === undefined && !existsSync(shipped)) return undefined;
	return openLock({lock: named ?? shipped}, call);
}

/** The platforms that a lock knows of an image; else that of most machines. */
function platformsOf(locked: LockedImage | undefined): readonly string[] {
	return locked === undefined ? [usualPlatform] : [locked.platform, ...Object.keys(locked.platforms ?? {})].sort();
}
