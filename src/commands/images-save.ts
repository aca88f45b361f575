/** `kubestrap images save`: images as one file that skopeo, crane and `ctr images import` read. */
import {createWriteStream} from 'node:fs';
import {rename, rm} from 'node:fs/promises';
import {resolve} from 'node:path';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {copyImages, type WantedImage} from '../artifacts/copy.ts';
import {resolveImage} from '../artifacts/copy-resolve.ts';
import {openKept} from '../artifacts/layout/kept.ts';
import {type LaidImage, layoutSize, layoutTar} from '../artifacts/layout/write.ts';
import {partOf} from '../artifacts/part.ts';
import {openRegistry} from '../artifacts/registry/registry.ts';
import {ConfigError, StepError} from '../errors.ts';
import {act} from './act.ts';
import type {Call} from './call.ts';
import {closingOf, summaryOf} from './images-outcome.ts';
import {selectImages} from './images-selection.ts';

export async function imagesSave(call: Call): Promise<number> {
	const {flags, around} = call;
	return act('images-save', call, {}, async ({report}) => {
		const began = performance.now();
		const [file = '', ...refs] = flags.words;
		if (file === '-' && flags.output !== 'text')
			throw new ConfigError([{message: `-o ${flags.output} and the images cannot both go to stdout`}]);
		const {images: selected, registry: options, locked} = await selectImages(call, refs);
		const images = selected.map((image): WantedImage => ({...image, to: image.name}));
		report.tell({
			type: 'run',
			detail: {verb: 'images save', version: around.version, what: `${images.length} images into ${file}`},
		});
		if (!locked) report.tell({type: 'note', detail: 'no lock: images are taken as their sources have them'});
		await report.live();
		const registry = openRegistry(options);
		try {
			const target = openKept(file);
			const done = await copyImages(images, {source: registry, target, tell: report.tell, signal: around.signal});
			const summary = summaryOf(done, file, performance.now() - began);
			if (!summary.ok) {
				report.end(summary, closingOf(done, file));
				return summary.exit;
			}
			const laid = await Promise.all(
				images.map(async ({name}): Promise<LaidImage> => ({name, resolved: await resolveImage(target, name, 'all')})),
			);
			const tar = layoutTar(laid, (image, blob) => target.blob(image, blob));
			if (file === '-')
				await pipeline(Readable.from(tar, {objectMode: false}), around.stdout, {end: false, signal: around.signal});
			else await writeWhole(resolve(around.cwd, file), tar, around.signal);
			const {headline, next} = closingOf(done, `${file} (${(layoutSize(laid) / 1e6).toFixed(1)} MB)`, 'in');
			report.end({...summary, ms: Math.round(performance.now() - began)}, {headline, next});
			return summary.exit;
		} finally {
			await registry.close();
		}
	});
}

/** The file is there when it is whole, or not at all. */
async function writeWhole(file: string, tar: AsyncIterable<Buffer>, signal: AbortSignal): Promise<void> {
	const part = partOf(file);
	try {
		// Only a new file: whatever has that name belongs to somebody else.
		const into = createWriteStream(part, {flags: 'wx', mode: 0o644, flush: true});
		await pipeline(Readable.from(tar, {objectMode: false}), into, {signal});
		await rename(part, file);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'EEXIST') await rm(part, {force: true});
		const {code, message, syscall} = error as NodeJS.ErrnoException;
		if (syscall === undefined) throw error;
		throw new StepError(`${file} cannot be written: ${message}`, {
			hint: code === 'ENOSPC' ? 'make room, or name another place' : 'name another place',
			cause: error,
		});
	}
}
