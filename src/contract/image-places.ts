/** Where images are pulled from beside what the lock says of each: mirrors under their own names. */
import {imageSources, parseImage} from '../artifacts/mirror.ts';
import type {Lock, Mirror} from '../model.ts';

/** Gives the places of an image in the order in which to try; undefined: those of the lock are all. `lock` is the one for the machine's platform. */
export type Places = (ref: string, lock: Pick<Lock, 'images'>, mirror: Mirror) => readonly string[] | undefined;

/**
 * Behind a mirror that gives other bytes for a layer, containerd asks no other mirror for that layer: where there are several, each is asked under
 * its own name after all else has failed.
 */
export const lastResort: Places = (ref, {images}, mirror) => {
	const from = images[ref]?.from ?? [];
	const mirrors = mirror.images[parseImage(ref)?.registry ?? ''] ?? [];
	if (mirrors.length < 2) return undefined;
	return [...(from.length === 0 ? [ref] : from), ...unlisted(ref, from, mirror)];
};

/** For a runtime without mirrors: places of the lock, then what the mirrors may call it, upstream last. */
export const underOwnNames: Places = (ref, {images}, mirror) => {
	const from = images[ref]?.from ?? [];
	const isUpstream = (place: string) => repositoryOf(place) === repositoryOf(ref);
	return [...from.filter((place) => !isUpstream(place)), ...unlisted(ref, from, mirror), ...from.filter(isUpstream)];
};

/** What the mirrors may call an image, as far as the lock does not say it. */
function unlisted(ref: string, from: readonly string[], mirror: Mirror): string[] {
	const known = new Set([ref, ...from].map(repositoryOf));
	return imageSources(ref, mirror).filter((place) => !known.has(repositoryOf(place)));
}

function repositoryOf(place: string): string {
	const {registry, repository} = parseImage(place) ?? {};
	return `${registry}/${repository}`;
}
