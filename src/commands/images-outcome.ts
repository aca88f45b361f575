/** What a copy of images has come to, as a summary. Pure. */
import type {CopySummary, Uncopied} from '../artifacts/copy.ts';
import {exitCodes} from '../errors.ts';
import type {Failure, Summary} from '../model.ts';
import type {Closing} from '../report/summary.ts';

const usualRemedy = 'mend these places, or name others with --from; what was copied is not copied again';

/** `where`: the registry, the file or the node that they were meant for. */
export function summaryOf({images, failed}: CopySummary, where: string, ms: number, remedy = usualRemedy): Summary {
	const changed = images.filter((one) => one.changed).length;
	return {
		ok: failed.length === 0,
		exit: failed.length === 0 ? exitCodes.done : exitCodes.step,
		changed,
		unchanged: images.length - changed,
		failed: failed.length,
		ms: Math.round(ms),
		failures: failuresOf(failed, where, remedy),
		spent: [],
	};
}

/** One for each image that no source gave; what the target itself says is said once, however many images it keeps out. */
function failuresOf(failed: readonly Uncopied[], where: string, remedy: string): Failure[] {
	const refused = Map.groupBy(
		failed.filter((one) => one.refused !== undefined),
		(one) => one.refused!.why,
	);
	return [
		...[...refused.values()].map((same) => {
			const names = same.map(({name}) => name);
			const [{name, refused: error}] = same as [Uncopied];
			const what = `${where} did not take ${same.length === 1 ? name : `${same.length} images`}: ${error!.why}`;
			return {node: where, phase: name, step: 'copy', what, evidence: [error!.message, ...names.slice(1)], remedy: error!.hint};
		}),
		...failed
			.filter((one) => one.refused === undefined)
			.map(({name, misses}) => ({
				node: where,
				phase: name,
				step: 'copy',
				what: `no place gave ${name}`,
				evidence: misses.map(({ref, why}) => `${ref}: ${why}`),
				remedy,
			})),
	];
}

export function closingOf(
	{images, failed, moved, mounted, present, bytes}: CopySummary,
	where: string,
	preposition = 'at',
): Closing {
	const counts = [`${moved} blobs moved (${(bytes / 1e6).toFixed(1)} MB)`, `${mounted} mounted`, `${present} were there`].join(
		', ',
	);
	if (failed.length > 0)
		return {
			headline: `${failed.length} of ${images.length + failed.length} images are not ${preposition} ${where}: ${counts}`,
			next: ['mend the cause, then run the same command again: what was copied is not copied again'],
		};
	return {headline: `${images.length} images are ${preposition} ${where}: ${counts}`, next: []};
}
