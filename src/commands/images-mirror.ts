/** `kubestrap images mirror`: the images of a config, or named ones, into a registry of one's own. */
import {type CopySummary, copyImages, type WantedImage} from '../artifacts/copy.ts';
import {openRegistry} from '../artifacts/registry/registry.ts';
import {clashes, mirrorOf, targetRef} from '../artifacts/target-names.ts';
import {ConfigError} from '../errors.ts';
import {toYaml} from '../yaml.ts';
import {act} from './act.ts';
import type {Call} from './call.ts';
import {closingOf, summaryOf} from './images-outcome.ts';
import {placeOf, selectImages} from './images-selection.ts';

export async function imagesMirror(call: Call): Promise<number> {
	const {flags, around} = call;
	return act('images-mirror', call, {}, async ({report}) => {
		const began = performance.now();
		const place = placeOf('to', flags.images?.to);
		const {images: selected, registry: options, locked} = await selectImages(call, flags.words, place);
		const flat = flags.images?.flat === true;
		const images = selected.map((image): WantedImage => ({...image, to: targetRef(image.name, place, flat)}));
		const problems = clashes(images).map((message) => ({message, hint: 'copy them to different prefixes'}));
		if (problems.length > 0) throw new ConfigError(problems, {hint: 'nothing was contacted'});
		const what = `${images.length} images to ${place.base}`;
		report.tell({type: 'run', detail: {verb: 'images mirror', version: around.version, what}});
		if (!locked) report.tell({type: 'note', detail: 'no lock: images are taken as their sources have them'});
		await report.live();
		const registry = openRegistry(options);
		try {
			const target = registry.target(place.host);
			const done = await copyImages(images, {source: registry, target, tell: report.tell, signal: around.signal});
			const summary = summaryOf(done, place.base, performance.now() - began);
			const mirror = mirrorOf(
				selected.map(({name}) => name),
				place,
				options,
			);
			const {moved, mounted, present, bytes} = done;
			const more = {copied: {moved, mounted, present, bytes}, ...(summary.ok ? {mirror} : {})};
			const closing = closingOf(done, place.base);
			report.end({...summary, ...more}, {...closing, next: [...closing.next, ...rewritten(images, done)]});
			const kubeadm = flat ? `; for kubeadm: --image-repository ${place.base}` : '';
			if (summary.ok && flags.output === 'text') around.stdout.write(`# for the spec of a config${kubeadm}\n${toYaml({mirror})}`);
			return summary.exit;
		} finally {
			await registry.close();
		}
	});
}

/** Copies of copies can have other manifests around the lock's content: machines find them by a lock that knows this place. */
function rewritten(images: readonly WantedImage[], {images: copied}: CopySummary): string[] {
	const others = copied.filter(({name, digest, manifests}) => {
		const locked = images.find((image) => image.name === name)?.locked;
		return locked !== undefined && digest !== locked.digest && !manifests.includes(locked.digest);
	});
	if (others.length === 0) return [];
	const names = others.map(({name}) => name).join(', ');
	return [
		`the sources had other manifests around the same content (${names}): put the mirror into the config, then make the lock anew with kubestrap images lock`,
	];
}
